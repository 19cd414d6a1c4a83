"""`gridsvc solve routing`: one day's routes of a published instance, without any database."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from gridsvc.engines.instances.vehicle_routing import InstanceSolution, VehicleRoutingInstance

EXIT_BAD_INPUT = 2
EXIT_NOTHING_FOUND = 3
DEFAULT_SECONDS = 10.0
SHOWN_REASONS = 20


def solve_routing(
    instance: Annotated[Path, typer.Argument(help="CVRPLIB .vrp or Solomon/Homberger .txt file.")],
    out: Annotated[Path, typer.Option("--out", help="Where the CVRPLIB solution text goes.")],
    max_seconds: Annotated[
        float | None, typer.Option("--max-seconds", help="CPU seconds of search; 10 when no limit is given.")
    ] = None,
    max_iterations: Annotated[
        int | None, typer.Option("--max-iterations", help="Iterations; alone it makes runs repeatable to the byte.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the search.")] = 1,
    engine: Annotated[Literal["auto", "ortools", "pyvrp"], typer.Option("--engine")] = "auto",
) -> None:
    """Solve a capacitated vehicle routing instance, with or without time windows.

    Exit code 0: feasible routes were written. 2: the input cannot be used. 3: no feasible routes were found; the
    reasons are on standard error and nothing is written.
    """
    from gridsvc.domain.errors import BadInput
    from gridsvc.engines.instances.vehicle_routing import read_instance, solution_text, solve_instance

    _check_options(out, max_seconds, max_iterations, seed)
    try:
        problem = read_instance(instance)
    except BadInput as error:
        raise _stopped(str(error), EXIT_BAD_INPUT) from error
    if max_seconds is None and max_iterations is None:
        max_seconds = DEFAULT_SECONDS
    began_s = time.process_time()
    solution = solve_instance(problem, seed=seed, engine=engine, max_seconds=max_seconds, max_iterations=max_iterations)
    if solution.reasons:
        raise _stopped(_reasons(problem, solution), EXIT_NOTHING_FOUND)
    out.write_text(solution_text(solution), encoding="utf-8")
    typer.echo(_summary(problem, solution, engine, time.process_time() - began_s))


def _check_options(out: Path, max_seconds: float | None, max_iterations: int | None, seed: int) -> None:
    if max_seconds is not None and not (math.isfinite(max_seconds) and max_seconds >= 0):
        raise _stopped(f"--max-seconds has to be a finite number >= 0, not {max_seconds}.", EXIT_BAD_INPUT)
    if max_iterations is not None and max_iterations < 0:
        raise _stopped(f"--max-iterations has to be >= 0, not {max_iterations}.", EXIT_BAD_INPUT)
    if seed < 0:
        raise _stopped(f"--seed has to be >= 0, not {seed}.", EXIT_BAD_INPUT)
    if out.is_dir() or not out.resolve().parent.is_dir():
        raise _stopped(f"--out {out} cannot be written: its folder does not exist or it is one.", EXIT_BAD_INPUT)


def _stopped(words: str, code: int) -> typer.Exit:
    typer.echo(words, err=True)
    return typer.Exit(code)


def _reasons(instance: VehicleRoutingInstance, solution: InstanceSolution) -> str:
    n_left_out = len(solution.reasons)
    lines = [f"No feasible routes for {instance.name}: {n_left_out} of {instance.n_customers} customers are left out."]
    lines += [f"  - {reason}" for reason in solution.reasons[:SHOWN_REASONS]]
    if n_left_out > SHOWN_REASONS:
        lines.append(f"  - and {n_left_out - SHOWN_REASONS} more")
    return "\n".join(lines)


def _summary(instance: VehicleRoutingInstance, solution: InstanceSolution, engine: str, search_s: float) -> str:
    return json.dumps(
        {
            "instance": instance.name,
            "n_customers": instance.n_customers,
            "convention": instance.convention,
            "cost": round(solution.cost, 4),
            "n_routes": len(solution.routes),
            "engine": engine,
            "iterations": solution.iterations,
            "search_s": round(search_s, 2),
        }
    )
