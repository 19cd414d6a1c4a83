"""The periodic engine as the service calls it: a territory's cycle goes to a child process and comes back in days.

A territory is some people and the shops they owe duties; one search chooses the days of all of them together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gridsvc.engines.periodic_patterns import Duty, Patterns, legal_patterns
from gridsvc.engines.pool import EnginePool, Report, Task
from optimize.periodic import sealed
from optimize.periodic.checks import overlaps, start_of_visit, waiting
from optimize.periodic.joining import align_roles, join_roles
from optimize.periodic.patterns import days_of
from optimize.periodic.problem import NO_WAY_MIN, NotPlanned, PeriodicProblem, PeriodicResult
from optimize.periodic.relax import Relaxation
from optimize.periodic.result import plan_of_tours
from optimize.periodic.solve import solve
from optimize.stopping import MaxIterations

Engine = Literal["auto", "ortools"]

Tour = tuple[int, int, tuple[int, ...]]
"""Person, day row, and the duties in their order."""

__all__ = ["Duty"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CyclePerson:
    """One person, or one vehicle that two people share.

    Parameters
    ----------
    role : index of the role, the same for everybody who does the same work
    minutes_of_day : (n_days,) working minutes, 0 = absent
    reserved_min : (n_days,) spoken for already: the crews that this person assists
    band_share_of_day : (n_days,) what each day ought to hold relative to the others, or None = its minutes
    capacity : cartons that one tour carries, infinite where nothing is carried
    trips : tours a day
    band_ratio : greatest ratio between the longest and the shortest day, infinite = none
    n_people : whose time a minute is: 2 where two ride together
    """

    role: int
    minutes_of_day: NDArray[np.float64]
    reserved_min: NDArray[np.float64]
    band_share_of_day: NDArray[np.float64] | None = None
    capacity: float = float("inf")
    trips: int = 1
    band_ratio: float = float("inf")
    n_people: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TerritoryCycle:
    """A territory's cycle to be planned by one search.

    Parameters
    ----------
    travel_min, travel_km : (n_people + n_shops, ...) person `i`'s office in row `i`, then the shops; infinite = no way
    weekday_of_day, week_of_day : (n_days,) of each working day; weekday 0 = Monday, week 0 = first
    day_price_min : credited per day on which two roles meet at one shop
    meeting_window_min : minutes within which the people of `meeting_roles` start at a shop where they meet; the day
        price is then credited for a meeting, not for a day. Infinite = they share days
    meeting_roles : the roles whose people meet
    rides_together : duties of two roles at one shop and day in one vehicle are done side by side
    stability_min : charged per visit day that the plan in force does not have
    apart : tours of a plan in which each role was planned by itself: the search begins there, and its plan costs no
        more; None = it begins with nothing
    engine : "ortools" runs on OR-Tools alone; roles that were planned apart then exchange their weekdays and no more
    """

    travel_min: NDArray[np.float32]
    travel_km: NDArray[np.float32]
    people: tuple[CyclePerson, ...]
    duties: tuple[Duty, ...]
    weekday_of_day: NDArray[np.int32]
    week_of_day: NDArray[np.int32]
    seed: int
    max_iterations: int
    day_price_min: float = 0.0
    meeting_window_min: float = float("inf")
    meeting_roles: tuple[int, ...] = ()
    rides_together: bool = False
    stability_min: float = 0.0
    apart: tuple[Tour, ...] | None = None
    engine: Engine = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What would plan a duty.

    Parameters
    ----------
    kind : longer_search, other_day, other_person, minutes or capacity
    amount : minutes or cartons that are added at most on one day
    person : who goes then, a row of the territory's people; -1 = not known
    days : rows of the working days that the duty gets then
    longer : of "minutes": person, day row, and minutes by which the day is longer
    """

    kind: str
    amount: float = 0.0
    person: int = -1
    days: tuple[int, ...] = ()
    longer: tuple[tuple[int, int, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplanned:
    """A duty without days: the reason as a key, in words, and what it lacks with all others where they are.

    `change` is not verified by a solve; `gridsvc.engines.periodic_relax` does that.
    """

    duty: int
    reason: str
    words: str
    change: Change | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """Two people who meet at a shop: both start within a window after `from_min`, minutes of work after the day begins.

    `duties` are rows of the territory's duties.
    """

    duties: tuple[int, int]
    day: int
    from_min: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TerritoryOutcome:
    """A territory's cycle, planned.

    Parameters
    ----------
    visits_of_duty : (day row, person) of each visit, in order of days; empty for an unplanned duty
    travel_min, work_min : (n_people, n_days)
    open_min, open_km : (n_people,) person-minutes and kilometres of the cycle as if there were no sealed duty
    tours : per person and day, the duties in their order
    meetings : by day
    """

    visits_of_duty: tuple[tuple[tuple[int, int], ...], ...]
    unplanned: tuple[Unplanned, ...]
    travel_min: NDArray[np.float64]
    work_min: NDArray[np.float64]
    open_min: NDArray[np.float64]
    open_km: NDArray[np.float64]
    is_feasible: bool
    metrics: dict[str, float]
    tours: tuple[Tour, ...]
    meetings: tuple[Meeting, ...] = ()


def commitment(secret: bytes, record: str | None = None) -> str:
    """Give the hash that is published before a sealed draw; the secret itself is shown when the cycle is over."""
    return sealed.commitment(secret, record)


def draw_order(secret: bytes, subject: str, rows: Sequence[int]) -> list[int]:
    """Give rows in an order drawn for a subject; anybody who is shown the secret can draw it again."""
    return sealed.draw_order(secret, subject, rows)


def is_revealed_by(published: str, secret: bytes, record: str | None = None) -> bool:
    """Return whether a secret, and the record where there is one, are those that were committed to."""
    return sealed.is_revealed_by(published, secret, record)


def territory_problem(given: TerritoryCycle) -> PeriodicProblem:
    """State a territory's cycle as the engine's problem."""
    n_people, n_duties = len(given.people), len(given.duties)
    people = given.people
    patterns = [_patterns(given, duty) for duty in given.duties]
    allowed = np.zeros((n_duties, n_people), np.bool_)
    for row, duty in enumerate(given.duties):
        allowed[row, [duty.person, *duty.substitutes]] = True
    n_roles = 1 + max([person.role for person in people] + [duty.role for duty in given.duties])
    between_roles = 1.0 - np.eye(n_roles)
    shares = [p.minutes_of_day if p.band_share_of_day is None else p.band_share_of_day for p in people]
    return PeriodicProblem(
        n_days=len(given.weekday_of_day),
        travel_min=np.where(np.isfinite(given.travel_min), given.travel_min, np.float32(NO_WAY_MIN)),
        travel_km=np.where(np.isfinite(given.travel_km), given.travel_km, np.float32(0)),
        location_of_retailer=np.arange(n_people, len(given.travel_min), dtype=np.int32),
        role_of_staff=np.array([person.role for person in people], np.int32),
        office_of_staff=np.arange(n_people, dtype=np.int32),
        minutes_of_staff_day=np.stack([person.minutes_of_day for person in people]),
        capacity_of_staff_day=np.stack([np.full(len(given.week_of_day), person.capacity) for person in people]),
        trips_of_staff=np.array([person.trips for person in people], np.int32),
        people_of_staff=np.array([person.n_people for person in people], np.int32),
        band_share_of_staff_day=np.stack([np.where(s > 0, s, 1.0) for s in shares]),
        retailer_of_duty=np.array([duty.shop for duty in given.duties], np.int32),
        role_of_duty=np.array([duty.role for duty in given.duties], np.int32),
        staff_of_duty=allowed,
        service_min=np.array([duty.service_min for duty in given.duties], np.float64),
        demand=np.array([duty.demand for duty in given.duties], np.float64),
        pattern_start=np.concatenate([[0], np.cumsum([len(found.mask) for found in patterns])]).astype(np.int32),
        pattern_mask=np.concatenate([np.zeros(0, np.int64), *(found.mask for found in patterns)]),
        pattern_cost=np.concatenate([np.zeros(0), *(found.cost for found in patterns)]),
        crew_size=np.array([duty.crew_size for duty in given.duties], np.int32),
        sealed=np.array([duty.is_sealed for duty in given.duties], np.bool_),
        reserved_min=np.stack([person.reserved_min for person in people]),
        band_ratio_of_staff=np.array([person.band_ratio for person in people]),
        shared_day_saving_min=given.day_price_min * between_roles,
        meeting_window_min=_meeting_window(given, n_roles),
        overlap_share=between_roles if given.rides_together else 0.0 * between_roles,
        previous_mask=np.array([duty.previous_mask for duty in given.duties], np.int64),
        stability_min=given.stability_min,
        weekday_of_day=given.weekday_of_day,
        week_of_day=given.week_of_day,
    )


def _meeting_window(given: TerritoryCycle, n_roles: int) -> NDArray[np.float64]:
    """Minutes between two roles that meet, infinite between all others."""
    window = np.full((n_roles, n_roles), np.inf)
    for a, b in permutations(given.meeting_roles, 2):
        window[a, b] = given.meeting_window_min
    return window


def _solve_in_child(given: TerritoryCycle, report: Report) -> TerritoryOutcome:
    problem = territory_problem(given)
    stop = MaxIterations(given.max_iterations)
    if given.apart is None:
        result = solve(problem, stop, given.seed, engine=given.engine)
    elif given.engine == "ortools":
        result = align_roles(problem, plan_of_tours(problem, given.apart))
    else:
        result = join_roles(problem, plan_of_tours(problem, given.apart), stop, given.seed)
    return _outcome(problem, result)


def _patterns(given: TerritoryCycle, duty: Duty) -> Patterns:
    is_present = given.people[duty.person].minutes_of_day > 0
    return legal_patterns(duty, given.weekday_of_day, given.week_of_day, is_present)


def plan_territories(
    pool: EnginePool,
    territories: Sequence[TerritoryCycle],
    *,
    on_progress: Report | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> list[TerritoryOutcome]:
    """Plan each territory's cycle, side by side; the same input and seeds give the same days."""
    tasks = [Task(f"{__name__}._solve_in_child", territory, limit_s=1800.0) for territory in territories]
    found: list[TerritoryOutcome] = pool.run_all(tasks, on_progress=on_progress, is_cancelled=is_cancelled)
    return found


def _outcome(problem: PeriodicProblem, result: PeriodicResult) -> TerritoryOutcome:
    visits: list[list[tuple[int, int]]] = [[] for _ in range(problem.n_duties)]
    tours = []
    for index, (staff, day) in enumerate(zip(result.tour_staff.tolist(), result.tour_day.tolist(), strict=True)):
        duties = tuple(result.tour(index).tolist())
        tours.append((int(staff), int(day), duties))
        for duty in duties:
            visits[duty].append((day, staff))
    open_min, open_km = _open_work(problem, result)
    return TerritoryOutcome(
        visits_of_duty=tuple(tuple(sorted(found)) for found in visits),
        unplanned=tuple(_unplanned(item) for item in result.not_planned),
        travel_min=result.travel_of_staff_day,
        work_min=result.work_of_staff_day,
        open_min=open_min,
        open_km=open_km,
        is_feasible=result.is_feasible,
        metrics=dict(result.metrics),
        tours=tuple(tours),
        meetings=_meetings(problem, result),
    )


def _meetings(problem: PeriodicProblem, result: PeriodicResult) -> tuple[Meeting, ...]:
    """The meetings with the moment from which their window runs: the earlier of the two starts."""
    if not len(result.meetings):
        return ()
    starts = start_of_visit(problem, result)
    begins = {
        (int(duty), int(result.tour_day[index])): float(starts[int(result.tour_start[index]) + at])
        for index in range(len(result.tour_day))
        for at, duty in enumerate(result.tour(index).tolist())
    }
    return tuple(
        Meeting(duties=(a, b), day=day, from_min=min(begins[a, day], begins[b, day]))
        for a, b, day in result.meetings.tolist()
    )


def _open_work(problem: PeriodicProblem, result: PeriodicResult) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Person-minutes and kilometres per person with the sealed duties taken out of the tours."""
    minutes, km = np.zeros(problem.n_staff), np.zeros(problem.n_staff)
    for index, staff in enumerate(result.tour_staff.tolist()):
        duties = result.tour(index)
        duties = duties[~problem.sealed[duties]]
        if not len(duties):
            continue
        office = int(problem.office_of_staff[staff])
        stops = np.concatenate(([office], problem.location_of_retailer[problem.retailer_of_duty[duties]], [office]))
        minutes[staff] += float(problem.travel_min[stops[:-1], stops[1:]].sum(dtype=np.float64))
        minutes[staff] += float(problem.service_min[duties].sum())
        if problem.travel_km is not None:
            km[staff] += float(problem.travel_km[stops[:-1], stops[1:]].sum(dtype=np.float64))
    for staff, _, saved in overlaps(problem, result):
        minutes[staff] -= saved
    for staff, _, waited in waiting(problem, result):
        minutes[staff] += waited
    return minutes * problem.people_of_staff, km


def _unplanned(item: NotPlanned) -> Unplanned:
    change: Change | None = None
    if item.extra_minutes > 0:
        change = Change(kind="minutes", amount=item.extra_minutes)
    elif item.extra_capacity > 0:
        change = Change(kind="capacity", amount=item.extra_capacity)
    return Unplanned(duty=item.duty, reason=item.reason.value, words=item.sentence, change=change)


def change_of(relaxation: Relaxation) -> Change:
    """Give a change of the engine."""
    return Change(
        kind=relaxation.kind,
        amount=relaxation.amount,
        person=relaxation.staff,
        days=days_of(relaxation.mask),
        longer=relaxation.longer,
    )


def days_of_mask(mask: int) -> tuple[int, ...]:
    """Give the rows of the working days that a mask names."""
    return days_of(mask)
