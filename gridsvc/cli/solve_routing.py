"""`gridsvc solve routing`: one day's routes of a published instance, without any database."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gridsvc.cli.solve_options import (
    EXIT_BAD_INPUT,
    EXIT_NOTHING_FOUND,
    MaxIterations,
    MaxSeconds,
    Seed,
    option_faults,
    seconds_or_default,
    stopped,
    write_solution,
)

if TYPE_CHECKING:
    from gridsvc.engines.instances.routing_instance import VehicleRoutingInstance
    from gridsvc.engines.instances.vehicle_routing import InstanceSolution

SHOWN_REASONS = 20


def solve_routing(
    instance: Annotated[Path, typer.Argument(help="CVRPLIB .vrp or Solomon/Homberger .txt file.")],
    out: Annotated[Path, typer.Option("--out", help="Where the CVRPLIB solution text goes.")],
    max_seconds: MaxSeconds = None,
    max_iterations: MaxIterations = None,
    seed: Seed = 1,
    engine: Annotated[Literal["auto", "ortools", "pyvrp"], typer.Option("--engine")] = "auto",
) -> None:
    """Solve a capacitated vehicle routing instance, with or without time windows.

    Exit code 0: feasible routes were written. 2: the input cannot be used. 3: no feasible routes were found; the
    reasons are on standard error and nothing is written.
    """
    from gridsvc.domain.errors import BadInput
    from gridsvc.engines.instances.vehicle_routing import read_instance, solution_text, solve_instance

    if faults := option_faults(out, seed, max_seconds, max_iterations):
        raise stopped("\n".join(faults), EXIT_BAD_INPUT)
    try:
        problem = read_instance(instance)
    except BadInput as error:
        raise stopped(str(error), EXIT_BAD_INPUT) from error
    max_seconds = seconds_or_default(max_seconds, max_iterations)
    began_s = time.process_time()
    solution = solve_instance(problem, seed=seed, engine=engine, max_seconds=max_seconds, max_iterations=max_iterations)
    if solution.reasons:
        raise stopped(_reasons(problem, solution), EXIT_NOTHING_FOUND)
    write_solution(out, solution_text(solution))
    typer.echo(_summary(problem, solution, engine, time.process_time() - began_s))


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
