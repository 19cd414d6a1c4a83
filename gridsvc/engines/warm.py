"""Compile the search of the territory engine before somebody waits for it: 30-50 CPU seconds, once an installation."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from gridsvc.engines.pool import EnginePool, Report, SolveStopped, Task

logger = logging.getLogger("gridsvc.engines")
_LIMIT_S = 900.0
_SOURCE = Path(__file__).parents[2] / "optimize" / "territory" / "anneal.py"


@contextmanager
def compiling_in_background() -> Iterator[None]:
    """While the context is open, let a child of low priority compile what is not on disk yet; it ends with the context.

    Otherwise the first who asks how an absence would be shared waits for it, two minutes on a busy machine.
    """
    if is_compiled():
        yield
        return
    ends = threading.Event()
    thread = threading.Thread(target=_compile, args=(ends,), daemon=True, name="compile-engine")
    thread.start()
    try:
        yield
    finally:
        ends.set()
        thread.join()


def is_compiled() -> bool:
    """Tell whether the search is compiled on disk, from the present sources."""
    folder = os.environ.get("NUMBA_CACHE_DIR")
    found = Path(folder).rglob("anneal.anneal-*.nbi") if folder else ()
    return any(file.stat().st_mtime >= _SOURCE.stat().st_mtime for file in found)


def _compile(ends: threading.Event) -> None:
    try:
        with EnginePool(1) as pool:
            pool.run(Task(f"{__name__}.compile_in_child", None, _LIMIT_S), is_cancelled=ends.is_set)
    except SolveStopped as stopped:
        if not ends.is_set():
            logger.warning("the territory engine is not compiled yet, and whoever asks first will wait: %s", stopped)


def compile_in_child(given: None, report: Report) -> None:
    """Compile at a low priority."""
    os.nice(10)
    compile_split()


def compile_split() -> None:
    """Share the middle one of three grids among the others, so that everything is compiled and kept on disk."""
    from gridsvc.engines.regrid import split_among_neighbours
    from optimize.territory.problem import TerritoryProblem

    n_units = 9
    rows = np.arange(n_units)
    problem = TerritoryProblem(
        n_grids=3,
        xy_km=np.column_stack([rows, np.zeros(n_units)]).astype(np.float64),
        loads=np.full((1, n_units), 10),
        measures=("minutes",),
        edges=np.column_stack([rows[:-1], rows[1:]]).astype(np.int32),
        previous=(rows // 3).astype(np.int32),
    )
    split_among_neighbours(problem, 1)
