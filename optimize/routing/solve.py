"""The front door of the routing engine: one problem in, one judged plan of the day out."""

from __future__ import annotations

from collections.abc import Sequence

from optimize.routing.problem import Engine, OnProgress, RoutingProblem
from optimize.routing.result import RoutingResult
from optimize.stopping import StoppingCriterion


def solve(
    problem: RoutingProblem,
    stop: StoppingCriterion,
    seed: int,
    initial: RoutingResult | Sequence[Sequence[int]] | None = None,
    *,
    engine: Engine = "auto",
    on_progress: OnProgress | None = None,
) -> RoutingResult:
    """Order and time one day.

    Parameters
    ----------
    stop : asked between chunks of iterations with the iterations done and the best cost
    seed : of the search; the same problem, seed and iteration limit give the same result
    initial : a plan to start from (its stop rows in order per staff member); what no longer fits is left out
    engine : "auto" chooses by the rules present
    on_progress : called now and then with the iterations done and the best cost so far

    Returns
    -------
    RoutingResult
        Keeps every rule of the problem. Stops that fit nowhere are listed with a reason; when a required one is
        among them the result says `feasible=False`.
    """
    raise NotImplementedError
