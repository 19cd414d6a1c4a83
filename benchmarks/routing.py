"""The routing engine against its peers at equal CPU time, in one run: published instances, days, live re-planning.

    python benchmarks/routing.py --folder FOLDER --seconds 10 --seeds 1,2,3

FOLDER holds CVRPLIB `.vrp` and Solomon `.txt` files at any depth and a `bks.csv` (columns set, instance, bks). PyVRP is
run as installed, with its defaults; OR-Tools through `--engine ortools`. Costs are recomputed here from the instance.
Gaps are to the best known cost; the last row is the mean.
"""

from __future__ import annotations

import argparse
import csv
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyvrp

from gridsvc.engines.instances.routing_instance import VehicleRoutingInstance
from gridsvc.engines.instances.vehicle_routing import cost_of, read_instance, solve_instance
from optimize.routing import RoutingProblem, pack_intervals, solve
from optimize.routing.checks import check
from optimize.routing.estimate import SolvedSample, calibrate, estimate_travel_s
from optimize.routing.parts import with_stops
from optimize.routing.replan import Progress, replan
from optimize.stopping import MaxIterations, MaxSeconds

HOUR_S = 3600
Solver = Callable[[Path, VehicleRoutingInstance, int, float], float]


def ours(path: Path, instance: VehicleRoutingInstance, seed: int, seconds: float) -> float:
    """Cost found by the package's own choice of engine; infinite when none was found."""
    solution = solve_instance(instance, seed=seed, max_seconds=seconds)
    return float("inf") if solution.reasons else solution.cost


def ortools(path: Path, instance: VehicleRoutingInstance, seed: int, seconds: float) -> float:
    """Cost found by OR-Tools alone."""
    solution = solve_instance(instance, seed=seed, engine="ortools", max_seconds=seconds)
    return float("inf") if solution.reasons else solution.cost


def pyvrp_itself(path: Path, instance: VehicleRoutingInstance, seed: int, seconds: float) -> float:
    """Cost found by PyVRP as installed, from its own reader."""
    data = pyvrp_data(path, instance)
    began_s = time.process_time()
    found = pyvrp.solve(data, lambda _: time.process_time() - began_s >= seconds, seed=seed, collect_stats=False)
    if not found.is_feasible():
        return float("inf")
    routes = tuple(tuple(a.idx + 1 for a in route if a.is_client()) for route in found.best.routes())
    return cost_of(instance, routes)


def pyvrp_data(path: Path, instance: VehicleRoutingInstance) -> pyvrp.ProblemData:
    """Give PyVRP's own model of an instance: from its reader, or with the numbers of a Solomon text."""
    return _solomon(instance) if path.suffix == ".txt" else pyvrp.read(path, round_func="round")


def _solomon(instance: VehicleRoutingInstance) -> pyvrp.ProblemData:
    """PyVRP 0.14 reads no Solomon text: the same numbers through its model."""
    ten = instance.scale
    arcs = np.rint(instance.distance * ten).astype(np.int64)
    assert instance.window is not None
    window, service = np.rint(instance.window * ten).astype(int), np.rint(instance.service * ten).astype(int)
    clients = [
        pyvrp.Client(
            k,
            delivery=[int(instance.demand[k])],
            service_duration=int(service[k]),
            tw_early=int(window[k, 0]),
            tw_late=int(window[k, 1]),
        )
        for k in range(1, len(arcs))
    ]
    fleet = pyvrp.VehicleType(
        instance.n_vehicles, capacity=[instance.capacity], tw_early=int(window[0, 0]), tw_late=int(window[0, 1])
    )
    places = [pyvrp.Location(0, 0) for _ in arcs]
    return pyvrp.ProblemData(places, clients, [pyvrp.Depot(0)], [fleet], [arcs], [arcs])


SOLVERS: dict[str, Solver] = {"gridsvc": ours, "pyvrp": pyvrp_itself, "ortools": ortools}


def published(folder: Path, seconds: float, seeds: list[int], engines: list[str]) -> None:
    """Print the table of gaps to the best known costs."""
    with (folder / "bks.csv").open(encoding="utf-8") as file:
        best_known = {row["instance"].lower(): float(row["bks"]) for row in csv.DictReader(file)}
    print(f"## Published instances, {seconds:g} CPU s, seeds {seeds}, mean gap to the best known cost in %\n")
    print("| instance | best known | " + " | ".join(engines) + " |")
    print("|---|---|" + "---|" * len(engines))
    gaps: dict[str, list[float]] = {engine: [] for engine in engines}
    paths = [p for p in sorted(folder.rglob("*")) if p.suffix in (".vrp", ".txt") and p.stem.lower() in best_known]
    for path in paths:
        instance, best = read_instance(path), best_known[path.stem.lower()]
        row = []
        for engine in engines:
            costs = [SOLVERS[engine](path, instance, seed, seconds) for seed in seeds]
            gap = 100 * (statistics.mean(costs) / best - 1)
            gaps[engine].append(gap)
            row.append(f"{gap:.2f}")
        print(f"| {path.stem} | {best:g} | " + " | ".join(row) + " |", flush=True)
    print("| mean | | " + " | ".join(f"{statistics.mean(gaps[engine]):.2f}" for engine in engines) + " |\n")


def town_day(seed: int, n_stops: int, n_staff: int, n_groups: int = 0) -> RoutingProblem:
    """A day of two half-days in a town of 3 x 3 km; a fifth of the stops each has one or two windows."""
    rng = np.random.default_rng(seed)
    xy_m = rng.random((n_stops + 1, 2)) * 3000
    distance_m = np.rint(np.hypot(*(xy_m[:, None] - xy_m[None]).transpose(2, 0, 1)) * 1.3)
    kinds = [[], [], [], [(8 * HOUR_S, 11 * HOUR_S)], [(9 * HOUR_S, 11 * HOUR_S), (15 * HOUR_S, 17 * HOUR_S)]]
    window_ptr, windows_s = pack_intervals([kinds[k] for k in rng.integers(0, 5, n_stops)])
    break_ptr, breaks_s = pack_intervals([[(12 * HOUR_S, 13 * HOUR_S + 1800)]] * n_staff)
    return RoutingProblem(
        travel_s=np.rint(distance_m / 5).astype(np.int32),
        distance_m=distance_m.astype(np.int32),
        stop_place=np.arange(1, n_stops + 1),
        start_place=np.zeros(n_staff, dtype=np.int64),
        end_place=np.zeros(n_staff, dtype=np.int64),
        shift_s=np.tile([8 * HOUR_S + 1800, 17 * HOUR_S + 1800], (n_staff, 1)),
        service_s=rng.integers(480, 780, n_stops),
        window_ptr=window_ptr,
        windows_s=windows_s,
        break_ptr=break_ptr,
        breaks_s=breaks_s,
        same_time_groups=tuple((2 * g, 2 * g + 1) for g in range(n_groups)),
    )


def days(seconds: float, seeds: list[int]) -> None:
    """Print travel and unserved stops of working days at equal CPU time."""
    print(f"## Days of two half-days, {seconds:g} CPU s, sums over {len(seeds)} seeds\n")
    print("| day | engine | travel min | unserved | rules broken |")
    print("|---|---|---|---|---|")
    cases = (("27 stops", 27, 1, 0), ("80 stops, 3 staff", 80, 3, 0), ("75 stops, 3 staff, 8 joint", 75, 3, 8))
    for words, n_stops, n_staff, n_groups in cases:
        for engine in ("auto", "ortools", "pyvrp"):
            travel_min, n_unserved, n_broken = 0.0, 0, 0
            for seed in seeds:
                problem = town_day(seed, n_stops, n_staff, n_groups)
                result = solve(problem, MaxSeconds(seconds), seed, engine=engine)
                travel_min += sum(route.travel_s for route in result.routes) / 60
                n_unserved += len(result.unserved)
                n_broken += len(check(problem, result))
            print(f"| {words} | {engine} | {travel_min:.1f} | {n_unserved} | {n_broken} |", flush=True)
    print()


def live(seeds: list[int]) -> None:
    """Print times and moves of re-plans: eight stops done, 15 min late, one shop closed, two urgent stops."""
    spent_s, moved, dropped = [], [], []
    for seed in range(10 * len(seeds)):
        problem = town_day(seed, 29, 1)
        plan = solve(with_stops(problem, range(27)), MaxIterations(3000), 1)
        route = plan.routes[0]
        at = Progress(n_done=8, free_at_s=int(route.departure_s[7]) + 900, free_place=int(route.stops[7]) + 1)
        began_s = time.process_time()
        proposal = replan(problem, plan, [at], closed=[int(route.stops[12])], urgent=[27, 28])
        spent_s.append(time.process_time() - began_s)
        moved.append(len(proposal.moved))
        dropped.append(len(proposal.dropped))
    print(f"## Live re-plan of a 27-stop day, {len(spent_s)} cases\n")
    p95_s = float(np.percentile(spent_s[1:], 95))
    within = sum(m <= 3 for m in moved)
    print(
        f"p95 {p95_s:.3f} CPU s; {within} move <= 3 stops, at most {max(moved)}; {sum(dropped)} promised stops dropped"
    )


def estimates() -> None:
    """Print the error of the fast estimate on days that it was not fitted on."""
    rng = np.random.default_rng(1)
    xy_m = rng.random((421, 2)) * 4000
    travel_s = np.rint(np.hypot(*(xy_m[:, None] - xy_m[None]).transpose(2, 0, 1)) / 4).astype(np.int32)

    def sample() -> SolvedSample:
        size = int(rng.integers(12, 40))
        pool = np.argsort(travel_s[int(rng.integers(1, 421)), 1:])[: int(rng.integers(size, 420))] + 1
        stops = np.sort(rng.choice(pool, size, replace=False))
        problem = RoutingProblem(
            travel_s=travel_s,
            distance_m=travel_s,
            stop_place=stops,
            start_place=np.zeros(1, dtype=np.int64),
            end_place=np.zeros(1, dtype=np.int64),
            shift_s=np.array([[0, 10**6]]),
        )
        return SolvedSample(stops=stops, n_a_day=size, travel_s=solve(problem, MaxIterations(1500), 1).cost)

    calibration = calibrate(travel_s, 0, [sample() for _ in range(40)])
    began_s = time.process_time()
    for _ in range(20):
        estimate_travel_s(travel_s, 0, np.arange(1, 421), 21.0, calibration)
    each_ms = (time.process_time() - began_s) * 50
    print(f"## Fast estimate\n\n{calibration.words}; {each_ms:.2f} CPU ms for 420 retailers")


def main() -> None:
    """Run all tables."""
    cases = os.environ.get("GRIDSVC_CASES")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path(cases) / ".." / "bench" / "routing" if cases else None)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--seeds", default="1,2,3,4,5")
    parser.add_argument("--engines", default="gridsvc,pyvrp,ortools")
    arguments = parser.parse_args()
    seeds = [int(seed) for seed in arguments.seeds.split(",")]
    if arguments.folder is None:
        print("Published instances skipped: give --folder or set GRIDSVC_CASES.\n")
    else:
        published(arguments.folder, arguments.seconds, seeds, arguments.engines.split(","))
    days(min(1.0, arguments.seconds), seeds)
    live(seeds)
    estimates()


if __name__ == "__main__":
    main()
