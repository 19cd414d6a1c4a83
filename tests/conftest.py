"""What tests share: a PostGIS of their own, a migrated database per module, the folder of real cases."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from gridsvc import cluster
from gridsvc.bootstrap import locked

ROOT = Path(__file__).parents[1]

# No setting of the machine or of a service in use reaches a test; compiled engines are shared with ./run.
for _name in [name for name in os.environ if name.startswith("GRIDSVC_")]:
    if _name not in {"GRIDSVC_CASES", "GRIDSVC_TEST_VAR"}:
        del os.environ[_name]
os.environ["GRIDSVC_VAR_DIR"] = os.environ.get("GRIDSVC_TEST_VAR") or str(ROOT / "var" / "test")
os.environ.setdefault("NUMBA_CACHE_DIR", str(ROOT / "var" / "numba"))

# a deadline is a wall clock; new examples are for people's machines, the same ones for a check of a submission
hypothesis.settings.register_profile("gridsvc", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis.settings.load_profile("gridsvc")

NO_CASES = "set GRIDSVC_CASES to a folder of real data to run this (docs/how-to name the public sources)"
NO_CHROMIUM = "Chromium is missing: ./test installs it on Debian as root"
CHROMIUM = Path("/usr/bin/chromium")
# Debian's Chromium in a container: no sandbox for root, no graphics card, and not one request that a page did not make
CHROMIUM_FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    *(["--no-sandbox"] if os.geteuid() == 0 else []),
)


@pytest.fixture(scope="session")
def var_folder() -> Path:
    """The folder of the tests' own cluster and caches, kept from run to run; never the service's."""
    folder = Path(os.environ["GRIDSVC_VAR_DIR"])
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def postgis(var_folder: Path) -> Iterator[cluster.RunningDatabase]:
    """A running private cluster, shared by every worker of a parallel run; the last one stops it.

    It forgets its newest commits in a power cut, which makes the tests fast. A GRIDSVC_DATABASE_URL of the environment
    is not used: tests never touch a database that is not theirs.
    """
    with cluster.running(var_folder, durable=False) as database:
        yield database


@pytest.fixture(scope="session")
def migrated_template(postgis: cluster.RunningDatabase, var_folder: Path) -> str:
    """The name of a database with every migration applied, made once for each state of gridsvc/storage."""
    from gridsvc.storage import migrate

    key = _digest_of(ROOT / "gridsvc" / "storage")
    with locked(var_folder / "templates.lock", waiting_for="another test run that migrates the template"):
        return cluster.template(postgis, key, lambda fresh: migrate(fresh.owner_url))


@pytest.fixture(scope="module")
def database(postgis: cluster.RunningDatabase, migrated_template: str) -> Iterator[cluster.RunningDatabase]:
    """A fresh, empty, migrated database for one test module; gone afterwards."""
    with cluster.cloned(postgis, migrated_template) as fresh:
        yield fresh


@pytest.fixture(scope="session")
def cases() -> Path:
    """The folder of real data; a test that asks for it is skipped where there is none."""
    named = os.environ.get("GRIDSVC_CASES")
    if not named:
        pytest.skip(NO_CASES)
    folder = Path(named)
    assert folder.is_dir(), f"GRIDSVC_CASES names {folder}, which is no folder"
    return folder


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The browser of the page tests (`executable_path` of Playwright); its own download is never used."""
    if not CHROMIUM.exists():
        pytest.skip(NO_CHROMIUM)
    return CHROMIUM


@pytest.fixture(scope="session")
def chromium_flags() -> list[str]:
    """The command line flags that the browser is started with (`args` of Playwright)."""
    return list(CHROMIUM_FLAGS)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs PostGIS, a browser or real data by the fixtures it asks for, so that no mark is forgotten."""
    marks = {"postgis": "database", "chromium": "browser", "cases": "cases"}
    for item in items:
        for fixture in set(marks) & set(getattr(item, "fixturenames", ())):
            item.add_marker(marks[fixture])


def _digest_of(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
