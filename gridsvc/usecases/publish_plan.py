"""Publish a plan: in one transaction every rule is checked again and ownership changes hands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput, Conflict, RuleBroken
from gridsvc.domain.ids import Adcode, RetailerId, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.domain.ownership import OwnershipSource
from gridsvc.domain.plans import Plan, PlanState
from gridsvc.storage import Store, Transaction, audit, covers, districts, events, generations, plans, queue
from gridsvc.storage import ownership as ownership_rows
from gridsvc.storage.generations import Generation, VersionInForce
from gridsvc.storage.owner_packs import microseconds
from gridsvc.storage.ownership import Handover, HeldOwners, uuid_keys, uuid_text
from gridsvc.usecases.cover_gained_shops import cover_gained_shops
from gridsvc.usecases.draft_bench import DraftBench, DraftBoard, DraftLayer, read_draft_layer
from gridsvc.usecases.measure_draft import measure_draft
from gridsvc.usecases.require_newest_base import require_newest_base

_SOURCES = tuple(OwnershipSource)


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
    BaseOutdated
        another plan was published since this one was drawn; its whole difference is told.
    Conflict
        the plan is not approved, a later one is scheduled, or present owners of its layers were imported from a later
        day on.
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
        held = _require_current(tx, plan, begins)
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
        n_changed, n_kept = _hand_over(tx, bench, drawn, begins, number, held)
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


def _require_current(tx: Transaction, plan: Plan, begins: datetime) -> HeldOwners:
    """Give the owners before the plan takes effect; raises where it cannot be published then."""
    if plan.state is not PlanState.APPROVED:
        raise Conflict(f"plan {plan.title} is {plan.state}; only an approved plan can be published")
    published = generations.all_generations(tx)
    newest = published[-1] if published else None
    require_newest_base(tx, plan)
    if newest is not None and newest.effective_from >= begins:
        raise Conflict(
            f"generation {newest.number} is scheduled for {newest.effective_from.isoformat()}; publish after it"
        )
    held = ownership_rows.held_owners_at(tx, begins)
    begin_now = held.rows["valid_from"] >= microseconds(begins)
    are_coming = held.until is not None or bool(begin_now.any())
    n_coming, last = ownership_rows.coming_after(tx, begins, plan.layers) if are_coming else (0, None)
    if last is not None:
        raise Conflict(
            f"{n_coming} present owners begin only after {begins.isoformat()}, the last one on {last.isoformat()}; "
            "publish from then on"
        )
    return held


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
    tx: Transaction,
    bench: DraftBench,
    drawn: Mapping[Layer, DraftLayer],
    begins: datetime,
    number: int,
    held: HeldOwners,
) -> tuple[dict[Layer, int], dict[Layer, int]]:
    """Close and open ownership rows where the owner or the grid changes; the rest stays untouched.

    By arrays: at full churn every shop of the district has a row to end and one to open in three layers.
    """
    packed = held.rows
    shops = uuid_keys(bench.survey.retailers.retailer_id)
    n_changed, n_kept = {}, {}
    changes: list[Handover] = []
    lost: list[tuple[Layer, NDArray[np.int64]]] = []
    gained: list[tuple[Layer, NDArray[np.int64], NDArray[np.bytes_]]] = []
    for layer, draft in drawn.items():
        row = _present_rows(packed, layer, shops)
        has_row = row >= 0
        staff_ids, grid_ids, sources = _owners(bench, draft)
        same_person = has_row & (packed["staff_id"][row] == staff_ids) if len(packed) else has_row
        unchanged = same_person & (packed["grid_id"][row] == grid_ids) if len(packed) else has_row
        n_kept[layer] = int(same_person.sum())
        n_changed[layer] = len(shops) - n_kept[layer]
        opened = ~unchanged & (staff_ids != b"")
        change = Handover(
            layer=layer, ended=shops[has_row & ~unchanged], opened=shops[opened], staff_ids=staff_ids[opened],
            grid_ids=grid_ids[opened], sources=sources[opened],
        )  # fmt: skip
        changes.append(change)
        lost.append((layer, np.flatnonzero(has_row & ~same_person)))
        gained.append((layer, np.flatnonzero(~same_person & (staff_ids != b"")), staff_ids))
    ownership_rows.hand_over(tx, changes, begins, number, held)
    retailer_ids = bench.survey.retailers.retailer_id
    left = ((RetailerId(retailer_ids[at]), layer) for layer, rows in lost for at in rows.tolist())
    covers.end_acting_of(tx, left, begins)  # they stood in for somebody who owns these shops no longer
    cover_gained_shops(tx, _gained(bench, gained), bench.survey.retailers, begins)
    return n_changed, n_kept


def _gained(
    bench: DraftBench, changed: Iterable[tuple[Layer, NDArray[np.int64], NDArray[np.bytes_]]]
) -> Iterator[tuple[RetailerId, Layer, StaffId]]:
    """Give the shops that get another owner, one by one; nobody asks while no cover runs."""
    for layer, rows, staff_ids in changed:
        for at in rows.tolist():
            staff_id = StaffId(uuid_text(staff_ids[at]))
            yield RetailerId(bench.survey.retailers.retailer_id[at]), layer, staff_id


def _present_rows(packed: NDArray[np.void], layer: Layer, shops: NDArray[np.bytes_]) -> NDArray[np.int64]:
    """Give the row of `packed` that is each shop's in a layer, -1 for none."""
    found = np.full(len(shops), -1, dtype=np.int64)
    rows = np.flatnonzero(packed["layer"] == tuple(Layer).index(layer))
    if len(rows) and len(shops):
        order = np.argsort(shops)
        wanted = np.ascontiguousarray(packed["retailer_id"][rows])
        rank = np.minimum(np.searchsorted(shops[order], wanted), len(shops) - 1)
        is_known = shops[order][rank] == wanted
        found[order[rank[is_known]]] = rows[is_known]
    return found


def _owners(bench: DraftBench, draft: DraftLayer) -> tuple[NDArray[np.bytes_], NDArray[np.bytes_], NDArray[np.int64]]:
    """Give each shop's owner, the grid in which he or she serves it, and whether that is an exception."""
    placed = bench.grid_of_shop(draft)
    staff_ids = uuid_keys((*draft.grids.staff_ids, None))[placed]
    sources = np.full(len(placed), _SOURCES.index(OwnershipSource.PLAN))
    for kept in draft.exceptions.values():
        row = bench.shop_row.get(kept.retailer_id)
        if row is not None:
            staff_ids[row] = uuid_keys((kept.staff_id,))[0]
            sources[row] = _SOURCES.index(OwnershipSource.EXCEPTION)
    return staff_ids, uuid_keys((*draft.grids.grid_ids, None))[placed], sources


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
