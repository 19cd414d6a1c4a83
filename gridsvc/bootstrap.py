"""The Python environment of a checkout: made once, kept up to date, found in milliseconds afterwards.

`./run` and `./test` import this file with the system's python3 before any package is installed, so it uses the
standard library only. It makes `.venv`, puts the pinned and hashed requirements into it, and starts programs in it.
Progress goes to standard error, because standard output belongs to the command that is run.
"""

from __future__ import annotations

import ast
import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, NoReturn
from urllib.parse import urlsplit

Kind = Literal["run", "dev"]

REQUIREMENTS: dict[Kind, str] = {"run": "requirements.txt", "dev": "requirements-dev.txt"}
BOOTSTRAP_REQUIREMENTS = "requirements-bootstrap.txt"
# pip's option -> uv's variable; uv reads no pip configuration, and the machine may have nothing else
UV_VARIABLES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
}
_STARTED_S = time.monotonic()


class BootstrapError(Exception):
    """The environment cannot be made; the message says what is missing and the command that brings it."""


def say(message: str) -> None:
    """Print one progress line with the seconds since the start to standard error."""
    print(f"[{time.monotonic() - _STARTED_S:6.1f} s] {message}", file=sys.stderr, flush=True)


def ready_environment(root: Path, kind: Kind, *, meanwhile: Callable[[], object] | None = None) -> Path:
    """Make or refresh the checkout's `.venv` and return its python.

    Parameters
    ----------
    root : the checkout's folder; `.venv` is made in it.
    kind : "run" has what the service needs, "dev" also what the tests need. An environment that was made for "dev"
        stays one: asking for "run" later removes nothing.
    meanwhile : called in a thread beside the download when the environment has to be filled; its errors are dropped, so
        it is for work that someone else repeats and reports (fetching PostgreSQL).

    Guarantees that nothing is installed or asked of the network when the requirements, the interpreter and the folder
    are as they were; that two calls at a time do not collide (file lock); that an interrupted call is made good by the
    next one (the stamp is written last).

    Raises
    ------
    BootstrapError : what is missing and how to install it.
    """
    venv = root / ".venv"
    if _is_ready(root, venv, kind):
        return python_of(venv)
    with locked(root / "var" / "environment.lock", waiting_for="another ./run or ./test that fills .venv"):
        if not _is_ready(root, venv, kind):
            _fill(root, venv, kind, meanwhile)
    return python_of(venv)


def python_of(venv: Path) -> Path:
    """Return the path of the environment's interpreter, there or not."""
    return venv / "bin" / "python"


def child_environment(root: Path, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the variables that every program of the checkout runs with.

    Compiled Python and compiled engines are kept under `var/`, even where the machine's own settings forbid Python to
    write beside the sources, so that a second start does not compile again.
    """
    child = dict(environment)
    child.pop("PYTHONDONTWRITEBYTECODE", None)
    child.pop("PYTHONHOME", None)
    if not _is_named_in(root / ".env", "GRIDSVC_VAR_DIR"):
        child.setdefault("GRIDSVC_VAR_DIR", str(root / "var"))
    child.setdefault("NUMBA_CACHE_DIR", str(root / "var" / "numba"))
    child.setdefault("PYTHONPYCACHEPREFIX", str(root / "var" / "pycache"))
    child["VIRTUAL_ENV"] = str(root / ".venv")
    child["PATH"] = f"{root / '.venv' / 'bin'}{os.pathsep}{child.get('PATH', os.defpath)}"
    return child


def _is_named_in(file: Path, name: str) -> bool:
    """Say whether a file of settings sets `name`; the environment would win over it."""
    if not file.exists():
        return False
    lines = file.read_text(encoding="utf-8").splitlines()
    return any(line.removeprefix("export ").partition("=")[0].strip() == name for line in lines)


def become(root: Path, arguments: Sequence[str]) -> NoReturn:
    """Replace this process by the environment's python with `arguments`; signals and the exit code are then its own."""
    python = str(python_of(root / ".venv"))
    os.execve(python, [python, *arguments], child_environment(root))  # noqa: S606


@contextlib.contextmanager
def locked(path: Path, *, waiting_for: str) -> Iterator[None]:
    """Hold the file at `path` exclusively; says whom it waits for when that takes more than a second.

    The kernel frees the lock when its holder dies, so a kill -9 leaves nothing to clean.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        since_s = time.monotonic()
        told = False
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not told and time.monotonic() - since_s > 1.0:
                    say(f"Waiting for {waiting_for} ...")
                    told = True
                time.sleep(0.05)
        try:
            yield
        finally:
            fcntl.flock(handle, fcntl.LOCK_UN)


def is_debian_root() -> bool:
    """Say whether packages can be installed here: Debian or Ubuntu, as root."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install_debian_packages(packages: Sequence[str], *, needed_for: str) -> None:
    """Install Debian packages without their recommendations; asks nothing, waits for another apt.

    The package lists are refreshed only when an installation with the present ones fails.

    Raises
    ------
    BootstrapError : not root, no apt-get, or apt's own last lines.
    """
    command = f"apt-get install --no-install-recommends {' '.join(packages)}"
    if shutil.which("apt-get") is None:
        raise BootstrapError(
            f"{needed_for}: this is not Debian or Ubuntu. "
            f"Install what the packages {' '.join(packages)} hold there, then try again."
        )
    if os.geteuid() != 0:
        raise BootstrapError(
            f"{needed_for}: not allowed to install packages. Run this once, then try again:\n  sudo {command}"
        )
    say(f"Installing {' '.join(packages)} ({needed_for}) ...")
    options = ["-y", "-q", "-o", "DPkg::Lock::Timeout=600", "-o", "Dpkg::Options::=--force-confold"]
    install = ["apt-get", "install", *options, "--no-install-recommends", *packages]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "UCF_FORCE_CONFFOLD": "1"}
    tried = ""
    for steps in ([install], [["apt-get", "update", "-q", "-o", "DPkg::Lock::Timeout=600"], install]):
        for step in steps:
            done = subprocess.run(  # noqa: S603
                step,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
            )
            tried = done.stdout + done.stderr
        if done.returncode == 0:
            return
    last_lines = "\n  ".join(tried.strip().splitlines()[-12:])
    raise BootstrapError(f"{needed_for}: `{command}` failed:\n  {last_lines}")


def _is_ready(root: Path, venv: Path, kind: Kind) -> bool:
    """Compare the environment's stamp with what it would be now."""
    try:
        stamp = _stamp_path(venv).read_text(encoding="utf-8")
    except OSError:
        return False
    return any(stamp == _stamp(root, venv, made) for made in ("dev", kind))


def _stamp_path(venv: Path) -> Path:
    return venv / "gridsvc-stamp"


def _stamp(root: Path, venv: Path, kind: Kind) -> str:
    """Describe an environment: its kind, interpreter, folder and requirements."""
    digest = hashlib.sha256((root / REQUIREMENTS[kind]).read_bytes()).hexdigest()
    return f"{kind}\n{python_of(venv).resolve()}\n{root.resolve()}\n{digest}\n"


def _kind_made(venv: Path) -> str:
    try:
        return (venv / "gridsvc-kind").read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _fill(root: Path, venv: Path, kind: Kind, meanwhile: Callable[[], object] | None) -> None:
    """Bring `.venv` to the state that `kind` asks for."""
    if _kind_made(venv) == "dev":
        kind = "dev"
    _stamp_path(venv).unlink(missing_ok=True)
    _make_venv(venv)
    thread = threading.Thread(target=_quietly, args=(meanwhile,), daemon=True) if meanwhile else None
    if thread:
        thread.start()
    (venv / "gridsvc-kind").write_text(f"{kind}\n", encoding="utf-8")
    _install_requirements(root, venv, kind)
    _put_on_path(root, venv)
    if thread:
        thread.join()
    _stamp_path(venv).write_text(_stamp(root, venv, kind), encoding="utf-8")
    say("The Python environment is ready.")


def _quietly(work: Callable[[], object]) -> None:
    with contextlib.suppress(Exception):
        work()


def _make_venv(venv: Path) -> None:
    """Make the environment where there is none that works."""
    python = python_of(venv)
    if python.exists() and _succeeds([str(python), "-m", "pip", "--version"]):
        return
    if python.exists() and _succeeds([str(python), "-m", "ensurepip", "--upgrade"]):
        return
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        install_debian_packages([f"python{version}-venv"], needed_for="Python's venv module")
    say(f"Making .venv with Python {version} ...")
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "venv", "--clear", str(venv)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise BootstrapError(f"`python3 -m venv {venv}` failed:\n{done.stdout}{done.stderr}")


def _succeeds(command: Sequence[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603


def _install_requirements(root: Path, venv: Path, kind: Kind) -> None:
    """Install the pinned set with uv, or with pip where uv cannot be had."""
    requirements = root / REQUIREMENTS[kind]
    n_packages = sum("==" in line for line in requirements.read_text(encoding="utf-8").splitlines())
    uv = uv_program(root)
    if uv is not None:
        say(f"Installing {n_packages} pinned Python packages with uv ...")
        command = [
            str(uv),
            "pip",
            "sync",
            "--quiet",
            "--require-hashes",
            "--python",
            str(python_of(venv)),
            str(requirements),
        ]
        if _run_shown(command, {**os.environ, **uv_variables(venv)}):
            return
        say("uv did not succeed; trying pip ...")
    say(f"Installing {n_packages} pinned Python packages with pip (this takes a few minutes) ...")
    pip = [str(python_of(venv)), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    if not _run_shown([*pip, "--requirement", str(requirements)], dict(os.environ)):
        raise BootstrapError(
            f"The Python packages of {REQUIREMENTS[kind]} could not be installed (the lines above say why). "
            "What is installed stays; the same command goes on from there."
        )


def uv_program(root: Path) -> Path | None:
    """Return uv's program, None where it cannot be had.

    It is fetched by pip, pinned and hashed, into a folder of its own in `.venv`, so that no synchronisation removes it.
    """
    venv = root / ".venv"
    requirements = root / BOOTSTRAP_REQUIREMENTS
    folder = venv / f"uv-{hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]}"
    uv = folder / "bin" / "uv"
    if uv.exists() and _succeeds([str(uv), "--version"]):
        return uv
    shutil.rmtree(folder, ignore_errors=True)
    say("Fetching uv ...")
    pip = [str(python_of(venv)), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    fetched = subprocess.run(  # noqa: S603
        [*pip, "--target", str(folder), "--requirement", str(requirements)], capture_output=True, text=True, check=False
    )
    if fetched.returncode == 0 and _succeeds([str(uv), "--version"]):
        return uv
    on_path = shutil.which("uv")
    return Path(on_path) if on_path else None


def _run_shown(command: Sequence[str], environment: dict[str, str]) -> bool:
    """Run a command with its output on standard error; return whether it succeeded."""
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)  # noqa: S603
    return done.returncode == 0


def uv_variables(venv: Path) -> dict[str, str]:
    """Translate the machine's pip configuration into variables for uv; whatever uv was already told stays.

    An address from pip's configuration only ever travels in the child's environment, never into a file. Several indexes
    are searched like pip does (best version of all), which the required hashes make safe.
    """
    listed = subprocess.run(  # noqa: S603
        [str(python_of(venv)), "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    variables: dict[str, str] = {}
    for option, value in _pip_options(listed.stdout).items():
        name = UV_VARIABLES.get(option)
        if name is not None and name not in os.environ:
            separator = "," if name == "UV_FIND_LINKS" else " "
            present = [part for part in value.split() if not _is_missing_folder(part)]
            if present:
                variables[name] = separator.join(present)
    if os.environ.get("UV_INDEX_URL"):
        variables.pop("UV_DEFAULT_INDEX", None)
    variables.setdefault("UV_INDEX_STRATEGY", os.environ.get("UV_INDEX_STRATEGY", "unsafe-best-match"))
    return variables


def _is_missing_folder(place: str) -> bool:
    """Say whether a place is a local folder that is not there: pip passes over it with a warning, uv stops."""
    path = urlsplit(place).path if place.startswith("file:") else place
    return path.startswith("/") and not Path(path).exists()


def _pip_options(listing: str) -> dict[str, str]:
    """Read `pip config list`: environment over the install command's section over the global one."""
    found: dict[str, tuple[int, str]] = {}
    ranks = {"global": 0, "install": 1, ":env:": 2}
    for line in listing.splitlines():
        key, separator, literal = line.partition("=")
        section, _, option = key.partition(".")
        if not separator or section not in ranks:
            continue
        with contextlib.suppress(ValueError, SyntaxError):
            value = str(ast.literal_eval(literal))
            if ranks[section] >= found.get(option, (-1, ""))[0]:
                found[option] = (ranks[section], value)
    return {option: value for option, (_, value) in found.items()}


def _put_on_path(root: Path, venv: Path) -> None:
    """Let the environment import the packages of this checkout; no build is needed."""
    for site_packages in venv.glob("lib/python*/site-packages"):
        (site_packages / "_gridsvc.pth").write_text(f"{root.resolve()}\n", encoding="utf-8")
