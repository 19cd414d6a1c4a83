"""`gridsvc solve painted`: one unit of a plan of a published instance given to another grid, and the plan repaired."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from gridsvc.cli.engine_option import Engine
from gridsvc.cli.solve_options import (
    EXIT_BAD_INPUT,
    EXIT_NOTHING_FOUND,
    Load,
    Tolerance,
    option_faults,
    stopped,
    tolerance_faults,
    write_solution,
)


def solve_painted(
    instance: Annotated[Path, typer.Argument(help=".npz file as for solve territory.")],
    labels: Annotated[Path, typer.Argument(help="Plan to begin with (unit,grid), every unit listed.")],
    unit: Annotated[int, typer.Option("--unit", help="Unit that is painted, from 0.")],
    grid: Annotated[int, typer.Option("--grid", help="Grid that it is given to, from 0.")],
    out: Annotated[Path, typer.Option("--out", help="Where the repaired unit,grid labels go.")],
    tolerance: Tolerance,
    load: Load = "retailers",
    pinned: Annotated[
        Path | None, typer.Option("--pinned", help="Units that stay in a grid (unit,grid), as painted before.")
    ] = None,
    engine: Engine = "auto",
) -> None:
    """Give one unit to another grid and repair the plan around it; print what moves and the loads before and after.

    Exit code 0: the plan keeps every rule. 2: the input cannot be used. 3: no plan was found that does; the least
    infeasible one is written all the same and the broken rules are on standard error.
    """
    from gridsvc.domain.errors import BadInput
    from gridsvc.engines.instances import painted, territory_npz

    faults = option_faults(out, 0, None, None) + tolerance_faults(tolerance)
    if faults:
        raise stopped("\n".join(faults), EXIT_BAD_INPUT)
    try:
        problem = territory_npz.read_instance(instance, tolerance=tolerance, load=load)
        if pinned is not None:
            pins = territory_npz.read_labels(pinned, n_units=problem.n_units, n_grids=problem.n_grids)
            problem = dataclasses.replace(problem, pinned=pins)
        found = painted.paint_instance(problem, painted.read_plan(labels, problem), unit, grid, engine)
    except BadInput as error:
        raise stopped(str(error), EXIT_BAD_INPUT) from error
    write_solution(out, territory_npz.labels_text(found.result.grid_of_unit))
    typer.echo("\n".join(found.words))
    if not found.result.feasible:
        raise stopped("\n".join(violation.words for violation in found.result.violations), EXIT_NOTHING_FOUND)
