"""`gridsvc solve province`: quotas, worker processes, and going on after a kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from gridsvc.cli.solve import app
from gridsvc.engines.instances.province import found_before, plan_counties, staff_quotas
from gridsvc.engines.instances.territory_npz import read_instance, read_labels
from optimize.territory import checks
from tests.gridsvc.engines.instances.test_territory_npz import square

LIMITS: dict[str, Any] = {"tolerance": 0.2, "load": "retailers", "seed": 1, "max_seconds": None, "max_iterations": 60}


def county(folder: Path, name: str, times: int = 1) -> Path:
    arrays = square()
    arrays |= {"pts": np.tile(arrays["pts"], (times, 1)), "pcell": np.tile(arrays["pcell"], times)}
    arrays["cload"] = np.bincount(arrays["pcell"], minlength=36)
    path = folder / f"{name}.npz"
    np.savez(path, **arrays)
    return path


def words(paths: list[Path], out: Path, staff: int, **changes: Any) -> list[str]:
    options = {"staff": staff, "out": out, "tolerance": 0.2, "max-iterations": 60, "workers": 1, **changes}
    return ["province", *map(str, paths), *(f"--{name}={value}" for name, value in options.items())]


@pytest.mark.parametrize(
    ("staff", "weight", "quotas"),
    [
        (10, [50, 30, 20], [5, 3, 2]),
        (4, [100, 1, 1], [2, 1, 1]),
        (3, [5, 5, 5], [1, 1, 1]),
        (7, [10, 10, 10], [3, 2, 2]),
        (5, [0, 0], [3, 2]),
        (6, [0, 9], [1, 5]),
        (1, [3], [1]),
    ],
)
def test_quotas_follow_the_largest_remainder_with_one_each(staff: int, weight: list[int], quotas: list[int]) -> None:
    assert staff_quotas(staff, weight) == quotas
    assert sum(quotas) == staff


def test_another_engine_divides_a_county_again(tmp_path: Path) -> None:
    paths, out = [county(tmp_path, "east")], tmp_path / "out"
    for engine, resumed in (("auto", False), ("ortools", False), ("ortools", True)):
        options = words(paths, out, 2, engine=engine, **{"max-iterations": 3})
        (found,) = [json.loads(line) for line in CliRunner().invoke(app, options).stdout.splitlines()]
        assert found["resumed"] is resumed
        assert found["feasible"]


def test_each_county_is_divided_among_its_quota_and_a_second_run_takes_what_is_done(tmp_path: Path) -> None:
    paths = [county(tmp_path, "east"), county(tmp_path, "west", 2)]
    out = tmp_path / "out"
    first = CliRunner().invoke(app, words(paths, out, 6))
    assert first.exit_code == 0, first.output
    found = [json.loads(line) for line in first.stdout.splitlines()]
    assert [(f["county"], f["n_grids"], f["resumed"]) for f in found] == [("east", 2, False), ("west", 4, False)]
    for path, quota in zip(paths, (2, 4), strict=True):
        problem = read_instance(path, tolerance=0.2)
        labels = read_labels(out / f"{path.stem}.csv", n_units=36, n_grids=quota)
        assert len(np.unique(labels)) == quota
        assert checks.pieces_of_grid(problem, labels)[:quota].tolist() == [1] * quota
    kept = (out / "east.csv").read_bytes()
    (out / "west.csv").write_text("unit,grid\n")  # damaged: done again, to the same bytes
    second = [json.loads(line) for line in CliRunner().invoke(app, words(paths, out, 6)).stdout.splitlines()]
    assert [f["resumed"] for f in second] == [True, False]
    assert (out / "east.csv").read_bytes() == kept
    assert second[1]["inertia_km2"] == found[1]["inertia_km2"]


def test_another_file_or_another_quota_is_not_taken_for_done(tmp_path: Path) -> None:
    paths, out = [county(tmp_path, "east"), county(tmp_path, "west")], tmp_path / "out"
    assert CliRunner().invoke(app, words(paths, out, 4)).exit_code == 0
    assert found_before(plan_counties(paths, 4, out, **LIMITS)[0]) is not None
    assert found_before(plan_counties(paths, 6, out, **LIMITS)[0]) is None
    county(tmp_path, "east", 2)
    assert found_before(plan_counties(paths, 4, out, **LIMITS)[0]) is None


def test_a_killed_run_goes_on_where_it_was(tmp_path: Path) -> None:
    paths, out = [county(tmp_path, name) for name in ("a", "b", "c")], tmp_path / "out"
    command = [sys.executable, "-m", "gridsvc.cli", "solve", *words(paths, out, 12, **{"max-iterations": 4000})]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not (out / "a.json").exists() and child.poll() is None:
        time.sleep(0.02)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    before = (out / "a.csv").read_bytes()
    again = CliRunner().invoke(app, words(paths, out, 12, **{"max-iterations": 4000}))
    assert again.exit_code == 0, again.output
    found = [json.loads(line) for line in again.stdout.splitlines()]
    assert found[0]["resumed"]
    assert (out / "a.csv").read_bytes() == before
    assert all((out / f"{name}.csv").exists() for name in "abc")


def test_every_fault_is_said_at_once_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "bad.npz").write_text("no archive")
    out = tmp_path / "out"
    result = CliRunner().invoke(app, words([county(tmp_path, "east"), tmp_path / "bad.npz"], out, 1))
    assert result.exit_code == 2
    assert "bad.npz" in result.stderr
    assert "1 staff cannot serve 2 counties" in result.stderr
    assert not list(out.iterdir())
