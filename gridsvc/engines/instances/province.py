"""A province as independent counties: staff by largest remainder, each county divided in a process of its own.

A county that is done lies in the folder as `NAME.csv` (labels) and `NAME.json` (what was found and from what). Both
are written beside and renamed, the labels first, so that a run that is killed leaves a county done or not done. The
next run with the same counties, staff and limits takes what is done and divides the rest.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from gridsvc.domain.errors import BadInput
from gridsvc.engines.instances.territory_npz import Load, labels_text, read_instance, solve_instance
from gridsvc.engines.pool import EnginePool, Report, Task
from optimize.territory.solve import Engine
from optimize.territory.starts import share_out

LIMIT_FACTOR = 20  # wall seconds a CPU second may take on a crowded machine


@dataclass(frozen=True, slots=True, kw_only=True)
class CountyTask:
    """One county to divide: everything on which its outcome depends.

    Parameters
    ----------
    path, folder : the instance and where its outcome goes
    digest : SHA-256 of the instance's bytes
    n_grids : staff of the county
    """

    path: str
    folder: str
    digest: str
    n_grids: int
    tolerance: float
    load: Load
    seed: int
    max_seconds: float | None
    max_iterations: int | None
    engine: Engine = "auto"

    @property
    def name(self) -> str:
        """Name of the county: that of its file."""
        return Path(self.path).stem

    @property
    def inputs(self) -> dict[str, Any]:
        """What the outcome depends on; the places of files do not belong to it."""
        return {key: value for key, value in asdict(self).items() if key not in {"path", "folder"}}


def plan_counties(
    paths: list[Path], staff: int, folder: Path, *, tolerance: float, load: Load, seed: int,
    max_seconds: float | None, max_iterations: int | None, engine: Engine = "auto",
) -> list[CountyTask]:  # fmt: skip
    """Return one task a county, staff shared by largest remainder on the load, at least one each.

    Raises
    ------
    BadInput
        with every fault: unreadable files, two of one name, fewer staff than counties, more staff than units.
    """
    faults = [] if paths else ["There are no counties."]
    names = [path.stem for path in paths]
    faults += [f"Two counties are called {name}." for name in sorted({n for n in names if names.count(n) > 1})]
    weight, sizes = [], []
    for path in paths:
        try:
            problem = read_instance(path, tolerance=tolerance, load=load, n_grids=1)
        except BadInput as error:
            faults.append(str(error))
            continue
        weight.append(int(problem.loads[0].sum()))
        sizes.append(problem.n_units)
    if paths and staff < len(paths):
        faults.append(f"{staff} staff cannot serve {len(paths)} counties: each needs at least one.")
    if faults:
        raise BadInput(" ".join(faults))
    quotas = staff_quotas(staff, weight)
    short = [f"{n} has {size} units for {quota} staff." for n, size, quota in zip(names, sizes, quotas, strict=True)
             if quota > size]  # fmt: skip
    if short:
        raise BadInput(" ".join(short))
    return [
        CountyTask(
            path=str(path), folder=str(folder), digest=hashlib.sha256(path.read_bytes()).hexdigest(), n_grids=quota,
            tolerance=tolerance, load=load, seed=seed, max_seconds=max_seconds, max_iterations=max_iterations,
            engine=engine,
        )
        for path, quota in zip(paths, quotas, strict=True)
    ]  # fmt: skip


def staff_quotas(staff: int, weight: list[int]) -> list[int]:
    """Return the staff of each county by largest remainder, at least one each; ties to the first.

    Counties whose share is below one get one; the rest is shared among the others.
    """
    small: set[int] = set()
    while True:
        large = [k for k in range(len(weight)) if k not in small]
        total = sum(weight[k] for k in large)
        left = staff - len(small)
        below = {k for k in large if total > 0 and weight[k] * left < total}
        if not below or below == set(large):
            break
        small |= below
    quotas = [1] * len(weight)
    shares = np.array([weight[k] for k in large], dtype=np.float64)
    if not shares.sum():
        shares = np.ones(len(large))
    for k, quota in zip(large, share_out(left, shares).tolist(), strict=True):
        quotas[k] = int(quota)
    return quotas


def divide_counties(tasks: list[CountyTask], n_workers: int, on_progress: Report | None = None) -> list[dict[str, Any]]:
    """Divide what is not done yet over worker processes; return what was found, in the order of the tasks.

    Each entry says with `resumed` whether it lay there already.
    """
    done = [found_before(task) for task in tasks]
    open_tasks = [
        Task(f"{__name__}.divide_county", task, limit_s=60 + LIMIT_FACTOR * (task.max_seconds or 600.0))
        for task, known in zip(tasks, done, strict=True)
        if known is None
    ]
    fresh = iter(EnginePool(n_workers).run_all(open_tasks, on_progress=on_progress) if open_tasks else [])
    return [
        {**(next(fresh) if known is None else known), "county": task.name, "resumed": known is not None}
        for task, known in zip(tasks, done, strict=True)
    ]


def found_before(task: CountyTask) -> dict[str, Any] | None:
    """Return what an earlier run found for exactly this task, or None; a damaged or foreign file counts as not done."""
    try:
        kept = json.loads((Path(task.folder) / f"{task.name}.json").read_text(encoding="utf-8"))
        labels = (Path(task.folder) / f"{task.name}.csv").read_bytes()
        is_same = kept["inputs"] == task.inputs and kept["labels_sha256"] == hashlib.sha256(labels).hexdigest()
        return cast(dict[str, Any], kept["found"]) if is_same else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def divide_county(task: CountyTask, _report: Report) -> dict[str, Any]:
    """Divide one county and leave its outcome in the folder; runs in a worker."""
    problem = read_instance(Path(task.path), tolerance=task.tolerance, load=task.load, n_grids=task.n_grids)
    solved = solve_instance(
        problem, seed=task.seed, max_seconds=task.max_seconds, max_iterations=task.max_iterations, engine=task.engine
    )
    labels = labels_text(solved.result.grid_of_unit)
    found = {"n_grids": task.n_grids, **solved.summary()}
    kept = {"inputs": task.inputs, "labels_sha256": hashlib.sha256(labels.encode()).hexdigest(), "found": found}
    put(Path(task.folder) / f"{task.name}.csv", labels)
    put(Path(task.folder) / f"{task.name}.json", json.dumps(kept, indent=1) + "\n")
    return found


def put(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
