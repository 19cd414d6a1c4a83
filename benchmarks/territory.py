"""Territories beside what people use today: one table, same instances, same judge, same run.

`python -m benchmarks.territory` solves two instances at three seeds and prints medians. Peers are never dependencies:
install them elsewhere (`pip install pymetis k-means-constrained gerrychain`) and name that interpreter with
`--peers-python`; a peer that cannot be imported there is left out and said so. CPU seconds count the whole process of a
peer, imports included; ours counts the search, as its limit does. CP-SAT gets five times the limit. Inertia is
comparable only between rows with the same deviation and no broken grid.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

OURS = ("gridsvc", "gridsvc --engine ortools")
PEERS = ("pymetis", "k-means-constrained", "gerrychain", "cp-sat fixed centres")


@dataclass(frozen=True)
class Run:
    """One method on one instance, judged."""

    method: str
    deviation_share: float
    n_broken: int
    inertia_km2: float
    polsby_popper: float | None
    cpu_s: float
    peak_mb: float


def main() -> None:
    """Run everything and print one table an instance."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("instances", nargs="*", default=["small", "district"], help="a generated size or an .npz file")
    parser.add_argument("--tolerance", type=float, default=0.05)
    parser.add_argument("--seconds", type=float, default=3.0, help="CPU seconds; peers that take a limit get it")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--peers-python", default=sys.executable, help="interpreter with the peers installed")
    parser.add_argument("--without", nargs="*", default=[], help="methods to leave out")
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    parser.add_argument("--out", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.peer:
        run_peer(given.peer, given.instances[0], given.tolerance, given.seconds, given.seeds[0], given.out)
        return
    with tempfile.TemporaryDirectory() as folder:
        for name in given.instances:
            compare(name, given, Path(folder))


def compare(name: str, given: argparse.Namespace, folder: Path) -> None:
    """Print the table of one instance: medians over seeds, ratios to our first row."""
    print(f"\n{name}, tolerance {given.tolerance:.0%}, {given.seconds:g} CPU s, medians over seeds {given.seeds}")
    heads = [f"{head:>{width}}" for head, width in (("deviation", 9), ("broken", 6), ("inertia", 10), ("ratio", 6))]
    heads += [f"{head:>{width}}" for head, width in (("PP", 6), ("CPU s", 7), ("peak MB", 8))]
    print(f"{'method':26}", *heads)
    base = None
    for method in (*OURS, *PEERS):
        if method in given.without:
            continue
        runs = [one(method, instance_of(name, seed, folder), given, seed, folder) for seed in given.seeds]
        found = [run for run in runs if isinstance(run, Run)]
        if not found:
            print(f"{method:26} left out: {runs[0]}")
            continue
        inertia = statistics.median(run.inertia_km2 for run in found)
        base = base or inertia
        shapes = [run.polsby_popper for run in found if run.polsby_popper is not None]
        shape = f"{statistics.median(shapes):.3f}" if shapes else "-"
        print(
            f"{method:26} {max(run.deviation_share for run in found):9.2%} {max(run.n_broken for run in found):6d} "
            f"{inertia:10.1f} {inertia / base:6.3f} {shape:>6} {statistics.median(run.cpu_s for run in found):7.2f} "
            f"{max(run.peak_mb for run in found):8.0f}",
            flush=True,
        )


def instance_of(name: str, seed: int, folder: Path) -> Path:
    """Return the given file, or an instance generated from the seed."""
    from benchmarks.instances.territory import SIZES, make

    if name not in SIZES:
        return Path(name)
    path = folder / f"{name}-{seed}.npz"
    if not path.exists():
        np.savez(path, **make(name, seed))
    return path


def one(method: str, instance: Path, given: argparse.Namespace, seed: int, folder: Path) -> Run | str:
    """Run one method in a process of its own and judge its labels; a string says why it is left out."""
    out = folder / "labels.csv"
    out.unlink(missing_ok=True)
    limits = ["--tolerance", str(given.tolerance), "--out", str(out)]
    if method in OURS:
        engine = ["--engine", "ortools"] if method != OURS[0] else []
        command = [sys.executable, "-m", "gridsvc.cli", "solve", "territory", str(instance), *limits, *engine]
        command += ["--seed", str(seed), "--max-seconds", str(given.seconds)]
    else:
        python = sys.executable if method.startswith("cp-sat") else given.peers_python
        command = [python, str(Path(__file__).resolve()), str(instance), *limits, "--peer", method]
        command += ["--seeds", str(seed), "--seconds", str(given.seconds)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    said, wrong = child.communicate()
    if not out.exists():
        return (wrong.strip().splitlines() or ["no labels"])[-1][:90]
    return judged(method, instance, out, given.tolerance, json.loads(said.strip().splitlines()[-1]))


def judged(method: str, instance: Path, out: Path, tolerance: float, said: dict[str, Any]) -> Run:
    """Return what the judge and the registry say about the labels."""
    from gridsvc.engines.instances.territory_npz import read_instance, read_labels
    from optimize.territory import checks, metrics

    problem = read_instance(instance, tolerance=tolerance)
    labels = read_labels(out, n_units=problem.n_units, n_grids=problem.n_grids)
    found = metrics.measure(problem, labels)
    broken = int((checks.pieces_of_grid(problem, labels) != 1).sum())
    return Run(
        method, float(found["max_deviation_share"] or 0), broken, metrics.inertia_km2(problem, labels),
        metrics.polsby_popper(problem, labels), float(said["search_s"]), float(said["peak_mb"]),
    )  # fmt: skip


def run_peer(method: str, path: str, tolerance: float, seconds: float, seed: int, out: str) -> None:
    """Run a peer in this process and write labels and its cost; needs numpy and that peer only."""
    import time

    with np.load(path) as file:
        arrays = {name: file[name] for name in file}
    division: dict[str, Callable[..., Any]] = {
        PEERS[0]: metis, PEERS[1]: k_means_constrained, PEERS[2]: gerrychain, PEERS[3]: cp_sat,
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
    main()
