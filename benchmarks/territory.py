"""Territories beside what people use today: one table, same instances, same judge, same run.

    python -m benchmarks.territory [small district fine city region | FILE.npz ...] [--tolerances 0.05 0.01]
        [--seconds 3] [--threads 2] [--seeds 1 2 3 4 5] [--peers-python PEERS/bin/python] [--bound-steps 700]
        [--perimeters 0 0.25 0.5 1 2] [--changes 7 8 9] [--maps FOLDER]

For each instance and tolerance it prints medians over the seeds of ours and of each peer; then what the bounds say, how
much of their convex hulls the grids fill, what 3 % changes of shops cost beside the flow bound and, up to 40 grids, the
least that whole units must move, how long one painted unit and one stroke take, and what other weights of borders give;
and draws a map. A generated instance is another one for each seed, a file is the same.
Peers are never dependencies: `python -m venv PEERS`, `PEERS/bin/pip install pymetis kahip k-means-constrained
gerrychain ortools`; one that cannot be imported is left out and said so. CPU seconds count the whole process of a peer,
imports included; ours counts the busiest thread of the search, as its limit does; wall counts both from start to end.
CP-SAT gets five times the limit. Inertia is comparable only between rows with the same deviation and no broken grid.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, cKDTree

from gridsvc.engines.instances.territory_npz import COMPACT_SHARE, read_instance, read_labels, replan_from
from optimize.crew import Crew
from optimize.stopping import MaxIterations, MaxSeconds
from optimize.territory import checks, metrics
from optimize.territory.bounds import fixed_centre_bound, free_centre_bound
from optimize.territory.flows import flow_bound
from optimize.territory.layout import lay_out
from optimize.territory.moves import least_moves
from optimize.territory.problem import TerritoryProblem, TerritoryResult
from optimize.territory.replan import even_out, repair
from optimize.territory.solve import solve

OURS = ("gridsvc", "gridsvc --engine ortools")
PEERS = ("pymetis", "kahip", "k-means-constrained", "gerrychain", "cp-sat fixed centres")
FEW_GRIDS = 40
REPLAN_SECONDS = ((FEW_GRIDS, 0.5), (200, 2.0), (100_000, 8.0))  # of a re-plan, up to a number of grids
TONES = ("#4477aa", "#ccbb44", "#228833", "#ee6677", "#66ccee", "#aa3377", "#999933")  # Tol's bright set and olive
HEADS = (
    ("deviation", 9), ("broken", 6), ("inertia", 9), ("worst", 9), ("ratio", 6), ("PP", 5), ("CPU s", 6), ("wall s", 6),
    ("peak MB", 7),
)  # fmt: skip


@dataclass(frozen=True)
class Run:
    """One method on one instance, judged."""

    method: str
    deviation_share: float
    n_broken: int
    inertia_km2: float
    polsby_popper: float | None
    cpu_s: float
    wall_s: float
    peak_mb: float
    labels: NDArray[np.int32]


def main() -> None:
    """Run everything and print one table an instance and tolerance."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("instances", nargs="*", default=["small", "district"], help="a generated size or an .npz file")
    parser.add_argument("--tolerances", type=float, nargs="+", default=[0.05])
    parser.add_argument("--seconds", type=float, default=3.0, help="CPU seconds; peers that take a limit get it")
    parser.add_argument("--threads", type=int, default=2, help="of our search")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--peers-python", default=sys.executable, help="interpreter with the peers installed")
    parser.add_argument("--without", nargs="*", default=[], help="methods to leave out")
    parser.add_argument("--bound-steps", type=int, default=0, help="steps of the free-centre bound; 0 = leave it out")
    parser.add_argument("--perimeters", type=float, nargs="*", default=[], help="weights of borders to compare")
    parser.add_argument("--changes", type=int, nargs="*", default=[7], help="seeds of the changes of shops")
    parser.add_argument("--maps", type=Path, help="folder for one map an instance")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name in given.instances:
            for tolerance in given.tolerances:
                compare(name, tolerance, given, Path(folder))


def compare(name: str, tolerance: float, given: argparse.Namespace, folder: Path) -> None:
    """Print the table of one instance, ratios to our first row, and what is said about our plan of the first seed."""
    print(f"\n{name}, tolerance {tolerance:.0%}, {given.seconds:g} CPU s, medians over seeds {given.seeds}")
    print(f"{'method':26}", *(f"{head:>{width}}" for head, width in HEADS))
    ours: Run | None = None
    base = None
    for method in (*OURS, *PEERS):
        if method in given.without:
            continue
        runs = [one(method, instance_of(name, seed, folder), tolerance, given, seed, folder) for seed in given.seeds]
        found = [run for run in runs if isinstance(run, Run)]
        if not found:
            print(f"{method:26} left out: {runs[0]}", flush=True)
            continue
        ours = ours or found[0]
        base = base or statistics.median(run.inertia_km2 for run in found)
        print(f"{method:26}", row(found, base), flush=True)
    if ours is not None and ours.method == OURS[0]:
        instance = instance_of(name, given.seeds[0], folder)
        say_about(instance, ours.labels, tolerance, given)
        if given.maps is not None:
            given.maps.mkdir(parents=True, exist_ok=True)
            draw(instance, ours.labels, given.maps / f"territory-{Path(name).stem}.svg")


def row(found: list[Run], base: float) -> str:
    """Return the columns of one method: worst deviation, breaks and memory, medians of the rest."""
    inertia = statistics.median(run.inertia_km2 for run in found)
    shapes = [run.polsby_popper for run in found if run.polsby_popper is not None]
    shape = f"{statistics.median(shapes):.3f}" if shapes else "-"
    return (
        f"{max(run.deviation_share for run in found):9.2%} {max(run.n_broken for run in found):6d} {inertia:9.1f} "
        f"{max(run.inertia_km2 for run in found):9.1f} {inertia / base:6.3f} {shape:>5} "
        f"{statistics.median(run.cpu_s for run in found):6.2f} {statistics.median(run.wall_s for run in found):6.1f} "
        f"{max(run.peak_mb for run in found):7.0f}"
    )


def say_about(instance: Path, labels: NDArray[np.int32], tolerance: float, given: argparse.Namespace) -> None:
    """Print bounds, a re-plan after a 3 % change, the time of one painted unit, and other weights of borders."""
    problem = read_instance(instance, tolerance=tolerance)
    inertia = metrics.inertia_km2(problem, labels)
    fixed = fixed_centre_bound(problem, labels)
    print(f"  fixed-centre bound {fixed.value_km2:.1f}: at most {fixed.gap_share(inertia):.2%} better at these centres")
    print(f"  hull ratio, mean of grids: {hull_ratio(instance, labels):.3f}")
    if given.bound_steps:
        began_s = time.process_time()
        free = free_centre_bound(problem, MaxIterations(given.bound_steps), 1, labels)
        took_s = time.process_time() - began_s
        print(f"  free-centre bound {free.value_km2:.1f}: at most {free.gap_share(inertia):.2%} better; {took_s:.0f} s")
    for seed in given.changes:
        print(f"  {changed(instance, labels, tolerance, given.threads, seed)}", flush=True)
    print(f"  {painted(problem, labels)}", flush=True)
    print(f"  {drawn(problem, labels)}", flush=True)
    for weight in given.perimeters:
        print(f"  {bordered(problem, weight, given)}", flush=True)


def instance_of(name: str, seed: int, folder: Path) -> Path:
    """Return the given file, or an instance generated from the seed."""
    from benchmarks.instances.territory import SIZES, make

    if name not in SIZES:
        return Path(name)
    path = folder / f"{name}-{seed}.npz"
    if not path.exists():
        np.savez(path, **make(name, seed))
    return path


def one(method: str, instance: Path, tolerance: float, given: argparse.Namespace, seed: int, folder: Path) -> Run | str:
    """Run one method in a process of its own and judge its labels; a string says why it is left out."""
    out = folder / "labels.csv"
    out.unlink(missing_ok=True)
    if method in OURS:
        engine = ["--engine", "ortools"] if method != OURS[0] else []
        command = [sys.executable, "-m", "gridsvc.cli", "solve", "territory", str(instance), *engine]
        command += ["--tolerance", str(tolerance), "--out", str(out)]
        command += ["--seed", str(seed), "--max-seconds", str(given.seconds), "--threads", str(given.threads)]
    else:
        python = sys.executable if method.startswith("cp-sat") else given.peers_python
        script = str(Path(__file__).with_name("territory_peers.py").resolve())
        command = [python, script, method, str(instance), str(tolerance), str(given.seconds), str(seed), str(out)]
    began_s = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    said, wrong = child.communicate()
    wall_s = time.perf_counter() - began_s
    if not out.exists():
        return (wrong.strip().splitlines() or ["no labels"])[-1][:90]
    return judged(method, instance, out, tolerance, json.loads(said.strip().splitlines()[-1]), wall_s)


def judged(method: str, instance: Path, out: Path, tolerance: float, said: dict[str, Any], wall_s: float) -> Run:
    """Return what the judge and the registry say about the labels."""
    problem = read_instance(instance, tolerance=tolerance)
    labels = read_labels(out, n_units=problem.n_units, n_grids=problem.n_grids)
    found = metrics.measure(problem, labels)
    broken = int((checks.pieces_of_grid(problem, labels) != 1).sum())
    return Run(
        method, float(found["max_deviation_share"] or 0), broken, metrics.inertia_km2(problem, labels),
        metrics.polsby_popper(problem, labels), float(said["search_s"]), wall_s, float(said["peak_mb"]), labels,
    )  # fmt: skip


def searched(
    problem: TerritoryProblem, seconds: float, seed: int, threads: int, most_km2: float | None = None
) -> TerritoryResult:
    """Return our plan after CPU seconds of the busiest thread."""
    with Crew(threads) as crew:
        return solve(problem, MaxSeconds(seconds, clock=crew.clock), seed, crew=crew, most_km2=most_km2)


def bordered(problem: TerritoryProblem, weight: float, given: argparse.Namespace) -> str:
    """Say what a weight of borders gives, medians over the seeds."""
    other = replace(problem, perimeter_weight=weight)
    found = [searched(other, given.seconds, seed, given.threads) for seed in given.seeds]
    inertia = statistics.median(metrics.inertia_km2(problem, run.grid_of_unit) for run in found)
    shapes = [shape for run in found if (shape := metrics.polsby_popper(problem, run.grid_of_unit)) is not None]
    compact = f"PP {statistics.median(shapes):.3f}" if shapes else "no PP"
    cut = statistics.median(int(run.metrics["n_cut_edges"] or 0) for run in found)
    kept = sum(run.feasible for run in found)
    return (
        f"border weight {weight:g}: inertia {inertia:.1f}, {compact}, cut edges {cut:.0f}; "
        f"{kept} of {len(found)} keep every rule"
    )


def hull_ratio(instance: Path, labels: NDArray[np.int32]) -> float:
    """Return the mean over grids of their area by that of their convex hull, units being regular hexagons."""
    with np.load(instance) as file:
        if "side" not in file or "area" not in file:
            return float("nan")
        places, side, area = file["cxy"], file["side"], file["area"]
    turns = np.arange(6) * np.pi / 3
    corners = places[:, None, :] + side[:, None, None] * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    hulls = [ConvexHull(corners[labels == grid].reshape(-1, 2)).volume for grid in range(int(labels.max()) + 1)]
    return float(np.mean(np.bincount(labels, area) / hulls))


def changed(instance: Path, labels: NDArray[np.int32], tolerance: float, threads: int, seed: int) -> str:
    """Close 1.5 % of the shops at random, open as many around a few places, re-plan, and say what moved."""
    with np.load(instance) as file:
        arrays = {name: file[name] for name in file}
    rng = np.random.default_rng(seed)
    n = len(arrays["pts"])
    kept = np.setdiff1d(np.arange(n), rng.choice(n, int(0.015 * n), replace=False))
    spots = rng.choice(n, max(2, n // 2500))
    near = np.asarray(cKDTree(arrays["pts"]).query(arrays["pts"][spots], k=min(300, n // 10))[1])
    opened = near[rng.integers(len(spots), size=n - len(kept)), rng.integers(near.shape[1], size=n - len(kept))]
    rows = np.append(kept, opened)
    arrays |= {"pts": arrays["pts"][rows], "pcell": arrays["pcell"][rows]}
    arrays["cload"] = np.bincount(arrays["pcell"], minlength=len(arrays["cxy"]))
    with tempfile.TemporaryDirectory() as folder:
        np.savez(Path(folder) / "changed.npz", **arrays)
        problem = replan_from(read_instance(Path(folder) / "changed.npz", tolerance=tolerance), labels)
    before = metrics.inertia_km2(read_instance(instance, tolerance=tolerance), labels)
    seconds = next(limit for most, limit in REPLAN_SECONDS if problem.n_grids <= most)
    result = searched(problem, seconds, 1, threads, most_km2=(1 + COMPACT_SHARE) * before)
    moved, least = checks.moved_weight(problem, result.grid_of_unit), flow_bound(problem).load
    after = metrics.inertia_km2(problem, result.grid_of_unit)
    whole = f", whole units {least_moves(problem, in_parts=False).weight:.0f}" if problem.n_grids <= FEW_GRIDS else ""
    return (
        f"after a 3 % change: {moved:.0f} retailers move ({moved / len(rows):.2%}), flow bound {least:.0f}{whole}, "
        f"ratio {moved / max(least, 1):.2f}, inertia {after / before:.3f} x, {'kept' if result.feasible else 'NOT in'} "
        f"tolerance, {seconds:g} CPU s a thread"
    )


def painted(problem: TerritoryProblem, labels: NDArray[np.int32], times: int = 20) -> str:
    """Give border units to the neighbour and say how long the repair takes, the map laid out once before."""
    began_s = time.process_time()
    layout = lay_out(problem)
    layout_ms = 1000 * (time.process_time() - began_s)
    ends = problem.edges[labels[problem.edges[:, 0]] != labels[problem.edges[:, 1]]]
    took_ms, kept = [], 0
    for unit, other in np.random.default_rng(3).choice(ends, times).tolist():
        began_s = time.process_time()
        kept += repair(problem, labels, unit, int(labels[other]), layout=layout).feasible
        took_ms.append(1000 * (time.process_time() - began_s))
    return (
        f"one painted unit: CPU median {statistics.median(took_ms):.0f} ms, greatest {max(took_ms):.0f}, layout once "
        f"{layout_ms:.0f} ms; {kept} of {times} keep every rule"
    )


def drawn(problem: TerritoryProblem, labels: NDArray[np.int32], times: int = 30) -> str:
    """Draw a border unit and its neighbours into the next grid, say how long evening out takes and what follows."""
    rng = np.random.default_rng(4)
    ends = problem.edges[labels[problem.edges[:, 0]] != labels[problem.edges[:, 1]]]
    took_ms, follow, n_even = [], [], 0
    for unit, other in rng.choice(ends, times).tolist():
        beside = problem.edges[(problem.edges == unit).any(axis=1)]
        stroke = np.unique(beside).astype(np.int32)
        plan = labels.copy()
        plan[stroke] = labels[other]
        began_s = time.process_time()
        found = even_out(problem, plan, stroke)
        took_ms.append(1000 * (time.process_time() - began_s))
        follow.append(float(problem.weight[found.grid_of_unit != plan].sum()))
        n_even += found.feasible
    return (
        f"a stroke of a unit and its neighbours: CPU median {statistics.median(took_ms):.0f} ms, greatest "
        f"{max(took_ms):.0f}; {statistics.median(follow):.0f} retailers follow, at most {max(follow):.0f}; "
        f"{n_even} of {times} keep every rule"
    )


def draw(instance: Path, labels: NDArray[np.int32], out: Path) -> None:
    """Write a map: one dot a unit, coloured by grid so that neighbours differ, loaded units darker."""
    with np.load(instance) as file:
        places, loaded, edges = file["cxy"], file["cload"] > 0, file["gedges" if "gedges" in file else "edges"]
    colour = colours(labels, edges)
    low, high = places.min(axis=0), places.max(axis=0)
    scale = 1000 / float((high - low).max())
    size = max(1.0, 0.95 * scale * float(np.sqrt(np.prod(high - low) / len(places))))
    height = scale * float(high[1] - low[1]) + 20
    at = np.rint(scale * np.column_stack([places[:, 0] - low[0], high[1] - places[:, 1]])).astype(np.int64)
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-10 -10 1020 {height:.0f}">']
    for k, tone in enumerate(TONES):
        for is_loaded, opacity in ((False, 0.45), (True, 1.0)):
            chosen = np.flatnonzero((colour == k) & (loaded == is_loaded))
            chosen = chosen[np.lexsort((at[chosen, 0], at[chosen, 1]))]
            steps = np.diff(at[chosen], axis=0, prepend=np.zeros((1, 2), dtype=np.int64)).tolist()
            dots = "".join(f"m{x} {y}h0" for x, y in steps)
            style = f'stroke="{tone}" stroke-width="{size:.1f}" stroke-linecap="round" opacity="{opacity}"'
            lines.append(f'<path d="{dots}" {style}/>')
    out.write_text("\n".join([*lines, "</svg>\n"]), encoding="utf-8")
    print(f"  map: {out}")


def colours(labels: NDArray[np.int32], edges: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the colour of each unit: grids in order, each the least used colour that no touching grid has."""
    touching = np.unique(np.sort(labels[edges], axis=1), axis=0)
    of_grid = np.full(int(labels.max()) + 1, -1)
    for grid in range(len(of_grid)):
        beside = touching[(touching == grid).any(axis=1)].ravel()
        free = np.setdiff1d(np.arange(len(TONES)), of_grid[beside])
        used = np.bincount(of_grid[of_grid >= 0], minlength=len(TONES))
        of_grid[grid] = free[np.argmin(used[free])] if len(free) else grid % len(TONES)
    return np.asarray(of_grid[labels])


if __name__ == "__main__":
    main()
