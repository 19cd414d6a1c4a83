"""Threads for work that leaves the interpreter's lock, and a clock that counts what they spend side by side.

Whoever uses a crew gives it tasks that do not touch each other and takes the results in the order of the tasks, so that
the number of threads changes how long a run takes and never what it finds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Crew:
    """Some threads; a context manager that ends them.

    Parameters
    ----------
    threads : >= 1; with one, everything runs in the caller's thread
    """

    def __init__(self, threads: int = 1) -> None:
        if threads < 1:
            raise ValueError(f"threads must be >= 1, not {threads}")
        self.threads = threads
        self._pool = ThreadPoolExecutor(threads, "crew") if threads > 1 else None
        self._elsewhere_s = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    def run(self, function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """Return the result for each item, in order; an error of one is raised once all are done."""
        if self._pool is None:
            return [function(item) for item in items]
        tasks = [self._pool.submit(_timed, function, item) for item in items]
        errors = [task.exception() for task in tasks]
        if wrong := next((error for error in errors if error is not None), None):
            raise wrong
        done = [task.result() for task in tasks]
        took_s = [seconds for _, seconds in done]
        self._elsewhere_s += max(max(took_s, default=0.0), sum(took_s) / self.threads)
        return [result for result, _ in done]

    def clock(self) -> float:
        """Return CPU seconds as they pass on a machine with a free core for every thread; for the caller's thread.

        With one thread this is the CPU time of the process. Else it is the time of the calling thread and, for each
        `run`, that of the busiest thread when tasks are shared out evenly.
        """
        return time.process_time() if self._pool is None else time.thread_time() + self._elsewhere_s


def _timed(function: Callable[[Item], Result], item: Item) -> tuple[Result, float]:
    began_s = time.thread_time()
    return function(item), time.thread_time() - began_s
