"""Tell whether the basemap of a district is still the one that was read."""

from __future__ import annotations

from hashlib import blake2b

from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, districts, tables
from gridsvc.storage.fingerprints import fingerprints


def fingerprint_basemap(store: Store, *, adcode: Adcode) -> str:
    """Give a word that changes whenever streets, areas, barriers or the boundary do; 2 us a row.

    Drawing a basemap of 14,500 streets anew takes twenty times as long. The district's row changes with every revision,
    so only its boundary counts.
    """
    with store.transaction(adcode) as tx:
        boundary = districts.find(tx).boundary
        found = fingerprints(tx, tables.area, tables.barrier, tables.street_edge)
    marks = [f"{n_rows:x}-{total & (2**64 - 1):x}" for n_rows, total in found]
    return ".".join([blake2b(boundary.wkb, digest_size=8).hexdigest(), *marks])
