"""Measure the periodic engine: published instances, a territory's month, the joint-stop ledger, and scale.

    python -m benchmarks.periodic pvrp FOLDER --best BKS.csv [--seeds 1 2 3] [--instances p05] [--peers ortools pyvrp]
    python -m benchmarks.periodic month [--seconds 4] [--seeds 1 2 3 4 5]
    python -m benchmarks.periodic ledger [--seconds 8] [--saving 1] [--seeds 1 2 3 4 5] [--modes same_day substitute]
    python -m benchmarks.periodic scale [--sizes 840 1680] [--steps 20000]
    python -m benchmarks.periodic fleets [--seconds 10] [--longer 6] [--seeds 1] [--instances rings51 timed288]
    python -m benchmarks.periodic trace FOLDER --best BKS.csv --out gap.svg [--instances p08 p10] [--peers pyvrp]

`BKS.csv` has the columns set, instance and the best known cost third. Every solver gets the same CPU seconds on one
core in the same run; a dash means that no feasible plan was found. `fleets` are instances made like the published ones
that are not at hand, solved within the seconds and within so many times as long. `--steps` counts steps of the search
instead of seconds, so that a busy machine gives the same figures. The month uses Brooklyn's streets where
`GRIDSVC_CASES` points to them and a synthetic territory always.
"""

from __future__ import annotations

import argparse
import csv
import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.instances.month import Territory, brooklyn_territory, month, swept, synthetic_territory, together
from benchmarks.instances.periodic_fleets import KINDS, fleet_instance
from benchmarks.periodic_peers import SOLVERS, cost_within
from benchmarks.periodic_scale import run_scale
from benchmarks.periodic_trace import run_trace
from gridsvc.engines.instances.periodic_cordeau import read_periodic
from optimize.periodic.ledger import joint_stop_ledger
from optimize.periodic.solve import solve
from optimize.stopping import MaxIterations, MaxSeconds, StoppingCriterion

ROLES = ("manager", "inspector", "delivery")
SPARSE_SHOPS, SPARSE_SPREAD = 140, 8.0


def known_best(best: Path) -> dict[str, float]:
    """Best known costs by instance."""
    with best.open() as lines:
        return {row[1]: float(row[2]) for row in csv.reader(lines) if row and row[0] == "PVRP"}


Limit = Callable[[float], StoppingCriterion]
"""Makes a criterion for a share of the usual limit."""


def run_pvrp(
    folder: Path, best: dict[str, float], limit: Limit, seconds: float, seeds: list[int], peers: list[str]
) -> None:
    """Gaps to the best known costs by instance: mean and worst over the seeds; the peers have the seconds."""
    names = ["own", *peers]
    print(f"{limit(1.0)} a solve, seeds {seeds}; gap to the best known cost in %: mean (worst)")
    print("instance", *names)
    gaps: dict[str, list[float]] = {name: [] for name in names}
    for instance, best_cost in sorted(best.items()):
        if not (folder / instance).exists():
            continue
        problem = read_periodic(folder / instance)
        line = []
        for name in names:
            costs = [
                SOLVERS[name](problem, seconds, seed) if name in peers else cost_within(problem, limit(1.0), seed)
                for seed in seeds
            ]
            found = [100 * (cost / best_cost - 1) for cost in costs]
            gaps[name].append(float(np.mean(found)))
            line.append("-" if math.isnan(gaps[name][-1]) else f"{gaps[name][-1]:.2f} ({max(found):.2f})")
        print(instance, *line, sep=" | ", flush=True)
    print("mean of those solved", *(f"{np.nanmean(gaps[n]):.2f} ({np.isnan(gaps[n]).sum()} unsolved)" for n in names))
    print("worst mean", *(f"{np.nanmax(gaps[n]):.2f}" for n in names))


def run_fleets(limit: Limit, longer: float, seeds: list[int], names: list[str]) -> None:
    """Cost within the limit, and how far above the cost found within `longer` times as much."""
    print(f"{limit(1.0)}, and {longer:g} times as many; cost, or duties not planned; gap between the two in %")
    for name in names:
        for seed in seeds:
            with TemporaryDirectory() as folder:
                path = Path(folder) / name
                path.write_text(fleet_instance(KINDS[name], seed), encoding="ascii")
                problem = read_periodic(path)
            short, long = (solve(problem, limit(share), 1) for share in (1.0, longer))
            found = [f"{one.cost:.1f}" if one.is_feasible else f"{len(one.not_planned)} left" for one in (short, long)]
            gap = f"{100 * (short.cost / long.cost - 1):+.2f}" if short.is_feasible and long.is_feasible else "-"
            print(f"{name}-{seed}", *found, gap, sep=" | ", flush=True)


def territories(seeds: list[int]) -> list[Territory]:
    """Brooklyn where the data is present, and a synthetic one, per seed."""
    found = [brooklyn_territory(seed) for seed in seeds]
    return [one for one in found if one is not None] + [synthetic_territory(seed) for seed in seeds]


def run_month(limit: Limit, seeds: list[int]) -> None:
    """Travel of a manager's month against angle sweeps, their tours ordered by the same engine."""
    print("minutes of travel and longest over shortest day; sweep = 20 sectors, nested = sectors that share weekdays")
    print("between frequencies (both ordered by the engine, half the limit)")
    for place in territories(seeds):
        problem = month(place, 1)
        result = solve(problem, limit(1.0), 1)
        line = [
            f"{result.cost:.0f} ({result.metrics['day_ratio']:.2f})" + ("" if result.is_feasible else " NOT FEASIBLE")
        ]
        for is_nested in (False, True):
            sweep = solve(swept(problem, place, is_nested=is_nested), limit(0.5), 1)
            line.append(
                f"{sweep.cost:.0f} ({sweep.metrics['day_ratio']:.2f}) {100 * (result.cost / sweep.cost - 1):+.1f} %"
            )
        print(place.name, *line, sep=" | ", flush=True)


def run_ledger(limit: Limit, seeds: list[int], saving: float, modes: list[str]) -> None:
    """Three roles together against each role alone; the three solves alone have a third of the limit each."""
    print(f"{saving:g} minutes credited per shared day of two roles")
    for mode in modes:
        places = territories(seeds)
        if mode != "same_day":
            places += [synthetic_territory(seed, SPARSE_SHOPS, SPARSE_SPREAD) for seed in seeds]
        for place in places:
            alone = month(place, 1, ROLES)
            ledger = joint_stop_ledger(
                together(alone, mode, saving),
                lambda: limit(1.0),
                1,
                separate=None if mode == "same_day" else alone,
                stop_alone=lambda: limit(1.0 / len(ROLES)),
            )
            fewer = 100 * (1 - ledger.disturbed_days_joint / ledger.disturbed_days_separate)
            print(
                f"{mode} | {place.name} | person-minutes {ledger.person_minutes:+.0f}"
                f" ({100 * ledger.person_minutes_share:+.2f} %)"
                f" by role {[round(value) for value in ledger.person_minutes_of_role]}"
                f" | disturbed days {ledger.disturbed_days_separate:.2f} -> {ledger.disturbed_days_joint:.2f}"
                f" ({fewer:.0f} % fewer) | meetings {ledger.n_meetings} | not planned {ledger.n_not_planned_joint}"
                f" | feasible {ledger.joint.is_feasible, ledger.separate.is_feasible}",
                flush=True,
            )


def main() -> None:
    """Read the command line and run one part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["pvrp", "fleets", "month", "ledger", "scale", "trace"])
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--best", type=Path)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--steps", type=int, help="of the search, in place of seconds")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--peers", nargs="*", default=[], choices=["ortools", "pyvrp"])
    parser.add_argument("--saving", type=float, default=1.0)
    parser.add_argument("--modes", nargs="+", default=["same_day", "substitute", "ride"])
    parser.add_argument("--sizes", type=int, nargs="+", default=[840, 1680])
    parser.add_argument("--instances", nargs="+", help="published names for pvrp and trace, made ones for fleets")
    parser.add_argument("--longer", type=float, default=6.0)
    parser.add_argument("--out", type=Path, default=Path("gap.svg"))
    asked = parser.parse_args()

    def limit(share: float) -> StoppingCriterion:
        return MaxIterations(int(asked.steps * share)) if asked.steps else MaxSeconds(asked.seconds * share)

    if asked.steps and asked.peers:
        parser.error("peers cannot count our steps: leave out --steps or --peers")
    os.environ.setdefault("NUMBA_CACHE_DIR", str(Path(__file__).parents[1] / "var" / "numba"))
    if asked.part != "scale":  # that one counts memory and CPU seconds of processes of their own
        solve(month(synthetic_territory(0, 20), 0), MaxIterations(10), 0)  # compile before any clock runs
    started_s = time.process_time()
    if asked.part in ("pvrp", "trace") and (asked.folder is None or asked.best is None):
        parser.error(f"{asked.part} needs FOLDER and --best")
    if asked.part == "pvrp":
        wanted = known_best(asked.best)
        if asked.instances:
            wanted = {name: cost for name, cost in wanted.items() if name in asked.instances}
        run_pvrp(asked.folder, wanted, limit, asked.seconds, asked.seeds, asked.peers)
    elif asked.part == "fleets":
        run_fleets(limit, asked.longer, asked.seeds, asked.instances or list(KINDS))
    elif asked.part == "trace":
        chosen = {
            name: cost for name, cost in known_best(asked.best).items() if name in (asked.instances or ["p08", "p10"])
        }
        run_trace(asked.folder, chosen, asked.seconds, asked.seeds, asked.peers, asked.out)
    elif asked.part == "month":
        run_month(limit, asked.seeds)
    elif asked.part == "scale":
        run_scale(asked.sizes, asked.steps or 20_000)
    else:
        run_ledger(limit, asked.seeds, asked.saving, asked.modes)
    print(f"{time.process_time() - started_s:.0f} CPU s")


if __name__ == "__main__":
    main()
