"""Gather the territories' outcomes into one month: who goes where on which day, and what that takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridsvc.domain.layers import Layer
from gridsvc.engines.periodic import CyclePerson, TerritoryOutcome, Unplanned
from gridsvc.usecases.state_duties import PersonWork
from gridsvc.usecases.state_territory import Territory

Tour = tuple[int, tuple[tuple[int, int], ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """Everybody's open duties of the cycle; enforcement inspections are drawn apart.

    People and duties are rows of the `PersonWork`s that it was stated from.

    Parameters
    ----------
    visits : per person and duty, the (day row, person who goes) of each visit; empty = not planned
    companion : per person, the one who rides along in the same vehicle, or None
    left : duties that are not planned: person, duty, and why
    travel_min, work_min : (n_people, n_days)
    open_min, open_km : (n_people,) of the cycle
    day_ratio : per person, the longest day over the shortest, each against what it ought to hold
    meeting_from : per person, duty and day row of a visit that meets somebody: minutes of work from which the shared
        window runs
    n_meetings : pairs that meet
    tours : per person, the day row and the (person, duty) of each visit in their order
    is_even : (n_people,) False for people of territories that break a rule: days too uneven, or duties left over
    """

    visits: dict[tuple[int, int], tuple[tuple[int, int], ...]]
    companion: dict[int, int]
    left: tuple[tuple[int, int, Unplanned], ...]
    travel_min: NDArray[np.float64]
    work_min: NDArray[np.float64]
    open_min: NDArray[np.float64]
    open_km: NDArray[np.float64]
    day_ratio: tuple[float, ...]
    is_even: NDArray[np.bool_]
    meeting_from: dict[tuple[int, int, int], float]
    n_meetings: int
    tours: tuple[tuple[Tour, ...], ...]


def gather_month(
    people: Sequence[PersonWork],
    teams: Sequence[tuple[int, ...]],
    territories: Sequence[Territory],
    outcomes: Sequence[TerritoryOutcome],
) -> Month:
    """Put the outcomes together; `teams` names the people (rows of `people`) of each territory."""
    n_days = len(people[0].minutes_of_day)
    visits: dict[tuple[int, int], tuple[tuple[int, int], ...]] = {}
    left: list[tuple[int, int, Unplanned]] = []
    companion: dict[int, int] = {}
    meeting_from: dict[tuple[int, int, int], float] = {}
    tours: list[list[Tour]] = [[] for _ in people]
    n_meetings = 0
    travel, work = np.zeros((len(people), n_days)), np.zeros((len(people), n_days))
    ratio = [1.0] * len(people)
    minutes, km, is_even = np.zeros(len(people)), np.zeros(len(people)), np.ones(len(people), np.bool_)
    for team, territory, outcome in zip(teams, territories, outcomes, strict=True):
        rows = list(team)
        travel[rows], work[rows] = outcome.travel_min, outcome.work_min
        minutes[rows], km[rows], is_even[rows] = outcome.open_min, outcome.open_km, outcome.is_feasible
        for index, row in enumerate(rows):
            ratio[row] = _day_ratio(territory.given.people[index], outcome.work_min[index])
        for (index, number), found in zip(territory.source, outcome.visits_of_duty, strict=True):
            riders = territory.riders
            owner_rides = riders is not None and index in riders
            visits[team[index], number] = tuple((day, team[index if owner_rides else who]) for day, who in found)
        for index, day, duties in outcome.tours:
            served = [territory.source[duty] for duty in duties]
            tours[team[index]].append((day, tuple((team[owner], number) for owner, number in served)))
        n_meetings += len(outcome.meetings)
        for meeting in outcome.meetings:
            for duty in meeting.duties:
                index, number = territory.source[duty]
                meeting_from[team[index], number, meeting.day] = meeting.from_min
        for item in outcome.unplanned:
            index, number = territory.source[item.duty]
            left.append((team[index], number, item))
        if territory.riders is not None:
            first, second = (team[index] for index in territory.riders)
            companion[first], companion[second] = second, first
            travel[second], work[second] = travel[first], work[first]
            minutes[first] = minutes[second] = minutes[first] / 2
            ratio[second] = ratio[first]
    return Month(
        visits=visits,
        companion=companion,
        left=tuple(left),
        travel_min=travel,
        work_min=work,
        open_min=minutes,
        open_km=km,
        day_ratio=tuple(ratio),
        is_even=is_even,
        meeting_from=meeting_from,
        n_meetings=n_meetings,
        tours=tuple(map(tuple, tours)),
    )


def _day_ratio(person: CyclePerson, work_min: NDArray[np.float64]) -> float:
    """Longest over shortest day, each divided by its share; 1 where nothing is compared."""
    share = person.minutes_of_day if person.band_share_of_day is None else person.band_share_of_day
    present = (person.minutes_of_day > 0) & (share > 0) & (work_min > 0)
    days = work_min[present] / share[present]
    return float(days.max() / days.min()) if days.size > 1 else 1.0


def open_masks(people: Sequence[PersonWork], month: Month) -> dict[tuple[int, Layer], int]:
    """Give the days of every duty as a mask, by retailer row and layer."""
    found: dict[tuple[int, Layer], int] = {}
    for (index, number), visits in month.visits.items():
        person = people[index]
        duty = person.duties[number]
        key = (int(person.rows[duty.shop]), person.layer)
        found[key] = found.get(key, 0) | sum(1 << day for day, _ in visits)
    return found
