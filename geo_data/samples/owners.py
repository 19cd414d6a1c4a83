"""Gives every shop the owners of today, as untidily as bureaus have them.

Grids grew from old habit: they follow street offices more than work, so the largest holds about 1.65 times the shops
of the smallest. On top come enclaves (a block kept by a distant colleague), drift (shops near a border kept by the
neighbour), a post left vacant, and shops that two people believe to be theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array
from scipy.spatial import cKDTree

from geo_data.samples.landscape import Array, Ints

LARGEST_TO_SMALLEST = 1.65
"""Aimed ratio of shops between the largest and the smallest present grid."""

PORTION = 20
"""Shops that change hands together: a few streets."""

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
        Quarter between main roads of each shop; stretches of about 20 shops of one quarter are given away whole.
    office : (n,)
        Street office of each shop; a grid that leaves its first office pays for it.
    """
    member = _portions(xy, block)
    n_blocks = int(member.max()) + 1
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


def _portions(xy: Array, block: Ints) -> Ints:
    """Return a number for each stretch of at most PORTION shops of one block, along the Hilbert curve."""
    order = np.lexsort((_hilbert(xy), block))
    _, start, size = np.unique(block[order], return_index=True, return_counts=True)
    n_parts = -(-size // PORTION)
    place = np.arange(len(xy)) - np.repeat(start, size)
    part = place * np.repeat(n_parts, size) // np.repeat(size, size)
    out = np.empty(len(xy), dtype=np.int64)
    out[order] = np.repeat(np.cumsum(n_parts) - n_parts, size) + part
    return out


def _unequal_grids(middle: Array, count: Array, home: Ints, k: int, rng: np.random.Generator) -> tuple[Array, Ints]:
    """Return the cost of each block in each grid and the grid of each block: compact grids of aimed, unequal sizes.

    Weighted k-means places the centres, then a transport problem fills the grids to their sizes; its optimum splits
    fewer blocks than there are grids, and a split block goes to the larger share.
    """
    goal = np.linspace(1.0, LARGEST_TO_SMALLEST, k)
    goal = rng.permutation(goal / goal.sum() * count.sum())
    centre = middle[_spread(middle, count, k, rng)].copy()
    for _ in range(12):
        centre = _means(middle, count, _squares(middle, centre).argmin(axis=1), centre)
    for _ in range(3):
        squares = _squares(middle, centre)
        first_office = home[squares.argmin(axis=0)]
        cost = squares * np.where(home[:, None] == first_office[None, :], 1.0, _OTHER_OFFICE_COST)
        label = _transport(cost, count, goal)
        centre = _means(middle, count, label, centre)
    return cost, label


def _squares(middle: Array, centre: Array) -> Array:
    return np.asarray(((middle[:, None] - centre[None]) ** 2).sum(axis=2))


def _means(middle: Array, count: Array, label: Ints, centre: Array) -> Array:
    """Return the weighted mean of each group, its old centre where a group is empty."""
    held = np.bincount(label, count, len(centre))
    mean = np.column_stack([np.bincount(label, count * middle[:, axis], len(centre)) for axis in (0, 1)])
    return np.where(held[:, None] > 0, mean / np.maximum(held, 1e-9)[:, None], centre)


def _transport(cost: Array, count: Array, goal: Array) -> Ints:
    """Return the group with the largest share of each row in the cheapest shipment of `count` into `goal`."""
    n, k = cost.shape
    column = np.arange(n * k)
    rows = np.concatenate([column // k, n + column % k])
    matrix: Any = coo_array((np.ones(2 * n * k), (rows, np.concatenate([column, column]))), shape=(n + k, n * k))
    scaled = (cost / cost.mean()).ravel()
    found = linprog(scaled, A_eq=matrix.tocsr(), b_eq=np.concatenate([count, goal]), method="highs-ds")
    assert found.x is not None, "supply equals demand, so a shipment exists"
    return np.asarray(found.x.reshape(n, k).argmax(axis=1), dtype=np.int64)


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
