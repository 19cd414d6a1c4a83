"""When should ruin and recreate take over from PyVRP, and how warm? One run of PyVRP answers for many shares.

    python -m benchmarks.routing_relay --folder FOLDER --seconds 10 --seeds 1,2,3 --shares 0.5:1,0.9:0.1 --out relay.csv

PyVRP is run once for each instance and seed, to the end of the CPU seconds. For each `share:warmth` ruin and recreate
then goes on from the plan that PyVRP had after that share, for what is left of the seconds. The first part is the same
for all of them, so that they differ by far less chance than runs of their own do (`benchmarks.routing_regression`).
Costs are PyVRP's units; differences are in % of what PyVRP alone had at the end.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import pyvrp
from pyvrp.IteratedLocalSearch import IteratedLocalSearchCallbacks, IteratedLocalSearchParams
from pyvrp.solve import SolveParams

from benchmarks.routing import pyvrp_data
from benchmarks.routing_regression import class_of
from gridsvc.engines.instances.vehicle_routing import problem_of, read_instance
from optimize.routing import RoutingProblem
from optimize.routing.search import search_orders
from optimize.stopping import MaxSeconds


class _Snapshots(IteratedLocalSearchCallbacks):  # type: ignore[misc, unused-ignore]
    """Keeps the best plan at given CPU seconds."""

    def __init__(self, wanted_s: Sequence[float]) -> None:
        self._wanted_s = sorted(set(wanted_s))
        self.began_s = time.process_time()
        self.best_at: dict[float, pyvrp.Solution] = {}

    def on_iteration(
        self, current: pyvrp.Solution, candidate: pyvrp.Solution, best: pyvrp.Solution, cost_evaluator: object
    ) -> None:
        spent_s = time.process_time() - self.began_s
        while self._wanted_s and spent_s >= self._wanted_s[0]:
            self.best_at[self._wanted_s.pop(0)] = best


def pyvrp_with_snapshots(
    path: Path, seed: int, seconds: float, wanted_s: Sequence[float]
) -> dict[float, list[list[int]]]:
    """Give the stop rows by route of PyVRP's best plan at each of the CPU seconds, and at the end."""
    data = pyvrp_data(path, read_instance(path))
    kept = _Snapshots(wanted_s)
    params = SolveParams(ils=IteratedLocalSearchParams(callbacks=kept))
    found = pyvrp.solve(
        data, lambda _: time.process_time() - kept.began_s >= seconds, seed=seed, collect_stats=False, params=params
    )
    plans = {**kept.best_at, seconds: found.best}
    return {at_s: [[a.idx for a in r if a.is_client()] for r in plan.routes()] for at_s, plan in plans.items()}


def cost_of(problem: RoutingProblem, orders: Sequence[Sequence[int]]) -> int:
    """Add up the arcs of the routes, all from the first depot."""
    depot = int(problem.start_place[0])
    ways = [[depot, *(int(problem.stop_place[s]) for s in order), depot] for order in orders if len(order)]
    return sum(int(problem.arc_cost[a, b]) for way in ways for a, b in itertools.pairwise(way))


def run(paths: list[Path], seconds: float, seeds: list[int], shares: list[tuple[float, float]], out: Path) -> None:
    """Run and write one row for each instance, seed and share; the row of share 1 is PyVRP alone."""
    with out.open("a", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        for seed in seeds:
            for path in paths:
                problem = problem_of(read_instance(path))
                plans = pyvrp_with_snapshots(path, seed, seconds, [share * seconds for share, _ in shares])
                alone = cost_of(problem, plans[seconds])
                table.writerow([class_of(path.stem), path.stem, seed, seconds, 1.0, "", alone, 0.0])
                for share, warmth in shares:
                    orders = plans[share * seconds]
                    orders = [*orders, *([] for _ in range(problem.n_staff - len(orders)))]
                    found, _ = search_orders(problem, MaxSeconds((1 - share) * seconds), seed, orders, warmth=warmth)
                    cost = cost_of(problem, found)
                    change = round(100 * (cost / alone - 1), 4)
                    table.writerow([class_of(path.stem), path.stem, seed, seconds, share, warmth, cost, change])
                file.flush()


def summarise(out: Path) -> None:
    """Print the mean difference to PyVRP alone by class, share and warmth, with how often better and worse."""
    with out.open(encoding="utf-8") as file:
        rows = [row for row in csv.reader(file) if row[5]]
    print("| class | seconds | share of PyVRP | warmth | mean, % | better, same, worse | worst, % |")
    print("|---|---|---|---|---|---|---|")
    for key in sorted({(row[0], row[3], row[4], row[5]) for row in rows}):
        changes = [float(row[7]) for row in rows if (row[0], row[3], row[4], row[5]) == key]
        signs = [sum(c < 0 for c in changes), sum(c == 0 for c in changes), sum(c > 0 for c in changes)]
        print(f"| {' | '.join(key)} | {statistics.mean(changes):+.2f} | {signs} | {max(changes):+.2f} |")


def main() -> None:
    """Read the command line, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--seconds", default="10")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--shares", default="0.5:1,0.9:0.1")
    parser.add_argument("--instances", default="", help="names, separated by commas; default: all of the folder")
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    chosen = {name.lower() for name in asked.instances.split(",") if name}
    paths = [p for p in sorted(asked.folder.rglob("*")) if p.suffix in (".vrp", ".txt")]
    paths = [p for p in paths if not chosen or p.stem.lower() in chosen]
    shares = [(float(share), float(warmth)) for share, warmth in (one.split(":") for one in asked.shares.split(","))]
    for seconds in asked.seconds.split(","):
        run(paths, float(seconds), [int(seed) for seed in asked.seeds.split(",")], shares, asked.out)
    summarise(asked.out)


if __name__ == "__main__":
    main()
