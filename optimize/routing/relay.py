"""The choice and the relay of engines behind "auto", each where it was measured to be the better one.

Ruin and recreate is ahead of PyVRP with many short routes (by 1-2 % at 1,000 stops and 5 CPU s) and on a person's day;
with long routes it can stay in a plan with one route too many, which PyVRP leaves (Solomon's C208 at 3 CPU s: 6.4 %
over the best known with four routes; 0.0 % with three after PyVRP). There PyVRP goes first and ruin and recreate
polishes its plan in the time left.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from optimize.routing.problem import OnProgress, RoutingProblem
from optimize.routing.search import Progress, complete, search_orders
from optimize.stopping import StoppingCriterion

MANY: Final = 60  # stops; fewer are a day or two, where ruin and recreate needs no help
LARGE: Final = 450  # stops; from here on PyVRP's part is greater
LONG: Final = 14.0  # stops a route
FIRST_SHARE: Final = 0.5
FIRST_SHARE_OF_LARGE: Final = 0.7


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
    if initial is not None or not _suits_pyvrp(problem):
        return search_orders(problem, stop, seed, initial, on_progress)
    from optimize.routing.pyvrp_engine import orders_by_pyvrp

    stop(0, float("inf"))
    progress = Progress(stop)
    share = FIRST_SHARE_OF_LARGE if problem.n_stops >= LARGE else FIRST_SHARE
    first = _FirstPart(stop, progress, share)
    orders, n_done = orders_by_pyvrp(problem, first, seed, None, on_progress)
    return search_orders(problem, stop, seed, orders, on_progress, progress, n_done)


def _suits_pyvrp(problem: RoutingProblem) -> bool:
    from optimize.routing.pyvrp_engine import supports_exactly

    if problem.n_stops < MANY or not supports_exactly(problem):
        return False
    n_routes = sum(1 for order in complete(problem, []) if order)
    return problem.n_stops / max(1, n_routes) >= LONG
