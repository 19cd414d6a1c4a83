"""Threads that change how long a run takes and never what it finds."""

from __future__ import annotations

import threading
import time

import pytest

from optimize.crew import Crew


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_results_come_in_the_order_of_the_tasks(threads: int) -> None:
    with Crew(threads) as crew:
        assert crew.run(lambda number: number**2, range(7)) == [0, 1, 4, 9, 16, 25, 36]
        assert crew.run(lambda number: number, []) == []


def test_two_tasks_are_under_way_at_once() -> None:
    meeting = threading.Barrier(2, timeout=30)
    with Crew(2) as crew:
        crew.run(lambda _: meeting.wait(), range(2))  # one thread alone would wait for the other for ever


def test_an_error_is_raised_once_the_others_are_done() -> None:
    done: list[int] = []

    def work(number: int) -> None:
        if number == 0:
            raise ZeroDivisionError
        done.append(number)

    with Crew(2) as crew:
        with pytest.raises(ZeroDivisionError):
            crew.run(work, range(4))
        assert sorted(done) == [1, 2, 3]


def burn(seconds: float) -> None:
    began_s = time.thread_time()
    while time.thread_time() - began_s < seconds:
        pass


@pytest.mark.parametrize(("threads", "tasks", "expected_s"), [(1, 2, 0.2), (2, 2, 0.1), (2, 1, 0.1), (2, 3, 0.15)])
def test_the_clock_counts_the_busiest_thread(threads: int, tasks: int, expected_s: float) -> None:
    with Crew(threads) as crew:
        began_s = crew.clock()
        crew.run(burn, [0.1] * tasks)
        assert crew.clock() - began_s == pytest.approx(expected_s, abs=0.04)


def test_a_crew_needs_a_thread() -> None:
    with pytest.raises(ValueError, match=">= 1"):
        Crew(0)
