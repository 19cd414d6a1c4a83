"""How much load must change hands at the least: a flow between grids that touch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow

from optimize.territory.problem import TerritoryProblem


@dataclass(frozen=True, slots=True, eq=False)
class FlowBound:
    """The least load that must change hands so that every grid is within tolerance.

    Parameters
    ----------
    load : sum of the flows, in the first measure; infinite when no flow between touching grids balances them
    flows : (k, 3) rows of (from grid, to grid, load); a grid number >= n_grids is an owner who left
    """

    load: float
    flows: NDArray[np.int64]


def flow_bound(problem: TerritoryProblem) -> FlowBound:
    """Return a least-sum flow of load between touching grids that brings every grid of `previous` into its range.

    A re-plan moves at least this much of the first measure as long as load only passes between grids that touch now and
    units could be split; whole units usually need a little more. Units without an owner may go anywhere for nothing;
    locked grids take part in nothing. Other measures are not looked at. O(flow on n_grids nodes).
    """
    p = problem.n_grids
    owner = problem.previous
    n_owners = max(p, int(owner.max()) + 1)
    nobody, sink = n_owners, n_owners + 1
    node = np.where(owner >= 0, owner, nobody)
    load = np.bincount(node, problem.loads[0], n_owners + 1).astype(np.int64)
    least, most = np.zeros((2, n_owners + 1), dtype=np.int64)
    least[:p], most[:p] = problem.load_range[0][0], problem.load_range[1][0]
    total = int(load.sum())
    if (least > most).any():
        return FlowBound(np.inf, np.zeros((0, 3), dtype=np.int64))
    flow = min_cost_flow.SimpleMinCostFlow()
    pairs = _touching(problem, node)
    cost = np.where(pairs[:, 0] == nobody, 0, 1)
    arcs = flow.add_arcs_with_capacity_and_unit_cost(pairs[:, 0], pairs[:, 1], np.full(len(pairs), total), cost)
    nodes = np.arange(n_owners + 1)
    flow.add_arcs_with_capacity_and_unit_cost(nodes, np.full(len(nodes), sink), most - least, np.zeros_like(nodes))
    flow.set_nodes_supplies(np.append(nodes, sink), np.append(load - least, least.sum() - total))
    if flow.solve() != flow.OPTIMAL:
        return FlowBound(np.inf, np.zeros((0, 3), dtype=np.int64))
    sent = np.asarray(flow.flows(arcs), dtype=np.int64)
    used = sent > 0
    return FlowBound(float((sent * cost).sum()), np.column_stack([pairs[used], sent[used]]).astype(np.int64))


def _touching(problem: TerritoryProblem, node: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the ordered pairs of owners that share a passable edge, into grids that may take part."""
    ends = node[problem.edges].astype(np.int64)
    ends = np.concatenate([ends, ends[:, ::-1]])
    ends = ends[(ends[:, 0] != ends[:, 1]) & (ends[:, 1] < problem.n_grids)]
    ends = ends[~np.isin(ends, problem.locked).any(axis=1)]
    return np.unique(ends, axis=0).reshape(-1, 2)
