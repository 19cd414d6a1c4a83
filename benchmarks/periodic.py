"""Measure the periodic engine: published instances against peers, and a territory's month against an angle sweep.

    python -m benchmarks.periodic pvrp FOLDER --best BKS.csv [--seconds 10] [--seeds 1 2 3] [--peers ortools pyvrp]
    python -m benchmarks.periodic month [--seconds 4] [--seeds 1 2 3]
    python -m benchmarks.periodic ledger [--seconds 8] [--saving 3] [--seeds 1]

`BKS.csv` has the columns set, instance and the best known cost third. Every solver gets the same CPU seconds on one
core in the same run; a dash means that no feasible plan was found. The month uses Brooklyn's streets where
`GRIDSVC_CASES` points to them and a synthetic territory always.
"""

from __future__ import annotations

import argparse
import csv
import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.instances.month import Territory, brooklyn_territory, month, swept, synthetic_territory
from gridsvc.engines.instances.periodic_cordeau import read_periodic
from optimize.periodic.ledger import joint_stop_ledger
from optimize.periodic.problem import PeriodicProblem
from optimize.periodic.solve import solve
from optimize.stopping import MaxIterations, MaxSeconds

Solver = Callable[[PeriodicProblem, float, int], float]


def own(problem: PeriodicProblem, seconds: float, seed: int) -> float:
    """Cost by ruin and recreate, nan if not feasible."""
    result = solve(problem, MaxSeconds(seconds), seed)
    return result.cost if result.is_feasible else math.nan


def ortools(problem: PeriodicProblem, seconds: float, seed: int) -> float:
    """Cost by OR-Tools alone, nan if not feasible; its limit is wall time, so measure on a quiet machine."""
    result = solve(problem, MaxSeconds(seconds), seed, engine="ortools")
    return result.cost if result.is_feasible else math.nan


def pyvrp(problem: PeriodicProblem, seconds: float, seed: int) -> float:
    """Cost by PyVRP with client groups: a duty visited once is a group with one client per legal day; PyVRP cannot tie
    several days together, so the others keep a pattern that evens out the demand. A day is a profile of its own.
    """
    import pyvrp as peer

    scale = 1000
    model = peer.Model()
    place = problem.location_of_retailer[problem.retailer_of_duty]
    fixed = _even_masks(problem)
    depot_location = model.add_location(0, 0)
    depot = model.add_depot(depot_location)
    of_day: list[list[tuple[peer.Location, int]]] = [
        [(depot_location, int(problem.office_of_staff[0]))] for _ in range(problem.n_days)
    ]
    for duty in range(problem.n_duties):
        own = problem.pattern_mask[problem.pattern_start[duty] : problem.pattern_start[duty + 1]].tolist()
        is_once = all(mask.bit_count() == 1 for mask in own)
        group = model.add_client_group() if is_once and len(own) > 1 else None
        days = (
            [mask.bit_length() - 1 for mask in own]
            if is_once
            else [d for d in range(problem.n_days) if fixed[duty] >> d & 1]
        )
        for day in days:
            location = model.add_location(0, 0)
            of_day[day].append((location, int(place[duty])))
            model.add_client(
                location,
                delivery=[round(float(problem.demand[duty]))],
                service_duration=round(float(problem.service_min[duty]) * scale),
                required=group is None,
                group=group,
            )
    for day, members in enumerate(of_day):
        profile = model.add_profile()
        for a, row in members:
            for b, column in members:
                minutes = round(float(problem.travel_min[row, column]) * scale)
                model.add_edge(a, b, minutes, minutes, profile)
        limit = float(problem.minutes_of_staff_day[0, day])
        model.add_vehicle_type(
            problem.n_staff,
            [int(problem.capacity_of_staff_day[0, day])],
            depot,
            depot,
            shift_duration=int(limit * scale) if math.isfinite(limit) else 2**50,
            profile=profile,
        )
    stop = MaxSeconds(seconds)  # CPU seconds; PyVRP's own limit is wall time
    found = model.solve(lambda cost: stop(0, cost), seed=seed, collect_stats=False, display=False)
    return found.cost() / scale if found.is_feasible() else math.nan


def _even_masks(problem: PeriodicProblem) -> list[int]:
    """One pattern per duty, chosen in turn so that the busiest day stays smallest; the largest demand first."""
    load = np.zeros(problem.n_days)
    masks = [0] * problem.n_duties
    for duty in np.argsort(-problem.demand, kind="stable").tolist():
        own = problem.pattern_mask[problem.pattern_start[duty] : problem.pattern_start[duty + 1]].tolist()
        bits = {mask: np.array([mask >> day & 1 for day in range(problem.n_days)], float) for mask in own}
        masks[duty] = min(own, key=lambda mask: ((load + bits[mask] * problem.demand[duty]).max(), mask))
        load += bits[masks[duty]] * problem.demand[duty]
    return masks


SOLVERS: dict[str, Solver] = {"own": own, "ortools": ortools, "pyvrp": pyvrp}


def run_pvrp(folder: Path, best: Path, seconds: float, seeds: list[int], peers: list[str]) -> None:
    """Gaps to the best known costs, mean over the seeds, one line an instance."""
    with best.open() as lines:
        known = {row[1]: float(row[2]) for row in csv.reader(lines) if row and row[0] == "PVRP"}
    names = ["own", *peers]
    print(f"{seconds:g} CPU s a solve, seeds {seeds}; gap to the best known cost in %")
    print("instance", *names)
    gaps: dict[str, list[float]] = {name: [] for name in names}
    for instance, best_cost in sorted(known.items()):
        if not (folder / instance).exists():
            continue
        problem = read_periodic(folder / instance)
        line = []
        for name in names:
            tried = seeds if name == "own" else seeds[:1]
            costs = [SOLVERS[name](problem, seconds, seed) for seed in tried]
            gaps[name].append(100 * (float(np.mean(costs)) / best_cost - 1))
            line.append("-" if math.isnan(gaps[name][-1]) else f"{gaps[name][-1]:.2f}")
        print(instance, *line, flush=True)
    print("mean of those solved", *(f"{np.nanmean(gaps[n]):.2f} ({np.isnan(gaps[n]).sum()} unsolved)" for n in names))
    print("worst", *(f"{np.nanmax(gaps[n]):.2f}" for n in names))


def territories(seeds: list[int]) -> list[Territory]:
    """Brooklyn where the data is present, and a synthetic one, per seed."""
    found = [brooklyn_territory(seed) for seed in seeds]
    return [one for one in found if one is not None] + [synthetic_territory(seed) for seed in seeds]


def run_month(seconds: float, seeds: list[int]) -> None:
    """Travel of a manager's month against angle sweeps, their tours ordered by the same engine."""
    print(f"{seconds:g} CPU s; minutes of travel and longest over shortest day; sweep = 20 sectors, nested = sectors")
    print("that share weekdays between frequencies (both orders by the engine, half the time)")
    for place in territories(seeds):
        problem = month(place, 1)
        result = solve(problem, MaxSeconds(seconds), 1)
        line = [
            f"{result.cost:.0f} ({result.metrics['day_ratio']:.2f})" + ("" if result.is_feasible else " NOT FEASIBLE")
        ]
        for is_nested in (False, True):
            sweep = solve(swept(problem, place, is_nested=is_nested), MaxSeconds(seconds / 2), 1)
            line.append(
                f"{sweep.cost:.0f} ({sweep.metrics['day_ratio']:.2f}) {100 * (result.cost / sweep.cost - 1):+.1f} %"
            )
        print(place.name, *line, sep=" | ", flush=True)


def run_ledger(seconds: float, seeds: list[int], saving: float) -> None:
    """Three roles together against apart."""
    print(f"{seconds:g} CPU s each; {saving:g} minutes credited per shared day of two roles")
    for place in territories(seeds):
        problem = month(place, 1, ("manager", "inspector", "delivery"), saving)
        ledger = joint_stop_ledger(problem, lambda: MaxSeconds(seconds), 1)
        print(
            f"{place.name} | person-minutes {ledger.person_minutes:+.0f} ({100 * ledger.person_minutes_share:+.2f} %)"
            f" by role {[round(value) for value in ledger.person_minutes_of_role]}"
            f" | disturbed days {ledger.disturbed_days_separate:.2f} -> {ledger.disturbed_days_joint:.2f}"
            f" ({100 * (ledger.disturbed_days_joint / ledger.disturbed_days_separate - 1):+.0f} %)"
            f" | not planned {ledger.n_not_planned_joint}"
            f" | feasible {ledger.joint.is_feasible, ledger.separate.is_feasible}",
            flush=True,
        )


def main() -> None:
    """Read the command line and run one part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["pvrp", "month", "ledger"])
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--best", type=Path)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--peers", nargs="*", default=[], choices=["ortools", "pyvrp"])
    parser.add_argument("--saving", type=float, default=3.0)
    asked = parser.parse_args()
    solve(month(synthetic_territory(0, 20), 0), MaxIterations(10), 0)  # compile before any clock runs
    started_s = time.process_time()
    if asked.part == "pvrp":
        if asked.folder is None or asked.best is None:
            parser.error("pvrp needs FOLDER and --best")
        run_pvrp(asked.folder, asked.best, asked.seconds, asked.seeds, asked.peers)
    elif asked.part == "month":
        run_month(asked.seconds, asked.seeds)
    else:
        run_ledger(asked.seconds, asked.seeds, asked.saving)
    print(f"{time.process_time() - started_s:.0f} CPU s")


if __name__ == "__main__":
    main()
