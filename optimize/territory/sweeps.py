"""First plans of very many grids: regions of neighbouring centres settle side by side, cut anew at every sweep.

A transportation problem of hundreds of centres at once costs minutes, one of a few dozen milliseconds. So the centres
are halved into regions, each with the rows it has, and every region settles by itself, with balanced loads. The next
sweep cuts along other lines: what one could not pass the other lets through. Once the centres hardly move, the regions
try new arrangements of their own from time to time, a draw and a cross with it, and keep what is cheaper; a poor corner
of a first draw is mended so and need not spoil the whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimize.crew import Crew
from optimize.territory.arrangements import Arrangement, Ground, crossed, drawn, seated
from optimize.territory.halving import halve
from optimize.territory.problem import LoadArray
from optimize.territory.starts import share_out
from optimize.territory.transport import balance_by_paths

REGION = 44  # centres of a region that settles, at most
TRIED_REGION = 24  # of a region that tries new arrangements
SWEEP_TURN = 0.8  # radians, standard deviation of the cuts between regions
ROUNDS = 12  # moves of the centres in one region and sweep
FIRST_SWEEPS, LAST_SWEEPS, SWEEPS_A_TRY = 9, 2, 2
TRY_COST = 4  # sweeps that a try takes as long as


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """Neighbouring centres with the rows they have; `seed` draws what is tried, 0 where nothing is."""

    rows: NDArray[np.intp]
    centres: NDArray[np.intp]
    seed: int


def sweep(ground: Ground, rng: np.random.Generator, crew: Crew, goes_on: Callable[[int], bool]) -> Arrangement:
    """Return an arrangement of many centres.

    Parameters
    ----------
    goes_on : told how many sweeps were made, after each step; False ends the search but for the last sweeps
    """
    whole = _first(ground, rng, crew)
    n = 0
    while goes_on(1 if n <= FIRST_SWEEPS or n % (SWEEPS_A_TRY + 1) else TRY_COST):
        tries = n >= FIRST_SWEEPS and n % (SWEEPS_A_TRY + 1) == 0
        whole = _swept(ground, whole, rng, crew, tries=tries)
        n += 1
    if ground.held:
        centres, price, owner = *seated(ground, whole.centres, whole.price), whole.owner
        whole = Arrangement(centres, price, owner, whole.cost_km2)
    for _ in range(LAST_SWEEPS):
        whole = _swept(ground, whole, rng, crew, tries=False)
    return whole


def _first(ground: Ground, rng: np.random.Generator, crew: Crew) -> Arrangement:
    """Return regions of equal load a centre, each drawn and settled by itself."""
    p = len(ground.least)
    parts = halve(ground.xy_km, ground.load.astype(np.float64), p, REGION, rng)
    ends = np.cumsum([0] + [count for _, count in parts])
    regions = [
        Region(rows, np.arange(a, a + count), int(rng.integers(1, 2**63)))
        for (rows, count), a in zip(parts, ends, strict=False)
    ]
    found = crew.run(lambda region: drawn(_within(ground, region), region.seed), regions)
    blank = Arrangement(np.zeros((p, 2)), np.zeros(p), np.zeros(len(ground.load), dtype=np.int32), 0.0)
    return _joined(blank, regions, found)


def _swept(ground: Ground, whole: Arrangement, rng: np.random.Generator, crew: Crew, *, tries: bool) -> Arrangement:
    """Return the arrangement after every region has settled, and tried others if asked to."""
    p = len(whole.centres)
    parts = halve(whole.centres, np.ones(p), p, TRIED_REGION if tries else REGION, rng, SWEEP_TURN)
    of_centre = np.empty(p, dtype=np.int32)
    for k, (centres, _) in enumerate(parts):
        of_centre[centres] = k
    of_row = of_centre[whole.owner]
    order = np.argsort(of_row, kind="stable")
    rows = np.split(order, np.searchsorted(of_row[order], np.arange(1, len(parts))))
    regions = [
        Region(own, np.sort(centres), int(rng.integers(1, 2**63)) if tries else 0)
        for own, (centres, _) in zip(rows, parts, strict=True)
    ]
    return _joined(whole, regions, crew.run(lambda region: _settled(ground, whole, region), regions))


def _settled(ground: Ground, whole: Arrangement, region: Region) -> Arrangement:
    """Return what a region becomes: settled from where it is, or what was tried where that is cheaper."""
    own, at = _within(ground, region), region.centres
    owner, centres, price, cost = balance_by_paths(
        own.xy_km, own.load, whole.centres[at], whole.price[at], own.least, own.most, ROUNDS
    )
    best = Arrangement(centres, price, owner, cost)
    if region.seed:
        other = drawn(own, region.seed)
        both = sorted([best, other], key=lambda one: one.cost_km2)
        best = min([*both, crossed(own, both, region.seed)], key=lambda one: one.cost_km2)
    return best


def _within(ground: Ground, region: Region) -> Ground:
    """Return the ground of one region, its range opened until its load fits between the sums."""
    load = ground.load[region.rows]
    least, most = ground.least[region.centres], ground.most[region.centres]
    return Ground(ground.xy_km[region.rows], load, *_opened(int(load.sum()), least, most))


def _opened(total: int, least: LoadArray, most: LoadArray) -> tuple[LoadArray, LoadArray]:
    if total < least.sum():
        least = np.minimum(share_out(total, np.maximum(least, 1).astype(np.float64)), least)
    if total > most.sum():
        most = np.maximum(share_out(total, np.maximum(most, 1).astype(np.float64)), most)
    return least, most


def _joined(whole: Arrangement, regions: list[Region], found: list[Arrangement]) -> Arrangement:
    """Return the arrangement with each region as it was found."""
    centres, price, owner = whole.centres.copy(), whole.price.copy(), whole.owner.copy()
    for region, one in zip(regions, found, strict=True):
        centres[region.centres], price[region.centres] = one.centres, one.price
        owner[region.rows] = region.centres[one.owner]
    return Arrangement(centres, price, owner, sum(one.cost_km2 for one in found))
