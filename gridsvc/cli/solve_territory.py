"""`gridsvc solve territory`: grids for a published instance, without any database."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Annotated, Literal

import typer

EXIT_BAD_INPUT = 2
EXIT_NOTHING_FOUND = 3
DEFAULT_SECONDS = 10.0


def solve_territory(
    instance: Annotated[Path, typer.Argument(help=".npz file with pts, pcell, cxy, cload, edges, p.")],
    out: Annotated[Path, typer.Option("--out", help="Where the unit,grid labels go.")],
    tolerance: Annotated[float, typer.Option("--tolerance", help="Greatest deviation from the mean load, 0.05 = 5 %.")],
    load: Annotated[Literal["retailers", "minutes", "both"], typer.Option("--load", help="What is balanced.")] = (
        "retailers"
    ),
    previous: Annotated[
        Path | None, typer.Option("--previous", help="Present grids (unit,grid): few retailers leave theirs.")
    ] = None,
    pinned: Annotated[Path | None, typer.Option("--pinned", help="Units that must lie in a grid (unit,grid).")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the search, >= 0.")] = 1,
    max_seconds: Annotated[
        float | None, typer.Option("--max-seconds", help="CPU seconds of search; 10 when no limit is given.")
    ] = None,
    max_iterations: Annotated[
        int | None, typer.Option("--max-iterations", help="Iterations; alone it makes runs repeatable to the byte.")
    ] = None,
    engine: Annotated[Literal["auto", "ortools"], typer.Option("--engine")] = "auto",
) -> None:
    """Divide the units of an instance into balanced, contiguous, compact grids; print one JSON object.

    Exit code 0: the plan keeps every rule. 2: the input cannot be used. 3: none was found that does; the least
    infeasible plan is written all the same and the broken rules are in the JSON and on standard error.
    """
    from gridsvc.domain.errors import BadInput
    from gridsvc.engines.instances import territory_npz

    _check_options(out, tolerance, seed, max_seconds, max_iterations)
    try:
        problem = territory_npz.read_instance(instance, tolerance=tolerance, load=load)
        sizes = {"n_units": problem.n_units, "n_grids": problem.n_grids}
        if previous is not None:
            problem = territory_npz.replan_from(problem, territory_npz.read_labels(previous, **sizes))
        if pinned is not None:
            problem = dataclasses.replace(problem, pinned=territory_npz.read_labels(pinned, **sizes))
    except BadInput as error:
        raise _stopped(str(error), EXIT_BAD_INPUT) from error
    if max_seconds is None and max_iterations is None:
        max_seconds = DEFAULT_SECONDS
    solved = territory_npz.solve_instance(
        problem, seed=seed, max_seconds=max_seconds, max_iterations=max_iterations, engine=engine
    )
    out.write_text(territory_npz.labels_text(solved.result.grid_of_unit), encoding="utf-8")
    typer.echo(json.dumps(solved.summary()))
    if not solved.result.feasible:
        raise _stopped("\n".join(violation.words for violation in solved.result.violations), EXIT_NOTHING_FOUND)


def _check_options(
    out: Path, tolerance: float, seed: int, max_seconds: float | None, max_iterations: int | None
) -> None:
    faults = []
    if not 0 <= tolerance < 1:
        faults.append(f"--tolerance has to lie in [0, 1), 0.05 for 5 %, not {tolerance}.")
    if seed < 0:
        faults.append(f"--seed has to be >= 0, not {seed}.")
    if max_seconds is not None and not (math.isfinite(max_seconds) and max_seconds >= 0):
        faults.append(f"--max-seconds has to be a finite number >= 0, not {max_seconds}.")
    if max_iterations is not None and max_iterations < 0:
        faults.append(f"--max-iterations has to be >= 0, not {max_iterations}.")
    if out.is_dir() or not out.resolve().parent.is_dir():
        faults.append(f"--out {out} cannot be written: its folder does not exist or it is one.")
    if faults:
        raise _stopped("\n".join(faults), EXIT_BAD_INPUT)


def _stopped(words: str, code: int) -> typer.Exit:
    typer.echo(words, err=True)
    return typer.Exit(code)
