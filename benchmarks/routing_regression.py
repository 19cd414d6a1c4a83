"""Our engine against PyVRP (and VROOM) on whole classes of published instances: no worse at equal CPU time?

    python -m benchmarks.routing_regression --seconds 1,3,10 --seeds 1,2,3,4,5 --out routing.csv --plot routing.svg

Every run is written to the CSV as it ends, the engines of one instance and seed right after each other; what the file
holds already is not run again. OR-Tools ignores seeds and is run once (`--engines gridsvc,pyvrp,ortools,vroom`). VROOM
(`pip install pyvroom`) knows no time limit: it is run once at its greatest exploration level and its CPU seconds stand
beside it. Where the folder has no `bks.csv`, gaps are to the cheapest plan of the file; `python -m
benchmarks.instances.routing FOLDER` writes such instances. Exit 1 where a class's mean gap is worse than PyVRP's.
"""

from __future__ import annotations

import argparse
import csv
import os
import statistics
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.routing import ortools, ours, pyvrp_itself
from gridsvc.engines.instances.routing_instance import FREE_FLEET, VehicleRoutingInstance
from gridsvc.engines.instances.vehicle_routing import cost_of, read_instance

_FIELDS = ("class", "instance", "engine", "seconds", "seed", "cost", "gap_percent", "cpu_s")
_CLASSES = {"X-": "X", "C1": "C1", "C2": "C2", "R1": "R1", "R2": "R2", "RC1": "RC1", "RC2": "RC2"}
_COLOURS = {"gridsvc": "#1f5aa6", "pyvrp": "#b3541e", "vroom": "#5b7a1f", "ortools": "#7a3f8f"}
_LEAST_DRAWN = 0.01  # % of a gap on a logarithmic axis
_WITHOUT_SEEDS = ("vroom", "ortools")  # they take none: one run an instance
Key = tuple[str, str, float, int]


def class_of(name: str) -> str:
    """Class of an instance by its name: X, or Solomon's and Gehring and Homberger's C1 .. RC2."""
    upper = name.upper()
    fitting = [prefix for prefix in _CLASSES if upper.startswith(prefix)]
    return _CLASSES[max(fitting, key=len)] if fitting else "other"


def vroom_itself(instance: VehicleRoutingInstance) -> tuple[float, float]:
    """Cost and CPU seconds of VROOM at exploration level 5; infinite where it leaves customers out."""
    import vroom  # type: ignore[import-not-found, unused-ignore]

    scale = instance.scale
    arcs = np.rint(instance.distance * scale).astype(np.uint32)
    given = vroom.Input()
    given.set_durations_matrix("car", arcs)
    n_vehicles = instance.n_vehicles if instance.n_vehicles != FREE_FLEET else instance.n_customers
    window = None if instance.window is None else np.rint(instance.window * scale).astype(int)
    day = {} if window is None else {"time_window": vroom.TimeWindow(int(window[0, 0]), int(window[0, 1]))}
    for number in range(n_vehicles):
        given.add_vehicle(vroom.Vehicle(number, start=0, end=0, capacity=[instance.capacity], **day))
    for k in range(1, instance.n_customers + 1):
        when = {} if window is None else {"time_windows": [vroom.TimeWindow(int(window[k, 0]), int(window[k, 1]))]}
        service = round(float(instance.service[k]) * scale)
        given.add_job(vroom.Job(k, location=k, default_service=service, delivery=[int(instance.demand[k])], **when))
    began_s = time.process_time()
    found = given.solve(exploration_level=5, nb_threads=1)
    cpu_s = time.process_time() - began_s
    steps = found.routes
    routes = tuple(
        tuple(int(k) for k in group[group["type"] == "job"]["location_index"])
        for _, group in steps.groupby("vehicle_id")
    )
    if sum(map(len, routes)) < instance.n_customers:
        return float("inf"), cpu_s
    return cost_of(instance, routes), cpu_s


def known_runs(out: Path) -> dict[Key, dict[str, str]]:
    """Runs that the file holds already; where no best known cost is, gaps are to the cheapest plan among them."""
    if not out.exists():
        return {}
    with out.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if not row["gap_percent"]:
            cheapest = min(float(other["cost"]) for other in rows if other["instance"] == row["instance"])
            row["gap_percent"] = f"{100 * (float(row['cost']) / cheapest - 1):.4f}"
    return {(r["instance"], r["engine"], float(r["seconds"]), int(r["seed"])): r for r in rows}


def run_all(
    folder: Path, budgets: list[float], seeds: list[int], engines: list[str], chosen: set[str], out: Path
) -> None:
    """Run what the file lacks, of all instances or the chosen: seed by seed, so that an early end has every class."""
    listed = folder / "bks.csv"
    best_known: dict[str, float] = {}
    if listed.exists():
        with listed.open(encoding="utf-8") as file:
            best_known = {row["instance"].lower(): float(row["bks"]) for row in csv.DictReader(file)}
    paths = [p for p in sorted(folder.rglob("*")) if p.suffix in (".vrp", ".txt")]
    paths = [p for p in paths if not best_known or p.stem.lower() in best_known]
    unknown = chosen - {path.stem.lower() for path in paths}
    if unknown or not paths:
        sys.exit(f"{folder} holds no instance {', '.join(sorted(unknown))}".strip())
    paths = [path for path in paths if not chosen or path.stem.lower() in chosen]
    done = known_runs(out)
    is_new = not out.exists()
    with out.open("a", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, _FIELDS)
        if is_new:
            table.writeheader()
        for seed in seeds:
            for path in paths:
                instance, best = read_instance(path), best_known.get(path.stem.lower())
                for seconds in budgets:
                    for engine in engines:
                        is_once = engine in _WITHOUT_SEEDS
                        if (path.stem, engine, seconds, seed) in done or (
                            is_once and (seed != seeds[0] or (engine == "vroom" and seconds != budgets[-1]))
                        ):
                            continue
                        cost, cpu_s = _one(engine, path, instance, seed, seconds)
                        gap = "" if best is None else round(100 * (cost / best - 1), 4)
                        values = (class_of(path.stem), path.stem, engine, seconds, seed, cost, gap, cpu_s)
                        table.writerow(dict(zip(_FIELDS, values, strict=True)))
                        file.flush()


def _one(engine: str, path: Path, instance: VehicleRoutingInstance, seed: int, seconds: float) -> tuple[float, float]:
    if engine == "vroom":
        return vroom_itself(instance)
    began_s = time.process_time()
    cost = {"gridsvc": ours, "pyvrp": pyvrp_itself, "ortools": ortools}[engine](path, instance, seed, seconds)
    return cost, round(time.process_time() - began_s, 2)


def summarise(out: Path, engines: list[str], seconds: float) -> bool:
    """Print mean gaps by class at the greatest budget; tell whether ours is nowhere worse than PyVRP."""
    rows = list(known_runs(out).values())
    n_seeds = len({r["seed"] for r in rows})
    print(f"Mean gap to the best known cost in %, {seconds:g} CPU s, {n_seeds} seeds; runs without a solution: inf\n")
    print("| class | instances | " + " | ".join(engines) + " | gridsvc - pyvrp |")
    print("|---|---|" + "---|" * (len(engines) + 1))
    is_fine = True
    groups = [*sorted({r["class"] for r in rows}), "all"]
    for name in groups:
        here = [r for r in rows if name in (r["class"], "all") and float(r["seconds"]) == seconds]
        gaps = {e: [float(r["gap_percent"]) for r in here if r["engine"] == e] for e in engines}
        means = {e: statistics.mean(values) if values else float("nan") for e, values in gaps.items()}
        difference = means.get("gridsvc", float("nan")) - means.get("pyvrp", float("nan"))
        is_fine &= not difference > 0.0
        cells = " | ".join(f"{means[e]:.2f}" for e in engines)
        print(f"| {name} | {len({r['instance'] for r in here})} | {cells} | {difference:+.2f} |")
    return is_fine


def plot(out: Path, engines: list[str], picture: Path) -> None:
    """Draw each class's mean gap over the CPU seconds spent, both on logarithmic axes."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib.ticker import NullLocator, StrMethodFormatter

    mpl.rcParams.update({"svg.hashsalt": "gaps", "font.size": 10})
    rows = [r for r in known_runs(out).values() if np.isfinite(float(r["gap_percent"]))]
    classes = sorted({r["class"] for r in rows})
    figure, axes = plt.subplots(
        1, len(classes), figsize=(2.6 * len(classes), 3.4), sharey=True, squeeze=False, layout="constrained"
    )
    for axis, name in zip(axes[0], classes, strict=True):
        for engine in engines:
            mine = [r for r in rows if (r["class"], r["engine"]) == (name, engine)]
            of_budget = [
                [r for r in mine if float(r["seconds"]) == b] for b in sorted({float(r["seconds"]) for r in mine})
            ]
            spent_s = [
                statistics.mean(float(r["cpu_s" if engine == "vroom" else "seconds"]) for r in g) for g in of_budget
            ]
            gaps = [max(_LEAST_DRAWN, statistics.mean(float(r["gap_percent"]) for r in g)) for g in of_budget]
            axis.plot(spent_s, gaps, marker="o", markersize=4, color=_COLOURS[engine], label=engine)
        n_instances = len({r["instance"] for r in rows if r["class"] == name})
        axis.set_title(f"{name} ({n_instances} instance{'s' if n_instances > 1 else ''})")
        axis.set_xlabel("CPU seconds")
        axis.set(xscale="log", yscale="log", xticks=[2, 10, 50], yticks=[0.3, 1, 3, 10, 30])
        for side in (axis.xaxis, axis.yaxis):
            side.set_major_formatter(StrMethodFormatter("{x:g}"))
            side.set_minor_locator(NullLocator())
        axis.grid(visible=True, color="#dddddd", linewidth=0.6)
    axes[0][0].set_ylabel("mean gap to the best known, %")
    figure.legend(
        *axes[0][0].get_legend_handles_labels(), loc="outside upper center", ncols=len(engines), frameon=False
    )
    figure.savefig(picture, dpi=120, metadata={"Date": None} if picture.suffix == ".svg" else None)


def main() -> None:
    """Run, print, draw, judge."""
    cases = os.environ.get("GRIDSVC_CASES")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path(cases) / ".." / "bench" / "routing" if cases else None)
    parser.add_argument("--seconds", default="2,10")
    parser.add_argument("--seeds", default="1,2,3,4,5")
    parser.add_argument("--engines", default="gridsvc,pyvrp")
    parser.add_argument("--instances", default="", help="names, separated by commas; default: all of the folder")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--plot", type=Path)
    arguments = parser.parse_args()
    if arguments.folder is None:
        parser.error("give --folder or set GRIDSVC_CASES")
    budgets = sorted(float(value) for value in arguments.seconds.split(","))
    engines = arguments.engines.split(",")
    seeds = [int(seed) for seed in arguments.seeds.split(",")]
    chosen = {name.lower() for name in arguments.instances.split(",") if name}
    run_all(arguments.folder, budgets, seeds, engines, chosen, arguments.out)
    is_fine = summarise(arguments.out, engines, budgets[-1])
    if arguments.plot:
        plot(arguments.out, engines, arguments.plot)
    sys.exit(0 if is_fine else 1)


if __name__ == "__main__":
    main()
