"""First plans of many grids: arrangements of centres, drawn, settled, and crossed with one another.

A draw settles by Lloyd's iteration with balanced loads, exact at first, which spreads the centres, then within the
tolerance. Two arrangements are crossed by a straight cut: the centres on one side are those of the one, on the other
side those of the other, as many as there were; a few rounds settle them, and the prices of both sides go along, so that
hardly any load has to be sent anew. Draws and crosses come in pairs that may run side by side; what is found does not
depend on it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from optimize.crew import Crew
from optimize.territory.halving import bisect
from optimize.territory.problem import FloatArray, IntArray, LoadArray
from optimize.territory.starts import share_out
from optimize.territory.transport import balance_by_paths

N_DRAWS, N_KEPT, N_PARENTS = 10, 10, 6
N_ABREAST = 2  # draws or crosses between two questions whether to go on
SPREAD_ROUNDS, CROSSED_ROUNDS, LOOSE_ROUNDS = (
    10,
    2,
    40,
)  # with exact balance after a draw, a cross; within the tolerance
LEAST_SIDE = 0.2  # share of the centres that either parent gives
SAME_SHARE = 1e-5  # arrangements whose costs differ by less are one


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What is to be shared among centres.

    Parameters
    ----------
    xy_km, load : (n, 2), (n,) units with positive whole loads
    least, most : (p,) range of the load of each centre, around the sum of the loads
    held : (centre, place) of the centres that begin at a place of their own
    """

    xy_km: FloatArray
    load: LoadArray
    least: LoadArray
    most: LoadArray
    held: tuple[tuple[int, FloatArray], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Arrangement:
    """Centres that have settled, the prices that balance them, the owner of each unit, and load times squared km."""

    centres: FloatArray
    price: FloatArray
    owner: IntArray
    cost_km2: float


def arrange(
    ground: Ground, rng: np.random.Generator, crew: Crew, goes_on: Callable[[int], bool], most_crosses: int
) -> list[Arrangement]:
    """Return arrangements, the cheapest first.

    Parameters
    ----------
    goes_on : told how many draws and crosses were made, after each pair; False ends the search
    most_crosses : after the draws
    """
    kept: list[Arrangement] = []
    for made in range(0, N_DRAWS + most_crosses, N_ABREAST):
        seeds = rng.integers(1, 2**63, N_ABREAST).tolist()
        make = partial(drawn, ground) if made < N_DRAWS or len(kept) < 2 else partial(crossed, ground, kept)
        for new in crew.run(make, seeds):
            if all(abs(new.cost_km2 - old.cost_km2) > SAME_SHARE * old.cost_km2 for old in kept):
                kept = sorted([*kept, new], key=lambda one: one.cost_km2)[:N_KEPT]
        if not goes_on(N_ABREAST):
            break
    return kept


def drawn(ground: Ground, seed: int) -> Arrangement:
    """Return a new arrangement: parts of equal load by repeated halving, settled."""
    p = len(ground.least)
    centres = bisect(ground.xy_km, ground.load.astype(np.float64), p, np.random.default_rng(seed))
    return settled(ground, centres, np.zeros(p), SPREAD_ROUNDS)


def crossed(ground: Ground, kept: list[Arrangement], seed: int) -> Arrangement:
    """Return two of the cheapest arrangements crossed by a straight cut, settled."""
    rng = np.random.default_rng(seed)
    one, other = (kept[k] for k in rng.choice(min(N_PARENTS, len(kept)), 2, replace=False))
    p = len(ground.least)
    angle, n_first = rng.uniform(0, 2 * np.pi), round(rng.uniform(LEAST_SIDE, 1 - LEAST_SIDE) * p)
    ahead = np.array([np.cos(angle), np.sin(angle)])
    first = np.argsort(one.centres @ ahead, kind="stable")[:n_first]
    second = np.argsort(other.centres @ ahead, kind="stable")[n_first:]
    centres = np.vstack([one.centres[first], other.centres[second]])
    return settled(ground, centres, np.concatenate([one.price[first], other.price[second]]), CROSSED_ROUNDS)


def settled(ground: Ground, centres: FloatArray, price: FloatArray, exact_rounds: int) -> Arrangement:
    """Return what centres become by rounds at exact balance, then within the tolerance."""
    centres, price = seated(ground, centres, price)
    exact = share_out(int(ground.load.sum()), (ground.least + ground.most).astype(np.float64))
    _, centres, price, _ = balance_by_paths(ground.xy_km, ground.load, centres, price, exact, exact, exact_rounds)
    owner, centres, price, cost = balance_by_paths(
        ground.xy_km, ground.load, centres, price, ground.least, ground.most, LOOSE_ROUNDS
    )
    return Arrangement(centres, price, owner, cost)


def seated(ground: Ground, centres: FloatArray, price: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the centres in the order in which held ones are at their places; the nearest gives way to each."""
    centres, order = centres.copy(), np.arange(len(centres))
    is_free = np.ones(len(centres), dtype=np.bool_)
    for k, place in ground.held:
        apart = np.where(is_free, ((centres - place) ** 2).sum(axis=1), np.inf)
        near = int(np.argmin(apart))
        centres[[k, near]], order[[k, near]] = centres[[near, k]], order[[near, k]]
        centres[k], is_free[k] = place, False
    return centres, price[order]
