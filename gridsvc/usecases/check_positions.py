"""Look for wrong points among all shops and bring the review queue up to date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode, RetailerId
from gridsvc.domain.imports import RowFinding
from gridsvc.domain.reviews import Review, ReviewState
from gridsvc.storage import Store, audit, districts, retailers, reviews
from gridsvc.storage.reviews import ReviewItem
from gridsvc.usecases.doubt_positions import doubt_positions
from gridsvc.usecases.retailer_records import Fields, records_of_store

CHECKED = frozenset({
    "wrong_datum", "conflicting_position", "outside_office", "outside_district", "shared_point", "check_ins_elsewhere",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedPositions:
    """What was found: items by code, those that are new on the queue, and those that are mended."""

    n_shops: int
    found: dict[str, int]
    n_new: int
    n_mended: int


def check_positions(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    on_progress: Callable[[float, str], None] | None = None,
) -> CheckedPositions:
    """Judge every given point by its address, street office, neighbours and check-ins.

    A doubt that is on the queue already, or that somebody settled while the point was where it is now, is not raised
    again. An open item that no longer holds is closed as mended, with that as its outcome.

    Raises `NotFound` for an unknown district.
    """
    say = on_progress or (lambda share, words: None)
    with store.transaction(adcode) as tx:
        district = districts.lock(tx)
        records = records_of_store(retailers.columns(tx, statuses=("active", "suspended")))
        say(0.1, f"judging {len(records)} points")
        findings = doubt_positions(tx, district.boundary, records)
        say(0.8, "writing")
        listed = [item for item in reviews.queue(tx, state=None) if item.code in CHECKED and item.retailer_id]
        known = {(item.retailer_code, item.code) for item in listed if _still_counts(item, records)}
        fresh = [f for f in findings if (f.subject, f.code) not in known]
        found = {(f.subject, f.code) for f in findings}
        gone = [
            item.review_item_id for item in listed
            if item.state is ReviewState.OPEN and (item.retailer_code, item.code) not in found
        ]  # fmt: skip
        n_new = reviews.add(tx, clock, [_item(f, records) for f in fresh])
        n_mended = reviews.close(
            tx, clock, gone, state="mended", actor=actor, outcome="no longer so when all points were checked"
        )
        counts = dict(sorted(Counter(f.code for f in findings).items()))
        content = {"found": counts, "n_new": n_new, "n_mended": n_mended}
        audit.add(tx, clock, actor=actor, action="check_positions", subject=adcode, content=content)
    say(1.0, "done")
    return CheckedPositions(n_shops=len(records), found=counts, n_new=n_new, n_mended=n_mended)


def _still_counts(item: Review, records: dict[str, Fields]) -> bool:
    """Whether an item keeps the same doubt from being raised again: open, or decided about the point as it is."""
    if item.state is ReviewState.OPEN:
        return True
    record = records.get(item.retailer_code or "")
    if record is None or item.state is ReviewState.MENDED:
        return False
    here = f"{record['lon']} {record['lat']}"
    return item.state is ReviewState.ACCEPTED or item.evidence.get("at", here) == here


def _item(finding: RowFinding, records: dict[str, Fields]) -> ReviewItem:
    record = records[finding.subject]
    return ReviewItem(
        severity=finding.severity.value, code=finding.code, words=finding.words, row_no=None,
        retailer_id=RetailerId(record["retailer_id"]), proposed=finding.proposed,
        evidence={**finding.evidence, "at": f"{record['lon']} {record['lat']}"},
    )  # fmt: skip
