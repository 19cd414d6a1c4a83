"""PostgreSQL is found by version, and a missing one is told with the command that brings it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gridsvc.cluster import ClusterError, binaries

PROGRAMS = ("postgres", "initdb", "pg_ctl", "pg_isready", "psql")


def make_server(folder: Path, version: str, *, has_postgis: bool = True) -> Path:
    """Lay out a folder like an installed server whose programs tell a version."""
    bin_folder = folder / "bin"
    bin_folder.mkdir(parents=True)
    for name in PROGRAMS:
        (bin_folder / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version} (Debian)'\n")
        (bin_folder / name).chmod(0o755)
    (folder / "share" / "extension").mkdir(parents=True)
    if has_postgis:
        (folder / "share" / "extension" / "postgis.control").touch()
    return bin_folder


def test_a_server_on_path_is_found_with_its_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(make_server(tmp_path, "98.3")))
    found = binaries.installed(98)
    assert found is not None
    assert found.program("psql") == str(tmp_path / "bin" / "psql")
    newest = binaries.installed()
    assert newest == found


def test_a_server_without_postgis_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(make_server(tmp_path, "98.3", has_postgis=False)))
    assert binaries.installed(98) is None


def test_a_server_that_is_too_old_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(make_server(tmp_path, "9.6.24")))
    assert binaries.installed(9) is None


def test_data_of_a_version_that_is_not_installed_are_told_what_to_install() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can step down to a user for a moment")
    os.seteuid(65534)
    try:
        with pytest.raises(ClusterError) as told:
            binaries.installed_or_install(98)
    finally:
        os.seteuid(0)
        (binaries._install_lock().with_name("gridsvc-install-65534.lock")).unlink(missing_ok=True)
    assert "PostgreSQL 98 (the data under var/postgres were made by it)" in str(told.value)
    assert "postgresql-98-postgis-3" in str(told.value)
    assert "GRIDSVC_DATABASE_URL" in str(told.value)
