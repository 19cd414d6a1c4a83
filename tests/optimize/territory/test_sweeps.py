"""First plans of very many grids: balanced, cheaper with every sweep, held places, threads that change nothing."""

from __future__ import annotations

import numpy as np

from optimize.crew import Crew
from optimize.territory.arrangements import Arrangement, Ground
from optimize.territory.sweeps import FIRST_SWEEPS, sweep


def province(p: int = 120, held: tuple[tuple[int, np.ndarray], ...] = ()) -> Ground:
    rng = np.random.default_rng(4)
    towns = rng.uniform(0, 60, (8, 2))
    xy_km = np.vstack([towns[rng.integers(8, size=1800)] + rng.normal(size=(1800, 2)), rng.uniform(0, 60, (600, 2))])
    mean = 2400 * 3 // p
    return Ground(xy_km, np.full(2400, 3), np.full(p, mean - 3), np.full(p, mean + 3), held)


def swept(n_questions: int, threads: int = 1, ground: Ground | None = None) -> Arrangement:
    asked: list[int] = []
    with Crew(threads) as crew:
        ground = ground or province()
        return sweep(
            ground, np.random.default_rng(7), crew, lambda n: bool(asked.append(n)) or len(asked) < n_questions
        )


def test_every_centre_receives_what_it_may_but_for_rows_that_are_split() -> None:
    ground, found = province(), swept(4)
    got = np.bincount(found.owner, ground.load, len(ground.least))
    assert (got >= ground.least - 9).all()
    assert (got <= ground.most + 9).all()
    split_km2 = (ground.load * ((ground.xy_km - found.centres[found.owner]) ** 2).sum(axis=1)).sum()
    assert abs(split_km2 / found.cost_km2 - 1) < 0.05


def test_sweeps_along_other_lines_and_new_arrangements_find_cheaper_ones() -> None:
    few, more, tried = swept(1), swept(FIRST_SWEEPS), swept(FIRST_SWEEPS + 9)
    assert more.cost_km2 < few.cost_km2
    assert tried.cost_km2 < more.cost_km2


def test_threads_change_nothing() -> None:
    one, two = swept(FIRST_SWEEPS + 2), swept(FIRST_SWEEPS + 2, threads=2)
    assert (one.owner == two.owner).all()
    assert (one.centres == two.centres).all()


def test_a_held_centre_is_the_one_at_its_place() -> None:
    place = province().xy_km[2000]
    found = swept(3, ground=province(held=((77, place),)))
    apart = ((found.centres - place) ** 2).sum(axis=1)
    assert apart.argsort()[:3].tolist().count(77) == 1
