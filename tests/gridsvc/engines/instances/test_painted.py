"""`gridsvc solve painted`: a unit painted by hand, the plan repaired around it, and the change in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from gridsvc.cli.solve import app
from gridsvc.engines.instances import territory_npz
from optimize.territory import checks
from optimize.territory.solve import warm_up
from tests.gridsvc.engines.instances.test_territory_npz import written

QUARTERS = np.array([unit // 18 * 2 + unit % 6 // 3 for unit in range(36)], dtype=np.int32)
PAINTED, GRID = 15, 0  # column 3 of row 2: the corner of grid 1 beside grid 0


def paint(folder: Path, *options: str, labels: str | None = None) -> Result:
    present = folder / "present.csv"
    present.write_text(territory_npz.labels_text(QUARTERS) if labels is None else labels, encoding="utf-8")
    given = ["painted", str(written(folder)), str(present), "--out", str(folder / "out.csv"), *options]
    for option, value in (("--tolerance", "0.05"), ("--unit", str(PAINTED)), ("--grid", str(GRID))):
        if option not in given:
            given += [option, value]
    return CliRunner().invoke(app, given)


def test_one_unit_goes_back_and_the_change_is_told_in_words(tmp_path: Path) -> None:
    result = paint(tmp_path)
    assert (result.exit_code, result.stderr) == (0, "")
    plan = territory_npz.read_labels(tmp_path / "out.csv", n_units=36, n_grids=4)
    assert plan[PAINTED] == GRID
    moved = np.flatnonzero(plan != QUARTERS)
    assert len(moved) == 2
    assert checks.violations(territory_npz.read_instance(tmp_path / "square.npz", tolerance=0.05), plan) == ()
    units = [f"Unit {unit} goes from grid {QUARTERS[unit]} to grid {plan[unit]}; retailers: 2." for unit in moved]
    loads = [f"Grid {grid}: retailers 18 before, 18 after; its target is 18.0." for grid in (0, 1)]
    assert result.stdout.splitlines() == units + loads


def test_ortools_alone_repairs_around_a_painted_unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warm_up()
    for name in ("anneal", "anneal_halves"):
        monkeypatch.setattr(f"optimize.territory.search.Search.{name}", None)  # would raise
    result = paint(tmp_path, "--engine", "ortools")
    assert (result.exit_code, result.stderr) == (0, "")
    plan = territory_npz.read_labels(tmp_path / "out.csv", n_units=36, n_grids=4)
    assert plan[PAINTED] == GRID
    assert checks.violations(territory_npz.read_instance(tmp_path / "square.npz", tolerance=0.05), plan) == ()


def test_a_unit_in_its_own_grid_moves_nothing(tmp_path: Path) -> None:
    result = paint(tmp_path, "--grid", "1")
    assert (result.exit_code, result.stdout) == (0, "Nothing moves.\n")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == territory_npz.labels_text(QUARTERS)


def test_units_painted_before_stay_and_every_measure_is_told(tmp_path: Path) -> None:
    first = tmp_path / "first.csv"
    first.write_text("unit,grid\n14,0\n", encoding="utf-8")  # the unit beside it, at the border to grid 1
    result = paint(tmp_path, "--load", "both", "--pinned", str(first))
    assert result.exit_code == 0
    assert territory_npz.read_labels(tmp_path / "out.csv", n_units=36, n_grids=4)[14] == 0
    assert "Grid 0: minutes 270 before, 270 after; its target is 270.0." in result.stdout


def test_what_cannot_be_repaired_exits_3_with_the_rule_and_still_writes_labels(tmp_path: Path) -> None:
    pins = tmp_path / "pins.csv"
    others = "".join(f"{unit},{grid}\n" for unit, grid in enumerate(QUARTERS.tolist()) if unit != PAINTED)
    pins.write_text("unit,grid\n" + others, encoding="utf-8")
    result = paint(tmp_path, "--pinned", str(pins))
    assert result.exit_code == 3
    assert "Grid 0: retailers 18 before, 20 after; its target is 18.0." in result.stdout
    assert "Grid 0" in result.stderr
    assert territory_npz.read_labels(tmp_path / "out.csv", n_units=36, n_grids=4)[PAINTED] == GRID


@pytest.mark.parametrize(
    ("options", "labels", "words"),
    [
        (("--unit", "36"), None, "There is no unit 36, only 0 to 35."),
        (("--unit", "-1", "--grid", "4"), None, "There is no unit -1, only 0 to 35; there is no grid 4, only 0 to 3."),
        (("--tolerance", "nan"), None, "--tolerance has to lie in [0, 1), 0.05 for 5 %, not nan."),
        ((), "unit,grid\n0,1\n", "every unit needs a grid; 35 are not listed, the first is 1."),
        ((), "cell,grid\n", "the first line must be 'unit,grid'."),
        (("--out", "no/such/out.csv"), None, "there is no folder"),
    ],
)
def test_bad_input_is_one_clear_error_and_nothing_is_written(
    options: tuple[str, ...], labels: str | None, words: str, tmp_path: Path
) -> None:
    result = paint(tmp_path, *options, labels=labels)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "out.csv").exists()


def test_a_unit_pinned_elsewhere_is_refused(tmp_path: Path) -> None:
    pins = tmp_path / "pins.csv"
    pins.write_text(f"unit,grid\n{PAINTED},1\n", encoding="utf-8")
    result = paint(tmp_path, "--pinned", str(pins))
    assert (result.exit_code, result.stderr) == (2, f"Unit {PAINTED} is pinned to grid 1.\n")
