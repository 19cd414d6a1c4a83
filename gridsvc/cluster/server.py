"""One private PostgreSQL server: made, started, repaired after a crash, stopped. Callers hold the start lock."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from pathlib import Path

from gridsvc.bootstrap import say
from gridsvc.cluster.address import APP, OWNER, SUPERUSER, ClusterError, RunningDatabase, socket_conninfo
from gridsvc.cluster.binaries import Binaries, installed_or_install
from gridsvc.cluster.identity import data_folder, identity_for
from gridsvc.cluster.setup import prepare_service_database

_SETTINGS = {
    "listen_addresses": "",
    "port": "5432",  # only part of the socket's file name: nothing listens on a network
    "unix_socket_permissions": "0700",
    "shared_buffers": "256MB",
    "max_connections": "100",
    "jit": "off",  # compiling costs more than these short queries take
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}
# a test database lost in a power cut costs a second; a lost service database costs a district's history
_FORGETFUL = {"fsync": "off", "full_page_writes": "off"}
_LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432") - 1
_LONGEST_RETRY_S = 15.0
_LONGEST_STOP_S = 60.0
_LARGEST_LOG_BYTES = 10_000_000


class PrivateServer:
    """The cluster under one folder.

    Parameters
    ----------
    home : holds `data` and the log (where the server's user reaches them), the locks, the name of the socket folder.
    durable : whether a commit survives a power cut; False only for tests.
    may_use_namespace : False tries the way of machines that forbid user namespaces.
    """

    def __init__(self, home: Path, *, durable: bool = True, may_use_namespace: bool = True) -> None:
        self.home = home
        self.durable = durable
        home.mkdir(parents=True, exist_ok=True)
        self.data = data_folder(home, may_use_namespace=may_use_namespace)
        self.identity = identity_for(self.data, may_use_namespace=may_use_namespace)
        self.log = self.data.parent / "log"

    def ensure_started(self) -> RunningDatabase:
        """Return the service's database, with everything done that it takes to answer.

        Raises
        ------
        ClusterError : with the last lines of the server's log where it would not start.
        """
        binaries = installed_or_install(self._major_of_data())
        if self._major_of_data() is None:
            self._initialise(binaries)
        if not self.is_answering(binaries):
            self._start(binaries)
        database = self.database(binaries)
        prepared = self.home / "prepared"
        if not prepared.exists():
            say("Preparing the database (roles, PostGIS) ...")
            prepare_service_database(database)
            prepared.touch()
        return database

    def database(self, binaries: Binaries) -> RunningDatabase:
        """Return the addresses of the service's database through this server's socket."""
        folder = self._socket_folder()
        return RunningDatabase(
            owner_conninfo=socket_conninfo(folder, OWNER),
            app_conninfo=socket_conninfo(folder, APP),
            superuser_conninfo=socket_conninfo(folder, SUPERUSER),
            psql=Path(binaries.program("psql")),
        )

    def is_answering(self, binaries: Binaries) -> bool:
        """Say whether the server accepts connections through its socket now."""
        folder = self._recorded_socket_folder()
        if folder is None or self.postmaster_pid() is None:
            return False
        command = [binaries.program("pg_isready"), "-q", "-h", str(folder), "-p", "5432", "-t", "3"]
        return subprocess.run(command, check=False).returncode == 0  # noqa: S603

    def postmaster_pid(self) -> int | None:
        """Return the process id of this cluster's living postmaster, None when there is none.

        A number left behind by a kill -9 may belong to another program by now: the process must be a PostgreSQL server
        that works in this data folder.
        """
        try:
            pid = int((self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
            name = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
            folder = Path(f"/proc/{pid}/cwd").resolve()
        except (OSError, ValueError, IndexError):
            return None
        return pid if name.startswith("postgres") and folder == self.data.resolve() else None

    def stop(self) -> None:
        """Stop the server: every session is ended, everything is on disk, the socket folder is gone.

        Raises
        ------
        ClusterError : it does not end within a minute.
        """
        pid = self.postmaster_pid()
        if pid is not None:
            os.kill(pid, signal.SIGINT)
            since_s = time.monotonic()
            while self.postmaster_pid() == pid:
                if time.monotonic() - since_s > _LONGEST_STOP_S:
                    raise ClusterError(f"PostgreSQL (process {pid}) did not stop; its log is {self.log}")
                time.sleep(0.02)
        folder = self._recorded_socket_folder()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        self._socket_record.unlink(missing_ok=True)

    def _major_of_data(self) -> int | None:
        try:
            return int((self.data / "PG_VERSION").read_text(encoding="ascii"))
        except FileNotFoundError:
            return None

    def _initialise(self, binaries: Binaries) -> None:
        """Make an empty cluster; it appears under its name only when it is whole."""
        say(f"Making the private PostgreSQL cluster in {self.data.parent} ...")
        (self.home / "prepared").unlink(missing_ok=True)
        coming = self.data.with_name("data.coming")
        shutil.rmtree(coming, ignore_errors=True)
        coming.mkdir(parents=True, mode=0o700)
        self.identity.give(coming)
        sync = [] if self.durable else ["--no-sync"]
        command = [
            binaries.program("initdb"),
            "-D",
            str(coming),
            "-U",
            SUPERUSER,
            "--auth-local=trust",
            "--auth-host=reject",
        ]
        if self.identity.run([*command, "-E", "UTF8", "--locale=C.UTF-8", *sync], self._fresh_log()) != 0:
            raise ClusterError(f"initdb failed; its last words:\n{self._last_words()}")
        coming.rename(self.data)

    def _start(self, binaries: Binaries) -> None:
        """Start the server; after a kill -9 its orphans take a moment to leave, so the start is tried again."""
        self._end_an_unreachable_server()
        folder = self._socket_folder()
        settings = {**_SETTINGS, "unix_socket_directories": str(folder), **({} if self.durable else _FORGETFUL)}
        options = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in settings.items())
        command = [binaries.program("pg_ctl"), "start", "-D", str(self.data), "-w", "-t", "600", "-s", "-o", options]
        log = self._fresh_log()
        since_s = time.monotonic()
        while True:
            if self.postmaster_pid() is None:
                # a killed server that nobody reaps (a container's first process may not) looks alive to PostgreSQL
                for left_behind in (self.data / "postmaster.pid", folder / ".s.PGSQL.5432.lock"):
                    left_behind.unlink(missing_ok=True)
            before = log.stat().st_size
            if self.identity.run([*command, "-l", str(log)], log) == 0:
                return
            with log.open("rb") as handle:
                handle.seek(before)
                words = handle.read().decode(errors="replace")
            passing = "shared memory" in words or "lock file" in words
            if not passing or time.monotonic() - since_s > _LONGEST_RETRY_S:
                raise ClusterError(f"PostgreSQL does not start; its last words ({log}):\n{self._last_words()}")
            time.sleep(0.25)

    def _end_an_unreachable_server(self) -> None:
        """End a server of ours whose socket was taken away (a cleaned /tmp): nobody can speak with it any more."""
        if self.postmaster_pid() is not None:
            say("The running database cannot be reached; starting it again ...")
            self.stop()

    def _fresh_log(self) -> Path:
        """Return the log's path, the file there and the server's to write; a long one is set aside once."""
        if self.log.exists() and self.log.stat().st_size > _LARGEST_LOG_BYTES:
            self.log.replace(self.log.with_name("log.1"))
        self.log.touch()
        self.identity.give(self.log)
        return self.log

    def _last_words(self) -> str:
        return "\n".join(f"  {line}" for line in self.log.read_text(errors="replace").splitlines()[-12:])

    @property
    def _socket_record(self) -> Path:
        return self.home / "socket-folder"

    def _recorded_socket_folder(self) -> Path | None:
        """Return the recorded folder while it is private to the server's user."""
        try:
            folder = Path(self._socket_record.read_text(encoding="utf-8").strip())
            found = folder.lstat()
        except OSError:
            return None
        mine = os.geteuid() if self.identity.uid is None else self.identity.uid
        is_private = stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o700 and found.st_uid == mine
        return folder if is_private else None

    def _socket_folder(self) -> Path:
        """Return the private folder of the socket, made anew where the recorded one is gone or not private.

        A socket's path holds at most 107 bytes, so the folder is in the system's temporary one, not under `var`.
        """
        recorded = self._recorded_socket_folder()
        if recorded is not None:
            return recorded
        folder = Path(tempfile.mkdtemp(prefix="gridsvc-"))
        if len(os.fsencode(folder)) > _LONGEST_SOCKET_FOLDER:
            folder.rmdir()
            folder = Path(tempfile.mkdtemp(prefix="gridsvc-", dir="/tmp"))
        self.identity.give(folder)
        self._socket_record.write_text(f"{folder}\n", encoding="utf-8")
        return folder
