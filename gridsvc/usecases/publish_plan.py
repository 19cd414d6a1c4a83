"""Publish a plan: in one transaction every rule is checked again and ownership changes hands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput, Conflict, RuleBroken
from gridsvc.domain.ids import Adcode, GridId, RetailerId, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.domain.ownership import OwnershipSource
from gridsvc.domain.plans import Plan, PlanState
from gridsvc.storage import Store, Transaction, audit, covers, districts, events, generations, plans, queue
from gridsvc.storage import ownership as ownership_rows
from gridsvc.storage.generations import Generation, VersionInForce
from gridsvc.storage.ownership import NewOwnership
from gridsvc.usecases.draft_bench import DraftBench, DraftBoard, DraftLayer, read_draft_layer
from gridsvc.usecases.measure_draft import measure_draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What a publication changed.

    `n_changed` counts retailers per layer that got another owner, `n_kept` those that keep theirs.
    """

    generation: int
    revision: int
    effective_from: datetime
    n_changed: Mapping[Layer, int]
    n_kept: Mapping[Layer, int]
    warnings: tuple[str, ...]


def publish_plan(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    plan_id: str,
    effective_from: datetime | None = None,
    reason: str | None = None,
    board: DraftBoard | None = None,
) -> Publication:
    """Publish an approved plan, now or from a future instant.

    One transaction: the judge looks at every rule again on today's shops, ownership rows are closed and opened, the
    generation number rises, one event and one audit row are written. Look-ups see the old generation until it commits.

    Parameters
    ----------
    reason : why the plan is published although it has warnings; needed when there are any
    board : what this process knows of its districts already; read afresh where it is older than the district

    Raises
    ------
    Conflict
        the plan is not approved, another plan was published since this one was drawn, a later one is scheduled, or
        present owners of its layers were imported from a later day on.
    RuleBroken
        a hard rule is broken, or there are warnings and no reason: every finding is listed.
    BadInput
        `effective_from` lies in the past.
    """
    now = clock.now()
    begins = effective_from or now
    if begins < now:
        raise BadInput("a plan cannot take effect in the past: the past is never edited")
    with store.transaction(adcode) as tx:
        district = districts.lock(tx)  # neither an import nor another publication between the check and the commit
        plan = plans.find(tx, plan_id, for_update=True)
        _require_current(tx, plan, begins)
        bench = (board or DraftBoard()).bench(tx, clock, plan.unit_set_id)
        drawn = {layer: read_draft_layer(tx, plan, layer, bench.n_units) for layer in plan.layers}
        warnings = _check(plan, bench, drawn, reason)
        number = (district.generation or 0) + 1
        in_force = generations.versions_in_force(tx, begins)
        for layer in plan.layers:
            in_force[layer] = VersionInForce(plan_version_id=plan.plan_version_id, unit_set_id=plan.unit_set_id)
        generations.insert(
            tx,
            Generation(
                number=number,
                plan_id=plan.plan_id,
                published_by=actor,
                published_at=now,
                effective_from=begins,
                faults={"warnings": list(warnings), "reason": reason or ""},
            ),
            in_force,
        )
        n_changed, n_kept = _hand_over(tx, bench, drawn, begins, number)
        _move_on(tx, clock, plan, actor, begins, reason)
        content: dict[str, Any] = {
            "generation": number,
            "plan_id": plan.plan_id,
            "effective_from": begins.isoformat(),
            "n_changed": {str(layer): n for layer, n in n_changed.items()},
        }
        events.add(tx, clock, "generation_published", content)
        queue.defer(tx, "announce_generation", {"adcode": adcode, "generation": number})
        queue.defer(tx, "redispatch_collaborations", {"adcode": adcode}, at=begins)
        audit.add(tx, clock, actor=actor, action="plan.publish", subject=plan.plan_id, content=content)
        revision = districts.bump_revision(tx)
    return Publication(
        generation=number,
        revision=revision,
        effective_from=begins,
        n_changed=n_changed,
        n_kept=n_kept,
        warnings=warnings,
    )


def _require_current(tx: Transaction, plan: Plan, begins: datetime) -> None:
    if plan.state is not PlanState.APPROVED:
        raise Conflict(f"plan {plan.title} is {plan.state}; only an approved plan can be published")
    published = generations.all_generations(tx)
    newest = published[-1] if published else None
    if newest is not None and newest.number != plan.base_generation:
        raise Conflict(
            f"plan {plan.title} was drawn from generation {plan.base_generation}, but generation {newest.number} was "
            f"published by {newest.published_by} on {newest.published_at:%Y-%m-%d %H:%M} UTC; draw it again from there"
        )
    if newest is not None and newest.effective_from >= begins:
        raise Conflict(
            f"generation {newest.number} is scheduled for {newest.effective_from.isoformat()}; publish after it"
        )
    n_coming, last = ownership_rows.coming_after(tx, begins, plan.layers)
    if last is not None:
        raise Conflict(
            f"{n_coming} present owners begin only after {begins.isoformat()}, the last one on {last.isoformat()}; "
            "publish from then on"
        )


def _check(plan: Plan, bench: DraftBench, drawn: Mapping[Layer, DraftLayer], reason: str | None) -> tuple[str, ...]:
    findings = [finding for layer, draft in drawn.items() for finding in measure_draft(bench, layer, draft).findings]
    hard = [f"{finding.layer}: {finding.words}" for finding in findings if finding.is_hard]
    soft = [f"{finding.layer}: {finding.words}" for finding in findings if not finding.is_hard]
    if hard:
        raise RuleBroken(f"plan {plan.title} breaks hard rules and cannot be published", violations=tuple(hard + soft))
    if soft and not reason:
        raise RuleBroken(
            f"plan {plan.title} has warnings; publish it with a reason, or mend it", violations=tuple(soft)
        )
    return tuple(soft)


def _hand_over(
    tx: Transaction, bench: DraftBench, drawn: Mapping[Layer, DraftLayer], begins: datetime, number: int
) -> tuple[dict[Layer, int], dict[Layer, int]]:
    """Close and open ownership rows where the owner or the grid changes; the rest stays untouched."""
    present = ownership_rows.owner_ids_at(tx, begins)
    ended: list[tuple[RetailerId, Layer]] = []
    left: list[tuple[RetailerId, Layer]] = []
    opened: list[NewOwnership] = []
    n_changed = dict.fromkeys(drawn, 0)
    n_kept = dict.fromkeys(drawn, 0)
    for layer, draft in drawn.items():
        for key, staff_id, grid_id, source in _owners(bench, layer, draft):
            row = present.get(key)
            same_person = row is not None and row[0] == staff_id
            n_kept[layer] += same_person
            n_changed[layer] += not same_person
            if row == (staff_id, grid_id):
                continue
            if row is not None:
                ended.append(key)
                if not same_person:
                    left.append(key)
            if staff_id is not None:
                opened.append(
                    NewOwnership(
                        retailer_id=key[0],
                        layer=layer,
                        valid_from=begins,
                        staff_id=staff_id,
                        grid_id=grid_id,
                        generation=number,
                        source=source,
                    )
                )
    ownership_rows.end_rows(tx, ended, begins)
    covers.end_acting_of(tx, left, begins)  # they stood in for somebody who owns these shops no longer
    ownership_rows.insert_rows(tx, opened)
    return n_changed, n_kept


def _owners(
    bench: DraftBench, layer: Layer, draft: DraftLayer
) -> Iterator[tuple[tuple[RetailerId, Layer], StaffId | None, GridId | None, OwnershipSource]]:
    """Give each shop's owner, the grid in which he or she serves it, and whether that is an exception."""
    staff_ids, grid_ids = (*draft.grids.staff_ids, None), (*draft.grids.grid_ids, None)
    placed = bench.grid_of_shop(draft).tolist()
    for retailer, position in zip(bench.survey.retailers.retailer_id, placed, strict=True):
        shop = RetailerId(retailer)
        kept = draft.exceptions.get(shop)
        owner = staff_ids[position] if kept is None else kept.staff_id
        source = OwnershipSource.PLAN if kept is None else OwnershipSource.EXCEPTION
        yield (shop, layer), owner, grid_ids[position], source


def _move_on(tx: Transaction, clock: Clock, plan: Plan, actor: str, begins: datetime, reason: str | None) -> None:
    plans.freeze(tx, clock, plan.plan_version_id)
    plans.move_to(tx, clock, plan, PlanState.PUBLISHED, actor=actor, words=reason or "no warnings")
    plans.set_effective(tx, plan.plan_id, begins)
    for other in plans.all_plans(tx):
        is_covered = set(other.layers) <= set(plan.layers)
        if (
            other.state is PlanState.PUBLISHED
            and other.plan_id != plan.plan_id
            and is_covered
            and begins <= clock.now()
        ):
            plans.move_to(tx, clock, other, PlanState.SUPERSEDED, actor=actor, words=f"by {plan.title}")
