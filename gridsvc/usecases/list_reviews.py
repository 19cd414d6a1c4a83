"""List what has to be looked at."""

from __future__ import annotations

from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, districts, reviews
from gridsvc.storage.reviews import ReviewItem


def list_reviews(
    store: Store, *, adcode: Adcode, state: str | None = "open", kind: str | None = None
) -> list[ReviewItem]:
    """Give the review items of a state (None: all) and of imports of one kind, in the order they were found.

    Raises `NotFound` for an unknown district.
    """
    with store.transaction(adcode) as tx:
        districts.find(tx)
        return reviews.listed(tx, state=state, kind=kind)
