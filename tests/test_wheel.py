"""The built wheel is whole: an editable checkout would hide a forgotten package or page."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from gridsvc import bootstrap

ROOT = Path(__file__).parents[1]
PACKAGES = ("gridsvc", "geo_data", "optimize", "api")
# four customers around a depot; two vehicles are needed, and the best two routes are plain to see
TINY_VRP = """NAME : tiny
TYPE : CVRP
DIMENSION : 5
EDGE_WEIGHT_TYPE : EUC_2D
CAPACITY : 2
NODE_COORD_SECTION
1 0 0
2 10 1
3 10 -1
4 -10 1
5 -10 -1
DEMAND_SECTION
1 0
2 1
3 1
4 1
5 1
DEPOT_SECTION
1
-1
EOF
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that this checkout builds."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("gridsvc-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment that holds the pinned requirements and the wheel, nothing else."""
    folder = tmp_path_factory.mktemp("empty") / "venv"
    venv.create(folder, with_pip=False, symlinks=True)
    python = str(bootstrap.python_of(folder))
    uv = bootstrap.uv_program(ROOT)
    assert uv is not None, "./test makes the environment that this needs"
    environment = {**os.environ, **bootstrap.uv_variables(ROOT / ".venv")}
    install = [str(uv), "pip", "install", "--quiet", "--python", python]
    for what in (["--require-hashes", "-r", str(ROOT / "requirements.txt")], ["--no-deps", str(wheel)]):
        subprocess.run([*install, *what], env=environment, check=True)
    return folder / "bin"


def run_outside(installed: Path, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a program of the environment in an empty folder, with nothing that points to the checkout."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    program, *arguments = command
    return subprocess.run(
        [installed / program, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_every_file_of_the_packages_is_in_the_wheel(wheel: Path) -> None:
    listed = subprocess.run(["git", "ls-files", *PACKAGES], cwd=ROOT, capture_output=True, text=True, check=True)
    committed = {name for name in listed.stdout.splitlines() if (ROOT / name).exists()}
    assert committed
    missing = committed - set(zipfile.ZipFile(wheel).namelist())
    assert not missing, sorted(missing)


def test_the_wheel_holds_the_packages_and_nothing_else(wheel: Path) -> None:
    folders = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {folder for folder in folders if not folder.endswith(".dist-info")} == set(PACKAGES)


def test_the_packages_import_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    script = f"import {', '.join(PACKAGES)}; print(gridsvc.__file__)"
    done = run_outside(installed, tmp_path, "python", "-c", script)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(installed.parent)


def test_the_command_line_lists_its_commands_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    done = run_outside(installed, tmp_path, "gridsvc", "--help")
    assert done.returncode == 0, done.stderr
    assert "solve" in done.stdout


def test_an_engine_solves_a_published_format_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "tiny.vrp").write_text(TINY_VRP)
    arguments = ["tiny.vrp", "--engine", "pyvrp", "--max-iterations", "50", "--max-seconds", "20", "--seed", "1"]
    done = run_outside(installed, tmp_path, "gridsvc", "solve", "routing", *arguments, "--out", "tiny.sol")
    assert done.returncode == 0, done.stdout + done.stderr
    routes = [line.split(": ")[1] for line in (tmp_path / "tiny.sol").read_text().splitlines() if "Route" in line]
    assert {frozenset(route.split()) for route in routes} == {frozenset("12"), frozenset("34")}
