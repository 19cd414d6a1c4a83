"""Whose name the server runs in: PostgreSQL refuses root, and a newcomer on a bare machine is root."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from gridsvc.cluster.address import ClusterError

_IN_USER_NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")
_OTHER_USERS = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Identity:
    """How the server's programs are started.

    prefix : words before every server program.
    uid, gid : the user to become first; None stays who we are. The data belong to this user.
    """

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def run(self, command: list[str], log: Path) -> int:
        """Run a server program to its end with its output appended to `log`; returns its exit code."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        with log.open("ab") as output:
            done = subprocess.run(  # noqa: S603
                [*self.prefix, *command],
                env={**environment, "LC_ALL": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                start_new_session=True,
                check=False,
                user=self.uid,
                group=self.gid,
                extra_groups=None if self.uid is None else [],
            )
        return done.returncode

    def give(self, path: Path) -> None:
        """Hand a file or folder to the user that the server runs as."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


def identity_for(data: Path, *, may_use_namespace: bool = True) -> Identity:
    """Choose how to run the server of the cluster in `data`, which may not be there yet.

    A user runs it as themselves. Root runs it inside a user namespace, where root's files belong to user 1000; where
    the machine forbids that (many containers do), as `postgres` or `nobody`. An existing cluster stays with its owner.

    Raises
    ------
    ClusterError : the data belong to someone else whom we cannot become, or root finds no user to run as.
    """
    me = os.geteuid()
    owner = data.stat().st_uid if (data / "PG_VERSION").exists() else None
    if owner is not None and owner != me:
        if me != 0:
            raise ClusterError(
                f"{data} belongs to user {owner}, not to you ({me}): start gridsvc as that user, or hand it over with\n"
                f"  sudo chown -R {me} {data}"
            )
        return _as_user(owner)
    if me != 0:
        return Identity()
    if may_use_namespace and _namespaces_work():
        return Identity(prefix=_IN_USER_NAMESPACE)
    if owner == 0:
        raise ClusterError(
            f"{data} was made by root inside a user namespace, which this machine does not allow now. Hand it over\n"
            f"(its folder must be reachable for that user) with\n  chown -R postgres {data}"
        )
    for name in _OTHER_USERS:
        try:
            return _as_user(pwd.getpwnam(name).pw_uid)
        except KeyError:
            continue
    raise ClusterError("PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody` to run it as.")


def data_folder(home: Path, *, may_use_namespace: bool = True) -> Path:
    """Return where the cluster's data lie: `home/data`, or outside where another user could not reach that.

    The choice is remembered by what exists: data once made are found again.
    """
    inside, outside = (
        home / "data",
        Path("/var/lib") / f"gridsvc-{hashlib.sha256(str(home).encode()).hexdigest()[:12]}" / "data",
    )
    if (inside / "PG_VERSION").exists():
        return inside
    if os.geteuid() != 0:
        return inside
    if (outside / "PG_VERSION").exists():
        return outside
    identity = identity_for(inside, may_use_namespace=may_use_namespace)
    return inside if identity.uid is None or _is_open_to_all(home) else outside


def _as_user(uid: int) -> Identity:
    try:
        gid = pwd.getpwuid(uid).pw_gid
    except KeyError:
        gid = uid
    return Identity(uid=uid, gid=gid)


def _namespaces_work() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*_IN_USER_NAMESPACE, "true"], capture_output=True, check=False).returncode == 0  # noqa: S603


def _is_open_to_all(folder: Path) -> bool:
    """Say whether any user may pass through every folder above and into `folder`."""
    return all(path.stat().st_mode & stat.S_IXOTH for path in (folder, *folder.parents))
