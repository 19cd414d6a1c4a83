"""A warm pool of child processes for long solves: a limit that is kept, progress, cancel, no orphans.

Two engines hold Python's global lock for the whole solve, so none runs inside the service's own process. A child keeps
its engine imported and compiled between solves; it is ended at the limit and replaced, and the kernel ends it when its
parent dies.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import multiprocessing
import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from gridsvc.domain.errors import GridsvcError

Report = Callable[[float, str], None]
_GRACE_S = 20.0  # beyond the solve's own limit: imports, first compile, reading and writing arrays
_PR_SET_PDEATHSIG = 1
SOFT_END_S = 60.0
_END = "end"  # what the parent sends to a child that should come to an end


@dataclass(slots=True)
class _Asked:
    """What a child knows of its parent's wishes; there is one task at a time."""

    pipe: Connection | None = None
    to_end: bool = False


_asked = _Asked()


def is_asked_to_end() -> bool:
    """Tell, inside a child, whether nobody wants more than the best so far; cheap enough to be asked often."""
    if not _asked.to_end and _asked.pipe is not None and _asked.pipe.poll():
        _asked.to_end = _asked.pipe.recv() == _END
    return _asked.to_end


class SolveStopped(GridsvcError):
    """The solve was stopped before it had a result: it went over its limit, was cancelled, or its process died."""


@dataclass(frozen=True, slots=True)
class Task:
    """One call of a function in a child process.

    Parameters
    ----------
    function : dotted name of a module-level function `f(payload, report)`; `report(share, words)` tells progress
    payload : what the function is given, and nothing else; has to pickle
    limit_s : wall-clock seconds after which the child is ended, its start-up not counted
    ends_softly : when cancelled it is asked to end (`is_asked_to_end`) and gives the best so far, instead of being
        killed; it is killed all the same when it goes on for `SOFT_END_S`
    """

    function: str
    payload: Any
    limit_s: float
    ends_softly: bool = False


def _die_with_parent() -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _serve(pipe: Connection, parent_pid: int) -> None:
    _die_with_parent()
    if os.getppid() != parent_pid:
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _asked.pipe = pipe
    while True:
        try:
            message = pipe.recv()
        except EOFError:
            return
        if message == _END:  # the task had ended when it was asked to
            continue
        function, payload = message
        _asked.to_end = False
        module_name, _, name = function.rpartition(".")
        try:
            call = getattr(importlib.import_module(module_name), name)
            result = call(payload, lambda share, words: pipe.send(("progress", (share, words))))
            pipe.send(("result", result))
        except Exception as error:
            pipe.send(("error", error))


class _Child:
    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, os.getpid()), daemon=True)
        self.process.start()
        theirs.close()

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


@contextlib.contextmanager
def _told_when_dead() -> Iterator[None]:
    """Say in words that the child is gone: its pipe ends, breaks, or stops in the middle of a message."""
    try:
        yield
    except (EOFError, OSError) as error:
        raise SolveStopped("the process of the solve died; is the machine short of memory?") from error


class EnginePool:
    """Runs tasks in at most `n_processes` children that stay warm; safe to use from several threads."""

    def __init__(self, n_processes: int) -> None:
        if n_processes < 1:
            raise ValueError(f"n_processes must be >= 1, not {n_processes}")
        # the kernel's "parent died" means the thread that made the child: one that lives as long as the pool makes all
        self._maker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="engine-pool")
        self._places: queue.Queue[_Child | None] = queue.Queue()
        for _ in range(n_processes):
            self._places.put(None)
        self.n_processes = n_processes

    def run(
        self,
        task: Task,
        *,
        on_progress: Report | None = None,
        is_cancelled: Callable[[], bool] | None = None,
    ) -> Any:
        """Run one task and give its result; waits for a free child.

        Raises what the function raised, or `SolveStopped` at the limit, when cancelled, or when the child died. The
        thread that runs a task for the first time in a process pays for the engine's imports and compilation.
        """
        child = self._places.get()
        keep: _Child | None = None
        try:
            if child is not None and not child.process.is_alive():
                child.end()
                child = None
            if child is None:
                child = self._maker.submit(_Child).result()
            with _told_when_dead():
                child.pipe.send((task.function, task.payload))
            result = self._wait(child, task, on_progress, is_cancelled)
            keep = child
        finally:
            if keep is None and child is not None:
                child.end()
            self._places.put(keep)
        kind, value = result
        if kind == "error":
            raise value
        return value

    def _wait(
        self,
        child: _Child,
        task: Task,
        on_progress: Report | None,
        is_cancelled: Callable[[], bool] | None,
    ) -> tuple[str, Any]:
        ends_at = time.monotonic() + task.limit_s + _GRACE_S
        is_told = False
        while True:
            if not is_told and is_cancelled is not None and is_cancelled():
                if not task.ends_softly:
                    raise SolveStopped("the solve was cancelled")
                with _told_when_dead():
                    child.pipe.send(_END)
                is_told = True
                ends_at = min(ends_at, time.monotonic() + SOFT_END_S)
            if time.monotonic() > ends_at:
                if is_told:
                    raise SolveStopped(f"the solve was cancelled and did not end by itself within {SOFT_END_S:g} s")
                raise SolveStopped(f"the solve went over its limit of {task.limit_s:g} s and was ended")
            if not child.pipe.poll(0.1):
                continue
            with _told_when_dead():
                kind, value = child.pipe.recv()
            if kind != "progress":
                return kind, value
            if on_progress is not None:
                on_progress(*value)

    def run_all(
        self,
        tasks: Sequence[Task],
        *,
        on_progress: Report | None = None,
        is_cancelled: Callable[[], bool] | None = None,
    ) -> list[Any]:
        """Run the tasks side by side and give their results in the order of the tasks; the first failure is raised.

        A failure ends the tasks that are still running, and so does an interruption of the caller. Progress is the mean
        of the tasks' own shares, one that ended counting as whole.
        """
        results: list[Any] = [None] * len(tasks)
        failures: list[BaseException] = []
        waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
        for position in range(len(tasks)):
            waiting.put(position)
        lock = threading.Lock()
        is_over = threading.Event()
        shares = [0.0] * len(tasks)

        def tell(position: int, share: float, words: str) -> None:
            with lock:
                shares[position] = share
                if on_progress is not None:
                    n_done = sum(own >= 1.0 for own in shares)
                    on_progress(sum(shares) / len(tasks), f"{n_done} of {len(tasks)}" if len(tasks) > 1 else words)

        def is_unwanted() -> bool:
            return is_over.is_set() or (is_cancelled is not None and is_cancelled())

        def work() -> None:
            while not is_over.is_set():
                try:
                    position = waiting.get_nowait()
                except queue.Empty:
                    return

                def within(share: float, words: str, *, position: int = position) -> None:
                    tell(position, min(share, 0.999), words)

                try:
                    results[position] = self.run(tasks[position], on_progress=within, is_cancelled=is_unwanted)
                    tell(position, 1.0, "")
                except BaseException as error:
                    failures.append(error)
                    is_over.set()
                    return

        threads = [threading.Thread(target=work) for _ in range(min(self.n_processes, len(tasks)))]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                thread.join()
        except BaseException:  # Ctrl-C, most of all: nobody waits for the results any more
            is_over.set()
            for thread in threads:
                thread.join()
            raise
        if failures:
            raise failures[0]
        return results

    def close(self) -> None:
        """End every child."""
        for _ in range(self.n_processes):
            child = self._places.get()
            if child is not None:
                child.end()
        self._maker.shutdown()

    def __enter__(self) -> EnginePool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
