"""`gridsvc solve territory`: grids for a published instance, without any database."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from gridsvc.cli.solve_options import (
    EXIT_BAD_INPUT,
    EXIT_NOTHING_FOUND,
    Load,
    MaxIterations,
    MaxSeconds,
    Seed,
    Tolerance,
    option_faults,
    seconds_or_default,
    stopped,
    tolerance_faults,
    write_solution,
)
from gridsvc.domain.distances import Distance

MOST_THREADS = 64
USUAL_THREADS = 2  # a plan is searched in two halves: more threads have little to do


def solve_territory(
    instance: Annotated[Path, typer.Argument(help=".npz file with pts, pcell, cxy, cload, edges, p.")],
    out: Annotated[Path, typer.Option("--out", help="Where the unit,grid labels go.")],
    tolerance: Tolerance,
    load: Load = "retailers",
    minutes_tolerance: Annotated[
        float | None, typer.Option("--minutes-tolerance", help="That of minutes, where it is another one.")
    ] = None,
    carton_tolerance: Annotated[
        float | None, typer.Option("--carton-tolerance", help="That of cartons, where it is another one.")
    ] = None,
    previous: Annotated[
        Path | None, typer.Option("--previous", help="Present grids (unit,grid): few retailers leave theirs.")
    ] = None,
    pinned: Annotated[Path | None, typer.Option("--pinned", help="Units that must lie in a grid (unit,grid).")] = None,
    linked: Annotated[
        Path | None, typer.Option("--linked", help="Units that must share one grid (unit,group).")
    ] = None,
    bases: Annotated[
        Path | None, typer.Option("--bases", help="Units of staff bases, each in its own grid (unit,grid).")
    ] = None,
    seed: Seed = 1,
    max_seconds: MaxSeconds = None,
    max_iterations: MaxIterations = None,
    distance: Annotated[
        Distance,
        typer.Option("--distance", help="Compact along straight lines, around barriers, or by the file's ways."),
    ] = Distance.STRAIGHT,
    engine: Annotated[Literal["auto", "ortools"], typer.Option("--engine")] = "auto",
    threads: Annotated[
        int | None, typer.Option("--threads", help="Threads of the search; two where the machine has two cores.")
    ] = None,
) -> None:
    """Divide the units of an instance into balanced, contiguous, compact grids; print one JSON object.

    Exit code 0: the plan keeps every rule. 2: the input cannot be used. 3: none was found that does; the least
    infeasible plan is written all the same and the broken rules are in the JSON and on standard error.
    """
    from gridsvc.domain.errors import BadInput
    from gridsvc.engines.instances import territory_npz

    faults = option_faults(out, seed, max_seconds, max_iterations) + tolerance_faults(tolerance)
    own = {"minutes": minutes_tolerance, "cartons": carton_tolerance}
    own_tolerance = {measure: share for measure, share in own.items() if share is not None}
    for share in own_tolerance.values():
        faults += tolerance_faults(share)
    if threads is not None and not 1 <= threads <= MOST_THREADS:
        faults.append(f"--threads has to lie in 1 to {MOST_THREADS}, not {threads}.")
    if faults:
        raise stopped("\n".join(faults), EXIT_BAD_INPUT)
    try:
        problem = territory_npz.read_instance(instance, tolerance=tolerance, load=load, own_tolerance=own_tolerance)
        n_units, n_grids = problem.n_units, problem.n_grids
        if previous is not None:
            labels = territory_npz.read_labels(previous, n_units=n_units, n_grids=n_grids)
            problem = territory_npz.replan_from(problem, labels)
        if pinned is not None:
            labels = territory_npz.read_labels(pinned, n_units=n_units, n_grids=n_grids)
            problem = dataclasses.replace(problem, pinned=labels)
        if linked is not None:
            problem = territory_npz.with_linked(problem, linked)
        if bases is not None:
            problem = territory_npz.with_bases(problem, bases)
        straight = None if distance is Distance.STRAIGHT else problem
        problem = territory_npz.along_ways(problem, instance, distance)
    except BadInput as error:
        raise stopped(str(error), EXIT_BAD_INPUT) from error
    max_seconds = seconds_or_default(max_seconds, max_iterations)
    solved = territory_npz.solve_instance(
        problem, seed=seed, max_seconds=max_seconds, max_iterations=max_iterations, engine=engine,
        threads=threads or min(USUAL_THREADS, len(os.sched_getaffinity(0))), straight=straight,
    )  # fmt: skip
    write_solution(out, territory_npz.labels_text(solved.result.grid_of_unit))
    typer.echo(json.dumps(solved.summary()))
    if not solved.result.feasible:
        raise stopped("\n".join(violation.words for violation in solved.result.violations), EXIT_NOTHING_FOUND)
