"""The private server survives what happens to servers on people's machines."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from gridsvc import bootstrap, cluster
from gridsvc.cluster.holding import held
from gridsvc.cluster.identity import identity_for
from gridsvc.cluster.server import PrivateServer

pytestmark = pytest.mark.database

HOLDER = """
import sys
from pathlib import Path
from gridsvc import cluster
with cluster.running(Path(sys.argv[1])) as database:
    print(database.app_conninfo, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cluster for the whole module, as durable as the service's; every test starts and stops it."""
    return tmp_path_factory.mktemp("private") / "postgres"


@pytest.fixture
def server(home: Path) -> Iterator[PrivateServer]:
    """The module's cluster, stopped before and after."""
    server = PrivateServer(home)
    yield server
    server.stop()
    if not server.data.is_relative_to(home):  # where no user namespace is allowed
        subprocess.run(["rm", "-rf", str(server.data.parent)], check=True)


def pid_of(server: PrivateServer) -> int:
    """Return the postmaster's process id; there must be one."""
    pid = server.postmaster_pid()
    assert pid is not None
    return pid


def keep(database: cluster.RunningDatabase, value: int) -> None:
    """Write one number that a later start has to find."""
    with psycopg.connect(database.owner_conninfo) as connection:
        connection.execute("create table if not exists kept (value int)")
        connection.execute("insert into kept values (%s)", [value])


def kept(database: cluster.RunningDatabase) -> set[int]:
    """Return the numbers written so far."""
    with psycopg.connect(database.owner_conninfo) as connection:
        return {value for (value,) in connection.execute("select value from kept")}


def test_leaving_stops_the_server_and_removes_its_socket_folder(server: PrivateServer) -> None:
    with held(server) as database:
        assert database.owner_url.startswith("postgresql+psycopg://gridsvc_owner@/gridsvc?host=")
        folder = Path((server.home / "socket-folder").read_text().strip())
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert len(os.fsencode(folder / ".s.PGSQL.5432")) < 107
    assert server.postmaster_pid() is None
    assert not folder.exists()


def test_the_server_listens_on_no_network_address(server: PrivateServer) -> None:
    with held(server) as database, psycopg.connect(database.app_conninfo) as connection:
        assert connection.execute("show listen_addresses").fetchone() == ("",)
        assert connection.info.host.startswith("/")


def test_data_survive_a_killed_server(server: PrivateServer) -> None:
    with held(server) as database:
        keep(database, 1)
        os.kill(pid_of(server), signal.SIGKILL)
    with held(server) as database:
        assert 1 in kept(database)


def test_a_server_that_was_killed_is_started_for_the_next_holder_at_once(server: PrivateServer) -> None:
    with held(server) as first:
        keep(first, 2)
        with psycopg.connect(first.app_conninfo):  # an open session's process outlives the postmaster for a moment
            os.kill(pid_of(server), signal.SIGKILL)
            with held(server) as second:
                assert 2 in kept(second)
            assert server.postmaster_pid() is not None


def test_the_last_of_two_holders_stops_the_server(server: PrivateServer) -> None:
    with held(server) as first:
        with held(PrivateServer(server.home)) as second:
            assert second == first
        assert server.postmaster_pid() is not None
        with psycopg.connect(first.app_conninfo):
            pass
    assert server.postmaster_pid() is None


def test_a_holder_in_another_process_keeps_the_server(server: PrivateServer) -> None:
    other = start_holder(server.home.parent)
    try:
        with held(server):
            pass
        assert server.postmaster_pid() is not None
    finally:
        other.communicate(timeout=60)
    assert other.returncode == 0
    assert server.postmaster_pid() is None


def test_a_holder_that_was_killed_holds_nothing(server: PrivateServer) -> None:
    other = start_holder(server.home.parent)
    other.kill()
    other.communicate(timeout=60)
    assert server.postmaster_pid() is not None
    with held(server):
        pass
    assert server.postmaster_pid() is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_holder_that_is_asked_to_end_stops_the_server(server: PrivateServer, number: signal.Signals) -> None:
    other = start_holder(server.home.parent)
    other.send_signal(number)
    other.communicate(timeout=60)
    assert other.returncode != 0
    assert server.postmaster_pid() is None


def test_a_taken_start_lock_is_waited_for(server: PrivateServer, capfd: pytest.CaptureFixture[str]) -> None:
    entered = threading.Event()

    def hold() -> None:
        with held(PrivateServer(server.home)):
            entered.set()

    with bootstrap.locked(server.home / "start.lock", waiting_for="nobody"):
        waiting = threading.Thread(target=hold)
        waiting.start()
        while "Waiting for another gridsvc that starts or stops the database" not in capfd.readouterr().err:
            time.sleep(0.05)
        assert not entered.is_set()
        assert server.postmaster_pid() is None
    waiting.join()
    assert entered.is_set()


def test_a_socket_folder_left_behind_is_used_again(server: PrivateServer) -> None:
    with held(server):
        folder = Path((server.home / "socket-folder").read_text().strip())
    folder.mkdir(mode=0o700)
    (folder / ".s.PGSQL.5432").touch()
    (folder / ".s.PGSQL.5432.lock").write_text(f"{os.getpid()}\n")
    server.identity.give(folder)
    (server.home / "socket-folder").write_text(f"{folder}\n")
    with held(server) as database, psycopg.connect(database.app_conninfo) as connection:
        assert connection.info.host == str(folder)


def test_a_socket_folder_that_others_may_enter_is_not_trusted(server: PrivateServer, tmp_path: Path) -> None:
    planted = tmp_path / "planted"
    planted.mkdir()
    planted.chmod(0o777)
    (server.home / "socket-folder").write_text(f"{planted}\n")
    with held(server) as database, psycopg.connect(database.app_conninfo) as connection:
        assert connection.info.host != str(planted)


def test_a_running_server_whose_socket_was_swept_away_is_started_again(server: PrivateServer) -> None:
    with held(server) as database:
        keep(database, 3)
        folder = Path((server.home / "socket-folder").read_text().strip())
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
        with held(server) as second:
            assert 3 in kept(second)


def test_a_process_id_that_belongs_to_another_program_now_does_not_count(server: PrivateServer) -> None:
    with held(server) as database:
        keep(database, 4)
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data}\n")
    with held(server) as database:
        assert 4 in kept(database)


def test_an_interrupted_first_start_is_made_good(tmp_path: Path) -> None:
    home = tmp_path / "postgres"
    (home / "data.coming").mkdir(parents=True)
    (home / "data.coming" / "PG_VERSION").write_text("15\n")
    server = PrivateServer(home, durable=False)
    with held(server):
        pass
    (home / "prepared").unlink()
    with held(server) as database:
        keep(database, 5)
        assert kept(database) == {5}


def test_a_broken_cluster_says_what_the_server_said(tmp_path: Path) -> None:
    server = PrivateServer(tmp_path / "postgres", durable=False)
    with held(server):
        pass
    (server.data / "postgresql.conf").write_text("this is no setting\n")
    with pytest.raises(cluster.ClusterError, match=r"syntax error in file"), held(server):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become another user")
def test_root_without_user_namespaces_runs_the_server_as_another_user(tmp_path: Path) -> None:
    var = tmp_path / "var"
    tmp_path.chmod(0o700)  # as root's home is: nobody else may pass
    server = PrivateServer(var / "postgres", durable=False, may_use_namespace=False)
    try:
        with held(server) as database:
            keep(database, 6)
            assert server.data.stat().st_uid == server.identity.uid != 0
            assert not server.data.is_relative_to(var)
        again = PrivateServer(var / "postgres", durable=False)
        assert again.data == server.data
        with held(again) as database:
            assert kept(database) == {6}
    finally:
        if not server.data.is_relative_to(var):
            subprocess.run(["rm", "-rf", str(server.data.parent)], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make folders of other users")
def test_a_user_is_told_whose_the_data_are() -> None:
    with tempfile.TemporaryDirectory(prefix="gridsvc-test-") as folder:
        Path(folder).chmod(0o755)
        data = Path(folder) / "data"
        data.mkdir()
        (data / "PG_VERSION").write_text("15\n")
        os.seteuid(65534)
        try:
            with pytest.raises(cluster.ClusterError, match=f"{data} belongs to user 0, not to you"):
                identity_for(data)
        finally:
            os.seteuid(0)


def start_holder(var: Path) -> subprocess.Popen[str]:
    """Start another program that holds the cluster, and wait until it does."""
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(var)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    assert other.stdout.readline().startswith("postgresql://gridsvc_app@/gridsvc")
    return other
