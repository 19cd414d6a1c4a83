"""Tell whether the basemap of a district is still the one that was read."""

from __future__ import annotations

from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, tables
from gridsvc.storage.fingerprints import fingerprints


def fingerprint_basemap(store: Store, *, adcode: Adcode) -> str:
    """Give a word that changes whenever streets, areas, barriers or the boundary do; 2 us a row.

    Drawing a basemap of 14,500 streets anew takes twenty times as long.
    """
    with store.transaction(adcode) as tx:
        found = fingerprints(tx, tables.district, tables.area, tables.barrier, tables.street_edge)
    return ".".join(f"{n_rows:x}-{total & (2**64 - 1):x}" for n_rows, total in found)
