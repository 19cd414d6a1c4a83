"""The choice and the relay of engines behind "auto", each where it was measured to be the better one.

Ruin and recreate is ahead of PyVRP on a person's day, on long and on short routes, and the more the larger an instance
is: since its iterations take an eighth of the time, PyVRP's plans of 400 to 1,000 stops cost 1.5 to 5.8 % more in 10
CPU s. On days of 60 to 300 stops with windows and eight to fourteen stops a route PyVRP is as good, and the two
together are better than either: PyVRP has half of the search, then ruin and recreate begins hot, so that it leaves a
plan in which PyVRP is stuck; the plan itself is kept as the best one (`benchmarks.routing_relay` compares shares and
temperatures). Starting PyVRP from a plan of ruin and recreate was tried too (half and half, 40-40-20, 70-30) and was no
better on eight instances.

People who are tied to each other (same-time stops, crews, soft windows) are planned by the search of `together`; for
two to four of them OR-Tools improves its plan in the second half. On six crowded days (50 and 75 stops, 2 and 3 people,
6 and 8 pairs, 3 CPU s) this was better than the search alone on five; OR-Tools alone left 2 to 8 stops out on each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from optimize.routing.problem import OnProgress, RoutingProblem
from optimize.routing.search import HOT, Progress, complete, search_orders
from optimize.routing.together import Appointed, search_together
from optimize.stopping import StoppingCriterion

MANY: Final = 60  # stops; fewer are a day or two, where ruin and recreate needs no help
LARGE: Final = 300  # stops; from here on ruin and recreate is ahead by itself
SHORTEST: Final = 8.0  # stops a route
LONGEST: Final = 14.0
FIRST_SHARE: Final = 0.5
MOST_TOGETHER: Final = 4  # people whom OR-Tools improves together
ASKS_AN_ITERATION: Final = 100  # OR-Tools asks so often in the time of one iteration of the own search


class _FirstPart:
    """Ends with a share of another criterion's end, and counts what was spent."""

    def __init__(self, stop: StoppingCriterion, progress: Progress, share: float) -> None:
        self._stop, self._progress, self._share = stop, progress, share

    def __call__(self, n_iterations: int, best_cost: float) -> bool:
        return self._stop(n_iterations, best_cost) or self._progress.share_done(n_iterations) >= self._share


def search_auto(
    problem: RoutingProblem,
    stop: StoppingCriterion,
    seed: int,
    initial: Sequence[Sequence[int]] | None = None,
    on_progress: OnProgress | None = None,
) -> tuple[list[list[int]], int]:
    """Search with the engine that suits the problem's size and routes; see `search_orders`."""
    if initial is not None or not is_relayed(problem):
        return search_orders(problem, stop, seed, initial, on_progress)
    from optimize.routing.pyvrp_engine import orders_by_pyvrp

    stop(0, float("inf"))
    progress = Progress(stop)
    first = _FirstPart(stop, progress, FIRST_SHARE)
    orders, n_done = orders_by_pyvrp(problem, first, seed, None, on_progress)
    return search_orders(problem, stop, seed, orders, on_progress, progress, n_done, HOT)


def is_relayed(problem: RoutingProblem) -> bool:
    """Say whether PyVRP has the first half of the search."""
    from optimize.routing.pyvrp_engine import supports_exactly

    if not len(problem.windows_s) or not MANY <= problem.n_stops < LARGE or not supports_exactly(problem):
        return False
    n_routes = sum(1 for order in complete(problem, []) if order)
    return SHORTEST <= problem.n_stops / max(1, n_routes) < LONGEST


class _PartProgress(Progress):
    """How far the first part of a search is."""

    def __init__(self, whole: Progress, share: float) -> None:
        self._whole, self._share = whole, share

    def share_done(self, n_done: int) -> float:
        return min(1.0, self._whole.share_done(n_done) / self._share)

    def chunk_size(self, n_done: int) -> int:
        return self._whole.chunk_size(n_done)


def search_tied(
    problem: RoutingProblem,
    stop: StoppingCriterion,
    seed: int,
    initial: Sequence[Sequence[int]] | None,
    initial_start_s: dict[int, int],
    on_progress: OnProgress | None = None,
) -> tuple[list[Appointed], int]:
    """Search plans of people who are tied to each other; the last is the newest, the best is for the caller to choose.

    Returns
    -------
    plans : the own search's, and what OR-Tools made of it for two to four people
    iterations : number done
    """
    if not 2 <= problem.n_staff <= MOST_TOGETHER:
        found, n_done = search_together(problem, stop, seed, initial, on_progress, initial_start_s)
        return [found], n_done
    from optimize.routing.ortools_engine import appointed_by_ortools

    stop(0, float("inf"))
    progress = Progress(stop)
    first = _FirstPart(stop, progress, FIRST_SHARE)
    part = _PartProgress(progress, FIRST_SHARE)
    found, n_before = search_together(problem, first, seed, initial, on_progress, initial_start_s, part)

    def is_over(n_iterations: int, best_cost: float) -> bool:
        return stop(n_before + n_iterations // ASKS_AN_ITERATION, best_cost)

    improved, n_asked = appointed_by_ortools(problem, is_over, found.orders)
    return [improved, found], n_before + n_asked // ASKS_AN_ITERATION
