"""The territory engine is compiled while the service starts, not while somebody waits for an answer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gridsvc.engines import pool, warm


def test_what_lies_on_disk_counts_only_where_the_sources_are_not_newer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert not warm.is_compiled()
    index = tmp_path / "territory_1" / "anneal.anneal-119.py311.nbi"
    index.parent.mkdir()
    index.touch()
    assert warm.is_compiled()
    os.utime(index, (1, 1))
    assert not warm.is_compiled()


def test_what_the_child_does_compiles_all_that_the_split_of_an_absence_calls() -> None:
    from optimize.territory.anneal import anneal

    warm.compile_split()
    known = len(anneal.signatures)
    assert known
    _split_two_hundred_units()
    assert len(anneal.signatures) == known


def test_a_service_that_ends_early_does_not_wait_for_the_compiler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    asked: list[str] = []
    monkeypatch.setattr(pool.EnginePool, "run", lambda _self, task, is_cancelled: asked.append(task.function))
    with warm.compiling_in_background():
        pass
    assert asked == ["gridsvc.engines.warm.compile_in_child"]


def _split_two_hundred_units() -> None:
    import numpy as np

    from gridsvc.engines.regrid import split_among_neighbours
    from optimize.territory.problem import TerritoryProblem

    side = 14
    row, column = np.divmod(np.arange(side * side), side)
    right = np.column_stack([np.arange(side * side - 1), np.arange(1, side * side)])[column[:-1] < side - 1]
    down = np.column_stack([np.arange(side * (side - 1)), np.arange(side, side * side)])
    problem = TerritoryProblem(
        n_grids=4, xy_km=np.column_stack([column, row]) * 0.4, loads=np.stack([5 + row, 1 + column % 3]),
        measures=("minutes", "retailers"), tolerance_share=np.array([0.05, 0.1]),
        edges=np.concatenate([right, down]), previous=(row // 7) * 2 + column // 7,
    )  # fmt: skip
    shared = split_among_neighbours(problem, 1)
    assert set(np.unique(shared)) == {0, 2, 3}
