"""Plan a 28-day cycle: every duty of every person gets its days, and the lines follow from them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from gridsvc.clock import Clock, new_id, today
from gridsvc.domain.crews import Crews
from gridsvc.domain.errors import BadInput, NotFound
from gridsvc.domain.ids import Adcode, CycleId, RetailerId, StaffId
from gridsvc.domain.joint_stops import JointLedger, JointMode, JointRules
from gridsvc.domain.layers import TASK_OF_LAYER, Layer, TaskType
from gridsvc.domain.relaxations import Relaxation, RelaxationKind, stored
from gridsvc.engines import periodic
from gridsvc.engines.pool import EnginePool, Report
from gridsvc.storage import Store, Transaction, audit, cycles, districts, lines
from gridsvc.storage.cycles import Cycle, CycleStop, Unplanned
from gridsvc.usecases.account_joint_stops import account_joint_stops, is_worth_its_price
from gridsvc.usecases.draw_inspections import draw_inspections
from gridsvc.usecases.draw_lines import draw_lines
from gridsvc.usecases.gather_month import Month
from gridsvc.usecases.list_changed_duties import ChangedDuty, list_changed_duties
from gridsvc.usecases.relax_month import Relaxed, relax_month, unverified
from gridsvc.usecases.solve_month import solve_apart, solve_together
from gridsvc.usecases.stand_of_draw import add_drawn, commitment_of, stand_of_draw, write_draw
from gridsvc.usecases.state_duties import InForce, PersonWork, state_duties
from gridsvc.usecases.state_territory import BAND_RATIO
from gridsvc.usecases.survey_work import WorkSurvey, survey_work


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCycle:
    """What was planned, in numbers; minutes are per person and working day, sealed duties left out.

    `day_ratio` is the longest day of a person over the shortest, each against what the week asks, the worst of the
    layer's people; `n_uneven` counts people whose cycle keeps not every rule: days too uneven, or duties left over.
    `n_introductions` counts shops at which a new owner has to be introduced, `n_introduced` those planned within its
    days. `changes` lists what a re-planning changed.
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
    ledger: JointLedger
    n_introductions: int
    n_introduced: int
    changes: tuple[ChangedDuty, ...] = ()


def plan_cycle(
    store: Store,
    clock: Clock,
    pool: EnginePool,
    *,
    adcode: Adcode,
    actor: str,
    first_day: date | None = None,
    mode: JointMode | None = None,
    day_price_min: float | None = None,
    window_min: float | None = None,
    crews: Crews = Crews.PAIRS,
    keeps_delivery_weekday: bool | None = None,
    is_again: bool = False,
    seed: int = 1,
    max_iterations: int = 20_000,
    engine: periodic.Engine = "auto",
    cache_folder: Path | None = None,
    on_progress: Report | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> PlannedCycle:
    """Give every retailer's visits, inspections and deliveries their days in the cycle that begins on `first_day`.

    People who serve the same shops are planned by one search, so that their roles meet at a shop where that is worth
    its price; the same duties are also planned person by person, and the ledger compares the two plans. Days are
    balanced, a shop keeps its weekday, near shops fall on the same day. The days of enforcement inspections are drawn
    at random within their duty from a secret seed; a hash that commits to it stands in the audit chain, and no number
    that is told counts them. Lines (grid x weekday) follow from the days. An earlier plan of the same cycle is
    replaced; routes that were made from it stay until their day is planned again, inspections whose day is over or that
    were made keep their day, and its secret is kept to be shown when the cycle is over.

    Parameters
    ----------
    first_day : a Monday; None = the cycle that holds today
    mode, day_price_min, window_min : what the roles share, and what a shared day may cost (`JointRules`); None = as in
        the plan in force where it is planned again, else the default
    crews : who inspects with whom where two are needed; planned again, the crews stay as they were
    keeps_delivery_weekday : deliveries stay on the weekday of their line, which the order batch follows; None = as in
        the plan in force where it is planned again, else they need not
    is_again : change as little as possible of the plan in force: days before today stay, a visit day that is new costs,
        sealed days stay drawn; the changes are listed
    max_iterations : of the search per person; the same input, seed and number give the same days, sealed ones excepted
    engine : "ortools" runs on OR-Tools alone

    Raises
    ------
    BadInput
        `first_day` is no Monday, the cycle has no working day, nobody owns a retailer yet, or OR-Tools alone is asked
        for what it has no form of.
    NotFound
        `is_again`, and the cycle is not planned yet.
    Conflict
        the cycle was planned by somebody else meanwhile.
    """
    with store.transaction(adcode) as tx:
        survey = survey_work(tx, clock, first_day=first_day, cache_folder=cache_folder)
        known, known_stops = _in_force(tx, survey, is_again=is_again)
        now = today(clock, survey.district.time_zone)
        stand = stand_of_draw(tx, survey, known, known_stops, now, is_again=is_again)
    before, old_stops = (known, known_stops) if is_again else (None, [])
    if not survey.owners:
        raise BadInput("no retailer has an owner yet; import today's owners or publish a plan first")
    in_force = _masks(survey, old_stops, now) if before else InForce()
    told = before.settings if before else {}
    rules = _rules(told, mode=mode, day_price_min=day_price_min, window_min=window_min)
    _require_form(engine, rules)
    crews = Crews(told.get("crews", crews))
    if keeps_delivery_weekday is None:
        keeps_delivery_weekday = bool(told.get("keeps_delivery_weekday", False))
    draw = draw_inspections(
        survey, stand.secret, crews=crews, done=stand.done, kept=stand.kept, first_open_row=stand.first_open_row
    )
    people = state_duties(survey, draw.room_min, in_force=in_force, keeps_delivery_weekday=keeps_delivery_weekday)
    solve = _Solve(
        survey, pool, people, rules, seed, max_iterations, engine, before is not None, on_progress, is_cancelled
    )
    separate, joint = solve.both()
    relaxed = solve.relaxations(joint)
    ledger = account_joint_stops(survey, people, rules, joint, separate)
    new = Cycle(
        cycle_id=CycleId(new_id()),
        first_day=survey.days.first_day,
        generation=survey.generation,
        is_provisional=survey.days.is_provisional,
        settings={
            "seed": seed,
            "max_iterations": max_iterations,
            "engine": engine,
            "band_ratio": BAND_RATIO,
            "workload": survey.workload.version,
            "joint_mode": rules.mode.value,
            "day_price_min": rules.day_price_min,
            "window_min": rules.window_min,
            "crews": crews.value,
            "keeps_delivery_weekday": keeps_delivery_weekday,
            "draw_commitment": commitment_of(stand, draw),
        },
        metrics={person.member.staff_id: _metrics(joint, row) for row, person in enumerate(people)},
        ledger=dataclasses.asdict(ledger),
    )
    stops, left = _rows(survey, people, rules, joint, relaxed, in_force, old_stops)
    add_drawn(survey, draw, stops, left)
    drawn = draw_lines(survey, stops)
    with store.transaction(adcode) as tx:
        districts.lock(tx)
        cycle_id = cycles.replace(tx, clock, new, stops, left)
        for layer, new_lines in drawn.items():
            lines.replace_layer(tx, layer, new_lines, survey.begins)
        write_draw(tx, clock, cycle_id, stand, draw)
        content = {"first_day": new.first_day.isoformat(), "draw_commitment": new.settings["draw_commitment"]}
        action = "cycle.replan" if before else "cycle.plan"
        audit.add(tx, clock, actor=actor, action=action, subject=cycle_id, content=content)
    numbers = _summary(survey, people, joint, stops, left)
    return PlannedCycle(
        cycle_id=cycle_id,
        first_day=new.first_day,
        is_provisional=new.is_provisional,
        n_lines=sum(len(new_lines) for new_lines in drawn.values()),
        ledger=ledger,
        n_introductions=len(survey.introduced_within),
        n_introduced=_n_introduced(survey, stops),
        changes=list_changed_duties(survey, people, old_stops, stops) if before else (),
        **numbers,
    )


@dataclass(frozen=True, slots=True)
class _Solve:
    """Both plans of a month: person by person, and together."""

    survey: WorkSurvey
    pool: EnginePool
    people: Sequence[PersonWork]
    rules: JointRules
    seed: int
    max_iterations: int
    engine: periodic.Engine
    is_again: bool
    on_progress: Report | None
    is_cancelled: Callable[[], bool] | None

    def both(self) -> tuple[Month, Month]:
        """The separate and the joint plan; one and the same where nothing is shared, or days would cost too much."""
        is_joint = self.rules.mode is not JointMode.APART
        given: dict[str, Any] = {
            "seed": self.seed,
            "max_iterations": self.max_iterations,
            "engine": self.engine,
            "is_again": self.is_again,
            "is_cancelled": self.is_cancelled,
        }
        half = 0.4 if is_joint else 1.0
        separate = solve_apart(
            self.survey,
            self.pool,
            self.people,
            on_progress=self._part(0.0, half),
            **given,
        )
        if not is_joint:
            return separate, separate
        joint = solve_together(
            self.survey, self.pool, self.people, self.rules, separate, on_progress=self._part(half, 1.0), **given
        )
        if self.rules.mode is JointMode.SAME_DAY and not is_worth_its_price(self.people, self.rules, joint, separate):
            return separate, separate
        return separate, joint

    def relaxations(self, month: Month) -> Relaxed:
        """What would plan each duty that the month leaves over, verified."""
        return relax_month(
            self.survey,
            self.pool,
            self.people,
            self.rules,
            month,
            seed=self.seed,
            max_iterations=self.max_iterations,
            is_again=self.is_again,
            engine=self.engine,
            is_cancelled=self.is_cancelled,
        )

    def _part(self, first: float, last: float) -> Report | None:
        tell = self.on_progress
        if tell is None:
            return None
        return lambda share, words: tell(first + (last - first) * share, words)


def _rules(told: Mapping[str, Any], **asked: object) -> JointRules:
    """Give what the roles share: what is asked, else what the plan in force says, else the defaults."""
    kept = {"mode": "joint_mode", "day_price_min": "day_price_min", "window_min": "window_min"}
    known = {name: told[key] for name, key in kept.items() if key in told}
    chosen = known | {name: value for name, value in asked.items() if value is not None}
    return JointRules(**chosen | ({"mode": JointMode(chosen["mode"])} if "mode" in chosen else {}))


def _require_form(engine: periodic.Engine, rules: JointRules) -> None:
    """Refuse what OR-Tools alone has no form of: one vehicle for two, starts within a window, and standing in."""
    if engine == "ortools" and rules.mode not in {JointMode.SAME_DAY, JointMode.APART}:
        raise BadInput(
            f"OR-Tools alone cannot plan {rules.mode}: it has no form of it. Plan with the own search (--engine auto), "
            "or share same_day or apart"
        )


def _in_force(tx: Transaction, survey: WorkSurvey, *, is_again: bool) -> tuple[Cycle | None, list[CycleStop]]:
    known = cycles.beginning(tx, survey.days.first_day)
    if known is None and is_again:
        raise NotFound(f"the cycle from {survey.days.first_day} is not planned yet; `cycle plan` plans it")
    return known, cycles.stops(tx, known.cycle_id) if known else []


def _masks(survey: WorkSurvey, stops: Sequence[CycleStop], now: date) -> InForce:
    """State a stored plan for planning it again."""
    row_of = {day: row for row, day in enumerate(survey.days.working)}
    mask_of: dict[tuple[RetailerId, TaskType], int] = {}
    for stop in stops:
        if stop.is_sealed or stop.day not in row_of:
            continue
        key = (stop.retailer_id, stop.task_type)
        mask_of[key] = mask_of.get(key, 0) | 1 << row_of[stop.day]
    kept = sum(1 << row for row, day in enumerate(survey.days.working) if day < now)
    return InForce(mask_of=mask_of, kept_days=kept)


def _days_over(survey: WorkSurvey, in_force: InForce) -> set[date]:
    return {day for row, day in enumerate(survey.days.working) if in_force.kept_days >> row & 1}


def _rows(
    survey: WorkSurvey,
    people: Sequence[PersonWork],
    rules: JointRules,
    month: Month,
    relaxed: Relaxed,
    in_force: InForce,
    old_stops: Sequence[CycleStop],
) -> tuple[list[CycleStop], list[Unplanned]]:
    """The open stops and what is left; days that are over keep the stops they had."""
    over = _days_over(survey, in_force)
    stops = [stop for stop in old_stops if stop.day in over and not stop.is_sealed]
    ids = survey.retailers.retailer_id
    riding: dict[tuple[str, int], set[Layer]] = {}
    for (index, number), visits in month.visits.items():
        person = people[index]
        for day, _ in visits if index in month.companion else ():
            riding.setdefault((ids[person.rows[person.duties[number].shop]], day), set()).add(person.layer)
    for (index, number), visits in sorted(month.visits.items()):
        person, duty = people[index], people[index].duties[number]
        retailer = RetailerId(ids[person.rows[duty.shop]])
        for day, who in visits:
            if survey.days.working[day] in over:
                continue
            # riders are at every stop together; where both have work there, each has a stop of one's own
            waits = who in month.companion and len(riding[retailer, day]) == 1
            stops.append(
                CycleStop(
                    retailer_id=retailer,
                    task_type=TASK_OF_LAYER[person.layer],
                    day=survey.days.working[day],
                    staff_id=people[who].member.staff_id,
                    second_staff_id=people[month.companion[who]].member.staff_id if waits else None,
                    service_min=duty.service_min,
                    cartons=duty.demand,
                    is_sealed=False,
                    window_min=_window(survey, rules, month.meeting_from.get((index, number, day))),
                )
            )
    left = [
        Unplanned(
            retailer_id=RetailerId(ids[people[index].rows[people[index].duties[number].shop]]),
            task_type=TASK_OF_LAYER[people[index].layer],
            day=None,
            reason=item.reason,
            words=item.words,
            relaxation=_kept(relaxed.get((index, number)) or unverified(item.change)),
            is_verified=(index, number) in relaxed,
        )
        for index, number, item in month.left
    ]
    return stops, left + _without_owner_or_point(survey)


def _kept(relaxation: Relaxation | None) -> str | None:
    return stored(relaxation) if relaxation is not None else None


def _window(survey: WorkSurvey, rules: JointRules, from_min: float | None) -> tuple[int, int] | None:
    """The shared window by the clock, from minutes of work after the day begins."""
    if from_min is None:
        return None
    opens, closes = survey.hours.clock_min(from_min), survey.hours.clock_min(from_min + rules.window_min)
    return math.floor(opens), math.ceil(closes)


def _without_owner_or_point(survey: WorkSurvey) -> list[Unplanned]:
    """List what nobody can be sent to: shops without an owner in a layer, and shops without a point."""

    def left(retailer: RetailerId, layer: Layer, reason: str, words: str, kind: RelaxationKind) -> Unplanned:
        task, relaxation = TASK_OF_LAYER[layer], stored(Relaxation(kind=kind))
        return Unplanned(
            retailer_id=retailer, task_type=task, day=None, reason=reason, words=words, relaxation=relaxation
        )

    served = [layer for layer in Layer if any(owned is layer for _, owned in survey.owners)]
    unowned = [
        left(retailer, layer, "no_owner", f"Nobody owns the shop in the {layer} layer.", RelaxationKind.OWNER)
        for retailer in survey.row_of
        for layer in served
        if (retailer, layer) not in survey.owners
    ]
    unlocated = [
        left(retailer, layer, "no_point", "The shop's address has no point yet.", RelaxationKind.POINT)
        for retailer in survey.unlocated
        for layer in served
    ]
    return unowned + unlocated


def _n_introduced(survey: WorkSurvey, stops: Sequence[CycleStop]) -> int:
    """Count the introductions for which a stop of the new owner falls within their days."""
    days: dict[tuple[RetailerId, TaskType, StaffId], set[date]] = {}
    for stop in stops:
        if not stop.is_sealed:
            days.setdefault((stop.retailer_id, stop.task_type, stop.staff_id), set()).add(stop.day)
    return sum(
        bool(
            days.get((retailer, TASK_OF_LAYER[layer], survey.owners[retailer, layer].staff_id), set())
            & set(survey.days.working[first : last + 1])
        )
        for (retailer, layer), (first, last) in survey.introduced_within.items()
    )


def _metrics(month: Month, row: int) -> dict[str, Any]:
    """One person's numbers over the open duties."""
    return {
        "work_min": [round(float(value), 1) for value in month.work_min[row]],
        "travel_min": [round(float(value), 1) for value in month.travel_min[row]],
        "day_ratio": round(month.day_ratio[row], 4),
        "is_feasible": bool(month.is_even[row]),
    }


def _summary(
    survey: WorkSurvey,
    people: Sequence[PersonWork],
    month: Month,
    stops: Sequence[CycleStop],
    left: Sequence[Unplanned],
) -> dict[str, Any]:
    """The numbers that are told; a total must not give sealed duties away."""
    n_days = len(survey.days.working)
    service = np.zeros(len(people))
    for (index, number), visits in month.visits.items():
        duty = people[index].duties[number]
        for _, who in visits:
            service[who] += duty.service_min
    of_layer = {layer: [row for row, person in enumerate(people) if person.layer is layer] for layer in Layer}

    def per_day(values: np.ndarray) -> dict[Layer, float]:
        return {
            layer: round(float(values[rows].mean()) / n_days, 1) if rows else 0.0 for layer, rows in of_layer.items()
        }

    def counted(items: Sequence[CycleStop] | Sequence[Unplanned]) -> dict[Layer, int]:
        return {
            layer: sum(item.task_type is TASK_OF_LAYER[layer] and not item.is_sealed for item in items)
            for layer in Layer
        }

    return {
        "n_stops": counted(stops),
        "n_unplanned": counted(left),
        "day_ratio": {
            layer: round(max((month.day_ratio[row] for row in rows), default=1.0), 4)
            for layer, rows in of_layer.items()
        },
        "travel_min_per_day": per_day(np.maximum(0.0, month.open_min - service)),
        "work_min_per_day": per_day(month.open_min),
        "n_uneven": int(np.count_nonzero(~month.is_even)),
        "travel_method": "streets" if survey.travel.network is not None else "straight_line",
    }
