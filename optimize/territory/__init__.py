"""Divide basic units into balanced, contiguous, compact grids.

A unit is a cell or an administrative area with loads (retailers, minutes, cartons), a place and neighbours; a grid is a
set of units with one owner. `solve` returns a plan in which every unit lies in exactly one grid, every grid is in one
piece under barriers, and every load measure of every grid is within its own tolerance of the target at once, whenever
it finds such a plan; otherwise it returns the least infeasible one with its violations, and `precheck` says what makes
the tolerance impossible. Among feasible plans it looks for little inertia (squared distance of retailers to the centre
of their grid) and short borders, and for few retailers that leave their present grid when a re-plan is asked for.

The way: centres drawn by k-means++ and settled by a capacity-constrained Lloyd iteration on OR-Tools' min-cost flow;
the contiguous repair of that plan; simulated annealing of border units in compiled code, where a move that would
unbalance two grids is answered at once by the best move out of the receiving grid; a price of excess load that rises
for each grid as long as it is outside. Nothing is promised about the distance from the optimum. `checks` judges every
plan from the rules alone and shares no code with the search.
"""

from optimize.territory.problem import (
    NOBODY,
    MalformedProblemError,
    TerritoryProblem,
    TerritoryResult,
    Violation,
)

__all__ = ["NOBODY", "MalformedProblemError", "TerritoryProblem", "TerritoryResult", "Violation"]
