"""A painted unit is repaired around at once, and left to the search where handing on cannot do it."""

from __future__ import annotations

import numpy as np
import pytest

from optimize.stopping import MaxIterations
from optimize.territory import checks, painting
from optimize.territory import solve as solve_module
from optimize.territory.layout import lay_out
from optimize.territory.painting import paint
from optimize.territory.replan import even_out, repair
from tests.optimize.territory.maps import TOWN, AsciiMap

NECK = AsciiMap("""
    AAAABBB
    AA##BBB
    AABBBBB
""")


def test_one_unit_goes_back_for_the_painted_one() -> None:
    problem = TOWN.problem(4)
    plan = paint(lay_out(problem), TOWN.plan, TOWN.unit(2, 3), 0, 20.0)
    assert plan is not None
    assert plan[TOWN.unit(2, 3)] == 0
    assert checks.violations(problem, plan) == ()
    assert (plan != TOWN.plan).sum() == 2


def test_a_layout_serves_for_many_units_and_is_not_changed_by_them() -> None:
    problem = TOWN.problem(4, tolerance_share=0.12)
    layout = lay_out(problem)
    units = [TOWN.unit(2, 3), TOWN.unit(3, 0), TOWN.unit(0, 2)]
    grids = [0, 0, 1]
    kept = [
        repair(problem, TOWN.plan, u, g, layout=layout).grid_of_unit.tolist() for u, g in zip(units, grids, strict=True)
    ]
    fresh = [repair(problem, TOWN.plan, u, g).grid_of_unit.tolist() for u, g in zip(units, grids, strict=True)]
    assert kept == fresh


def test_what_the_painted_unit_held_together_falls_to_neighbours() -> None:
    problem = NECK.problem(2, tolerance_share=0.5)
    unit = NECK.unit(0, 2)
    result = repair(problem, NECK.plan, unit, 1)
    assert result.feasible
    assert result.grid_of_unit[unit] == 1
    assert result.grid_of_unit[NECK.unit(0, 3)] == 1


def test_a_unit_painted_far_from_its_grid_is_left_to_the_search() -> None:
    problem = TOWN.problem(4, tolerance_share=0.5)
    assert paint(lay_out(problem), TOWN.plan, TOWN.unit(5, 5), 0, 20.0) is None
    result = repair(problem, TOWN.plan, TOWN.unit(5, 5), 0)
    assert result.grid_of_unit[TOWN.unit(5, 5)] == 0
    assert (checks.pieces_of_grid(problem, result.grid_of_unit) == 1).all()


def test_pins_locks_and_every_measure_hold_around_it() -> None:
    minutes = np.arange(36) % 5 + 1
    loads = np.stack([np.ones(36, dtype=np.int64), minutes])
    pinned = np.full(36, -1)
    pinned[TOWN.unit(2, 2)] = 0
    problem = TOWN.problem(
        4, loads, measures=("retailers", "minutes"), tolerance_share=[0.12, 0.2], pinned=pinned, previous=TOWN.plan,
        locked=[3],
    )  # fmt: skip
    result = repair(problem, TOWN.plan, TOWN.unit(2, 3), 0)
    assert result.feasible
    assert result.grid_of_unit[TOWN.unit(2, 2)] == 0
    assert ((result.grid_of_unit == 3) == (TOWN.plan == 3)).all()


def test_a_unit_that_a_rule_keeps_elsewhere_is_not_painted() -> None:
    unit = TOWN.unit(2, 3)
    problem = TOWN.problem(4, tolerance_share=0.12, forbidden=[(unit, 0)])
    assert paint(lay_out(problem), TOWN.plan, unit, 0, 20.0) is None
    assert "forbidden" in {violation.rule for violation in repair(problem, TOWN.plan, unit, 0).violations}


def test_several_painted_units_stay_and_others_follow() -> None:
    problem = TOWN.problem(4, tolerance_share=0.12)
    drawn = TOWN.plan.copy()
    painted = np.array([TOWN.unit(1, 3), TOWN.unit(2, 3), TOWN.unit(2, 4)], dtype=np.int32)
    drawn[painted] = 0
    assert {violation.rule for violation in checks.violations(problem, drawn)} == {"load"}
    result = even_out(problem, drawn, painted)
    assert result.feasible
    assert (result.grid_of_unit[painted] == 0).all()
    assert checks.violations(problem, result.grid_of_unit) == ()
    assert (result.grid_of_unit != drawn).sum() <= 3


def test_a_drawing_in_pieces_with_units_of_nobody_is_made_whole() -> None:
    problem = TOWN.problem(4, tolerance_share=0.12)
    drawn = TOWN.plan.copy()
    drawn[[TOWN.unit(0, 5), TOWN.unit(5, 5)]] = -1
    drawn[TOWN.unit(4, 4)] = 0  # an island of grid 0 in grid 3, not drawn by hand
    result = even_out(problem, drawn, np.array([], dtype=np.int32))
    assert checks.violations(problem, result.grid_of_unit) == ()


def test_what_cannot_be_evened_out_around_the_painted_units_says_so() -> None:
    problem = TOWN.problem(4, tolerance_share=0.12)
    drawn = TOWN.plan.copy()
    painted = np.flatnonzero(TOWN.plan <= 1).astype(np.int32)
    drawn[painted] = 0  # 18 units, and a grid may hold ten
    result = even_out(problem, drawn, painted)
    assert not result.feasible
    assert (result.grid_of_unit[painted] == 0).all()


def test_evening_out_what_cannot_be_makes_no_exact_solves(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = TOWN.problem(4, tolerance_share=0.12)
    drawn = TOWN.plan.copy()
    painted = np.flatnonzero(TOWN.plan <= 1).astype(np.int32)
    drawn[painted] = 0
    asked: list[str] = []
    monkeypatch.setattr(solve_module, "last_resort", lambda search: asked.append("exact"))
    assert not even_out(problem, drawn, painted).feasible
    assert asked == []  # a planner waits for the answer
    pinned = np.where(TOWN.plan <= 1, 0, -1).astype(np.int32)
    solve_module.solve(TOWN.problem(4, tolerance_share=0.12, pinned=pinned), MaxIterations(5), 0)
    assert asked == ["exact"]  # a search that nobody waits for makes them


@pytest.mark.parametrize(("seed", "tolerance"), [(6, 0.06), (69, 0.076), (210, 0.016)])
def test_heavy_units_are_swapped_where_handing_on_does_not_do_it(
    seed: int, tolerance: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads = np.random.default_rng(seed).integers(1, 30, 36)
    problem = TOWN.problem(4, loads.tolist(), tolerance_share=tolerance)
    layout, unit = lay_out(problem), TOWN.unit(2, 3)
    plan = paint(layout, TOWN.plan, unit, 0, 20.0)
    assert plan is not None
    assert plan[unit] == 0
    assert checks.violations(problem, plan) == ()
    assert paint(layout, TOWN.plan, unit, 0, 20.0).tolist() == plan.tolist()
    monkeypatch.setattr(painting, "HEATS", ())
    assert paint(layout, TOWN.plan, unit, 0, 20.0) is None


def test_whoever_paints_gets_an_answer_once_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    loads = np.ones(TOWN.plan.size, dtype=np.int64)
    loads[TOWN.unit(2, 3)] = 50  # no plan can be in range
    problem = TOWN.problem(4, loads.tolist())
    asked: list[bool] = []

    def solved(*args: object, **options: object) -> object:
        asked.append(bool(options.get("exact", True)))
        return solve_module.solve(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("optimize.territory.replan.solve", solved)
    found = repair(problem, TOWN.plan, TOWN.unit(2, 3), 0, most_seconds=0.0)
    assert asked == [False]
    assert found.violations
    assert found.grid_of_unit[TOWN.unit(2, 3)] == 0
    assert not any(violation.rule == "broken_grid" for violation in found.violations)
