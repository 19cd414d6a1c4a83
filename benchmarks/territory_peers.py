"""The peers of `benchmarks.territory`, each run in a process of its own by an interpreter that has it installed.

Needs numpy and the peer, nothing of this project. `python territory_peers.py PEER FILE TOLERANCE SECONDS SEED OUT`
writes `unit,grid` labels and prints CPU seconds of the whole process, imports included, and its peak memory.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


def run_peer(method: str, path: str, tolerance: float, seconds: float, seed: int, out: str) -> None:
    """Run a peer in this process and write labels and its cost; needs numpy and that peer only."""
    import time

    with np.load(path) as file:
        arrays = {name: file[name] for name in file}
    division: dict[str, Callable[..., Any]] = {
        "pymetis": metis, "kahip": kahip, "k-means-constrained": k_means_constrained,
        "gerrychain": gerrychain, "cp-sat fixed centres": cp_sat,
    }  # fmt: skip
    labels = np.asarray(division[method](arrays, tolerance, seconds, seed))
    rows = "".join(f"{unit},{grid}\n" for unit, grid in enumerate(labels.tolist()))
    Path(out).write_text("unit,grid\n" + rows, encoding="utf-8")
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines())
    peak_mb = int(status["VmHWM"].split()[0]) / 1024
    print(json.dumps({"search_s": time.process_time(), "peak_mb": peak_mb}))


def metis(arrays: dict[str, Any], tolerance: float, _seconds: float, seed: int) -> Any:
    """Cut few edges with balanced retailers, contiguity asked for."""
    import pymetis

    neighbours = neighbour_lists(arrays)
    options = pymetis.Options(contig=1, ufactor=max(1, round(1000 * tolerance)), seed=seed)
    weights = arrays["cload"].astype(int).tolist()
    return pymetis.part_graph(int(arrays["p"]), neighbours, vweights=weights, options=options)[1]


def kahip(arrays: dict[str, Any], tolerance: float, _seconds: float, seed: int) -> Any:
    """Cut few edges with balanced retailers; contiguity cannot be asked for."""
    import kahip as library

    neighbours = neighbour_lists(arrays)
    starts = np.cumsum([0, *map(len, neighbours)]).tolist()
    ends = [other for others in neighbours for other in others]
    weights = arrays["cload"].astype(int).tolist()
    eco, quiet = 1, True
    return library.kaffpa(weights, starts, [1] * len(ends), ends, int(arrays["p"]), tolerance, quiet, seed, eco)[1]


def k_means_constrained(arrays: dict[str, Any], tolerance: float, _seconds: float, seed: int) -> Any:
    """Cluster retailers within the load range; a unit goes to the cluster with most of its retailers."""
    from k_means_constrained import KMeansConstrained

    places, unit, p = arrays["pts"], arrays["pcell"], int(arrays["p"])
    mean = len(places) / p
    low, high = int(np.ceil(mean * (1 - tolerance))), int(np.floor(mean * (1 + tolerance)))
    model = KMeansConstrained(p, size_min=low, size_max=high, random_state=seed, n_init=1, max_iter=20, n_jobs=1)
    cluster = model.fit_predict(places)
    count = np.zeros((len(arrays["cxy"]), p))
    np.add.at(count, (unit, cluster), 1)
    empty = count.sum(axis=1) == 0
    distance = ((arrays["cxy"][:, None, :] - model.cluster_centers_[None]) ** 2).sum(axis=2)
    return np.where(empty, distance.argmin(axis=1), count.argmax(axis=1))


def gerrychain(arrays: dict[str, Any], tolerance: float, seconds: float, seed: int) -> Any:
    """Recombine neighbouring pairs by random spanning trees; keep the plan of least inertia that is in tolerance."""
    import random
    import time
    from functools import partial

    import networkx
    from gerrychain import Graph, MarkovChain, Partition, constraints, proposals, tree, updaters

    random.seed(seed)
    graph = networkx.Graph()
    for unit, load in enumerate(arrays["cload"].tolist()):
        graph.add_node(unit, load=load)
    graph.add_edges_from(arrays["edges"].tolist())
    p, mean = int(arrays["p"]), arrays["cload"].sum() / int(arrays["p"])
    chain_graph = Graph.from_networkx(graph)
    first = tree.recursive_tree_part(chain_graph, range(p), mean, "load", tolerance, node_repeats=2)
    sums = {"load": updaters.Tally("load")}
    start = Partition(chain_graph, assignment=dict(first), updaters=sums)
    step = partial(proposals.recom, pop_col="load", pop_target=mean, epsilon=tolerance, node_repeats=2)
    balanced = constraints.within_percent_of_ideal_population(start, tolerance, pop_key="load")
    chain = MarkovChain(step, [balanced], lambda _: True, start, 1_000_000)
    best, least = None, np.inf
    n = len(arrays["cxy"])
    for plan in chain:
        labels = np.array([plan.assignment[unit] for unit in range(n)])
        spread = inertia(arrays, labels)
        if spread < least:
            best, least = labels, spread
        if time.process_time() > seconds:
            return best
    return best


def cp_sat(arrays: dict[str, Any], tolerance: float, seconds: float, seed: int) -> Any:
    """Assign units to k-means centres at least squared distance by one CP-SAT model with hop-tree contiguity."""
    from ortools.sat.python import cp_model
    from scipy.cluster.vq import kmeans2
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    centres = kmeans2(arrays["pts"], int(arrays["p"]), seed=seed, minit="++", iter=30)[0]
    n, p, load = len(arrays["cxy"]), len(centres), arrays["cload"].astype(int)
    squared = ((arrays["cxy"][:, None, :] - centres[None]) ** 2).sum(axis=2)
    roots = [int(squared[:, j].argmin()) for j in range(p)]
    near = squared.argsort(axis=1).argsort(axis=1) < 5
    near[roots, range(p)] = True
    a, b = arrays["edges"].T
    steps = dijkstra(csr_array((np.ones(len(a)), (a, b)), shape=(n, n)), directed=False, unweighted=True, indices=roots)
    model, neighbours = cp_model.CpModel(), neighbour_lists(arrays)
    x = {(i, j): model.new_bool_var("") for i, j in zip(*np.nonzero(near), strict=True)}
    for i in range(n):
        model.add_exactly_one(x[i, j] for j in range(p) if (i, j) in x)
    for j, root in enumerate(roots):
        mean = load.sum() / p
        total = sum(int(load[i]) * x[i, j] for i in range(n) if (i, j) in x)
        model.add_linear_constraint(total, int(np.ceil(mean * (1 - tolerance))), int(np.floor(mean * (1 + tolerance))))
        model.add(x[root, j] == 1)
        for i in range(n):
            if (i, j) in x and i != root:
                nearer = [x[k, j] for k in neighbours[i] if (k, j) in x and steps[j, k] < steps[j, i]]
                model.add_bool_or([*nearer, x[i, j].negated()])
    model.minimize(sum(int(1000 * load[i] * squared[i, j]) * var for (i, j), var in x.items()))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers, solver.parameters.max_time_in_seconds = 1, max(seconds, 1) * 5
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        raise SystemExit(f"no plan in {5 * seconds:g} s")
    return [next(j for j in range(p) if (i, j) in x and solver.boolean_value(x[i, j])) for i in range(n)]


def neighbour_lists(arrays: dict[str, Any]) -> list[list[int]]:
    """Return the passable neighbours of each unit."""
    lists: list[list[int]] = [[] for _ in arrays["cxy"]]
    for a, b in arrays["edges"].tolist():
        lists[a].append(b)
        lists[b].append(a)
    return lists


def inertia(arrays: dict[str, Any], labels: Any) -> float:
    """Return the sum of squared km of retailers to their grid's centroid."""
    grid, places = labels[arrays["pcell"]], arrays["pts"]
    count = np.maximum(np.bincount(grid), 1)
    centre = np.stack([np.bincount(grid, places[:, k]) / count for k in range(2)], axis=1)
    return float(((places - centre[grid]) ** 2).sum())


if __name__ == "__main__":
    peer, path, tolerance, seconds, seed, out = sys.argv[1:]
    run_peer(peer, path, float(tolerance), float(seconds), int(seed), out)
