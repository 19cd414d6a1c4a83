"""Form teams: people of different layers who serve the same shops are planned by one search."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from gridsvc.usecases.state_duties import PersonWork


def form_teams(people: Sequence[PersonWork]) -> list[tuple[int, ...]]:
    """Give teams with at most one person of a layer, those with the most shops in common first.

    Where the layers are one partition, a team is a trio. Where they cross, the pairs with the most common shops are
    joined first; whoever shares no shop with anybody stays alone. In order of the first person.
    """
    shops = [set(person.rows.tolist()) for person in people]
    common = [
        (len(shops[a] & shops[b]), a, b)
        for a, b in combinations(range(len(people)), 2)
        if people[a].layer is not people[b].layer
    ]
    team_of: dict[int, tuple[int, ...]] = {index: (index,) for index in range(len(people))}
    for n_common, a, b in sorted(common, key=lambda item: (-item[0], item[1], item[2])):
        first, second = team_of[a], team_of[b]
        if n_common == 0 or first == second:
            continue
        joined = tuple(sorted(first + second))
        if len({people[index].layer for index in joined}) < len(joined):
            continue
        for index in joined:
            team_of[index] = joined
    return sorted(set(team_of.values()))


def waves_of(people: Sequence[PersonWork], teams: Sequence[tuple[int, ...]]) -> list[list[int]]:
    """Give the teams in waves: those of one wave share no shop, so that they may be planned side by side.

    A later wave sees the days of the earlier ones. Greedy colouring in the order of the teams.
    """
    shops = [np.unique(np.concatenate([people[index].rows for index in team])) for team in teams]
    waves: list[list[int]] = []
    for number in range(len(teams)):
        for wave in waves:
            if not any(np.intersect1d(shops[number], shops[other], assume_unique=True).size for other in wave):
                wave.append(number)
                break
        else:
            waves.append([number])
    return waves
