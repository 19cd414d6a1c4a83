"""Turn the engine's rows into a draft: each grid gets its person, its name and its report, and all of it is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from geo_data.projection import LocalProjection
from gridsvc.clock import Clock, new_id
from gridsvc.domain.drafts import LayerRules
from gridsvc.domain.grids import grid_name
from gridsvc.domain.ids import Adcode, GridId, PlanId, PlanVersionId, RetailerId, StaffId, UnitSetId
from gridsvc.domain.layers import Layer
from gridsvc.domain.plans import Plan, PlanState
from gridsvc.domain.workload import WORKING_DAYS_PER_CYCLE
from gridsvc.engines.territory import DesignOutcome
from gridsvc.storage import Transaction, audit, drafts, plans
from gridsvc.storage.staff import StaffMember
from gridsvc.usecases.balanced_loads import CARTONS
from gridsvc.usecases.expect_minutes import ExpectedMinutes
from gridsvc.usecases.survey_district import Survey
from gridsvc.usecases.word_violations import word_violation


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerReport:
    """What a planner reads about one layer of a design.

    `violations` lists what the judge found broken; `n_moved` counts the shops that change hands, of `n_owned` that have
    an owner now.
    """

    layer: Layer
    is_feasible: bool
    violations: tuple[str, ...]
    metrics: dict[str, float | int | None]
    n_moved: int
    n_owned: int


def name_grids(survey: Survey, layer: Layer, grid_of_unit: NDArray[np.int32], n_grids: int) -> plans.Grids:
    """Give each new grid its person and its name: whoever keeps most shops, then whose office is nearest.

    A person keeps the grid_id, name and number that he or she has now.
    """
    staff = survey.staff[layer]
    kept = np.zeros((len(staff), n_grids))
    position_of = {member.staff_id: position for position, member in enumerate(staff)}
    grid_of_shop = grid_of_unit[survey.retailer_unit]
    for retailer_id, number in zip(survey.retailers.retailer_id, grid_of_shop.tolist(), strict=True):
        owner = survey.owner_of.get((RetailerId(retailer_id), layer))
        if owner is not None and owner in position_of and number >= 0:
            kept[position_of[owner], number] += 1
    kept -= 1e-3 * _office_distance_km(survey, staff, grid_of_shop, n_grids)  # breaks ties
    person_rows, grid_columns = linear_sum_assignment(kept, maximize=True)
    staff_of_grid: list[StaffId | None] = [None] * n_grids
    for person, number in zip(person_rows.tolist(), grid_columns.tolist(), strict=True):
        staff_of_grid[number] = staff[person].staff_id
    return _identities(survey, layer, grid_of_unit, staff_of_grid)


def _office_distance_km(
    survey: Survey, staff: list[StaffMember], grid_of_shop: NDArray[np.int32], n_grids: int
) -> NDArray[np.float64]:
    shops = survey.retailers
    projection = LocalProjection.around(shops.lon, shops.lat)
    xy_km = projection.xy_m(shops.lon, shops.lat) / 1000
    offices = projection.xy_m([m.office_lon for m in staff], [m.office_lat for m in staff]) / 1000
    n_shops = np.maximum(np.bincount(grid_of_shop[grid_of_shop >= 0], minlength=n_grids), 1)
    inside = grid_of_shop >= 0
    centres = np.column_stack(
        [np.bincount(grid_of_shop[inside], xy_km[inside, axis], n_grids) / n_shops for axis in (0, 1)]
    )
    return np.asarray(np.linalg.norm(offices[:, None, :] - centres[None, :, :], axis=2))


def _identities(
    survey: Survey, layer: Layer, grid_of_unit: NDArray[np.int32], staff_of_grid: list[StaffId | None]
) -> plans.Grids:
    """Keep the identity of the grid that a person has now; new grids are numbered in the order of staff codes."""
    known = survey.grids_now.get(layer)
    next_number = survey.greatest_number[layer] + 1
    rank = {member.staff_id: position for position, member in enumerate(survey.staff[layer])}
    ids, names, numbers = [GridId("")] * len(staff_of_grid), [""] * len(staff_of_grid), [0] * len(staff_of_grid)
    in_order = sorted(
        range(len(staff_of_grid)), key=lambda grid: rank.get(staff_of_grid[grid] or StaffId(""), len(rank))
    )
    for grid in in_order:
        staff_id = staff_of_grid[grid]
        if known is not None and staff_id is not None and staff_id in known.staff_ids:
            position = known.staff_ids.index(staff_id)
            ids[grid], names[grid] = known.grid_ids[position], known.names[position]
            numbers[grid] = known.numbers[position]
        else:
            ids[grid], names[grid] = GridId(new_id()), grid_name(layer, next_number)
            numbers[grid] = next_number
            next_number += 1
    return plans.Grids(
        grid_ids=tuple(ids),
        names=tuple(names),
        numbers=tuple(numbers),
        staff_ids=tuple(staff_of_grid),
        grid_of_unit=grid_of_unit,
    )


def report_layer(
    survey: Survey, layer: Layer, outcome: DesignOutcome, grids: plans.Grids, expected: ExpectedMinutes
) -> LayerReport:
    """Give what a planner reads about a layer: shops that change hands, minutes and shops by grid, broken rules."""
    grid_of_shop = grids.grid_of_unit[survey.retailer_unit]
    n_owned = n_moved = 0
    for retailer_id, position in zip(survey.retailers.retailer_id, grid_of_shop.tolist(), strict=True):
        owner = survey.owner_of.get((RetailerId(retailer_id), layer))
        if owner is not None:
            n_owned += 1
            n_moved += position < 0 or grids.staff_ids[position] != owner
    minutes = expected.total
    shops = np.bincount(grid_of_shop[grid_of_shop >= 0], minlength=len(grids.grid_ids))
    metrics = dict(outcome.metrics)
    metrics["minutes_deviation_share"] = _deviation(minutes)
    metrics["retailers_deviation_share"] = _deviation(shops)
    if CARTONS in outcome.certificate["tolerance_share"]:
        cartons = survey.retailers.order_cartons[grid_of_shop >= 0]
        metrics["cartons_deviation_share"] = _deviation(
            np.bincount(grid_of_shop[grid_of_shop >= 0], cartons, len(grids.grid_ids))
        )
    metrics["minutes_per_day_min"] = round(float(minutes.min()) / WORKING_DAYS_PER_CYCLE, 1)
    metrics["minutes_per_day_max"] = round(float(minutes.max()) / WORKING_DAYS_PER_CYCLE, 1)
    metrics["travel_min_per_day"] = round(float(expected.travel.mean()) / WORKING_DAYS_PER_CYCLE, 1)
    metrics["retailers_min"] = int(shops.min())
    metrics["retailers_max"] = int(shops.max())
    return LayerReport(
        layer=layer,
        is_feasible=outcome.is_feasible,
        violations=tuple(word_violation(v, grids.names, survey.units.ids) for v in outcome.violations),
        metrics=metrics,
        n_moved=n_moved,
        n_owned=n_owned,
    )


def _deviation(load: NDArray[Any]) -> float:
    """Give the greatest deviation of a grid from the mean, as a share of the mean."""
    mean = float(load.mean())
    return round(float(np.abs(load - mean).max()) / mean, 4) if mean > 0 else 0.0


def _stored_metrics(report: LayerReport) -> dict[str, Any]:
    return {
        **report.metrics,
        "is_feasible": report.is_feasible,
        "n_moved": report.n_moved,
        "n_owned": report.n_owned,
    }


def write_draft(
    tx: Transaction,
    clock: Clock,
    survey: Survey,
    *,
    adcode: Adcode,
    actor: str,
    title: str,
    kind: str,
    drawn: Mapping[Layer, plans.Grids],
    reports: Sequence[LayerReport],
    certificate: Mapping[str, Any],
    edit: Mapping[str, Any],
    kept: LayerRules,
) -> Plan:
    """Write a new draft plan with its grids, findings and certificate.

    `kind` says how it came about, `kept` what every later edit of it has to keep.
    """
    plan = Plan(
        adcode=adcode,
        plan_id=PlanId(new_id()),
        title=title,
        state=PlanState.DRAFT,
        layers=tuple(drawn),
        unit_set_id=UnitSetId(survey.units.unit_set_id),
        base_generation=survey.base_generation,
        plan_version_id=PlanVersionId(new_id()),
        revision=0,
        created_by=actor,
        created_at=clock.now(),
    )
    plans.insert_plan(tx, plan)
    for layer, grids in drawn.items():
        plans.write_layer(tx, clock, plan.plan_version_id, layer, grids)
    plans.write_findings(
        tx,
        plan.plan_version_id,
        metrics={report.layer: _stored_metrics(report) for report in reports},
        violations={report.layer: list(report.violations) for report in reports},
        certificate=dict(certificate),
    )
    drafts.write_rules(tx, plan.plan_id, dict.fromkeys(drawn, kept))
    plans.add_edit(tx, clock, plan, actor=actor, kind=kind, edit=dict(edit))
    audit.add(tx, clock, actor=actor, action=f"plan.{kind}", subject=plan.plan_id, content={"title": title})
    return plans.find(tx, plan.plan_id)


def certify(
    outcomes: Mapping[Layer, DesignOutcome], drawn: Mapping[Layer, plans.Grids], rules: Mapping[str, Any]
) -> dict[str, Any]:
    """Give the certificate of a draft: the rules, and per layer what the engine was given and what came out."""
    return {
        "rules": dict(rules),
        "layers": {
            layer: {**outcome.certificate, "grids_sha256": plans.fingerprint(drawn[layer])}
            for layer, outcome in outcomes.items()
        },
    }
