"""Gives every shop the owners of today, as untidily as bureaus have them.

Grids grew from old habit: they follow street offices more than work, so the largest holds about 1.65 times the shops
of the smallest. On top come enclaves (a block kept by a distant colleague), drift (shops near a border kept by the
neighbour), a post left vacant, and shops that two people believe to be theirs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo_data.samples.landscape import Array, Ints

LARGEST_TO_SMALLEST = 1.65
"""Aimed ratio of shops between the largest and the smallest present grid."""

ENCLAVES_PER_LAYER = 4
DRIFT_SHARE = 0.025
DOUBLE_SHARE = 0.0008

_OTHER_OFFICE_COST = 1.35


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentGrids:
    """The grids of one layer today.

    Parameters
    ----------
    grid_of_shop : (n_shops,)
        0 .. n_grids - 1.
    is_enclave, is_drifted : (n_shops,)
        Shops that an enclave or drift gave to this grid.
    second_grid : (n_shops,)
        Grid that claims the shop too, -1 for none.
    """

    grid_of_shop: Ints
    is_enclave: NDArray[np.bool_]
    is_drifted: NDArray[np.bool_]
    second_grid: Ints


def grow_grids(xy: Array, block: Ints, office: Ints, n_grids: int, rng: np.random.Generator) -> PresentGrids:
    """Return `n_grids` untidy grids over shops at `xy` (n, 2) metres.

    Parameters
    ----------
    block : (n,)
        Block of streets of each shop; blocks are given away whole.
    office : (n,)
        Street office of each shop; a grid that leaves its first office pays for it.
    """
    rows, member = np.unique(block, return_inverse=True)
    n_blocks = len(rows)
    count = np.bincount(member, minlength=n_blocks).astype(np.float64)
    middle = np.column_stack([np.bincount(member, xy[:, k], n_blocks) / count for k in (0, 1)])
    home = np.zeros(n_blocks, dtype=np.int64)
    home[member] = office
    cost, of_block = _unequal_grids(middle, count, home, n_grids, rng)
    enclaves = _enclaves(of_block, cost, count, rng)
    kept = np.where(enclaves >= 0, enclaves, of_block)
    grid = kept[member]
    drifted = _drift(xy, grid, rng)
    changed = drifted >= 0
    grid = np.where(changed, drifted, grid)
    second = np.full(len(xy), -1, dtype=np.int64)
    n_doubled = min(len(xy), max(3, round(DOUBLE_SHARE * len(xy)))) if n_grids > 1 else 0
    for shop in rng.permutation(len(xy))[:n_doubled].tolist():
        ranked = np.argsort(cost[member[shop]], kind="stable")
        second[shop] = int(ranked[ranked != grid[shop]][0])
    return PresentGrids(
        grid_of_shop=grid,
        is_enclave=(enclaves >= 0)[member] & ~changed,
        is_drifted=changed,
        second_grid=second,
    )


def _unequal_grids(middle: Array, count: Array, home: Ints, k: int, rng: np.random.Generator) -> tuple[Array, Ints]:
    """Return the cost of each block in each grid and the grid of each block: a power diagram of unequal sizes."""
    goal = np.linspace(1.0, LARGEST_TO_SMALLEST, k)
    goal = rng.permutation(goal / goal.sum() * count.sum())
    centre = middle[_spread(middle, count, k, rng)].copy()
    weight = np.zeros(k)
    best: tuple[float, Array, Ints] | None = None
    scale = float(np.median(((middle[:, None] - centre[None]) ** 2).sum(axis=2).min(axis=1))) + 1.0
    for step in range(160):
        distance = ((middle[:, None] - centre[None]) ** 2).sum(axis=2)
        base = home[((middle[:, None] - centre[None]) ** 2).sum(axis=2).argmin(axis=0)]
        distance = distance * np.where(home[:, None] == base[None, :], 1.0, _OTHER_OFFICE_COST)
        cost = distance - weight
        label = cost.argmin(axis=1)
        held = np.bincount(label, count, k)
        off = float(np.abs(held / goal - 1.0).max())
        if best is None or off < best[0]:
            best = (off, cost, label.astype(np.int64))
        weight += 2.2 * scale * (1.0 - held / goal) / (1.0 + step / 25.0)
        if step < 40:
            for axis in (0, 1):
                mean = np.bincount(label, count * middle[:, axis], k) / np.maximum(held, 1e-9)
                centre[:, axis] = np.where(held > 0, mean, centre[:, axis])
    assert best is not None
    return best[1], best[2]


def _spread(middle: Array, count: Array, k: int, rng: np.random.Generator) -> Ints:
    """Return `k` distinct start blocks, likely where shops are many and no start is near (k-means++)."""
    chosen = [int(rng.choice(len(middle), p=count / count.sum()))]
    while len(chosen) < k:
        gap = ((middle[:, None] - middle[chosen][None]) ** 2).sum(axis=2).min(axis=1) * count
        chosen.append(int(rng.choice(len(middle), p=gap / gap.sum())))
    return np.array(chosen, dtype=np.int64)


def _enclaves(of_block: Ints, cost: Array, count: Array, rng: np.random.Generator) -> Ints:
    """Return the distant grid that keeps a block, -1 for most blocks: small blocks deep inside a large grid.

    The keeper is the nearest grid of less than mean size that does not adjoin, so imbalance stays as it was aimed at.
    """
    out = np.full(len(of_block), -1, dtype=np.int64)
    k = cost.shape[1]
    if k < 3:
        return out
    ranked = np.argsort(cost, axis=1, kind="stable")
    margin = np.take_along_axis(cost, ranked[:, 1:2], axis=1)[:, 0] - cost[np.arange(len(cost)), of_block]
    held = np.bincount(of_block, count, k)
    fit = (
        (held[of_block] > held.mean())
        & (count >= 4)
        & (count <= max(40.0, 0.1 * count.sum() / k))
        & (margin > np.quantile(margin, 0.5))
    )
    rows = np.flatnonzero(fit)
    for block in rng.permutation(rows)[:ENCLAVES_PER_LAYER]:
        keepers = [g for g in ranked[block, 2:].tolist() if held[g] < held.mean()]
        out[block] = keepers[0] if keepers else int(ranked[block, 2])
    return out


def _drift(xy: Array, grid: Ints, rng: np.random.Generator) -> Ints:
    """Return the neighbouring grid that keeps a shop near a border, -1 for most shops."""
    from scipy.spatial import cKDTree

    near = grid[cKDTree(xy).query(xy, k=min(15, len(xy)))[1]]
    other = near != grid[:, None]
    at_border = np.flatnonzero(other.any(axis=1))
    chosen = rng.permutation(at_border)[: round(DRIFT_SHARE * len(xy))]
    out = np.full(len(xy), -1, dtype=np.int64)
    out[chosen] = near[chosen, other[chosen].argmax(axis=1)]
    return out


def split_days(xy: Array, grid: Ints, n_days: int = 5) -> Ints:
    """Return the weekday (1 = Monday) of each shop: every grid is cut into `n_days` compact parts of equal size.

    Parts are stretches of the Hilbert curve over the grid, so neighbours mostly share a day.
    """
    key = _hilbert(xy)
    order = np.lexsort((key, grid))
    size = np.bincount(grid)
    first = np.cumsum(size) - size
    place = np.empty(len(grid), dtype=np.int64)
    place[order] = np.arange(len(grid)) - first[grid[order]]
    return (place * n_days // size[grid] + 1).astype(np.int64)


def _hilbert(xy: Array) -> Ints:
    """Return each point's place on a Hilbert curve of 2^12 cells a side (Skilling's rotation, vectorised)."""
    low = xy.min(axis=0)
    span = float((xy.max(axis=0) - low).max()) + 1e-9
    x, y = ((xy - low) / span * 4_095).astype(np.int64).T
    out: Ints = np.zeros(len(xy), dtype=np.int64)
    s = 2_048
    while s:
        rx, ry = ((x & s) > 0).astype(np.int64), ((y & s) > 0).astype(np.int64)
        out += s * s * ((3 * rx) ^ ry)
        flip = (ry == 0) & (rx == 1)
        x, y = np.where(flip, 4_095 - x, x), np.where(flip, 4_095 - y, y)
        x, y = np.where(ry == 0, y, x), np.where(ry == 0, x, y)
        s //= 2
    return out
