"""`gridsvc solve province`: many counties, staff shared among them, divided side by side; goes on after a kill."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from gridsvc.cli.engine_option import Engine
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
)


def solve_province(
    counties: Annotated[list[Path], typer.Argument(help="One .npz file a county, as for solve territory.")],
    staff: Annotated[int, typer.Option("--staff", help="Members of staff of the whole province.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for NAME.csv and NAME.json of each county.")],
    tolerance: Tolerance,
    load: Load = "retailers",
    seed: Seed = 1,
    max_seconds: MaxSeconds = None,
    max_iterations: MaxIterations = None,
    engine: Engine = "auto",
    workers: Annotated[int, typer.Option("--workers", help="Worker processes.")] = 2,
) -> None:
    """Divide a province as independent counties and print one JSON line a county.

    Staff are shared by largest remainder on the load, at least one each. A limit is that of one county. A county that
    lies in the folder from the same file, staff and limits is not divided again. Exit code 0: every plan keeps every
    rule. 2: the input cannot be used, and nothing is written. 3: the plan of some county does not.
    """
    from gridsvc.domain.errors import BadInput
    from gridsvc.engines.instances import province

    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise stopped(f"--out {out} cannot be made: {error.strerror or error}.", EXIT_BAD_INPUT) from error
    faults = option_faults(out / ".writable", seed, max_seconds, max_iterations)
    faults += tolerance_faults(tolerance)
    if workers < 1:
        faults.append(f"--workers has to be at least 1, not {workers}.")
    if faults:
        raise stopped("\n".join(faults), EXIT_BAD_INPUT)
    try:
        tasks = province.plan_counties(
            counties, staff, out, tolerance=tolerance, load=load, seed=seed,
            max_seconds=seconds_or_default(max_seconds, max_iterations), max_iterations=max_iterations, engine=engine,
        )  # fmt: skip
    except BadInput as error:
        raise stopped(str(error), EXIT_BAD_INPUT) from error
    found = province.divide_counties(tasks, workers)
    for county in found:
        typer.echo(json.dumps(county))
    broken = [county["county"] for county in found if not county["feasible"]]
    if broken:
        raise stopped(f"These counties break a rule: {', '.join(broken)}.", EXIT_NOTHING_FOUND)
