"""Divide units into grids: the one call of the territory engine."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Literal

import numpy as np

from optimize.crew import Crew
from optimize.stopping import AnyOf, MaxIterations, MaxSeconds, StoppingCriterion
from optimize.territory import checks, metrics
from optimize.territory.arrangements import Ground, arrange
from optimize.territory.budget import Budget
from optimize.territory.ejection import bring_into_range
from optimize.territory.exact import polish
from optimize.territory.layout import Layout, coarsen, lay_out
from optimize.territory.legs import MANY_GRIDS, SEVERAL_GRIDS
from optimize.territory.painting import paint
from optimize.territory.precheck import precheck
from optimize.territory.problem import NOBODY, IntArray, TerritoryProblem, TerritoryResult
from optimize.territory.repair import make_whole
from optimize.territory.search import FewestMoves, Incumbent, Search
from optimize.territory.shifting import CLOSE, QUICK, Care, shift_borders, shift_near

Engine = Literal["auto", "ortools"]
Progress = Callable[[int, float, IntArray], None]  # iterations, best objective, best grid_of_unit

HARD = 40.0  # price of a retailer beyond tolerance, in mean squared distances
REPLAN_LEGS, REPLAN_HEAT = 4, 1.0  # annealings where present grids are to be kept, in mean squared distances
REPLAN_PRICES = (0.4, 1.0, 1.0, 2.5)  # of a move, times the given one, where fewest moves are asked for
COMPACT_PRICES = (0.4, 0.4, 0.15, 1.0)  # the same where the fewest moves leave the grids too loose
COMPACT_SHARE = 0.6  # of a re-plan up to which there is time for them
MANY_PRICES = (1.0, 1.5, 1.5, 2.5)  # the same with many grids
MEND_SHARE = 0.6  # of a re-plan; what is out of range then is mended by integer programmes
INITIAL_LEGS, INITIAL_HEAT = 1, 2.0  # where a plan is given to begin with
EXACT_ROUNDS = 1000
LAST_RESORT_ROUNDS, LAST_RESORT_ROWS = 24, 1200  # CP-SAT solves, and units a grid up to which they are affordable
START_SHARE = 0.12  # of the run, at most, for first plans
ARRANGED_SHARE, SWEPT_SHARE = 0.16, 0.2  # of the run, at most, for arranging the centres of several grids; of many
TOURNAMENT_SHARE = 0.92  # of the run, at most, for annealing first plans; the rest polishes the winner
COARSE_SHARE = 0.75  # the same where first plans are annealed on coarse rows
MENDED_SHARE = 0.95  # of the run with many grids; load that is out of range then is mended by exact solves
N_STARTS = 16  # first plans that are drawn where there are fewer grids, at most
N_RUNS = 4  # first plans that are annealed where there are fewer grids
FINE_HEAT = (0.3, 0.03)  # of the polish on all rows
WORTH_COARSE = 0.8  # coarse rows per row at which coarsening pays


def solve(
    problem: TerritoryProblem,
    stop: StoppingCriterion,
    seed: int,
    initial: IntArray | None = None,
    *,
    engine: Engine = "auto",
    crew: Crew | None = None,
    exact: bool = True,
    most_km2: float | None = None,
    on_progress: Progress | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> TerritoryResult:
    """Return the best plan found before `stop` says so; never raises for an infeasible problem.

    Parameters
    ----------
    problem : the units and the rules
    stop : asked between chunks of iterations; its first question is asked after everything is compiled
    seed : >= 0; the same problem, seed and iteration limit give the same plan on one machine
    initial : (n,) plan to begin with, -1 where unknown; default the present grids where a re-plan is asked for
    engine : "auto", or "ortools" for OR-Tools' flow and CP-SAT alone
    crew : threads to search on, one where left out; the plan does not depend on their number where `stop` counts
        iterations. A limit in seconds should read the crew's clock.
    exact : False leaves out integer programmes: those that a re-plan begins with, and those at the end, which go
        beyond a limit of iterations (never of seconds) where load stays out of range
    most_km2 : of a re-plan, the plan with the fewest moves is returned of those that keep every range and whose inertia
        is at most this; where none is found, moves count less than half of their price. Default, and above 100 grids:
        least objective
    on_progress : called with (iterations, best objective in km2 or infinity, best plan) when a better plan is found
    is_cancelled : asked between chunks; ends the run, the solves beyond its limit too, with the best plan so far

    Returns
    -------
    TerritoryResult
        always contiguous where the map allows it; within every tolerance whenever such a plan was found, else the plan
        with the least load outside and its violations. Optimality is not promised.
    """
    if problem.n_grids == 0 or problem.n_grids > problem.n_units:
        alone = np.arange(problem.n_units, dtype=np.int32)
        return judged(problem, alone if problem.n_grids else np.full_like(alone, NOBODY), 0, seed)
    warm_up()
    layout = lay_out(problem)
    budget = Budget(stop, is_cancelled=is_cancelled)
    search = Search(layout, budget, np.random.default_rng(seed), Incumbent(np.zeros(layout.n_rows, dtype=np.int32)))
    search.crew = crew or search.crew
    if on_progress is not None:
        search.on_better = _reporter(on_progress)
    if most_km2 is not None and is_replan(problem) and problem.n_grids <= MANY_GRIDS:
        search.incumbent = FewestMoves(search.incumbent.grid, layout=layout, most_km2=most_km2)
    search.spend(0)
    begin_with = problem.previous if initial is None and is_replan(problem) else initial
    if engine == "ortools":
        exact_only(search, begin_with)
    elif begin_with is not None:
        legs = (REPLAN_LEGS, REPLAN_HEAT) if is_replan(problem) else (INITIAL_LEGS, INITIAL_HEAT)
        improve(search, begin_with, *legs, exact=exact)
    else:
        design(search)
    hand_on(search)
    if exact and search.incumbent.excess > 0:
        last_resort(search)
    return judged(problem, search.incumbent.grid[layout.row_of_unit], budget.iterations, seed)


def _reporter(on_progress: Progress) -> Progress:
    """Return a callback that passes on only what is better than all before, whichever search found it."""
    best = np.inf
    is_first = True

    def report(n_iterations: int, cost: float, grid: IntArray) -> None:
        nonlocal best, is_first
        if cost < best or is_first:
            best, is_first = cost, False
            on_progress(n_iterations, cost, grid)

    return report


def is_replan(problem: TerritoryProblem) -> bool:
    """Tell whether present grids are to be kept where possible."""
    return bool((problem.previous >= 0).any()) and (problem.churn_weight_km2 > 0 or problem.churn_budget is not None)


def improve(search: Search, plan: IntArray, n_legs: int, heat: float, *, exact: bool = True) -> None:
    """Anneal a given plan several times side by side and keep the best.

    Where moves have a price and load is out of range, every other leg begins where borders shift at least cost; with
    many grids, integer programmes mend what is out of range after most of the run.
    """
    whole = _whole(search, plan)
    search.note(search.state_of(whole))
    layout, starts = search.layout, [whole]
    is_many = layout.n_grids >= SEVERAL_GRIDS
    mends = (
        exact and layout.board.move_price > 0 and layout.n_grids <= MANY_GRIDS
    )  # above, it takes longer than the run
    layouts = _priced(search, MANY_PRICES if is_many else REPLAN_PRICES) or [layout] * n_legs
    if mends and not is_many and search.incumbent.excess > 0:
        starts += _shifted(search, layouts[-1], whole)
        if _is_loose(search) and search.budget.share() < COMPACT_SHARE:
            starts += _shifted(search, layouts[-1], whole, _room_km2(search, whole), CLOSE)
        if _is_loose(search) and search.budget.share() < COMPACT_SHARE:
            layouts = _priced(search, COMPACT_PRICES)
            starts += _shifted(search, layouts[0], whole)
            starts.reverse()
    hard = HARD + 4 * max(each.board.move_price for each in layouts) / layout.unit_km2  # balance goes before staying
    until = MEND_SHARE if mends and is_many else 1.0
    while not search.spend(0):  # what came before may have taken all the time
        begins = [starts[k % len(starts)] for k in range(n_legs)]
        search.anneal(begins, until, heat, heat / 10, hard, hard, layouts)
        if mends and search.incumbent.excess > 0:
            search.note(search.state_of(shift_near(layout, search.incumbent.grid, search.budget.seconds_left())))
        starts, until = [search.incumbent.grid], 1.0


def _priced(search: Search, prices: tuple[float, ...]) -> list[Layout]:
    """Return a layout with each price of a move, times the given one, where the fewest moves are asked for."""
    if not isinstance(search.incumbent, FewestMoves):
        return []
    board = search.layout.board
    return [replace(search.layout, board=board._replace(move_price=board.move_price * k)) for k in prices]


def _is_loose(search: Search) -> bool:
    return isinstance(search.incumbent, FewestMoves) and search.incumbent.is_loose


def _room_km2(search: Search, plan: IntArray) -> float:
    """Return by how much the inertia about the plan's centres may grow for a re-plan that is compact enough."""
    assert isinstance(search.incumbent, FewestMoves)
    layout = search.layout
    return search.incumbent.most_km2 - metrics.inertia_km2(layout.problem, plan[layout.row_of_unit])


def _shifted(
    search: Search, priced: Layout, plan: IntArray, most_growth_km2: float = math.inf, care: Care = QUICK
) -> list[IntArray]:
    """Return the plan in which borders shift at least cost, made whole and noted, if there is one."""
    shifted = shift_borders(priced, plan, None, search.budget.seconds_left(), most_growth_km2, care)
    if shifted is None:
        return []
    whole = make_whole(search.layout, shifted)
    search.note(search.state_of(whole))
    return [whole]


def exact_only(search: Search, begin_with: IntArray | None) -> None:
    """Divide with OR-Tools alone: min-cost flow for a first plan, then CP-SAT on neighbouring grids."""
    if begin_with is not None:
        search.note(search.state_of(_whole(search, begin_with)))
    else:
        coarse = coarse_search(search)
        first_plans(coarse)
        polish(coarse, COARSE_SHARE, EXACT_ROUNDS)
        if coarse is not search:
            search.note(search.state_of(_whole(search, coarse.incumbent.grid[coarse.layout.row_of_unit])))
    while not search.budget.is_over:
        polish(search, 1.0, EXACT_ROUNDS)
        search.spend(1)


def hand_on(search: Search) -> None:
    """Send what is out of range in the best plan along ejection chains to where there is room; costs no iterations."""
    if search.incumbent.excess > 0:
        state = search.state_of(search.incumbent.grid)
        bring_into_range(search.layout, state)
        search.note(state)


def last_resort(search: Search) -> None:
    """Spend some CP-SAT solves where the plan is out of range and nothing proves that it must be.

    They go beyond a limit of iterations, never beyond one in seconds.
    """
    left_s = search.budget.seconds_left()
    if (
        left_s <= 0
        or search.layout.n_rows > LAST_RESORT_ROWS * search.layout.n_grids
        or precheck(search.layout.problem).causes
    ):
        return
    stop: StoppingCriterion = MaxIterations(LAST_RESORT_ROUNDS * 100)
    if math.isfinite(left_s):
        stop = AnyOf((stop, MaxSeconds(left_s, clock=search.crew.clock)))
    search.budget = Budget(stop, is_cancelled=search.budget.is_cancelled)
    search.spend(0)
    polish(search, 1.0, LAST_RESORT_ROUNDS, for_range=True)


def _whole(search: Search, plan: IntArray) -> IntArray:
    """Return a plan of units as a contiguous plan of rows."""
    grid = np.full(search.layout.n_rows, NOBODY, dtype=np.int32)
    known = (plan >= 0) & (plan < search.layout.n_grids)
    grid[search.layout.row_of_unit[known]] = plan[known]
    return make_whole(search.layout, grid)


@lru_cache(maxsize=1)
def warm_up() -> None:
    """Compile the search, or load it compiled, by dividing a street of four units; once a process."""
    street = TerritoryProblem(
        n_grids=2,
        xy_km=np.arange(8.0).reshape(4, 2),
        loads=np.ones((1, 4), dtype=np.int64),
        edges=np.array([[0, 1], [1, 2], [2, 3]]),
    )
    layout = lay_out(street)
    search = Search(layout, Budget(MaxIterations(20)), np.random.default_rng(0), Incumbent(np.zeros(4, dtype=np.int32)))
    design(search)
    bring_into_range(layout, search.state_of(np.array([0, 0, 0, 1], dtype=np.int32)))
    arrange(Ground(layout.xy_km, layout.load, *np.array([[1, 1], [3, 3]])), search.rng, Crew(), lambda _: True, 1)
    paint(layout, np.array([0, 0, 1, 1], dtype=np.int32), 1, 1, 1.0)


def design(search: Search) -> None:
    """Divide from scratch: first plans and a tournament of annealings on coarse rows, a polish of the winner."""
    _, cold, _ = schedule(search.layout)
    while True:
        coarse = coarse_search(search)
        tournament(coarse, TOURNAMENT_SHARE if coarse is search else COARSE_SHARE)
        plan, heat = search.incumbent.grid, (cold, cold / 5)
        if coarse is not search:
            plan, heat = _whole(search, coarse.incumbent.grid[coarse.layout.row_of_unit]), FINE_HEAT
            search.note(search.state_of(plan))
        is_mended = search.layout.n_grids > MANY_GRIDS and search.incumbent.excess > 0
        search.anneal_halves(plan, MENDED_SHARE if is_mended else 1.0, *heat, HARD, HARD)
        if search.incumbent.excess > 0:
            hand_on(search)
            polish(search, 1.0, LAST_RESORT_ROUNDS, for_range=True)
        if not search.budget.is_over:
            search.anneal_halves(search.incumbent.grid, 1.0, cold, cold / 5, HARD, HARD)
        if search.budget.is_over:
            break


def coarse_search(search: Search) -> Search:
    """Return a search of the same run in which empty rows are joined to loaded ones, or the search itself."""
    layout = search.layout
    rows = coarsen(layout.problem, layout.row_of_unit)
    if int(rows.max()) + 1 > WORTH_COARSE * layout.n_rows:
        return search
    fresh = Incumbent(np.zeros(int(rows.max()) + 1, dtype=np.int32))
    return Search(lay_out(layout.problem, rows), search.budget, search.rng, fresh, search.on_better, search.crew)


def tournament(search: Search, share: float) -> None:
    """Anneal the cheapest first plans until the share `share` of the run; from 40 grids on one plan, in halves."""
    hot, cold, soft = schedule(search.layout)
    if SEVERAL_GRIDS <= search.layout.n_grids <= MANY_GRIDS:
        plans = [search.arranged_plan(ARRANGED_SHARE)[1]]
        search.note(search.state_of(plans[0]))
    else:
        plans = first_plans(search)
    if search.layout.n_grids < SEVERAL_GRIDS:
        search.anneal([plans[k % len(plans)] for k in range(N_RUNS)], share, hot, cold, soft, HARD)
    else:
        search.anneal_halves(plans[0], share, hot, cold, soft, HARD)


def first_plans(search: Search) -> list[IntArray]:
    """Return contiguous first plans, the cheapest first."""
    layout, budget = search.layout, search.budget
    if layout.n_grids > MANY_GRIDS:  # one flow would cost minutes
        plan = search.arranged_plan(SWEPT_SHARE)[1]
        search.note(search.state_of(plan))
        return [plan]
    plans: list[tuple[float, IntArray]] = []
    while len(plans) < N_STARTS:
        plans.append(search.first_plan())
        search.note(search.state_of(plans[-1][1]))
        if search.spend(1 + layout.n_rows // 50) or budget.share() > START_SHARE:
            break
    return [grid for _, grid in sorted(plans, key=lambda plan: plan[0])]


def schedule(layout: Layout) -> tuple[float, float, float]:
    """Return the first and last temperature and the first price of excess, in mean squared distances."""
    if layout.n_grids < SEVERAL_GRIDS:
        return 10.0, 0.5, 2.0
    return (6.0 if layout.n_grids <= MANY_GRIDS else 2.0), 0.2, 20.0


def judged(problem: TerritoryProblem, plan: IntArray, iterations: int, seed: int) -> TerritoryResult:
    """Return a plan with what the judge, the precheck where a rule is broken, and the metrics say about it."""
    plan = np.ascontiguousarray(plan, dtype=np.int32)
    plan.flags.writeable = False
    broken = checks.violations(problem, plan)
    return TerritoryResult(
        grid_of_unit=plan,
        feasible=not broken,
        violations=broken + (precheck(problem).causes if broken else ()),
        metrics=metrics.measure(problem, plan),
        iterations=iterations,
        seed=seed,
    )
