"""Find shops by licence, code, name or address."""

from __future__ import annotations

import unicodedata
from typing import overload

from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store
from gridsvc.storage import retailer_search as rows
from gridsvc.storage.retailer_search import FoundRetailer, ShopFilter

__all__ = ["FoundRetailer", "find_retailers"]


def find_retailers(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    q: str = "",
    after: str | None = None,
    limit: int = 20,
    retailer_code: str | None = None,
    licence_no: str | None = None,
    name: str | None = None,
    org: str | None = None,
    grid_id: str | None = None,
    status: str | None = None,
    bbox: tuple[float, float, float, float] | None = None,
) -> tuple[list[FoundRetailer], str | None]:
    """Give up to `limit` shops that hold every word of `q` and meet every filter, and where to go on (None at the end).

    Full-width letters and digits count as their plain forms, as people type them. The filters are those of
    `ShopFilter`. Raises `BadInput` for a box that is none.
    """
    if bbox is not None and not (-180 <= bbox[0] < bbox[2] <= 180 and -90 <= bbox[1] < bbox[3] <= 90):
        raise BadInput("bbox is west,south,east,north in degrees, west before east and south before north")
    wanted = ShopFilter(
        words=tuple(_plain(q).split()), retailer_code=_plain(retailer_code), licence_no=_plain(licence_no),
        name=_plain(name), org=None if org is None else _printable(org), grid_id=grid_id, status=status, bbox=bbox,
    )  # fmt: skip
    start = None if after is None else _printable(after)
    with store.transaction(adcode) as tx:
        found = rows.search(tx, wanted, now=clock.now(), after=start, limit=limit + 1)
    is_more = len(found) > limit
    shown = found[:limit]
    return shown, shown[-1].retailer_code if is_more else None


@overload
def _plain(text: str) -> str: ...
@overload
def _plain(text: str | None) -> str | None: ...


def _plain(text: str | None) -> str | None:
    return None if text is None else unicodedata.normalize("NFKC", _printable(text))


def _printable(text: str) -> str:
    """Give the text without control characters, which no stored text holds."""
    return "".join(" " if unicodedata.category(character) in {"Cc", "Cs"} else character for character in text)
