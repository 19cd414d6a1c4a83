"""`gridsvc solve routing` ends with the right code and a clear sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gridsvc.cli.solve import app
from tests.gridsvc.engines.instances.test_vehicle_routing import CVRP, SOLOMON


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.vrp"
    path.write_text(CVRP)
    return path


def run(*words: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["routing", *map(str, words)])
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize("engine", ["auto", "ortools", "pyvrp"])
def test_a_feasible_instance_is_solved_and_written(instance: Path, tmp_path: Path, engine: str) -> None:
    out = tmp_path / "tiny.sol"
    code, said, _ = run(instance, "--max-iterations", "200", "--seed", "1", "--engine", engine, "--out", out)
    assert code == 0
    assert json.loads(said)["cost"] == 42
    *routes, cost = out.read_text().splitlines()
    assert cost == "Cost 42"
    assert sorted(int(word) for route in routes for word in route.split(":")[1].split()) == [1, 2, 3, 4]


def test_the_same_seed_and_iterations_write_the_same_bytes(instance: Path, tmp_path: Path) -> None:
    outs = [tmp_path / "a.sol", tmp_path / "b.sol"]
    for out in outs:
        assert run(instance, "--max-iterations", "50", "--seed", "3", "--out", out)[0] == 0
    assert outs[0].read_bytes() == outs[1].read_bytes()


def test_seconds_of_search_may_be_none_at_all(tmp_path: Path) -> None:
    path, out = tmp_path / "tiny.txt", tmp_path / "tiny.sol"
    path.write_text(SOLOMON)
    assert run(path, "--max-seconds", "0", "--out", out)[0] == 0
    assert out.read_text().startswith("Route #1: ")


def test_a_malformed_file_is_code_2_with_its_faults(tmp_path: Path) -> None:
    path = tmp_path / "bad.vrp"
    path.write_text(CVRP.replace("CAPACITY : 10\n", ""))
    code, _, said = run(path, "--out", tmp_path / "x.sol")
    assert code == 2
    assert "CAPACITY is missing" in said
    assert not (tmp_path / "x.sol").exists()


@pytest.mark.parametrize(
    "option", [("--max-seconds", "nan"), ("--max-seconds", "-1"), ("--max-iterations", "-1"), ("--engine", "magic")]
)
def test_an_option_out_of_range_is_code_2(instance: Path, tmp_path: Path, option: tuple[str, str]) -> None:
    code, _, said = run(instance, *option, "--out", tmp_path / "x.sol")
    assert code == 2
    assert option[0] in said


def test_an_output_folder_that_is_not_there_is_code_2(instance: Path, tmp_path: Path) -> None:
    code, _, said = run(instance, "--out", tmp_path / "nowhere" / "x.sol")
    assert code == 2
    assert "--out" in said


def test_an_instance_without_a_solution_is_code_3_with_reasons(tmp_path: Path) -> None:
    path = tmp_path / "full.vrp"
    path.write_text(CVRP.replace("5 5\nDEPOT", "5 11\nDEPOT"))
    code, _, said = run(path, "--max-iterations", "20", "--out", tmp_path / "x.sol")
    assert code == 3
    assert "customer 4: its demand of 11 is above every vehicle's capacity (10)" in said
