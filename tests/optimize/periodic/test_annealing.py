"""A search by the clock asks the clock often enough, whatever the clock does."""

from __future__ import annotations

from optimize.periodic.annealing import Progress
from optimize.stopping import AnyOf, MaxIterations, MaxSeconds


def test_a_clock_that_stands_still_or_is_over_asks_for_no_endless_chunk() -> None:
    readings_s = iter([0.0, 0.0, 0.004, 0.004, 0.02, 0.02, 0.02, 0.02])
    progress = Progress(MaxSeconds(0.01, clock=lambda: next(readings_s)))
    done = chunk = progress.next_chunk()
    for _ in range(6):
        progress.share(done)
        longer = progress.next_chunk()
        assert longer <= 4 * chunk
        done, chunk = done + longer, longer
    assert progress.share(done) == 1.0
    assert done < 1000


def test_chunks_follow_the_speed_that_the_clock_shows() -> None:
    now_s, done = 0.0, 0
    progress = Progress(MaxSeconds(8.0, clock=lambda: now_s))
    for _ in range(20):
        chunk = progress.next_chunk()
        done, now_s = done + chunk, now_s + chunk * 1e-5
        assert 0.0 < progress.share(done) < 1.0
    assert 990 <= chunk <= 1010


def test_no_chunk_goes_past_a_limit_in_iterations() -> None:
    progress = Progress(AnyOf((MaxIterations(120), MaxSeconds(1000.0, clock=lambda: 0.0))))
    done = 0
    while done < 120:
        progress.share(done)
        done += progress.next_chunk()
    assert done == 120
