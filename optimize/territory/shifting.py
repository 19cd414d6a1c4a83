"""Few moves as an integer programme: whole rows near a border change their grid, at least cost, into every range.

Rows within two steps of another grid are variables. Their linear programme says which of them may matter, so that the
integer programme is small: hundredths of a second for a district, tenths for a city. A plan that leaves a grid in
pieces is cut off and the programme solved again, a few times. Centres stay and the length of borders is left out: the
plan is where a re-plan begins and not where it ends.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix, vstack

from optimize.linear import Programme, solve_parts, solve_whole
from optimize.territory.graph import neighbour_lists, pieces
from optimize.territory.layout import Layout, spread_rows
from optimize.territory.problem import FloatArray, IntArray
from optimize.territory.repair import make_whole

STEPS_AROUND = (1, 2)  # of grids that help one out of range
STEPS = 2  # from a row to the grid that it may join
MOST_PAIRS = 20_000  # that the linear programme looks at; beyond, it takes longer than it is worth


@dataclass(frozen=True, slots=True)
class Care:
    """How closely a programme is looked at.

    Parameters
    ----------
    pairs_a_grid : of a row and a grid that the integer programme looks at, those of least reduced cost
    either_way : of these into each grid, and as many out of it: whole rows are balanced by swaps
    slack : retailers' moves by which a plan may be dearer than the best
    cut_rounds : programmes, each without the pieces that came off in those before
    effort : deterministic seconds of each; a limit by the clock would not be repeatable
    """

    pairs_a_grid: int
    either_way: int
    slack: float
    cut_rounds: int
    effort: float


QUICK = Care(pairs_a_grid=12, either_way=6, slack=0.5, cut_rounds=2, effort=0.15)
CLOSE = Care(pairs_a_grid=24, either_way=12, slack=0.5, cut_rounds=3, effort=0.3)


@dataclass(frozen=True, kw_only=True, eq=False)
class Borders:
    """The rows that may change their grid, all of them loaded, and what each change costs before moves are priced.

    Parameters
    ----------
    layout : of the problem
    among : (n_grids,) grids that give and take
    plan : (n_rows,) present grid of each row
    joined : (n_rows,) loaded row that each row goes with
    home : (n,) present grid of each loaded row
    loads, weight : (n, n_measures) and (n,) of these
    edges, start, neighbour : loaded rows that touch, empty ones between not counted, as pairs and as lists
    row, to : (k,) pairs of a loaded row and a grid that it may join
    km2 : (k,) growth of the inertia about the present centres
    leaves : (k,) retailers that leave their owner, less those that return
    most_growth_km2 : of the inertia about the present centres, all changes together
    """

    layout: Layout
    among: NDArray[np.bool_]
    plan: IntArray
    joined: IntArray
    home: IntArray
    loads: NDArray[np.int64]
    edges: IntArray
    start: IntArray
    neighbour: IntArray
    row: IntArray
    to: IntArray
    km2: FloatArray
    leaves: FloatArray
    most_growth_km2: float = math.inf


def shift_borders(
    layout: Layout,
    plan: IntArray,
    among: NDArray[np.bool_] | None = None,
    most_seconds: float = math.inf,
    most_growth_km2: float = math.inf,
    care: Care = QUICK,
) -> IntArray | None:
    """Return the plan with some rows beside borders, and the empty ones with them, in a grid near; None without one.

    Parameters
    ----------
    plan : (n_rows,) grid of each row
    among : (n_grids,) grids that give and take, and have to be in range afterwards; default all
    most_seconds : by the clock, for the programmes; a limit that ends one makes the plan differ from run to run
    most_growth_km2 : of the inertia about the present centres, a little more than about the new ones
    care : how closely the programmes look

    Returns
    -------
    (n_rows,) within every range, seldom with grids in pieces; None where no such plan was found within the limits
    """
    borders = lay_borders(layout, plan, np.ones(layout.n_grids, dtype=np.bool_) if among is None else among)
    if borders is None:
        return None
    return shift(replace(borders, most_growth_km2=most_growth_km2), layout.board.move_price, most_seconds, care)


def shift_near(layout: Layout, plan: IntArray, most_seconds: float = math.inf) -> IntArray:
    """Return the plan in which grids out of range are mended one by one among those within two steps of them."""
    until_s = time.perf_counter() + most_seconds
    for steps in STEPS_AROUND:
        for grid in _out_of_range(layout, plan):
            left_s = until_s - time.perf_counter()
            if left_s <= 0:
                return plan
            among = _around(layout, plan, grid, steps)
            shifted = shift_borders(layout, plan, among, left_s)
            if shifted is not None:
                whole = make_whole(layout, shifted)
                if len(_out_of_range(layout, whole)) < len(_out_of_range(layout, plan)):
                    plan = whole
    return plan


def _out_of_range(layout: Layout, plan: IntArray) -> list[int]:
    """Return the grids of which a load is out of its range."""
    board = layout.board
    loads = np.stack([np.bincount(plan, load, layout.n_grids) for load in board.loads.T], axis=1)
    return np.flatnonzero(((loads < board.least) | (loads > board.most)).any(axis=1)).tolist()


def _around(layout: Layout, plan: IntArray, grid: int, steps: int) -> NDArray[np.bool_]:
    """Return (n_grids,) the grids within some steps of one."""
    ends = plan[layout.edges]
    near = np.zeros(layout.n_grids, dtype=np.bool_)
    near[grid] = True
    for _ in range(steps):
        near[ends[near[ends].any(axis=1)]] = True
    return near


def lay_borders(layout: Layout, plan: IntArray, among: NDArray[np.bool_]) -> Borders | None:
    """Return what may shift, or None where nothing may or it is too much. O(n + m)."""
    board, p = layout.board, layout.n_grids
    of_row = _with_empty(layout, plan)
    n = int(of_row.max()) + 1
    loaded = np.flatnonzero(board.loads.sum(axis=1) > 0)
    leader = np.full(n, -1, dtype=np.int32)
    leader[of_row] = np.arange(layout.n_rows)
    leader[of_row[loaded]] = loaded
    ends = of_row[layout.edges]
    edges = np.unique(np.sort(ends[ends[:, 0] != ends[:, 1]], axis=1), axis=0)
    start, neighbour, _ = neighbour_lists(n, edges)
    home = plan[leader]
    row, to = _near(edges, home, n, p)
    free = _may_join(layout, leader[row], home[row], to) & among[home[row]] & among[to]
    row, to = row[free], to[free]
    if not len(row) or len(row) > MOST_PAIRS:
        return None
    at = leader[row]
    owner = board.previous[at]
    leaves = np.where(owner >= 0, (owner == home[row]).astype(np.float64) - (owner == to), 0.0) * board.weight[at]
    return Borders(
        layout=layout, plan=plan, joined=of_row, home=home, loads=board.loads[leader], edges=edges,
        start=start, neighbour=neighbour, row=row, to=to,
        among=among,
        km2=_distance(layout, plan, at, to) - _distance(layout, plan, at, home[row]), leaves=leaves,
    )  # fmt: skip


def shift(borders: Borders, move_price: float, most_seconds: float = math.inf, care: Care = QUICK) -> IntArray | None:
    """Return the plan of least cost that the programme finds at a price of each retailer that leaves its owner."""
    until_s = time.perf_counter() + most_seconds
    cost = borders.km2 + move_price * borders.leaves
    rules = _ways_in(borders)
    chosen = _worth_a_look(borders, cost, rules, care, most_seconds)
    if chosen is None:
        return None
    new = None
    for _ in range(care.cut_rounds):
        left_s = until_s - time.perf_counter()
        taken = (
            _solve(borders, cost, chosen, rules, care.slack * move_price, care.effort, left_s) if left_s > 0 else None
        )
        if taken is None:
            break
        new = borders.home.copy()
        new[borders.row[taken]] = borders.to[taken]
        if not _cut_off(borders, new, rules):
            break
    if new is None:
        return None
    return np.where((new != borders.home)[borders.joined], new[borders.joined], borders.plan).astype(np.int32)


def _with_empty(layout: Layout, plan: IntArray) -> IntArray:
    """Return (n_rows,) which rows go together: a loaded one and the empty ones of its grid nearest to it."""
    board = layout.board
    loaded = board.loads.sum(axis=1) > 0
    alone = loaded | board.is_fixed | (np.diff(board.ban_start) > 0)
    joined = np.where(alone, np.arange(layout.n_rows, dtype=np.int32), np.int32(-1))
    place = ((board.region.astype(np.int64) + 1) * layout.n_grids + plan).astype(np.int32)
    spread_rows(board.start, board.neighbour, place, loaded, joined)
    joined = np.where(joined < 0, np.arange(layout.n_rows, dtype=np.int32), joined)
    return np.unique(joined, return_inverse=True)[1].astype(np.int32)


def _near(edges: IntArray, home: IntArray, n: int, p: int) -> tuple[IntArray, IntArray]:
    """Return (row, another grid within so many steps), each pair once, in order."""
    ends = np.concatenate([edges, edges[:, ::-1]])
    beside = csr_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(n, n))
    reach = csr_matrix((np.ones(n), (np.arange(n), home)), shape=(n, p))
    for _ in range(STEPS):
        reach = beside @ reach + reach
    row, to = reach.nonzero()
    both = np.unique(row.astype(np.int64) * p + to)
    row, to = both // p, both % p
    other = to != home[row]
    return row[other].astype(np.int32), to[other].astype(np.int32)


def _may_join(layout: Layout, row: IntArray, home: IntArray, to: IntArray) -> NDArray[np.bool_]:
    """Tell of each pair whether the row carries load and no rule keeps it where it is or out of the grid."""
    board, p = layout.board, layout.n_grids
    banned = np.repeat(np.arange(layout.n_rows, dtype=np.int64), np.diff(board.ban_start)) * p + board.ban_grid
    free = ~board.is_fixed[row] & (board.loads[row].sum(axis=1) > 0) & ~board.is_closed[home] & ~board.is_closed[to]
    free &= (board.region[row] < 0) | (board.region[row] == board.region_of_grid[to])
    return np.asarray(free & ~np.isin(row.astype(np.int64) * p + to, banned), dtype=np.bool_)


def _distance(layout: Layout, grid: IntArray, row: IntArray, to: IntArray) -> FloatArray:
    """Return the inertia of each row about the present centre of a grid."""
    board, p = layout.board, layout.n_grids
    total = np.maximum(np.bincount(grid, board.weight, p), 1e-300)
    centre = np.stack([np.bincount(grid, s, p) / total for s in (board.sx, board.sy)], axis=1)
    weight = board.weight[row]
    place = np.stack([board.sx[row], board.sy[row]], axis=1) / np.maximum(weight, 1e-300)[:, None]
    return np.asarray(weight * ((place - centre[to]) ** 2).sum(axis=1), dtype=np.float64)


def _ranges(borders: Borders, chosen: IntArray) -> tuple[csr_matrix, FloatArray, FloatArray]:
    """Return the change of every load by each chosen pair, (p x n_measures, k), and the least and most it may be."""
    board, p = borders.layout.board, borders.layout.n_grids
    row, to = borders.row[chosen], borders.to[chosen]
    k = len(chosen)
    column = np.concatenate([np.arange(k), np.arange(k)])
    ends = np.concatenate([to, borders.home[row]])
    parts, low, high = [], [], []
    for m in range(borders.loads.shape[1]):
        load = borders.loads[:, m].astype(np.float64)
        now = np.bincount(borders.plan, board.loads[:, m], p)
        parts.append(coo_matrix((np.concatenate([load[row], -load[row]]), (ends, column)), shape=(p, k)))
        low.append(np.where(borders.among, board.least[:, m] - now, 0.0))
        high.append(np.where(borders.among, board.most[:, m] - now, 0.0))
    return csr_matrix(vstack(parts)), np.concatenate(low), np.concatenate(high)


def _once(borders: Borders, chosen: IntArray) -> csr_matrix:
    """Return (rows, k) which pairs are of one row."""
    number = np.unique(borders.row[chosen], return_inverse=True)[1]
    return csr_matrix((np.ones(len(chosen)), (number, np.arange(len(chosen)))))


def _worth_a_look(borders: Borders, cost: FloatArray, rules: Rules, care: Care, most_seconds: float) -> IntArray | None:
    """Return the pairs of least reduced cost in the linear programme, and those that lie before them on the way."""
    every = np.arange(len(cost), dtype=np.int32)
    most = care.pairs_a_grid * borders.layout.n_grids
    if len(cost) <= most:
        return every
    found = solve_parts(_programme(borders, cost, every, rules), most_seconds)
    if found is None:
        return None
    reduced = found.reduced_cost / borders.loads[borders.row].sum(axis=1)
    rank = np.where(found.x > 0, -np.inf, reduced)
    order = np.argsort(rank, kind="stable")
    kept = [
        order[:most],
        *(_first(end[order], order, care.either_way) for end in (borders.to, borders.home[borders.row])),
    ]
    return np.unique(np.concatenate(kept)).astype(np.int32)


def _first(grid: IntArray, order: NDArray[np.intp], most: int) -> NDArray[np.intp]:
    """Return the first pairs of each grid in an order."""
    by_grid = np.argsort(grid, kind="stable")
    number = np.arange(len(grid)) - np.searchsorted(grid[by_grid], grid[by_grid])
    return order[by_grid[number < most]]


class Rules:
    """What the programme learns about contiguity: a row lies in a grid only if one of some others does."""

    def __init__(self, borders: Borders) -> None:
        pairs = zip(borders.row.tolist(), borders.to.tolist(), strict=True)
        self._borders = borders
        self._column = {pair: k for k, pair in enumerate(pairs)}
        self._of_row: dict[int, list[int]] = {}
        for k, row in enumerate(borders.row.tolist()):
            self._of_row.setdefault(row, []).append(k)
        self._terms: list[dict[int, float]] = []
        self._least: list[float] = []

    def add(self, row: int, grid: int, others: Iterable[int]) -> None:
        """Ask that one of the others lies in the grid wherever the row does."""
        terms: dict[int, float] = {}
        least = self._count(row, grid, -1.0, terms)
        for other in others:
            least += self._count(other, grid, 1.0, terms)
        self._terms.append(terms)
        self._least.append(-least)

    def _count(self, row: int, grid: int, sign: float, terms: dict[int, float]) -> float:
        """Add whether the row lies in the grid to the terms; return the constant part."""
        if self._borders.home[row] == grid:
            for k in self._of_row.get(row, ()):
                terms[k] = terms.get(k, 0.0) - sign
            return sign
        k = self._column.get((row, grid), -1)
        if k >= 0:
            terms[k] = terms.get(k, 0.0) + sign
        return 0.0

    def may_leave(self, row: int) -> bool:
        """Tell whether the row is one that the programme may move."""
        return row in self._of_row

    def rows(self, chosen: IntArray) -> tuple[csr_matrix, FloatArray]:
        """Return the rules on some pairs, all others not taken, as a matrix and the least that each row may be."""
        ends = [(k, column, value) for k, terms in enumerate(self._terms) for column, value in terms.items()]
        row, column, value = zip(*ends, strict=True) if ends else ((), (), ())
        shape = (len(self._terms), len(self._borders.row))
        return csr_matrix((value, (row, column)), shape=shape)[:, chosen], np.array(self._least)


def _ways_in(borders: Borders) -> Rules:
    """Return rules: a row that does not touch a grid joins it only if one of its neighbours does."""
    rules = Rules(borders)
    for row, to in zip(borders.row.tolist(), borders.to.tolist(), strict=True):
        around = borders.neighbour[borders.start[row] : borders.start[row + 1]]
        if not (borders.home[around] == to).any():
            rules.add(row, to, around.tolist())
    return rules


def _cut_off(borders: Borders, new: IntArray, rules: Rules) -> bool:
    """Add a rule for every piece that is not the heaviest of its grid; return whether there was one.

    One row that cannot leave its grid stands for its whole piece. A piece that was apart before is none.
    """
    before, piece = pieces(borders.home, borders.edges), pieces(new, borders.edges)
    count = np.bincount(piece)
    weight = np.bincount(piece, borders.loads.sum(axis=1)) + count / (2.0 * len(new))
    grid = np.zeros(len(count), dtype=np.int32)
    grid[piece] = new
    order = np.lexsort((weight, grid))
    is_last = np.append(np.diff(grid[order]) != 0, True)
    found = False
    for number in np.sort(order[~is_last]).tolist():
        inside = np.flatnonzero(piece == number)
        same = before == before[inside[0]]
        if same[inside].all() and same.sum() == len(inside) and grid[number] == borders.home[inside[0]]:
            continue
        lists = [borders.neighbour[borders.start[row] : borders.start[row + 1]] for row in inside.tolist()]
        around = np.setdiff1d(np.concatenate(lists), inside).tolist()
        held = [row for row in inside.tolist() if not rules.may_leave(row)]
        for row in held[:1] or inside.tolist():
            rules.add(row, int(grid[number]), around)
        found = True
    return found


def _solve(
    borders: Borders, cost: FloatArray, chosen: IntArray, rules: Rules, slack: float, effort: float, most_seconds: float
) -> IntArray | None:
    """Return the chosen pairs that are taken in a plan of the integer programme dearer by `slack` at most, or None."""
    taken = solve_whole(_programme(borders, cost, chosen, rules), gap=slack, effort=effort, most_seconds=most_seconds)
    return None if taken is None else chosen[taken > 0]


def _programme(borders: Borders, cost: FloatArray, chosen: IntArray, rules: Rules) -> Programme:
    """Return what the chosen pairs cost and keep: each row moves once, ranges, ways in, and the inertia where asked."""
    once = _once(borders, chosen)
    change, low, high = _ranges(borders, chosen)
    ways, least = rules.rows(chosen)
    none, any_more = np.zeros(once.shape[0]), np.full(len(least), np.inf)
    parts = [(once, none, none + 1), (change, low, high), (ways, least, any_more)]
    if math.isfinite(borders.most_growth_km2):
        parts.append((csr_matrix(borders.km2[chosen]), np.array([-np.inf]), np.array([borders.most_growth_km2])))
    matrix, below, above = zip(*parts, strict=True)
    return Programme(cost[chosen], csr_matrix(vstack(matrix)), np.concatenate(below), np.concatenate(above))
