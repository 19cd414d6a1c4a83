"""`gridsvc solve periodic`: a published periodic routing instance in, a plan in the published format out."""

from __future__ import annotations

import json
import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

_BAD_INPUT = 2
_NONE_FOUND = 3
_REASONS_SHOWN = 20


class Engine(StrEnum):
    """Which search makes the plan."""

    AUTO = "auto"
    ORTOOLS = "ortools"


def solve_periodic(
    instance: Annotated[Path, typer.Argument(help="Periodic instance in Cordeau's text format.")],
    out: Annotated[Path, typer.Option(help="Where the solution is written.")],
    max_seconds: Annotated[
        float | None, typer.Option(min=0.0, help="CPU seconds of search, start-up excluded.")
    ] = None,
    max_iterations: Annotated[
        int | None, typer.Option(min=0, help="Iterations; the same ones give the same bytes.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the search.")] = 1,
    engine: Annotated[Engine, typer.Option(help="auto = own search; ortools = OR-Tools alone.")] = Engine.AUTO,
) -> None:
    """Choose each customer's days and each day's tours; print one JSON object and write the solution.

    Exits with 0 and a feasible solution, with 2 where the input is malformed, with 3 where no feasible plan was found.
    """
    if max_seconds is None and max_iterations is None:
        _stop("Give --max-seconds, --max-iterations or both, so that the search knows when to end.", _BAD_INPUT)
    from gridsvc.engines.instances import periodic_cordeau

    try:
        problem = periodic_cordeau.read_periodic(instance)
    except OSError as error:
        _stop(f"{instance} cannot be read: {error.strerror}.", _BAD_INPUT)
    except periodic_cordeau.MalformedInstanceError as error:
        _stop(str(error), _BAD_INPUT)
    if not out.parent.is_dir():
        _stop(f"{out} cannot be written: there is no folder {out.parent}.", _BAD_INPUT)
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
        "n_iterations": result.n_iterations,
        "cpu_s": round(time.process_time() - started_s, 2),
    }
    typer.echo(json.dumps(summary))
    if not result.is_feasible:
        lines = [f"customer {item.duty + 1}: {item.sentence}" for item in result.not_planned[:_REASONS_SHOWN]]
        more = len(result.not_planned) - _REASONS_SHOWN
        lines += [f"and {more} more customers"] if more > 0 else []
        _stop("\n".join(["No feasible plan was found within the limit.", *lines]), _NONE_FOUND)
    try:
        out.write_text(periodic_cordeau.write_solution(problem, result), encoding="ascii")
    except OSError as error:
        _stop(f"{out} cannot be written: {error.strerror}.", _BAD_INPUT)


def _stop(message: str, code: int) -> NoReturn:
    print(message, file=sys.stderr)
    raise typer.Exit(code)
