"""Settle every open item that a rule names, by one decision."""

from __future__ import annotations

from dataclasses import dataclass

from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput, RuleBroken
from gridsvc.domain.ids import Adcode
from gridsvc.domain.reviews import Decision, Review, ReviewRule, ReviewState
from gridsvc.storage import Store, audit, districts, reviews
from gridsvc.usecases.move_pin import check_reason
from gridsvc.usecases.settle_review import apply_decision


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledByRule:
    """What a rule did, or would do.

    Parameters
    ----------
    n_named : open items that the rule names
    n_settled : of them settled, 0 in a dry run
    n_crossed : shops whose point crossed a border of a grid
    left : items that stay open, with the reason in words
    examples : the first ten that the rule names
    """

    rule: str
    n_named: int
    n_settled: int
    n_crossed: int
    left: tuple[str, ...]
    examples: tuple[Review, ...]


def settle_reviews_by_rule(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    rule: ReviewRule,
    decision: Decision,
    reason: str,
    dry_run: bool = False,
) -> SettledByRule:
    """Accept or reject all that the rule names, in one transaction; what cannot be settled stays open and is named.

    Raises `BadInput` without a reason, and for a move: that is one shop's affair.
    """
    check_reason(reason)
    if decision is Decision.MOVE:
        raise BadInput("a rule accepts or rejects; a move is one shop's affair")
    with store.transaction(adcode) as tx:
        district = districts.lock(tx)
        named = [item for item in reviews.queue(tx, code=rule.code) if rule.holds(item)]
        n_settled = n_crossed = 0
        is_moved, left = False, []
        for item in [] if dry_run else named:
            current = reviews.find(tx, item.review_item_id)
            if current.state is not ReviewState.OPEN:
                n_settled += 1  # mended by the move of the same shop's other item
                continue
            try:
                crossed, moved = apply_decision(
                    tx, clock, district, current, decision, place=None, actor=actor, reason=reason, rule=rule.words
                )
            except RuleBroken as broken:
                left.append(f"{item.retailer_code or item.review_item_id}: {broken.detail}")
                continue
            n_settled, n_crossed, is_moved = n_settled + 1, n_crossed + bool(crossed), is_moved or moved
        if n_settled:
            content = {"decision": decision.value, "rule": rule.words, "n_settled": n_settled}
            audit.add(tx, clock, actor=actor, action="settle_reviews_by_rule", subject=rule.code, content=content)
        if is_moved:
            districts.bump_revision(tx)
    return SettledByRule(
        rule=rule.words, n_named=len(named), n_settled=n_settled, n_crossed=n_crossed, left=tuple(left),
        examples=tuple(named[:10]),
    )  # fmt: skip
