"""`gridsvc solve periodic`: a published periodic routing instance in, a plan in the published format out."""

from __future__ import annotations

import json
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

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

_REASONS_SHOWN = 20


class Engine(StrEnum):
    """Which search makes the plan."""

    AUTO = "auto"
    ORTOOLS = "ortools"


def solve_periodic(
    instance: Annotated[Path, typer.Argument(help="Periodic instance in Cordeau's text format.")],
    out: Annotated[Path, typer.Option(help="Where the solution is written.")],
    max_seconds: MaxSeconds = None,
    max_iterations: MaxIterations = None,
    seed: Seed = 1,
    engine: Annotated[Engine, typer.Option(help="auto = own search; ortools = OR-Tools alone.")] = Engine.AUTO,
) -> None:
    """Choose each customer's days and each day's tours; print one JSON object and write the solution.

    Exits with 0 and a feasible solution, with 2 where the input is malformed, with 3 where no feasible plan was found.
    """
    from gridsvc.engines.instances import periodic_cordeau

    if faults := option_faults(out, seed, max_seconds, max_iterations):
        raise stopped("\n".join(faults), EXIT_BAD_INPUT)
    try:
        problem = periodic_cordeau.read_periodic(instance)
    except OSError as error:
        raise stopped(f"{instance} cannot be read: {error.strerror}.", EXIT_BAD_INPUT) from error
    except periodic_cordeau.MalformedInstanceError as error:
        raise stopped(str(error), EXIT_BAD_INPUT) from error
    max_seconds = seconds_or_default(max_seconds, max_iterations)
    started_s = time.process_time()
    result = periodic_cordeau.solve_instance(
        problem, seed=seed, max_seconds=max_seconds, max_iterations=max_iterations, engine=engine.value
    )
    summary = {
        "instance": instance.name,
        "cost": round(result.metrics["travel_min"], 4),
        "is_feasible": result.is_feasible,
        "n_visits": int(result.metrics["n_visits"]),
        "n_not_planned": len(result.not_planned),
        "iterations": result.n_iterations,
        "search_s": round(time.process_time() - started_s, 2),
    }
    typer.echo(json.dumps(summary))
    if not result.is_feasible:
        lines = [f"customer {item.duty + 1}: {item.sentence}" for item in result.not_planned[:_REASONS_SHOWN]]
        more = len(result.not_planned) - _REASONS_SHOWN
        lines += [f"and {more} more customers"] if more > 0 else []
        raise stopped("\n".join(["No feasible plan was found within the limit.", *lines]), EXIT_NOTHING_FOUND)
    write_solution(out, periodic_cordeau.write_solution(problem, result))
