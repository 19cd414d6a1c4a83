"""Find what would plan the duties that a month leaves over, and verify it by solving again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

import numpy as np
from numpy.typing import NDArray

from gridsvc.domain.joint_stops import JointMode, JointRules
from gridsvc.domain.relaxations import Relaxation, RelaxationKind
from gridsvc.engines.periodic import Change, Duty, Engine
from gridsvc.engines.periodic_relax import RelaxRequest, relax_territories
from gridsvc.engines.pool import EnginePool
from gridsvc.usecases.form_teams import form_teams
from gridsvc.usecases.gather_month import Month
from gridsvc.usecases.solve_month import within_team
from gridsvc.usecases.state_duties import PersonWork
from gridsvc.usecases.state_territory import Territory, state_territory
from gridsvc.usecases.survey_work import WorkSurvey

NEIGHBOURS_TRIED = 3
_ALONE = JointRules(mode=JointMode.APART)
_FREE = (RelaxationKind.LONGER_SEARCH, RelaxationKind.OTHER_DAY)
Left = tuple[int, int]
"""The person who owes a duty, and the row of that person's duties."""


def relax_month(
    survey: WorkSurvey,
    pool: EnginePool,
    people: Sequence[PersonWork],
    rules: JointRules,
    month: Month,
    *,
    seed: int,
    max_iterations: int,
    is_again: bool = False,
    engine: Engine = "auto",
    is_cancelled: Callable[[], bool] | None = None,
) -> dict[Left, Relaxation]:
    """Give the smallest verified change for each duty that the month leaves over; what none plans is left out.

    From the least to the most: nothing but a longer search, other days, another person, more minutes, more room. A
    person's own month is solved again with the change, and counts where the duty gets its days and nobody loses any. A
    person of the same role from a neighbouring territory takes the duty into a month of her or his own, solved again:
    the nearest are asked, one after the other. People whose tours hang together are solved together.
    """
    left = [(index, number) for index, number, _ in month.left]
    if not left:
        return {}
    solve = _Again(survey, pool, people, rules, month, seed, max_iterations, is_again, engine, is_cancelled)
    own = solve.at_home(left)
    open_ = [duty for duty in left if duty not in own or own[duty].kind not in _FREE]
    return own | solve.with_neighbours(open_)


@dataclass(frozen=True, slots=True)
class _Again:
    """Solves the months of some people again, from the month that stands."""

    survey: WorkSurvey
    pool: EnginePool
    people: Sequence[PersonWork]
    rules: JointRules
    month: Month
    seed: int
    max_iterations: int
    is_again: bool
    engine: Engine
    is_cancelled: Callable[[], bool] | None

    def at_home(self, left: Sequence[Left]) -> dict[Left, Relaxation]:
        """Try the changes in the territories that owe the duties."""
        teams = self._teams()
        of_team: dict[tuple[int, ...], list[Left]] = {}
        for index, number in left:
            of_team.setdefault(teams[index], []).append((index, number))
        stated = {team: self._state(team, [self.people[index] for index in team]) for team in of_team}
        requests = [
            RelaxRequest(given=stated[team].given, wanted=_rows(stated[team], team, duties))
            for team, duties in of_team.items()
        ]
        found: dict[Left, Relaxation] = {}
        for team, changes in zip(of_team, self._solve(requests), strict=True):
            for row, change in changes.items():
                place, number = stated[team].source[row]
                found[team[place], number] = self._named(change, team)
        return found

    def with_neighbours(self, left: Sequence[Left]) -> dict[Left, Relaxation]:
        """Try the nearest people of the same role, each with every duty that waits and is near at once."""
        nearest = {duty: self._nearest(*duty) for duty in left}
        teams = self._teams()
        found: dict[Left, Relaxation] = {}
        for turn in range(NEIGHBOURS_TRIED):
            guests: dict[int, list[Left]] = {}
            for duty, others in nearest.items():
                if duty not in found and turn < len(others):
                    guests.setdefault(others[turn], []).append(duty)
            stated = {host: self._state_with(teams[host], host, duties) for host, duties in guests.items()}
            requests = [
                RelaxRequest(
                    given=stated[host].given,
                    wanted=_rows(stated[host], teams[host], self._as_guests(host, len(duties))),
                    are_guests=True,
                )
                for host, duties in guests.items()
            ]
            for host, changes in zip(guests, self._solve(requests), strict=True):
                for row, change in changes.items():
                    guest = stated[host].source[row][1] - len(self.people[host].duties)
                    found[guests[host][guest]] = self._named(change, teams[host])
        return found

    def _teams(self) -> list[tuple[int, ...]]:
        """Whose tours hang together, by person: all of a team where they ride, meet by the clock or stand in."""
        if self.rules.mode in {JointMode.APART, JointMode.SAME_DAY}:
            return [(index,) for index in range(len(self.people))]
        team_of = {index: team for team in form_teams(self.people) for index in team}
        return [team_of[index] for index in range(len(self.people))]

    def _state(self, team: tuple[int, ...], people: Sequence[PersonWork]) -> Territory:
        return state_territory(
            self.survey,
            people,
            self.rules if len(team) > 1 else _ALONE,
            {},
            seed=self.seed,
            max_iterations=self.max_iterations,
            is_replanned=self.is_again,
            engine=self.engine,
            apart=within_team(self.month, team),
        )

    def _state_with(self, team: tuple[int, ...], host: int, guests: Sequence[Left]) -> Territory:
        """State a team's cycle with duties of others at the end of the host's."""
        people = [self.people[index] for index in team]
        owed = [(self.people[index], self.people[index].duties[number]) for index, number in guests]
        given = [(int(person.rows[duty.shop]), duty) for person, duty in owed]
        people[team.index(host)] = _with_guests(self.people[host], given)
        return self._state(team, people)

    def _as_guests(self, host: int, n_guests: int) -> list[Left]:
        first = len(self.people[host].duties)
        return [(host, first + number) for number in range(n_guests)]

    def _solve(self, requests: Sequence[RelaxRequest]) -> list[dict[int, Change]]:
        return relax_territories(self.pool, requests, is_cancelled=self.is_cancelled) if requests else []

    def _nearest(self, index: int, number: int) -> list[int]:
        """The people of the same role whose shops are nearest to a duty's shop, the nearest first."""
        owner = self.people[index]
        row = int(owner.rows[owner.duties[number].shop])
        others = [
            (self._apart_km(row, other.rows), place)
            for place, other in enumerate(self.people)
            if place != index and other.layer is owner.layer and other.minutes_of_day.any()
        ]
        return [place for _, place in sorted(others)[:NEIGHBOURS_TRIED]]

    def _apart_km(self, row: int, rows: NDArray[np.int64]) -> float:
        shops = self.survey.retailers
        north = (shops.lat[rows] - shops.lat[row]) * 111.0
        east = (shops.lon[rows] - shops.lon[row]) * 111.0 * np.cos(np.radians(shops.lat[row]))
        return float(np.hypot(north, east).min())

    def _named(self, change: Change, team: tuple[int, ...]) -> Relaxation:
        """Give a change with staff codes and dates."""
        working = self.survey.days.working

        def code(place: int) -> str:
            return self.people[team[place]].member.staff_code

        return Relaxation(
            kind=RelaxationKind(change.kind),
            amount=round(change.amount, 1),
            staff_code=code(change.person) if change.person >= 0 else None,
            days=tuple(working[row] for row in change.days),
            longer=tuple((code(place), working[row], ceil(minutes)) for place, row, minutes in change.longer),
        )


def _rows(stated: Territory, team: tuple[int, ...], duties: Sequence[Left]) -> tuple[int, ...]:
    """Rows of duties in a territory."""
    row_of = {(team[place], number): row for row, (place, number) in enumerate(stated.source)}
    return tuple(row_of[duty] for duty in duties)


def _with_guests(person: PersonWork, guests: Sequence[tuple[int, Duty]]) -> PersonWork:
    """Give a person's work with more duties at its end, each with the row of its shop."""
    rows = np.union1d(person.rows, np.array([row for row, _ in guests], dtype=np.int64))
    place = np.searchsorted(rows, person.rows)
    duties = [replace(duty, shop=int(place[duty.shop])) for duty in person.duties]
    duties += [replace(duty, shop=int(np.searchsorted(rows, row))) for row, duty in guests]
    return replace(person, rows=rows, duties=tuple(duties))


def unverified(change: Change | None) -> Relaxation | None:
    """Give what a duty lacks with all others where they are, which no solve has shown to be enough."""
    if change is None:
        return None
    return Relaxation(kind=RelaxationKind(change.kind), amount=round(change.amount, 1))


Relaxed = Mapping[Left, Relaxation]
