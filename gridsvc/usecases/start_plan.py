"""Start a plan: from what is in force, from nothing, from another plan, or from an earlier generation."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridsvc.clock import Clock, new_id
from gridsvc.domain.errors import BadInput, NotFound
from gridsvc.domain.grids import grid_name
from gridsvc.domain.ids import Adcode, GridId, PlanId, PlanVersionId, RetailerId, StaffId, UnitSetId
from gridsvc.domain.layers import ROLE_OF_LAYER, Layer
from gridsvc.domain.plans import Plan, PlanState
from gridsvc.storage import Store, Transaction, audit, drafts, generations, ownership, plans, staff, units
from gridsvc.storage.drafts import OwnerException
from gridsvc.storage.generations import VersionInForce
from gridsvc.storage.plans import NO_GRID, Grids
from gridsvc.storage.staff import StaffMember
from gridsvc.usecases.carried_grids import carried_grids
from gridsvc.usecases.common_units import common_units
from gridsvc.usecases.minutes_factor import KEY, carried_factor, factor_of
from gridsvc.usecases.survey_district import Survey, survey_district

PRESENT_OWNER = "kept with its present owner"
_LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where a plan begins: at most one of the two is named; none = what is in force now.

    Parameters
    ----------
    plan_id : another plan, copied with its rules
    generation : an earlier publication
    is_empty : one grid per member of staff, and every unit nobody's
    """

    plan_id: str | None = None
    generation: int | None = None
    is_empty: bool = False


def start_plan(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    title: str,
    layers: Sequence[Layer] = (),
    start: Start,
) -> Plan:
    """Make a draft and give it.

    A layer that no plan answers for begins with today's imported owners: each unit goes to whoever owns most of its
    shops, and the shops of others in it stay with them as exceptions, so that publishing it changes nobody's owner.
    Empty units join the nearest grid.

    Raises
    ------
    BadInput
        no title, a layer that the other plan lacks, no unit set, or no owner and no staff to begin with.
    NotFound
        there is no such plan or generation.
    """
    with store.transaction(adcode) as tx:
        return begin_plan(tx, clock, actor=actor, title=title, layers=layers, start=start)


def begin_plan(
    tx: Transaction, clock: Clock, *, actor: str, title: str, layers: Sequence[Layer] = (), start: Start
) -> Plan:
    """Make a draft within a transaction that goes on with it; see `start_plan`."""
    if not title.strip() or len(title) > _LONGEST_TITLE:
        raise BadInput(f"a plan needs a title of 1 to {_LONGEST_TITLE} characters")
    source = _source(tx, clock, layers, start)
    survey = survey_district(tx, clock, layers=tuple(Layer), unit_set_id=source.unit_set_id)
    plan = Plan(
        adcode=tx.adcode,
        plan_id=PlanId(new_id()),
        title=title.strip(),
        state=PlanState.DRAFT,
        layers=source.layers,
        unit_set_id=UnitSetId(survey.units.unit_set_id),
        base_generation=survey.base_generation,
        plan_version_id=PlanVersionId(new_id()),
        revision=0,
        created_by=actor,
        created_at=clock.now(),
    )
    plans.insert_plan(tx, plan)
    for layer in source.layers:
        _fill(tx, clock, plan, layer, source, survey)
    _carry_minutes(tx, plan, source, survey)
    if source.rules_of is not None:
        drafts.write_rules(tx, plan.plan_id, drafts.rules_of(tx, source.rules_of))
    edit = {"layers": list(source.layers), "plan_id": start.plan_id, "generation": start.generation}
    plans.add_edit(tx, clock, plan, actor=actor, kind="start", edit=edit)
    audit.add(tx, clock, actor=actor, action="plan.start", subject=plan.plan_id, content={"title": plan.title})
    return plans.find(tx, plan.plan_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """Where each layer comes from: a version on the plan's unit set, or the owners of an instant."""

    layers: tuple[Layer, ...]
    unit_set_id: UnitSetId | None
    versions: dict[Layer, VersionInForce]
    instant: datetime
    is_empty: bool
    rules_of: PlanId | None = None


def _source(tx: Transaction, clock: Clock, layers: Sequence[Layer], start: Start) -> _Source:
    wanted = tuple(dict.fromkeys(layers))
    now = clock.now()
    if start.plan_id is not None:
        other = plans.find(tx, start.plan_id)
        lacking = [layer for layer in wanted if layer not in other.layers]
        if lacking:
            raise BadInput(f"plan {other.title} has no {', '.join(lacking)} layer; it has {', '.join(other.layers)}")
        version = VersionInForce(plan_version_id=other.plan_version_id, unit_set_id=other.unit_set_id)
        chosen = wanted or other.layers
        return _Source(
            layers=chosen,
            unit_set_id=other.unit_set_id,
            versions=dict.fromkeys(chosen, version),
            instant=now,
            is_empty=False,
            rules_of=other.plan_id,
        )
    chosen = wanted or tuple(Layer)
    if start.is_empty:
        return _Source(layers=chosen, unit_set_id=units.newest(tx), versions={}, instant=now, is_empty=True)
    instant = now
    if start.generation is not None:
        known = {g.number: g for g in generations.all_generations(tx)}
        if start.generation not in known:
            raise NotFound(
                f"there is no generation {start.generation}; there are {', '.join(map(str, known)) or 'none'}"
            )
        instant = known[start.generation].effective_from
    in_force = generations.versions_in_force(tx, instant)
    versions = {layer: in_force[layer] for layer in chosen if layer in in_force}
    common = common_units(tx, clock, (version.unit_set_id for version in versions.values()))
    return _Source(
        layers=chosen,
        unit_set_id=common or units.newest(tx),
        versions=versions,
        instant=instant,
        is_empty=False,
    )


def _fill(tx: Transaction, clock: Clock, plan: Plan, layer: Layer, source: _Source, survey: Survey) -> None:
    version = source.versions.get(layer)
    if version is not None and version.unit_set_id == plan.unit_set_id:
        drafts.copy_layers(tx, version.plan_version_id, plan.plan_version_id, [layer])
        return
    if version is not None and _carry_grids(tx, clock, plan, layer, version, survey):
        return
    if source.is_empty:
        members = survey.staff[layer]
        if not members:
            raise BadInput(f"{layer}: no {ROLE_OF_LAYER[layer]} is in service; import staff first")
        nobody = np.full(len(survey.units), NO_GRID, dtype=np.int32)
        plans.write_layer(tx, clock, plan.plan_version_id, layer, _identify(survey, layer, members, nobody))
        return
    owner_of = {
        retailer: row.staff_id
        for (retailer, its_layer), row in ownership.owners_at(tx, source.instant).items()
        if its_layer is layer
    }
    people = staff.all_staff(tx, role=ROLE_OF_LAYER[layer])
    grids, exceptions = grids_from_owners(survey, layer, owner_of, people)
    plans.write_layer(tx, clock, plan.plan_version_id, layer, grids)
    drafts.write_exceptions(tx, plan.plan_version_id, layer, exceptions)


def _carry_grids(
    tx: Transaction, clock: Clock, plan: Plan, layer: Layer, version: VersionInForce, survey: Survey
) -> bool:
    """Draw a layer's grids on the plan's units where these divide the version's; every place keeps its grid."""
    carried = carried_grids(tx, version, layer, survey.units)
    if carried is None:
        return False
    plans.write_layer(tx, clock, plan.plan_version_id, layer, carried)
    kept = drafts.exceptions_of(tx, version.plan_version_id, layer)
    drafts.write_exceptions(tx, plan.plan_version_id, layer, kept)
    return True


def _carry_minutes(tx: Transaction, plan: Plan, source: _Source, survey: Survey) -> None:
    """Let a copy count minutes as the plan that it was copied from, its design's travel included."""
    carried: dict[str, dict[str, Any]] = {}
    for layer, version in source.versions.items():
        known = factor_of(plans.findings_of(tx, version.plan_version_id).certificate)
        if layer not in known:
            continue
        before = units.load(tx, version.unit_set_id)
        rows = survey.units.rows_within(before)
        if rows is not None:
            carried |= carried_factor({str(layer): known[layer]}, rows, len(before))
    if carried:
        plans.write_certificate(tx, plan.plan_version_id, {KEY: carried})


def grids_from_owners(
    survey: Survey, layer: Layer, owner_of: dict[RetailerId, StaffId], people: Sequence[StaffMember]
) -> tuple[Grids, list[OwnerException]]:
    """Give the grids that come nearest to owners of single shops, and the shops that differ as exceptions.

    Raises `BadInput` when nobody owns anything: there is nothing to begin with.
    """
    owners = set(owner_of.values())
    members = [member for member in people if member.staff_id in owners]
    if not members:
        raise BadInput(f"{layer}: nobody owns a shop yet; begin with an empty plan or a design")
    position = {member.staff_id: number for number, member in enumerate(members)}
    owner = np.array(
        [position.get(owner_of.get(RetailerId(shop), StaffId("")), -1) for shop in survey.retailers.retailer_id],
        dtype=np.int32,
    )
    votes = np.zeros((len(survey.units), len(members)), dtype=np.int32)
    known = owner >= 0
    np.add.at(votes, (survey.retailer_unit[known], owner[known]), 1)
    grid_of_unit = np.where(votes.max(axis=1) > 0, votes.argmax(axis=1), NO_GRID).astype(np.int32)
    _spread(grid_of_unit, survey.units.edges)
    differs = known & (grid_of_unit[survey.retailer_unit] != owner)
    exceptions = [
        OwnerException(
            retailer_id=RetailerId(survey.retailers.retailer_id[row]),
            staff_id=members[owner[row]].staff_id,
            reason=PRESENT_OWNER,
        )
        for row in np.flatnonzero(differs).tolist()
    ]
    return _identify(survey, layer, members, grid_of_unit), exceptions


def _spread(grid_of_unit: NDArray[np.int32], edges: NDArray[np.int32]) -> None:
    """Give units without shops to the grid that reaches them in the fewest steps; ties to the lower unit row."""
    beside: list[list[int]] = [[] for _ in grid_of_unit]
    for a, b in edges.tolist():
        beside[a].append(b)
        beside[b].append(a)
    queue = deque(np.flatnonzero(grid_of_unit >= 0).tolist())
    while queue:
        unit = queue.popleft()
        for other in beside[unit]:
            if grid_of_unit[other] < 0:
                grid_of_unit[other] = grid_of_unit[unit]
                queue.append(other)


def _identify(survey: Survey, layer: Layer, members: Sequence[StaffMember], of_unit: NDArray[np.int32]) -> Grids:
    """Keep the grid that a person has now; others get new ones under the next numbers, ordered as grids are read."""
    now = survey.grids_now.get(layer)
    known = dict(zip(now.staff_ids, range(len(now.staff_ids)), strict=True)) if now else {}
    next_number = survey.greatest_number[layer] + 1
    made: list[tuple[int, GridId, str, int]] = []  # number, id, name, position in members
    for at, member in enumerate(members):
        old = known.get(member.staff_id)
        if now is not None and old is not None:
            made.append((now.numbers[old], now.grid_ids[old], now.names[old], at))
        else:
            made.append((next_number, GridId(new_id()), grid_name(layer, next_number), at))
            next_number += 1
    made.sort(key=lambda grid: grid[0])
    place = np.full(len(members) + 1, NO_GRID, dtype=np.int32)
    place[[at for _, _, _, at in made]] = np.arange(len(made))
    return Grids(
        grid_ids=tuple(grid_id for _, grid_id, _, _ in made),
        names=tuple(name for _, _, name, _ in made),
        numbers=tuple(number for number, _, _, _ in made),
        staff_ids=tuple(members[at].staff_id for _, _, _, at in made),
        grid_of_unit=place[of_unit],
    )
