"""Find what would serve the stops that a day leaves out, and verify it by solving the day again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import ceil

import numpy as np

from gridsvc.domain.ids import RetailerId, StaffId
from gridsvc.domain.layers import ROLE_OF_LAYER, Layer, TaskType
from gridsvc.domain.relaxations import Relaxation, RelaxationKind
from gridsvc.engines import routing
from gridsvc.engines.pool import EnginePool
from gridsvc.engines.routing import DayOutcome, DayRequest
from gridsvc.storage.cycles import CycleStop
from gridsvc.usecases.state_day import DayGround, DaySearch, DayTeam, Told, state_day_team

RELAXED_AT_MOST = 24  # stops of a planned day for which changes are solved; beyond, nothing is known
_LONGER_MIN = (15, 30, 60, 120)
_COLLEAGUES, _OTHER_DAYS = 2, 4
StopKey = tuple[RetailerId, TaskType, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftStop:
    """A stop that a day leaves out: whose day, and the row of its task in the team's request."""

    day: date
    team: DayTeam
    outcome: DayOutcome
    task: int

    @property
    def stop(self) -> CycleStop:
        """The stop as the cycle has it."""
        return self.team.task_rows[self.task][0]

    @property
    def key(self) -> StopKey:
        """What names the stop among those of the day."""
        return self.stop.retailer_id, self.stop.task_type, self.stop.is_sealed


@dataclass(frozen=True, slots=True)
class _Trial:
    """A day with one thing changed, and what it says about a stop."""

    left: LeftStop
    request: DayRequest
    judge: Callable[[DayOutcome], Relaxation | None]


def relax_day(
    ground: DayGround,
    pool: EnginePool,
    left: Sequence[LeftStop],
    month: Sequence[CycleStop],
    told_s: Told,
    search: DaySearch,
    *,
    is_cancelled: Callable[[], bool] | None = None,
) -> dict[StopKey, Relaxation]:
    """Give the smallest verified change for each stop that the day leaves out; what none serves is left out.

    From the least to the most: other hours at the shop, more minutes, a colleague of the role on that day, another day
    of the cycle that is to come. The day is solved again with the change, and counts where the stop is served and no
    other is lost. Stops at which two people meet are left out, and those of inspectors: which of their days have room,
    and how much, would tell of a sealed inspection.

    Parameters
    ----------
    month : every stop of the cycle
    """
    open_ = [item for item in left if item.stop.second_staff_id is None and not _may_hold_sealed(ground, item)]
    found: dict[StopKey, Relaxation] = {}
    month_of = _Month(ground, month, told_s, search)
    for trials_of in (_other_hours, _longer, month_of.colleagues, month_of.other_days):
        waiting = [item for item in open_[:RELAXED_AT_MOST] if item.key not in found]
        trials = [trial for item in waiting for trial in trials_of(item)]
        if not trials:
            continue
        requests = [trial.request for trial in trials]
        for trial, outcome in zip(trials, routing.plan_days(pool, requests, is_cancelled=is_cancelled), strict=True):
            relaxation = None if trial.left.key in found else trial.judge(outcome)
            if relaxation is not None:
                found[trial.left.key] = relaxation
    return found


def _may_hold_sealed(ground: DayGround, item: LeftStop) -> bool:
    return ground.staff_of[item.stop.staff_id].role is ROLE_OF_LAYER[Layer.INSPECTION]


def _lost(outcome: DayOutcome) -> set[int]:
    return {task for task, _, _ in outcome.unserved}


def _start_min(outcome: DayOutcome, task: int) -> int:
    """When a served task starts, minutes after midnight."""
    starts = [
        start_s
        for route in outcome.routes
        for own, start_s in zip(route.tasks, route.start_s, strict=True)
        if own == task
    ]
    return starts[0] // 60


def _alone(item: LeftStop) -> tuple[DayRequest, int]:
    """The day as it is planned and the stop, whose row is given: what else was lost does not compete for its place."""
    request, others = item.team.request, _lost(item.outcome) - {item.task}
    kept = [row for row in range(len(request.tasks)) if row not in others]
    return replace(request, tasks=tuple(request.tasks[row] for row in kept)), kept.index(item.task)


def _other_hours(item: LeftStop) -> Iterator[_Trial]:
    """The shop is served at any time of the day."""
    request, row = _alone(item)
    tasks = list(request.tasks)
    window_s = tasks[row].window_s
    if window_s is None:
        return
    tasks[row] = replace(tasks[row], window_s=None)

    def judge(outcome: DayOutcome) -> Relaxation | None:
        if outcome.unserved:
            return None
        at_min = _start_min(outcome, row)
        is_inside = window_s[0] <= at_min * 60 <= window_s[1]
        kind = RelaxationKind.LONGER_SEARCH if is_inside else RelaxationKind.OTHER_HOURS
        return Relaxation(kind=kind, at_min=at_min)

    yield _Trial(item, replace(request, tasks=tuple(tasks)), judge)


def _longer(item: LeftStop) -> Iterator[_Trial]:
    """The person's day ends later, the least first."""
    (request, task), (_, member) = _alone(item), item.team.task_rows[item.task]
    row = max(request.tasks[task].people, key=lambda person: request.people[person].shift_s[1])
    begins_s, ends_s = request.people[row].shift_s

    def judge(outcome: DayOutcome) -> Relaxation | None:
        if outcome.unserved:
            return None
        back_s = max((route.return_s for route in outcome.routes if route.person == row and route.tasks), default=0)
        minutes = ceil(max(0, back_s - ends_s) / 60)
        if not minutes:
            return Relaxation(kind=RelaxationKind.LONGER_SEARCH)
        return Relaxation(
            kind=RelaxationKind.MINUTES, amount=float(minutes), longer=((member.staff_code, item.day, minutes),)
        )

    for minutes in _LONGER_MIN:
        people = list(request.people)
        people[row] = replace(people[row], shift_s=(begins_s, ends_s + minutes * 60))
        yield _Trial(item, replace(request, people=tuple(people)), judge)


@dataclass(frozen=True, slots=True)
class _Month:
    """Puts a stop into other days: a colleague's on the same day, or another day of the same person."""

    ground: DayGround
    month: Sequence[CycleStop]
    told_s: Told
    search: DaySearch

    def colleagues(self, item: LeftStop) -> Iterator[_Trial]:
        """The colleagues of the role who are out nearest to the shop on that day."""
        role = self.ground.staff_of[item.stop.staff_id].role
        near: dict[StaffId, float] = {}
        for stop in self.month:
            member = self.ground.staff_of.get(stop.staff_id)
            if stop.day == item.day and member is not None and member.role is role:
                apart = self._apart_km(item.stop.retailer_id, stop.retailer_id)
                near[stop.staff_id] = min(near.get(stop.staff_id, apart), apart)
        near.pop(item.stop.staff_id, None)
        for person in sorted(near, key=lambda person: (near[person], person))[:_COLLEAGUES]:
            yield from self._with(item, person, item.day, RelaxationKind.OTHER_PERSON)

    def other_days(self, item: LeftStop) -> Iterator[_Trial]:
        """The next days on which the person is out and not at the shop anyway."""
        person = item.stop.staff_id
        out = {stop.day for stop in self.month if stop.staff_id == person and stop.day > item.day}
        there = {
            stop.day
            for stop in self.month
            if (stop.retailer_id, stop.task_type) == (item.stop.retailer_id, item.stop.task_type)
        }
        for day in sorted(out - there)[:_OTHER_DAYS]:
            yield from self._with(item, person, day, RelaxationKind.OTHER_DAY)

    def _with(self, item: LeftStop, person: StaffId, day: date, kind: RelaxationKind) -> Iterator[_Trial]:
        """The day of a person with the stop at its end; a day on which somebody is met hangs on other people's."""
        own = [stop for stop in self.month if stop.day == day and person in {stop.staff_id, stop.second_staff_id}]
        own = [stop for stop in own if stop.retailer_id in self.ground.row_of]
        if any(stop.second_staff_id is not None for stop in own):
            return
        guest = replace(item.stop, staff_id=person, day=day, window_min=None)
        member = self.ground.staff_of[person]
        told_s = self.told_s if day == item.day else {}
        team = state_day_team(self.ground, [member], [*own, guest], told_s, self.search)
        last = len(team.request.tasks) - 1

        def judge(outcome: DayOutcome) -> Relaxation | None:
            if outcome.unserved:
                return None
            return Relaxation(kind=kind, staff_code=member.staff_code, days=(day,), at_min=_start_min(outcome, last))

        yield _Trial(item, team.request, judge)

    def _apart_km(self, one: RetailerId, other: RetailerId) -> float:
        if one not in self.ground.row_of or other not in self.ground.row_of:
            return float("inf")
        shops, a, b = self.ground.shops, self.ground.row_of[one], self.ground.row_of[other]
        east = (shops.lon[a] - shops.lon[b]) * np.cos(np.radians(shops.lat[a]))
        return float(111.0 * np.hypot(east, shops.lat[a] - shops.lat[b]))
