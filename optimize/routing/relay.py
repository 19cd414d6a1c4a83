"""The choice and the relay of engines behind "auto", each where it was measured to be the better one.

Ruin and recreate is ahead of PyVRP on a person's day, with many stops on short routes, and where vehicles are full
(X-n200-k36: 0.7 % over the best known in 10 CPU s, PyVRP 2.1 %). PyVRP is ahead where routes with windows have eight
stops or more (R112: 0.7 and 0.2 %; r1_2_3: 1.2 and 0.6 %), and with one to four stops a route (X-n148-k46:
0.8 and 0.1 %). There PyVRP goes first, and ruin and recreate goes on from its plan. With windows and eight to fourteen
stops a route it has half of the search and begins hot, so that it leaves a plan in which PyVRP is stuck; the plan
itself is kept as the best one (`benchmarks.routing_relay` compares shares and temperatures). Elsewhere it begins cold
and polishes. Starting PyVRP from a plan of ruin and recreate was tried too (half and half, 40-40-20, 70-30) and was no
better on eight instances.

People who are tied to each other (same-time stops, crews, soft windows) are planned by the search of `together`; for
two to four of them OR-Tools improves its plan in the second half. On six crowded days (50 and 75 stops, 2 and 3 people,
6 and 8 pairs, 3 CPU s) this was better than the search alone on five; OR-Tools alone left 2 to 8 stops out on each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from optimize.routing.problem import OnProgress, RoutingProblem
from optimize.routing.search import HOT, WARM, Progress, complete, search_orders
from optimize.routing.together import Appointed, search_together
from optimize.stopping import StoppingCriterion

MANY: Final = 60  # stops; fewer are a day or two, where ruin and recreate needs no help
LARGE: Final = 450  # stops; from here on PyVRP's part is greater
LONG: Final = 14.0  # stops a route
LONG_IN_WINDOWS: Final = 8.0
SHORT: Final = 4.5
FIRST_SHARE: Final = 0.5
FIRST_SHARE_OF_LARGE: Final = 0.7
FIRST_SHARE_IN_LONG_WINDOWS: Final = 0.9  # of routes with windows and `LONG` stops or more
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
    share, warmth = (0.0, WARM) if initial is not None else first_part(problem)
    if share == 0.0:
        return search_orders(problem, stop, seed, initial, on_progress)
    from optimize.routing.pyvrp_engine import orders_by_pyvrp

    stop(0, float("inf"))
    progress = Progress(stop)
    first = _FirstPart(stop, progress, share)
    orders, n_done = orders_by_pyvrp(problem, first, seed, None, on_progress)
    return search_orders(problem, stop, seed, orders, on_progress, progress, n_done, warmth)


def first_part(problem: RoutingProblem) -> tuple[float, float]:
    """Return the share of the search that PyVRP has at its beginning, 0 = none, and how warm the rest begins."""
    from optimize.routing.pyvrp_engine import supports_exactly

    if problem.n_stops < MANY or not supports_exactly(problem):
        return 0.0, WARM
    n_routes = sum(1 for order in complete(problem, []) if order)
    stops_a_route = problem.n_stops / max(1, n_routes)
    if len(problem.windows_s) and stops_a_route >= LONG_IN_WINDOWS:
        return (FIRST_SHARE, HOT) if stops_a_route < LONG else (FIRST_SHARE_IN_LONG_WINDOWS, WARM)
    if stops_a_route >= LONG:
        return (FIRST_SHARE_OF_LARGE if problem.n_stops >= LARGE else FIRST_SHARE), WARM
    return (FIRST_SHARE if stops_a_route < SHORT and problem.n_stops < LARGE else 0.0), WARM


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
