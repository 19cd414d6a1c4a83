"""One process holds the port; workers serve on it, and are replaced one by one while the others answer."""

from __future__ import annotations

import ctypes
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from gridsvc.cli.draining import READY_FD

_FIRST_ANSWER_S = 120.0
_LAST_WORDS_S = 40.0
_PAUSE_S = 0.2
_LEAST_LIFE_S = 5.0  # a worker that dies sooner is not replaced at once, over and over


def supervise(listener: socket.socket, n_workers: int, environment: Mapping[str, str]) -> None:
    """Keep `n_workers` serving on `listener` until SIGTERM or SIGINT; SIGHUP replaces them one by one.

    The socket listens already: what comes while a worker is replaced waits in its queue.
    """
    house = _House(listener, {**os.environ, **environment})
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, house.hear)
    try:
        for _ in range(n_workers):
            house.start()
        while not house.is_over:
            if house.is_renewal_asked:
                house.renew()
            house.replace_dead()
            time.sleep(_PAUSE_S)
    finally:
        house.stop(house.workers)


@dataclass
class _House:
    listener: socket.socket
    environment: Mapping[str, str]
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    is_over: bool = False
    is_renewal_asked: bool = False
    started_at: dict[int, float] = field(default_factory=dict)

    def hear(self, number: int, _frame: object) -> None:
        """Note what is asked for; it is done between two looks."""
        if number == signal.SIGHUP:
            self.is_renewal_asked = True
        else:
            self.is_over = True

    def start(self) -> bool:
        """Start a worker, wait until it answers, and tell whether it does."""
        reading, writing = os.pipe()
        port = self.listener.fileno()
        command = [sys.executable, "-m", "gridsvc.cli", "serve", "--inherited", str(port)]
        worker = subprocess.Popen(  # noqa: S603 - our own command line
            command,
            env={**self.environment, READY_FD: str(writing)},
            pass_fds=(port, writing),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - no thread has been started here
        )
        os.close(writing)
        self.started_at[worker.pid] = time.monotonic()
        try:
            has_told, _, _ = select.select([reading], [], [], _FIRST_ANSWER_S)
            is_ready = bool(has_told) and bool(os.read(reading, 16))
        finally:
            os.close(reading)
        if is_ready:
            self.workers.append(worker)
        else:
            self.stop([worker])
        return is_ready

    def renew(self) -> None:
        """Replace every worker by a new one; where a new one does not come up, the old ones stay."""
        self.is_renewal_asked = False
        for old in list(self.workers):
            if self.is_over or not self.start():
                return
            self.stop([old])

    def replace_dead(self) -> None:
        """Start a worker for each that has ended by itself."""
        for worker in [known for known in self.workers if known.poll() is not None]:
            self.workers.remove(worker)
            if time.monotonic() - self.started_at.pop(worker.pid) < _LEAST_LIFE_S:
                time.sleep(_LEAST_LIFE_S)
            if not self.is_over:
                self.start()

    def stop(self, workers: list[subprocess.Popen[bytes]]) -> None:
        """Ask workers to end, and wait until their requests are answered."""
        ending = list(workers)
        for worker in ending:
            if worker.poll() is None:
                worker.send_signal(signal.SIGTERM)
        for worker in ending:
            try:
                worker.wait(_LAST_WORDS_S)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
            if worker in self.workers:
                self.workers.remove(worker)


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
