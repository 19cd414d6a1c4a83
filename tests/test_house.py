"""The rules of the house that no linter knows: start-up, documents that keep up, and what may be committed."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import typer

from gridsvc.cli.main import COMMANDS

ROOT = Path(__file__).parents[1]
HEAVY = {"pandas", "geopandas", "shapely", "ortools", "numba", "sqlalchemy", "fastapi", "folium", "psycopg"}
LARGEST_COMMITTED_BYTES = 1_000_000
# put together here, so that this file does not name them
PUBLIC_REGISTRIES = [".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("deb", "debian", "org"))]


def text_of(path: str) -> str:
    """Return a document's text; one that is not there names nothing."""
    file = ROOT / path
    return file.read_text(encoding="utf-8") if file.exists() else ""


def committed_files() -> list[Path]:
    """List the files that git knows and that are still there."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def every_command() -> Iterator[str]:
    """Yield every command as one types it, such as `gridsvc plan design`."""
    for name, (module_name, _) in COMMANDS.items():
        command = typer.main.get_command(importlib.import_module(module_name).app)
        yield from _leaves(f"gridsvc {name}", command)


def _leaves(path: str, command: object) -> Iterator[str]:
    children = getattr(command, "commands", None)
    if not children:
        yield path
        return
    for name, child in children.items():
        yield from _leaves(f"{path} {name}", child)


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_comes_without_the_heavy_imports_and_makes_nothing(name: str, tmp_path: Path) -> None:
    script = f"""
import sys
from gridsvc.cli.main import main
sys.argv = ["gridsvc", *{name.split()!r}, "--help"]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print("IMPORTED", *sorted({HEAVY!r} & set(sys.modules)))
"""
    environment = {**os.environ, "GRIDSVC_VAR_DIR": str(tmp_path / "var")}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "IMPORTED", done.stdout
    assert not list(tmp_path.iterdir())


def test_the_bootstrap_and_the_cluster_need_no_installed_package() -> None:
    script = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import gridsvc.bootstrap, gridsvc.cluster"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["run", "test", ".ci/run"])
def test_the_commands_can_be_started(name: str) -> None:
    assert os.access(ROOT / name, os.X_OK)


def test_every_command_is_in_the_reference() -> None:
    reference = text_of("docs/reference/commands.md")
    missing = [command for command in every_command() if command not in reference]
    assert not missing, f"docs/reference/commands.md lacks {missing}"


def test_every_setting_is_in_the_reference_and_in_the_example() -> None:
    from gridsvc.settings import Settings

    names = [f"GRIDSVC_{name.upper()}" for name in Settings.model_fields]
    for path in ("docs/reference/settings.md", ".env.example"):
        text = text_of(path)
        missing = [name for name in names if not re.search(rf"\b{name}\b", text)]
        assert not missing, f"{path} lacks {missing}"


def test_the_example_sets_nothing_by_itself() -> None:
    lines = text_of(".env.example").splitlines()
    assert lines
    assert not [line for line in lines if line and not line.startswith("#")]


def test_no_committed_file_names_a_place_of_this_machine() -> None:
    general = {Path("/"), Path("/tmp"), Path("/root"), Path("/home"), Path("/srv"), Path("/var/tmp")}
    places = [re.escape(f"{folder}/") for folder in (ROOT, *ROOT.parents) if folder not in general]
    pattern = re.compile("|".join(rf"(?<![\w.$~}}-]){place}" for place in places))
    found = [path.relative_to(ROOT) for path in committed_files() if pattern.search(readable(path))]
    assert not found, [str(path) for path in found]


def test_no_committed_file_names_a_package_registry() -> None:
    hosts = [*PUBLIC_REGISTRIES, *configured_hosts()]
    found = {
        f"{path.relative_to(ROOT)}: {host}" for path in committed_files() for host in hosts if host in readable(path)
    }
    assert not found, sorted(found)


def test_no_committed_file_is_large() -> None:
    large = {str(path.relative_to(ROOT)) for path in committed_files() if path.stat().st_size > LARGEST_COMMITTED_BYTES}
    assert not large


@pytest.mark.parametrize("path", [".venv/bin/python", "var/postgres/data/PG_VERSION", "uv.lock", "dist/x.whl", ".env"])
def test_what_the_commands_make_is_ignored(path: str) -> None:
    assert subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT, check=False).returncode == 0


def test_every_folder_of_tests_is_a_package() -> None:
    folders = {path.parent for path in (ROOT / "tests").rglob("*.py")}
    lacking = [str(folder.relative_to(ROOT)) for folder in folders if not (folder / "__init__.py").exists()]
    assert not lacking


def readable(path: Path) -> str:
    """Return a file's text; what is no text names nothing."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def configured_hosts() -> list[str]:
    """List the package hosts that this machine is set up for."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    told = [*listed.stdout.split(), *(value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_")))]
    hosts = {urlsplit(word.strip("'\"")).hostname for word in " ".join(told).replace("=", " ").split()}
    return sorted(host for host in hosts if host and host not in {"localhost", "127.0.0.1"})
