"""Settle one item of the review queue: accept, move or reject."""

from __future__ import annotations

from dataclasses import dataclass

from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput, Conflict, RuleBroken
from gridsvc.domain.ids import Adcode
from gridsvc.domain.reviews import STATE_OF, BorderCrossed, Decision, Review, ReviewState
from gridsvc.storage import Store, Transaction, audit, districts, retailers, reviews
from gridsvc.storage.districts import District
from gridsvc.usecases.move_pin import check_reason, place_pin


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledReview:
    """The item as it is now, and the borders that the shop's point crossed by the decision."""

    item: Review
    crossed: tuple[BorderCrossed, ...]


def settle_review(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    review_item_id: str,
    decision: Decision,
    lon: float | None = None,
    lat: float | None = None,
    reason: str = "",
) -> SettledReview:
    """Settle one open item.

    Accept takes the proposed point, or confirms the present one where nothing is proposed; a finding about a file is
    taken as it is. Move puts the shop's point at `lon`, `lat`. Reject leaves everything as it is and needs a reason. A
    decided finding stays on record with who, when and why, and is not raised again while the point stays.

    Raises
    ------
    NotFound
        no such item.
    Conflict
        somebody settled it already: who and when.
    BadInput
        no reason for a rejection, no place for a move.
    RuleBroken
        nothing to accept (a shop without a point and without a proposal), nothing to move, or outside the district.
    """
    if decision is Decision.REJECT:
        check_reason(reason)
    with store.transaction(adcode) as tx:
        district = districts.lock(tx)
        item = reviews.find(tx, review_item_id)
        crossed, is_moved = apply_decision(
            tx, clock, district, item, decision, place=_place(decision, lon, lat), actor=actor, reason=reason
        )
        content = {"decision": decision.value, "code": item.code}
        audit.add(tx, clock, actor=actor, action="settle_review", subject=review_item_id, content=content)
        if is_moved:
            districts.bump_revision(tx)
        return SettledReview(item=reviews.find(tx, review_item_id), crossed=crossed)


def apply_decision(
    tx: Transaction,
    clock: Clock,
    district: District,
    item: Review,
    decision: Decision,
    *,
    place: tuple[float, float] | None,
    actor: str,
    reason: str,
    rule: str | None = None,
) -> tuple[tuple[BorderCrossed, ...], bool]:
    """Carry one decision out and close the item; gives the crossed borders and whether a point was written."""
    if item.state is not ReviewState.OPEN:
        when = item.closed_at.isoformat(timespec="minutes") if item.closed_at else ""
        raise Conflict(f"{item.closed_by} settled this item at {when}: {item.state.value}, {item.outcome}")
    target = _target(item, decision, place)
    crossed: tuple[BorderCrossed, ...] = ()
    if target is not None and item.retailer_id is not None:
        shop = retailers.pin_of(tx, item.retailer_id)
        words = reason.strip() or f"{decision.value}ed: {item.words}"
        crossed = place_pin(tx, clock, district, shop, *target, actor=actor, reason=words[:500], item=item)
    outcome = _outcome(item, decision, target, reason)
    reviews.close(
        tx, clock, [item.review_item_id], state=STATE_OF[decision].value, actor=actor, outcome=outcome, rule=rule
    )
    return crossed, target is not None


def _place(decision: Decision, lon: float | None, lat: float | None) -> tuple[float, float] | None:
    if decision is not Decision.MOVE:
        if lon is not None or lat is not None:
            raise BadInput(f"{decision.value} takes no position; move does")
        return None
    if lon is None or lat is None:
        raise BadInput("a move needs both lon and lat")
    return lon, lat


def _target(item: Review, decision: Decision, place: tuple[float, float] | None) -> tuple[float, float] | None:
    """Give where the shop's point goes, None where it stays; raises `RuleBroken` for what cannot be done."""
    if decision is Decision.REJECT:
        return None
    if not item.is_about_pin:
        if decision is Decision.MOVE:
            raise RuleBroken("this item is not about a shop's point; accept or reject it")
        return None
    if place is not None:
        return place
    if item.proposed_lon is not None and item.proposed_lat is not None:
        return item.proposed_lon, item.proposed_lat
    if item.lon is None or item.lat is None:
        raise RuleBroken("the shop has no point and none is proposed; move it to where it is")
    return item.lon, item.lat


def _outcome(item: Review, decision: Decision, target: tuple[float, float] | None, reason: str) -> str:
    why = f": {reason.strip()}" if reason.strip() else ""
    if decision is Decision.REJECT:
        return f"left as it is{why}"
    if target is None:
        return f"taken as it is{why}"
    if decision is Decision.MOVE:
        return f"moved to {target[0]:.6f}, {target[1]:.6f}{why}"
    if item.proposed_lon is not None:
        return f"moved to the proposed point {target[0]:.6f}, {target[1]:.6f}{why}"
    return f"the present point is confirmed{why}"
