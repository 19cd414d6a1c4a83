"""The three `solve` commands treat limits, seeds and an output that cannot be written alike."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from gridsvc.cli import solve_options
from gridsvc.cli.solve import app
from tests.gridsvc.engines.instances.test_periodic_cordeau import SMALL
from tests.gridsvc.engines.instances.test_territory_npz import square
from tests.gridsvc.engines.instances.test_vehicle_routing import CVRP

COMMANDS = ("periodic", "routing", "territory")


def run(command: str, folder: Path, *options: object) -> tuple[int, str, str]:
    """Solve a tiny instance of the command's kind."""
    path = folder / {"periodic": "tiny.txt", "routing": "tiny.vrp", "territory": "tiny.npz"}[command]
    if command == "territory":
        np.savez(path, **square())
        options = ("--tolerance", "0.05", *options)
    else:
        path.write_text(SMALL if command == "periodic" else CVRP)
    result = CliRunner().invoke(app, [command, str(path), *map(str, options)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("name", "words"), [(".", "it is a folder"), ("no/x", "there is no folder"), ("n" * 300, "")])
def test_an_output_that_cannot_be_written_is_refused_before_the_search(
    command: str, name: str, words: str, tmp_path: Path
) -> None:
    code, printed, said = run(command, tmp_path, "--max-iterations", 50, "--out", tmp_path / name)
    assert (code, printed) == (2, "")
    assert "cannot be written" in said
    assert words in said


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is a Linux device")
def test_a_full_disk_is_code_2_with_a_sentence(command: str, tmp_path: Path) -> None:
    code, _, said = run(command, tmp_path, "--max-iterations", 50, "--out", "/dev/full")
    assert (code, said) == (2, "--out /dev/full cannot be written: No space left on device.\n")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("seed", [-1, 2**32, 99999999999999999999999])
def test_a_seed_out_of_range_is_code_2(command: str, seed: int, tmp_path: Path) -> None:
    code, _, said = run(command, tmp_path, "--max-iterations", 5, "--seed", seed, "--out", tmp_path / "x")
    assert (code, said) == (2, f"--seed has to lie in 0 to 4294967295, not {seed}.\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_the_greatest_seed_is_taken_and_the_same_names_are_printed(command: str, tmp_path: Path) -> None:
    code, printed, _ = run(command, tmp_path, "--max-iterations", 200, "--seed", 2**32 - 1, "--out", tmp_path / "x")
    assert code == 0
    assert {"iterations", "search_s"} <= set(json.loads(printed))


def test_without_a_limit_the_search_has_the_default_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("periodic", tmp_path, "--max-iterations", 5, "--out", tmp_path / "compiled")
    monkeypatch.setattr(solve_options, "DEFAULT_SECONDS", 0.05)
    code, printed, said = run("periodic", tmp_path, "--out", tmp_path / "x")
    assert code in (0, 3), said
    assert json.loads(printed)["search_s"] < 9
    assert solve_options.seconds_or_default(None, 3) is None
    assert solve_options.seconds_or_default(2.0, None) == 2.0
