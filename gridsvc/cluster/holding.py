"""Who uses the private cluster: the first starts it, everyone holds a shared lock, the last stops it."""

from __future__ import annotations

import contextlib
import fcntl
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import IO, NoReturn

from gridsvc.bootstrap import locked
from gridsvc.cluster.address import RunningDatabase, named_database
from gridsvc.cluster.server import PrivateServer


@contextlib.contextmanager
def running(
    var_folder: Path, owner_url: str | None = None, app_url: str | None = None, *, durable: bool = True
) -> Iterator[RunningDatabase]:
    """Have a database for the length of the block.

    Parameters
    ----------
    var_folder : the checkout's `var`; the private cluster is `var/postgres`.
    owner_url, app_url : a server of one's own (GRIDSVC_DATABASE_URL and GRIDSVC_APP_DATABASE_URL), as the owner of the
        tables and as the service; it is taken as it is, nothing is started or stopped. None is the private cluster.
    durable : whether a commit survives a power cut; False only for tests.

    Several programs may be inside at a time; the last one to leave stops the server. One that dies without leaving
    (kill -9) holds nothing; a server without holders is taken over by the next program and stopped by it.
    Inside the block, on the main thread, SIGTERM and SIGHUP end the program in good order.

    Raises
    ------
    ClusterError : no server can be had; the message says why and what to do.
    """
    named = named_database(owner_url, app_url)
    if named is not None:
        yield named
        return
    with held(PrivateServer(var_folder.resolve() / "postgres", durable=durable)) as database:
        yield database


@contextlib.contextmanager
def held(server: PrivateServer) -> Iterator[RunningDatabase]:
    """Start the server where it is not running and count as one of its holders for the length of the block."""
    start_lock = server.home / "start.lock"
    waiting_for = "another gridsvc that starts or stops the database"
    with (server.home / "holders.lock").open("a") as holders, _orderly_end():
        with locked(start_lock, waiting_for=waiting_for):
            try:
                database = server.ensure_started()
            except BaseException:
                _stop_if_last(server, holders)
                raise
            fcntl.flock(holders, fcntl.LOCK_SH)
        try:
            yield database
        finally:
            with _deaf_to_interrupts(), locked(start_lock, waiting_for=waiting_for):
                fcntl.flock(holders, fcntl.LOCK_UN)
                _stop_if_last(server, holders)


def _stop_if_last(server: PrivateServer, holders: IO[str]) -> None:
    """Stop the server when nobody else holds it."""
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(holders, fcntl.LOCK_EX | fcntl.LOCK_NB)
        server.stop()


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _leave(signal_number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(128 + signal_number)


@contextlib.contextmanager
def _orderly_end() -> Iterator[None]:
    """Turn the signals that would end the program on the spot into an exit that runs every `finally`."""
    ending = [signal.SIGTERM, signal.SIGHUP]
    mine = [number for number in ending if _is_main_thread() and signal.getsignal(number) is signal.SIG_DFL]
    for number in mine:
        signal.signal(number, _leave)
    try:
        yield
    finally:
        for number in mine:
            signal.signal(number, signal.SIG_DFL)


@contextlib.contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Let a second Ctrl-C not leave the server half stopped."""
    if not _is_main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
