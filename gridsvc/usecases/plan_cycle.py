"""Plan a 28-day cycle: every duty of every person gets its days, and the lines follow from them."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from gridsvc.clock import Clock, new_id
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode, CycleId, RetailerId
from gridsvc.domain.layers import TASK_OF_LAYER, Layer
from gridsvc.engines import periodic
from gridsvc.engines.periodic import CycleOutcome
from gridsvc.engines.pool import EnginePool, Report
from gridsvc.storage import Store, audit, cycles, lines
from gridsvc.storage.cycles import Cycle, CycleStop, Unplanned
from gridsvc.usecases.draw_lines import draw_lines
from gridsvc.usecases.state_duties import BAND_RATIO, PersonWork, state_duties
from gridsvc.usecases.survey_work import WorkSurvey, survey_work


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCycle:
    """What was planned, in numbers; minutes are per person and working day.

    `day_ratio` is the longest day of a person over the shortest, the worst of the layer's people; `n_uneven` counts
    people whose cycle keeps not every rule: days too uneven, or duties left over.
    """

    cycle_id: CycleId
    first_day: date
    is_provisional: bool
    n_stops: Mapping[Layer, int]
    n_unplanned: Mapping[Layer, int]
    day_ratio: Mapping[Layer, float]
    travel_min_per_day: Mapping[Layer, float]
    work_min_per_day: Mapping[Layer, float]
    n_lines: int
    n_uneven: int
    travel_method: str


def plan_cycle(
    store: Store,
    clock: Clock,
    pool: EnginePool,
    *,
    adcode: Adcode,
    actor: str,
    first_day: date | None = None,
    seed: int = 1,
    max_iterations: int = 20_000,
    cache_folder: Path | None = None,
    on_progress: Report | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> PlannedCycle:
    """Give every retailer's visits, inspections and deliveries their days in the cycle that begins on `first_day`.

    Each person's shops are planned for themselves: balanced days, the same weekday, near shops on the same day. The
    days of enforcement inspections are drawn at random within their duty from a secret seed; a hash that commits to it
    stands in the audit chain, and no number that is told counts them. Lines (grid x weekday) follow from the days. An
    earlier plan of the same cycle is replaced; routes that were made from it stay until their day is planned again.

    Parameters
    ----------
    first_day : a Monday; None = the cycle that holds today
    max_iterations : of the search per person; the same input, seed and number give the same days, sealed ones excepted

    Raises
    ------
    BadInput
        `first_day` is no Monday, the cycle has no working day, or nobody owns a retailer yet.
    """
    with store.transaction(adcode) as tx:
        survey = survey_work(tx, clock, first_day=first_day, cache_folder=cache_folder)
    if not survey.owners:
        raise BadInput("no retailer has an owner yet; import today's owners or publish a plan first")
    sealed_seed = secrets.token_bytes(16)
    people = state_duties(survey, np.random.default_rng(list(sealed_seed)), seed, max_iterations)
    outcomes = periodic.plan_cycles(
        pool, [person.given for person in people], on_progress=on_progress, is_cancelled=is_cancelled
    )
    new = Cycle(
        cycle_id=CycleId(new_id()),
        first_day=survey.days.first_day,
        generation=survey.generation,
        is_provisional=survey.days.is_provisional,
        settings={
            "seed": seed,
            "max_iterations": max_iterations,
            "band_ratio": BAND_RATIO,
            "workload": survey.workload.version,
            "draw_commitment": periodic.commitment(sealed_seed),
        },
        metrics={person.member.staff_id: _metrics(outcome) for person, outcome in zip(people, outcomes, strict=True)},
        sealed_seed=sealed_seed,
    )
    stops, left = _rows(survey, people, outcomes)
    drawn = draw_lines(survey, stops)
    with store.transaction(adcode) as tx:
        cycle_id = cycles.replace(tx, clock, new, stops, left)
        for layer, new_lines in drawn.items():
            lines.replace_layer(tx, layer, new_lines, survey.begins)
        content = {"first_day": new.first_day.isoformat(), "draw_commitment": new.settings["draw_commitment"]}
        audit.add(tx, clock, actor=actor, action="cycle.plan", subject=cycle_id, content=content)
    n_lines = sum(len(new_lines) for new_lines in drawn.values())
    open_stops = [item for item in stops if not item.is_sealed]  # a total must not give the sealed ones away
    open_left = [item for item in left if not item.is_sealed]
    return _summary(
        survey, dataclasses.replace(new, cycle_id=cycle_id), people, outcomes, open_stops, open_left, n_lines
    )


def _rows(
    survey: WorkSurvey, people: Sequence[PersonWork], outcomes: Sequence[CycleOutcome]
) -> tuple[list[CycleStop], list[Unplanned]]:
    stops: list[CycleStop] = []
    left: list[Unplanned] = []
    ids = survey.retailers.retailer_id
    for person, outcome in zip(people, outcomes, strict=True):
        task = TASK_OF_LAYER[person.layer]
        for duty, days in zip(person.duties, outcome.days_of_duty, strict=True):
            retailer = RetailerId(ids[person.shops[duty.shop]])
            stops.extend(
                CycleStop(
                    retailer_id=retailer,
                    task_type=task,
                    day=survey.days.working[day],
                    staff_id=person.member.staff_id,
                    second_staff_id=person.partner.staff_id if person.partner and duty.crew_size > 1 else None,
                    service_min=duty.service_min,
                    cartons=duty.demand,
                    is_sealed=duty.is_sealed,
                )
                for day in days
            )
        left.extend(
            Unplanned(
                retailer_id=RetailerId(ids[person.shops[person.duties[item.duty].shop]]),
                task_type=task,
                day=None,
                reason=item.reason,
                words=item.words,
                relaxation=item.relaxation,
                is_sealed=person.duties[item.duty].is_sealed,
            )
            for item in outcome.unplanned
        )
    return stops, left + _without_owner_or_point(survey)


def _without_owner_or_point(survey: WorkSurvey) -> list[Unplanned]:
    """List what nobody can be sent to: shops without an owner in a layer, and shops without a point."""

    def left(retailer: RetailerId, layer: Layer, reason: str, words: str, relaxation: str) -> Unplanned:
        task = TASK_OF_LAYER[layer]
        return Unplanned(
            retailer_id=retailer, task_type=task, day=None, reason=reason, words=words, relaxation=relaxation
        )

    served = [layer for layer in Layer if any(owned is layer for _, owned in survey.owners)]
    unowned = [
        left(retailer, layer, "no_owner", f"Nobody owns the shop in the {layer} layer.", "an owner: publish a plan")
        for retailer in survey.row_of
        for layer in served
        if (retailer, layer) not in survey.owners
    ]
    unlocated = [
        left(retailer, layer, "no_point", "The shop's address has no point yet.", "a point: locate its address")
        for retailer in survey.unlocated
        for layer in served
    ]
    return unowned + unlocated


def _metrics(outcome: CycleOutcome) -> dict[str, Any]:
    worked = outcome.work_min[outcome.work_min > 0]
    return {
        "work_min": [round(float(value), 1) for value in outcome.work_min],
        "travel_min": [round(float(value), 1) for value in outcome.travel_min],
        "day_ratio": round(float(worked.max() / worked.min()), 4) if len(worked) else 1.0,
        "is_feasible": outcome.is_feasible,
        # a day without work makes a ratio infinite, which no document can hold
        **{k: round(float(v), 4) for k, v in outcome.metrics.items() if v is not None and np.isfinite(v)},
    }


def _summary(
    survey: WorkSurvey,
    new: Cycle,
    people: Sequence[PersonWork],
    outcomes: Sequence[CycleOutcome],
    stops: Sequence[CycleStop],
    left: Sequence[Unplanned],
    n_lines: int,
) -> PlannedCycle:
    n_days = len(survey.days.working)

    def of_layer(layer: Layer) -> list[CycleOutcome]:
        return [outcome for person, outcome in zip(people, outcomes, strict=True) if person.layer is layer]

    def mean(values: list[float]) -> float:
        return round(float(np.mean(values)), 1) if values else 0.0

    return PlannedCycle(
        cycle_id=new.cycle_id,
        first_day=new.first_day,
        is_provisional=new.is_provisional,
        n_stops={layer: sum(item.task_type is TASK_OF_LAYER[layer] for item in stops) for layer in Layer},
        n_unplanned={layer: sum(item.task_type is TASK_OF_LAYER[layer] for item in left) for layer in Layer},
        day_ratio={
            layer: max((_metrics(outcome)["day_ratio"] for outcome in of_layer(layer)), default=1.0) for layer in Layer
        },
        travel_min_per_day={layer: mean([o.travel_min.sum() / n_days for o in of_layer(layer)]) for layer in Layer},
        work_min_per_day={layer: mean([o.work_min.sum() / n_days for o in of_layer(layer)]) for layer in Layer},
        n_lines=n_lines,
        n_uneven=sum(not outcome.is_feasible for outcome in outcomes),
        travel_method="streets" if survey.travel.network is not None else "straight_line",
    )
