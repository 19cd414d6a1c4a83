"""The bootstrap makes, keeps and repairs the environment of a checkout; every test works in a checkout of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gridsvc import bootstrap

ROOT = Path(__file__).parents[2]
NOTHING = "# no package\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A small checkout whose environment needs no package, with uv's real pin."""
    root = tmp_path / "checkout"
    root.mkdir()
    for name in bootstrap.REQUIREMENTS.values():
        (root / name).write_text(NOTHING)
    (root / bootstrap.BOOTSTRAP_REQUIREMENTS).write_text((ROOT / bootstrap.BOOTSTRAP_REQUIREMENTS).read_text())
    return root


def answer_of(python: Path) -> str:
    """Return what an environment's interpreter finds in the checkout."""
    command = [str(python), "-c", "import only_here; print(only_here.answer)"]
    return str(subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip())


def test_an_environment_is_made_once_and_imports_the_checkout(
    checkout: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (checkout / "only_here.py").write_text("answer = 42\n")
    python = bootstrap.ready_environment(checkout, "run")
    assert "Making .venv" in capfd.readouterr().err
    assert answer_of(python) == "42"
    bootstrap.ready_environment(checkout, "run")
    assert capfd.readouterr().err == ""

    # an interrupted installation leaves no stamp
    (checkout / ".venv" / "gridsvc-stamp").unlink()
    bootstrap.ready_environment(checkout, "run")
    told = capfd.readouterr().err
    assert "Installing" in told
    assert "Making" not in told

    # changed requirements are installed, and what the tests need is not taken away by a later run
    bootstrap.ready_environment(checkout, "dev")
    assert "Installing" in capfd.readouterr().err
    bootstrap.ready_environment(checkout, "run")
    assert capfd.readouterr().err == ""
    (checkout / "requirements-dev.txt").write_text(f"{NOTHING}# newer\n")
    bootstrap.ready_environment(checkout, "run")
    assert "Installing" in capfd.readouterr().err
    assert (checkout / ".venv" / "gridsvc-kind").read_text() == "dev\n"

    # an environment whose interpreter is gone (an upgraded system) is made anew
    bootstrap.python_of(checkout / ".venv").unlink()
    bootstrap.ready_environment(checkout, "run")
    assert "Making .venv" in capfd.readouterr().err

    # a moved checkout finds its own packages, not those of its old place
    moved = checkout.rename(checkout.with_name("moved"))
    (moved / "only_here.py").write_text("answer = 43\n")
    python = bootstrap.ready_environment(moved, "run")
    assert answer_of(python) == "43"


def test_a_package_that_cannot_be_had_is_a_clear_error(checkout: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (checkout / "requirements.txt").write_text(f"pip==0.0.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(bootstrap.BootstrapError, match=r"requirements\.txt could not be installed"):
        bootstrap.ready_environment(checkout, "run")
    assert "trying pip" in capfd.readouterr().err
    assert not (checkout / ".venv" / "gridsvc-stamp").exists()


def test_pip_configuration_reaches_uv_with_its_precedence(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    configuration = tmp_path / "pip.conf"
    configuration.write_text(
        "[global]\nindex-url = https://mirror.example/simple\nextra-index-url = https://a.example/s https://b.example/s\n"
        f"find-links = {tmp_path} /not/there file:{checkout}\n[install]\ntrusted-host = mirror.example\n"
    )
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(configuration))
    monkeypatch.setenv("PIP_INDEX_URL", "https://nearer.example/simple")
    python = Path(sys.executable)
    venv = checkout / ".venv"
    subprocess.run([python, "-m", "venv", str(venv)], check=True)
    variables = bootstrap.uv_variables(venv)
    assert variables["UV_DEFAULT_INDEX"] == "https://nearer.example/simple"
    assert variables["UV_INDEX"] == "https://a.example/s https://b.example/s"
    assert variables["UV_FIND_LINKS"] == f"{tmp_path},file:{checkout}"
    assert variables["UV_INSECURE_HOST"] == "mirror.example"

    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://mine.example/simple")
    assert "UV_DEFAULT_INDEX" not in bootstrap.uv_variables(venv)


def test_a_user_without_rights_is_told_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can step down to a user for a moment")
    os.seteuid(65534)
    try:
        with pytest.raises(bootstrap.BootstrapError, match=r"sudo apt-get install --no-install-recommends chromium"):
            bootstrap.install_debian_packages(["chromium"], needed_for="the browser tests")
    finally:
        os.seteuid(0)


def test_programs_write_compiled_files_under_var_only(tmp_path: Path) -> None:
    child = bootstrap.child_environment(tmp_path, {"PYTHONDONTWRITEBYTECODE": "1", "PATH": "/usr/bin"})
    assert "PYTHONDONTWRITEBYTECODE" not in child
    for name in ("NUMBA_CACHE_DIR", "PYTHONPYCACHEPREFIX", "GRIDSVC_VAR_DIR"):
        assert Path(child[name]).is_relative_to(tmp_path / "var")
    assert child["PATH"].split(":")[0] == str(tmp_path / ".venv" / "bin")


def test_a_folder_named_in_the_settings_file_is_not_overruled(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# GRIDSVC_PORT=1\nGRIDSVC_VAR_DIR=/srv/gridsvc\n")
    assert "GRIDSVC_VAR_DIR" not in bootstrap.child_environment(tmp_path, {})
