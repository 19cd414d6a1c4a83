"""PostgreSQL's own programs with PostGIS: found where they are, installed where they may be."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from gridsvc import bootstrap
from gridsvc.cluster.address import ClusterError

_WITHOUT_MAIN_CLUSTER = Path("/etc/postgresql-common/createcluster.d/gridsvc.conf")
_OLDEST_MAJOR = 14  # the first with the default privileges and functions that the schema counts on


@dataclass(frozen=True, slots=True)
class Binaries:
    """A PostgreSQL installation that has PostGIS.

    major : PostgreSQL's major version; a cluster's data belongs to exactly one.
    folder : where postgres, initdb, pg_ctl, pg_isready and psql are.
    """

    major: int
    folder: Path

    def program(self, name: str) -> str:
        """Return the path of one of PostgreSQL's programs."""
        return str(self.folder / name)


def installed(major: int | None = None) -> Binaries | None:
    """Return the newest installation with PostGIS, or the one of version `major`; None where there is none."""
    found = [binaries for folder in _candidate_folders() if (binaries := _inspected(folder)) is not None]
    fitting = [binaries for binaries in found if major is None or binaries.major == major]
    return max(fitting, key=lambda binaries: binaries.major, default=None)


def installed_or_install(major: int | None = None) -> Binaries:
    """Return an installation with PostGIS, from Debian's packages where it is missing and this is root.

    Parameters
    ----------
    major : the version an existing cluster was made by; None takes the newest there is.

    Raises
    ------
    ClusterError : nothing is installed and nothing can be; the message names what to install.
    """
    binaries = installed(major)
    if binaries is not None:
        return binaries
    with bootstrap.locked(_install_lock(), waiting_for="another gridsvc that installs PostgreSQL"):
        binaries = installed(major)
        if binaries is not None:
            return binaries
        if not bootstrap.is_debian_root():
            raise ClusterError(_what_to_install(major))
        _install(major)
    binaries = installed(major)
    if binaries is None:
        raise ClusterError(_what_to_install(major))
    return binaries


def _candidate_folders() -> list[Path]:
    """List the folders that may hold a server: Debian's, Red Hat's, and the one on PATH."""
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    on_path = shutil.which("postgres")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    return list(dict.fromkeys(folders))


def _inspected(folder: Path) -> Binaries | None:
    """Return what a folder holds when it is a whole server with PostGIS, recent enough."""
    if not all(os.access(folder / name, os.X_OK) for name in ("postgres", "initdb", "pg_ctl", "pg_isready", "psql")):
        return None
    told = _output([str(folder / "postgres"), "--version"])
    version = re.search(r"\(PostgreSQL\) (\d+)", told)
    if version is None or int(version[1]) < _OLDEST_MAJOR:
        return None
    major = int(version[1])
    shares = [Path(f"/usr/share/postgresql/{major}"), folder.parent / "share", folder.parent / "share" / "postgresql"]
    pg_config = folder / "pg_config"
    if os.access(pg_config, os.X_OK):
        shares.append(Path(_output([str(pg_config), "--sharedir"]).strip() or "/nonexistent"))
    if not any((share / "extension" / "postgis.control").exists() for share in shares):
        return None
    return Binaries(major, folder)


def _output(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603
    except OSError:
        return ""


def _install_lock() -> Path:
    return Path(tempfile.gettempdir()) / f"gridsvc-install-{os.geteuid()}.lock"


def _packages(major: int | None) -> list[str]:
    if major is None:
        return ["postgresql", "postgresql-postgis"]
    return [f"postgresql-{major}", f"postgresql-{major}-postgis-3"]


def _install(major: int | None) -> None:
    """Install Debian's packages without the machine-wide cluster that they would start."""
    _WITHOUT_MAIN_CLUSTER.parent.mkdir(parents=True, exist_ok=True)
    _WITHOUT_MAIN_CLUSTER.write_text("create_main_cluster = false\n", encoding="utf-8")
    try:
        bootstrap.install_debian_packages(_packages(major), needed_for="PostgreSQL with PostGIS")
    except bootstrap.BootstrapError as error:
        raise ClusterError(str(error)) from error
    finally:
        _WITHOUT_MAIN_CLUSTER.unlink(missing_ok=True)


def _what_to_install(major: int | None) -> str:
    version = "" if major is None else f" {major} (the data under var/postgres were made by it)"
    return (
        f"PostgreSQL{version} with PostGIS is not installed, and this user cannot install it. Do one of these:\n"
        f"  on Debian or Ubuntu:  sudo apt-get install --no-install-recommends {' '.join(_packages(major))}\n"
        "  elsewhere:            install PostgreSQL 14 or newer and PostGIS 3, with `postgres` on PATH\n"
        "  a server you have:    set GRIDSVC_DATABASE_URL and GRIDSVC_APP_DATABASE_URL (see .env.example)"
    )
