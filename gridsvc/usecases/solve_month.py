"""Solve a month person by person, or team by team, and gather what comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gridsvc.domain.joint_stops import JointMode, JointRules
from gridsvc.domain.layers import Layer
from gridsvc.engines.periodic import Engine, TerritoryOutcome, plan_territories
from gridsvc.engines.pool import EnginePool, Report
from gridsvc.usecases.form_teams import form_teams, waves_of
from gridsvc.usecases.gather_month import Month, gather_month, open_masks
from gridsvc.usecases.state_duties import PersonWork
from gridsvc.usecases.state_territory import Territory, state_territory
from gridsvc.usecases.survey_work import WorkSurvey

_ALONE = JointRules(mode=JointMode.APART)
_SEED_STEP = 10_007
"""The same random numbers at the same shops would let roles meet that are planned apart."""


def solve_apart(
    survey: WorkSurvey,
    pool: EnginePool,
    people: Sequence[PersonWork],
    *,
    seed: int,
    max_iterations: int,
    is_again: bool = False,
    engine: Engine = "auto",
    on_progress: Report | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> Month:
    """Plan each person's cycle by itself, all side by side."""
    teams = [(index,) for index in range(len(people))]
    territories = [
        state_territory(
            survey,
            [person],
            _ALONE,
            {},
            seed=seed + number * _SEED_STEP,
            max_iterations=max_iterations,
            is_replanned=is_again,
            engine=engine,
        )
        for number, person in enumerate(people)
    ]
    outcomes = plan_territories(
        pool, [territory.given for territory in territories], on_progress=on_progress, is_cancelled=is_cancelled
    )
    return gather_month(people, teams, territories, outcomes)


def solve_together(
    survey: WorkSurvey,
    pool: EnginePool,
    people: Sequence[PersonWork],
    rules: JointRules,
    apart: Month,
    *,
    seed: int,
    max_iterations: int,
    is_again: bool = False,
    engine: Engine = "auto",
    on_progress: Report | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> Month:
    """Plan team by team; teams that share no shop go side by side, later ones meet the people of earlier ones.

    Where the roles share days, the search begins with the plans that they have apart, and people who are planned later
    count where those have them: a meeting that chance gave is not given up unseen.
    """
    teams = form_teams(people)
    found: dict[int, tuple[Territory, TerritoryOutcome]] = {}
    waves = waves_of(people, teams)
    n_done = 0
    for wave in waves:
        done = sorted(found)
        so_far = gather_month(
            people, [teams[n] for n in done], [found[n][0] for n in done], [found[n][1] for n in done]
        )
        planned = open_masks(people, so_far)
        if rules.mode is JointMode.SAME_DAY:
            planned = open_masks(people, apart) | planned
        territories = [
            state_territory(
                survey,
                [people[index] for index in teams[number]],
                rules,
                _of_others(people, teams[number], planned),
                seed=seed,
                max_iterations=max_iterations,
                is_replanned=is_again,
                engine=engine,
                apart=within_team(apart, teams[number]) if rules.mode is JointMode.SAME_DAY else None,
            )
            for number in wave
        ]
        outcomes = plan_territories(
            pool,
            [territory.given for territory in territories],
            on_progress=_part(on_progress, n_done / len(teams), (n_done + len(wave)) / len(teams)),
            is_cancelled=is_cancelled,
        )
        found.update(zip(wave, zip(territories, outcomes, strict=True), strict=True))
        n_done += len(wave)
    every = sorted(found)
    return gather_month(people, [teams[n] for n in every], [found[n][0] for n in every], [found[n][1] for n in every])


def _of_others(
    people: Sequence[PersonWork], team: Sequence[int], planned: Mapping[tuple[int, Layer], int]
) -> dict[tuple[int, Layer], int]:
    """The planned days without those of a team's own duties."""
    own = {(int(people[index].rows[duty.shop]), people[index].layer) for index in team for duty in people[index].duties}
    return {key: mask for key, mask in planned.items() if key not in own}


def within_team(apart: Month, team: Sequence[int]) -> list[list[tuple[int, list[tuple[int, int]]]]]:
    """Give the tours of a team's people, the people numbered within the team."""
    place = {person: index for index, person in enumerate(team)}
    return [
        [(day, [(place[person], duty) for person, duty in visits]) for day, visits in apart.tours[member]]
        for member in team
    ]


def _part(tell: Report | None, first: float, last: float) -> Report | None:
    if tell is None:
        return None
    return lambda share, words: tell(first + (last - first) * share, words)
