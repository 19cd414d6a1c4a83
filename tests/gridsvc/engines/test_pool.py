"""Solves run in children that stay warm, are ended when they have to be, and never outlive their parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gridsvc.domain.errors import RuleBroken
from gridsvc.engines import pool as pool_module
from gridsvc.engines.pool import EnginePool, SolveStopped, Task
from tests.fakes import child_tasks


def task(function: Callable[..., object], payload: object = None, limit_s: float = 60.0) -> Task:
    """Give a task that calls a function of the child tasks."""
    return Task(f"{child_tasks.__name__}.{function.__name__}", payload, limit_s)


def is_alive(pid: int) -> bool:
    """Say whether a process runs; a dead one that nobody has waited for yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for another process; the machine may be busy."""
    for _ in range(1200):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("the other process did not come to it in a minute")


@pytest.fixture(scope="module")
def pool() -> Iterator[EnginePool]:
    with EnginePool(2) as opened:
        yield opened


def test_a_pool_needs_at_least_one_process() -> None:
    with pytest.raises(ValueError, match="n_processes must be >= 1, not 0"):
        EnginePool(0)


def test_progress_and_the_result_come_back(pool: EnginePool) -> None:
    told: list[tuple[float, str]] = []
    result = pool.run(task(child_tasks.count, 3), on_progress=lambda share, words: told.append((share, words)))
    assert result == 3
    assert told == [(1 / 3, "step 1"), (2 / 3, "step 2"), (1.0, "step 3")]


def test_a_child_stays_warm_from_one_batch_to_the_next(pool: EnginePool) -> None:
    batches = [set(pool.run_all([task(child_tasks.tell_pid)] * 4)) for _ in range(3)]
    everybody = set().union(*batches)
    assert len(everybody) <= pool.n_processes, "a child was ended although nothing was wrong with it"
    assert all(is_alive(pid) for pid in everybody)


def test_what_the_function_raises_is_raised_here_with_its_reasons(pool: EnginePool) -> None:
    with pytest.raises(RuleBroken, match="no grid") as caught:
        pool.run(task(child_tasks.break_a_rule, "no grid"))
    assert caught.value.violations == ("first reason", "second reason")


def test_a_result_that_cannot_travel_is_an_error_and_not_a_wait(pool: EnginePool) -> None:
    with pytest.raises(Exception, match="pickle"):
        pool.run(task(child_tasks.give_what_cannot_travel))
    assert pool.run(task(child_tasks.count, 1)) == 1


def test_a_function_that_does_not_exist_is_an_error(pool: EnginePool) -> None:
    with pytest.raises(AttributeError, match="no_such_function"):
        pool.run(Task("tests.fakes.child_tasks.no_such_function", None, 60.0))


def test_a_child_that_dies_stops_its_solve_and_the_next_one_works(pool: EnginePool) -> None:
    with pytest.raises(SolveStopped, match="the process of the solve died"):
        pool.run(task(child_tasks.die))
    assert pool.run(task(child_tasks.count, 2)) == 2


def test_an_idle_child_that_was_killed_is_replaced(pool: EnginePool) -> None:
    killed = {pool.run(task(child_tasks.tell_pid)) for _ in range(4)}
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda pid=pid: not is_alive(pid))  # type: ignore[misc]
    assert {pool.run(task(child_tasks.tell_pid)) for _ in range(4)}.isdisjoint(killed)


def test_a_cancelled_solve_is_ended_with_its_child(pool: EnginePool, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    with pytest.raises(SolveStopped, match="cancelled"):
        pool.run(
            task(child_tasks.wait_for_ever, str(note)), is_cancelled=lambda: note.exists() and note.stat().st_size > 0
        )
    assert not is_alive(int(note.read_text()))
    assert pool.run(task(child_tasks.count, 1)) == 1


def test_a_solve_that_goes_over_its_limit_is_ended(
    pool: EnginePool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "_GRACE_S", 0.0)
    with pytest.raises(SolveStopped, match=r"over its limit of 0\.01 s"):
        pool.run(task(child_tasks.wait_for_ever, str(tmp_path / "pid"), limit_s=0.01))


def test_a_batch_gives_its_results_in_the_order_of_its_tasks(pool: EnginePool) -> None:
    shares: list[float] = []
    tasks = [task(child_tasks.wait_then_give, (0.2, "slow")), *[task(child_tasks.wait_then_give, (0.0, "quick"))] * 3]
    results = pool.run_all(tasks, on_progress=lambda share, words: shares.append(share))
    assert results == ["slow", "quick", "quick", "quick"]
    assert shares[-1] == 1.0
    assert shares == sorted(shares)
    assert pool.run_all([]) == []


def test_the_first_failure_of_a_batch_ends_the_others(pool: EnginePool, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    with pytest.raises(RuleBroken, match="too heavy"):
        pool.run_all([task(child_tasks.wait_for_ever, str(note)), task(child_tasks.break_a_rule, "too heavy")])
    if note.exists() and note.read_text():
        assert not is_alive(int(note.read_text()))
    assert pool.run_all([task(child_tasks.count, 1)] * 2) == [1, 1]


PARENT = """
import os, sys
from gridsvc.engines.pool import EnginePool, Task
if __name__ == "__main__":
    EnginePool(1).run_all([Task("tests.fakes.child_tasks.wait_for_ever", sys.argv[1], 600.0)])
"""


def test_an_interrupted_batch_ends_at_once(tmp_path: Path) -> None:
    note, script = tmp_path / "pid", tmp_path / "parent.py"
    script.write_text(PARENT)
    root = str(Path(__file__).parents[3])
    environment = os.environ | {"PYTHONPATH": root}
    parent = subprocess.Popen(
        [sys.executable, str(script), str(note)], env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        wait_until(lambda: note.exists() and note.stat().st_size > 0)
        parent.send_signal(signal.SIGINT)
        _, said = parent.communicate()
    finally:
        parent.kill()
    assert "KeyboardInterrupt" in said
    wait_until(lambda: not is_alive(int(note.read_text())))


def test_no_child_outlives_a_parent_that_is_killed(tmp_path: Path) -> None:
    note, script = tmp_path / "pid", tmp_path / "parent.py"
    script.write_text(PARENT)
    root = str(Path(__file__).parents[3])
    parent = subprocess.Popen([sys.executable, str(script), str(note)], env=os.environ | {"PYTHONPATH": root})
    try:
        wait_until(lambda: note.exists() and note.stat().st_size > 0)
    finally:
        parent.kill()
        parent.wait()
    wait_until(lambda: not is_alive(int(note.read_text())))


def test_a_closed_pool_leaves_no_child() -> None:
    with EnginePool(2) as own:
        pids = set(own.run_all([task(child_tasks.tell_pid)] * 4))
    assert not any(is_alive(pid) for pid in pids)
