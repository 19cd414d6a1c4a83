"""Plans from the search, always asked back from the judge."""

from __future__ import annotations

import itertools
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimize.crew import Crew
from optimize.stopping import AnyOf, MaxIterations, MaxSeconds, NoImprovement
from optimize.territory import checks, metrics
from optimize.territory.anneal import COST, EXCESS
from optimize.territory.budget import Budget
from optimize.territory.exact import divide
from optimize.territory.layout import lay_out
from optimize.territory.problem import TerritoryProblem, TerritoryResult
from optimize.territory.search import Incumbent, Search
from optimize.territory.solve import solve
from tests.optimize.territory.maps import AsciiMap

SQUARE = AsciiMap("\n".join(["......"] * 6))
BRIEF = MaxIterations(200)


def solved(problem: TerritoryProblem, seed: int = 1, iterations: int = 200) -> TerritoryResult:
    result = solve(problem, MaxIterations(iterations), seed)
    broken = checks.violations(problem, result.grid_of_unit)
    assert result.feasible == (not broken)
    assert set(broken) <= set(result.violations)
    return result


def test_a_square_is_divided_into_its_four_quarters() -> None:
    result = solved(SQUARE.problem(4))
    assert result.feasible
    assert result.metrics["inertia_km2"] == pytest.approx(4 * 9 * (2 / 3 + 2 / 3))
    assert result.metrics["n_cut_edges"] == 12


def best_by_hand(problem: TerritoryProblem) -> float:
    """Return the least inertia of all feasible plans, by trying every one."""
    plans = itertools.product(range(problem.n_grids), repeat=problem.n_units)
    arrays = (np.array(plan) for plan in plans)
    return min(metrics.inertia_km2(problem, plan) for plan in arrays if not checks.violations(problem, plan))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_tiny_maps_are_divided_as_well_as_by_trying_every_plan(seed: int) -> None:
    rng = np.random.default_rng(seed)
    small = AsciiMap("""
        ...
        .#.
        ...
    """)
    problem = small.problem(2, rng.integers(1, 6, 8).tolist(), tolerance_share=0.3, perimeter_weight=0.0)
    assert solved(problem).metrics["inertia_km2"] == pytest.approx(best_by_hand(problem))


@st.composite
def towns(draw: st.DrawFn) -> TerritoryProblem:
    """Small towns with holes, empty units and a tolerance that leaves room."""
    width, height = draw(st.integers(4, 8)), draw(st.integers(4, 8))
    holes = draw(st.sets(st.tuples(st.integers(1, height - 2), st.integers(1, width - 2)), max_size=5))
    text = "\n".join("".join("#" if (r, c) in holes else "." for c in range(width)) for r in range(height))
    town = AsciiMap(text)
    loads = draw(st.lists(st.integers(0, 4), min_size=len(town.places), max_size=len(town.places)))
    loads[0] += 1
    return town.problem(draw(st.integers(1, 4)), loads, tolerance_share=0.4)


@given(problem=towns(), seed=st.integers(0, 9))
@settings(max_examples=30, deadline=None)
def test_every_unit_lies_in_one_grid_and_the_judge_agrees(problem: TerritoryProblem, seed: int) -> None:
    result = solved(problem, seed, 60)
    assert ((result.grid_of_unit >= 0) & (result.grid_of_unit < problem.n_grids)).all()
    parts = checks.pieces_of_grid(problem, np.zeros(problem.n_units, dtype=int))[0]
    if parts == 1:
        assert not {v.rule for v in result.violations} & {"empty_grid", "broken_grid", "unassigned"}


@given(problem=towns(), order=st.randoms(use_true_random=False))
@settings(max_examples=10, deadline=None)
def test_shuffling_units_does_not_change_what_is_possible(problem: TerritoryProblem, order: object) -> None:
    rank = list(range(problem.n_units))
    order.shuffle(rank)  # type: ignore[attr-defined]
    new_of_old = np.argsort(rank)
    shuffled = TerritoryProblem(
        n_grids=problem.n_grids, xy_km=problem.xy_km[rank], loads=problem.loads[:, rank],
        edges=new_of_old[problem.edges], tolerance_share=problem.tolerance_share,
    )  # fmt: skip
    plan = solved(problem, 1, 60).grid_of_unit
    assert metrics.measure(shuffled, plan[rank]) == pytest.approx(metrics.measure(problem, plan))
    assert len(checks.violations(shuffled, plan[rank])) == len(checks.violations(problem, plan))


def test_the_same_seed_and_iterations_give_the_same_plan() -> None:
    loads = np.random.default_rng(5).integers(0, 9, 36).tolist()
    problem = SQUARE.problem(4, loads, tolerance_share=0.1)
    first, second = solved(problem, 7), solved(problem, 7)
    assert (first.grid_of_unit == second.grid_of_unit).all()
    assert first.iterations == second.iterations


def wide_map(n_grids: int, **rules: object) -> TerritoryProblem:
    """Twelve by twelve units of uneven load."""
    wide = AsciiMap("\n".join(["............"] * 12))
    loads = np.random.default_rng(2).integers(1, 4, 144).tolist()
    return wide.problem(n_grids, loads, tolerance_share=0.5, **rules)


@pytest.mark.parametrize("n_grids", [5, 42])
def test_the_number_of_threads_does_not_change_the_plan(n_grids: int) -> None:
    problem = wide_map(n_grids)
    alone = solve(problem, MaxIterations(400), 7)
    assert not checks.violations(problem, alone.grid_of_unit)
    for threads in (2, 3):
        with Crew(threads) as crew:
            together = solve(problem, MaxIterations(400), 7, crew=crew)
        assert together.grid_of_unit.tobytes() == alone.grid_of_unit.tobytes()
        assert together.iterations == alone.iterations


def test_a_replan_does_not_depend_on_the_number_of_threads_either() -> None:
    previous = np.repeat(np.arange(4), 36)
    problem = wide_map(4, previous=previous, churn_weight_km2=0.5, churn_budget=60.0)
    with Crew(2) as crew:
        together = solve(problem, MaxIterations(300), 3, crew=crew)
    assert together.grid_of_unit.tobytes() == solve(problem, MaxIterations(300), 3).grid_of_unit.tobytes()


@pytest.mark.parametrize("n_grids", [5, 42])
def test_threads_are_cancelled_and_tell_progress_in_order(n_grids: int) -> None:
    told: list[tuple[int, float]] = []
    asked: list[int] = []

    def is_cancelled() -> bool:
        asked.append(1)
        return len(asked) > 12

    problem = wide_map(n_grids)
    with Crew(2) as crew:
        result = solve(
            problem, MaxIterations(10_000_000), 1, crew=crew, is_cancelled=is_cancelled,
            on_progress=lambda n, cost, plan: told.append((n, cost)),
        )  # fmt: skip
    assert result.iterations < 10_000
    assert checks.pieces_of_grid(problem, result.grid_of_unit).tolist() == [1] * n_grids
    assert told
    assert told == sorted(told, key=lambda pair: (pair[0], -pair[1]))


def test_two_measures_are_balanced_at_once() -> None:
    rng = np.random.default_rng(3)
    loads = [rng.integers(0, 5, 36).tolist(), rng.integers(0, 60, 36).tolist()]
    problem = SQUARE.problem(3, loads, measures=("retailers", "minutes"), tolerance_share=[0.06, 0.05])
    assert solved(problem, iterations=600).feasible


def test_a_heavy_town_and_an_empty_hinterland_still_balance() -> None:
    loads = [0] * 36
    loads[14], loads[15], loads[20], loads[21] = 10, 10, 10, 10
    assert solved(SQUARE.problem(4, loads)).feasible


def test_pins_bases_groups_forbidden_pairs_and_locks_are_kept() -> None:
    pinned = np.full(36, -1)
    pinned[SQUARE.unit(0, 0)] = 3
    together = np.full(36, -1)
    together[[SQUARE.unit(5, 0), SQUARE.unit(4, 1), SQUARE.unit(3, 2)]] = 0
    problem = SQUARE.problem(
        4, tolerance_share=0.15, pinned=pinned, must_link=together, centre_unit=[SQUARE.unit(5, 5), -1, -1, -1],
        forbidden=[[SQUARE.unit(0, 5), g] for g in (0, 1)],
    )  # fmt: skip
    assert solved(problem, iterations=600).feasible


def test_a_locked_grid_is_left_alone() -> None:
    before = AsciiMap("""
        AAABBB
        AAABBB
        AAABBB
        CCCCDD
        CCCCDD
        CCCCDD
    """)
    problem = before.problem(4, tolerance_share=0.25, previous=before.plan, locked=[1], churn_weight_km2=5.0)
    result = solved(problem, iterations=400)
    assert result.feasible
    assert ((result.grid_of_unit == 1) == (before.plan == 1)).all()


def test_grids_stay_inside_their_bureau() -> None:
    bureau = np.array([0 if c < 3 else 1 for r, c in SQUARE.places])
    assert solved(SQUARE.problem(4, jurisdiction=bureau)).feasible


def test_each_part_of_a_map_cut_in_two_gets_its_own_grids() -> None:
    river = AsciiMap("\n".join(["...#......"] * 4))
    assert solved(river.problem(3)).feasible


def test_an_infeasible_demand_returns_the_least_infeasible_plan_with_reasons() -> None:
    loads = [1] * 36
    loads[0] = 100
    result = solved(SQUARE.problem(4, loads, tolerance_share=0.1))
    assert not result.feasible
    assert {"load", "heavy_unit"} <= {v.rule for v in result.violations}
    assert not {v.rule for v in result.violations} & {"broken_grid", "empty_grid", "unassigned"}


def test_no_staff_and_more_staff_than_units_are_results_and_not_errors() -> None:
    assert [v.rule for v in solve(SQUARE.problem(0), BRIEF, 1).violations][-1] == "no_staff"
    assert [v.rule for v in solve(SQUARE.problem(40), BRIEF, 1).violations][-1] == "too_few_units"


def test_a_run_without_iterations_still_returns_a_whole_plan() -> None:
    result = solved(SQUARE.problem(4, tolerance_share=0.5), iterations=0)
    assert result.metrics["n_broken_grids"] == 0


def test_an_open_ended_criterion_ends_the_search_too() -> None:
    stop = AnyOf((NoImprovement(500), MaxIterations(20_000)))
    result = solve(SQUARE.problem(4), stop, 1)
    assert result.feasible
    assert result.iterations < 20_000


def test_a_given_plan_is_improved_and_progress_is_told() -> None:
    told: list[float] = []
    stripes = np.array([c * 4 // 6 for r, c in SQUARE.places], dtype=np.int32)
    problem = SQUARE.problem(4, tolerance_share=0.1)
    result = solve(problem, BRIEF, 1, stripes, on_progress=lambda n, cost, plan: told.append(cost))
    assert result.feasible
    assert metrics.inertia_km2(problem, result.grid_of_unit) <= metrics.inertia_km2(problem, stripes)
    assert told == sorted(told, reverse=True)
    assert len(told) > 0


def test_priced_borders_are_crossed_less() -> None:
    left = {SQUARE.unit(r, 2): SQUARE.unit(r, 3) for r in range(6)}
    priced = np.array(list(left.items()))
    free = solved(SQUARE.problem(3, tolerance_share=0.35))
    dear = solved(SQUARE.problem(3, tolerance_share=0.35, priced_edges=priced, price_km2=np.full(6, 50.0)))
    assert free.metrics["border_price_km2"] == 0
    crossed = int((free.grid_of_unit[priced[:, 0]] == free.grid_of_unit[priced[:, 1]]).sum())
    assert dear.metrics["border_price_km2"] <= 50.0 * crossed
    assert dear.feasible


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_ortools_alone_keeps_a_tight_tolerance_of_a_lumpy_map(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lumpy = SQUARE.problem(4, rng.integers(0, 9, 36).tolist(), tolerance_share=0.04)
    result = solve(lumpy, MaxIterations(100), seed, engine="ortools")
    assert result.feasible
    assert not checks.violations(lumpy, result.grid_of_unit)


def test_a_cancelled_search_gives_what_it_has_and_spends_no_solve_beyond_its_limit() -> None:
    lumpy = SQUARE.problem(4, np.random.default_rng(1).integers(0, 9, 36).tolist(), tolerance_share=0.04)
    n_asked = 0

    def is_cancelled() -> bool:
        nonlocal n_asked
        n_asked += 1
        return True

    given = np.repeat([0, 1, 2, 3], 9).astype(np.int32)
    cancelled = solve(lumpy, MaxIterations(100_000), 1, initial=given, is_cancelled=is_cancelled)
    assert cancelled.iterations == 0
    assert n_asked <= 2
    assert not cancelled.feasible
    assert checks.pieces_of_grid(lumpy, cancelled.grid_of_unit).tolist() == [1] * 4
    assert solve(lumpy, MaxIterations(0), 1, initial=given).feasible  # the solves beyond the limit would have helped


def test_cp_sat_never_returns_a_worse_plan_than_it_was_given() -> None:
    rng = np.random.default_rng(4)
    problem = SQUARE.problem(4, rng.integers(1, 5, 36).tolist(), tolerance_share=0.1)
    layout = lay_out(problem)
    plan = solved(problem).grid_of_unit[np.argsort(layout.row_of_unit)]
    search = Search(layout, Budget(MaxIterations(10_000)), np.random.default_rng(0), Incumbent(plan.copy()))
    state = search.state_of(plan)
    ends = np.sort(plan[layout.edges], axis=1)
    touching = set(map(tuple, ends[ends[:, 0] != ends[:, 1]].tolist()))
    for pair in itertools.combinations(range(4), 2):
        better = divide(layout, state, list(pair))
        if better is None:  # the two do not touch
            assert pair not in touching
            continue
        new = search.state_of(better)
        assert new.value[EXCESS] <= state.value[EXCESS]
        assert new.value[COST] <= state.value[COST] + 0.01


def replanned() -> TerritoryProblem:
    """Four quarters of a square, of which the first got more load."""
    loads = np.random.default_rng(5).integers(1, 9, 36)
    plan = np.array([2 * (unit // 18) + (unit % 6) // 3 for unit in range(36)], dtype=np.int32)
    loads[plan == 0] += 2
    return SQUARE.problem(4, loads.tolist(), tolerance_share=0.08, previous=plan, churn_weight_km2=0.2)


def test_a_replan_whose_first_step_takes_all_the_time_ends() -> None:
    asked = itertools.count()
    late = MaxSeconds(1.0, clock=lambda: 0.0 if next(asked) < 3 else 5.0)
    found = solve(replanned(), late, 1)
    assert found.iterations <= 1
    assert (checks.pieces_of_grid(replanned(), found.grid_of_unit) == 1).all()


def test_a_replan_moves_the_fewest_of_the_plans_that_are_compact_enough() -> None:
    problem = replanned()
    present = metrics.inertia_km2(problem, problem.previous)
    cheapest = solve(problem, MaxIterations(300), 1)
    few = solve(problem, MaxIterations(300), 1, most_km2=1.2 * present)
    assert cheapest.feasible
    assert few.feasible
    assert metrics.inertia_km2(problem, few.grid_of_unit) <= 1.2 * present
    assert checks.moved_weight(problem, few.grid_of_unit) < checks.moved_weight(problem, cheapest.grid_of_unit)
    compact = solve(problem, MaxIterations(300), 1, most_km2=0.5 * present)
    assert compact.feasible
    assert metrics.inertia_km2(problem, compact.grid_of_unit) <= metrics.inertia_km2(problem, few.grid_of_unit)


@pytest.mark.parametrize("engine", ["auto", "ortools"])
def test_more_than_a_hundred_grids_are_divided_by_either_engine(engine: Literal["auto", "ortools"]) -> None:
    side = 40
    at = np.arange(side * side).reshape(side, side)
    across, down = np.c_[at[:, :-1].ravel(), at[:, 1:].ravel()], np.c_[at[:-1].ravel(), at[1:].ravel()]
    problem = TerritoryProblem(
        n_grids=120, xy_km=np.argwhere(at >= 0).astype(float), edges=np.vstack([across, down]),
        loads=np.random.default_rng(1).integers(1, 4, (1, side * side)), tolerance_share=np.array([0.1]),
    )  # fmt: skip
    assert checks.violations(problem, solve(problem, MaxIterations(600), 1, engine=engine).grid_of_unit) == ()
