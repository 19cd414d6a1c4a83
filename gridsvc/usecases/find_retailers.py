"""Find shops by licence, code, name or address."""

from __future__ import annotations

import unicodedata

from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store
from gridsvc.storage import retailer_search as rows
from gridsvc.storage.retailer_search import FoundRetailer

__all__ = ["FoundRetailer", "find_retailers"]


def find_retailers(
    store: Store, *, adcode: Adcode, q: str, after: str | None = None, limit: int = 20
) -> tuple[list[FoundRetailer], str | None]:
    """Give up to `limit` shops that hold every word of `q`, and where to go on (None at the end).

    Full-width letters and digits count as their plain forms, as people type them.
    """
    words = unicodedata.normalize("NFKC", _printable(q)).split()
    start = None if after is None else _printable(after)
    with store.transaction(adcode) as tx:
        found = rows.search(tx, words, after=start, limit=limit + 1)
    is_more = len(found) > limit
    shown = found[:limit]
    return shown, shown[-1].retailer_code if is_more else None


def _printable(text: str) -> str:
    """Give the text without control characters, which no stored text holds."""
    return "".join(" " if unicodedata.category(character) in {"Cc", "Cs"} else character for character in text)
