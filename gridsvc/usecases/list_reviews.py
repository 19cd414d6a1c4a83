"""List what has to be looked at, and what was decided."""

from __future__ import annotations

from dataclasses import dataclass

from gridsvc.domain.ids import Adcode
from gridsvc.domain.reviews import PinMove, Review
from gridsvc.storage import Store, districts, pin_moves, reviews


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewCount:
    """How many items of one kind there are in one state."""

    state: str
    severity: str
    code: str
    n_items: int


def list_reviews(
    store: Store, *, adcode: Adcode, state: str | None = "open", kind: str | None = None, code: str | None = None
) -> list[Review]:
    """Give the review items of a state (None: all), of imports of one kind and of one kind of finding, worst first.

    Raises `NotFound` for an unknown district.
    """
    with store.transaction(adcode) as tx:
        districts.find(tx)
        return reviews.queue(tx, state=state, kind=kind, code=code)


def page_reviews(
    store: Store,
    *,
    adcode: Adcode,
    state: str | None = "open",
    code: str | None = None,
    severity: str | None = None,
    after: str | None = None,
    limit: int = 100,
) -> tuple[list[Review], str | None]:
    """Give a page of items with their shops, worst first, and the identifier to go on after, None at the end.

    Raises `BadInput` for an `after` that names no item.
    """
    with store.transaction(adcode) as tx:
        districts.find(tx)
        found = reviews.queue(tx, state=state, code=code, severity=severity, after=after, limit=limit + 1)
    items = found[:limit]
    return items, items[-1].review_item_id if len(found) > limit else None


def count_reviews(store: Store, *, adcode: Adcode) -> list[ReviewCount]:
    """Give the number of items by state, severity and code."""
    with store.transaction(adcode) as tx:
        districts.find(tx)
        return [ReviewCount(state=s, severity=v, code=c, n_items=n) for (s, v, c), n in reviews.counts(tx).items()]


def list_pin_moves(store: Store, *, adcode: Adcode, retailer_id: str | None = None, limit: int = 200) -> list[PinMove]:
    """Give the newest moves of points, of one shop where it is named: before, after, who and why."""
    with store.transaction(adcode) as tx:
        districts.find(tx)
        return pin_moves.listed(tx, retailer_id=retailer_id, limit=limit)
