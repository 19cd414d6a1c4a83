"""`gridsvc layout`: the licence plan, and what approving applications would do."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Show the licence plan and look ahead.")
District = Annotated[str | None, typer.Option(help="adcode; default: the only one there is")]


@app.callback()
def root() -> None:
    """Show the licence plan and look ahead."""


@app.command()
def cells(district: District = None) -> None:
    """List the layout cells: planned, actual, remaining and waiting."""
    from rich.console import Console
    from rich.table import Table

    from gridsvc.usecases.read_layout import read_layout
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        state = read_layout(service.store, adcode=choose_district(service, district))
    table = Table("cell", "name", "planned", "actual", "remaining", "queue", "spacing m", "from schools m")
    for c in state.cells:
        table.add_row(c.cell_code, c.name, str(c.planned), str(c.actual), str(c.remaining), str(len(c.queue)),
                      f"{c.spacing_m:g}", f"{c.school_spacing_m:g}")  # fmt: skip
    console = Console()
    console.print(table)
    console.print(
        f"{state.n_outside:,} open shops lie in no cell, {state.n_unlocated:,} have no point", highlight=False
    )


@app.command()
def ahead(
    application: Annotated[list[str], typer.Argument(help="numbers of the applications")], district: District = None
) -> None:
    """Judge applications by distance and plan, and say what approving all of them would do to the grids."""
    from gridsvc.usecases.look_ahead import look_ahead
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        found = look_ahead(
            service.store, service.clock, adcode=choose_district(service, district), application_nos=application
        )
    typer.echo(found.headline)
    for grid in found.grids:
        typer.echo(f"  {grid.layer}: {grid.grid} {grid.n_shops} -> {grid.n_shops_then} shops, "
                   f"{grid.minutes_per_day:.0f} -> {grid.minutes_per_day_then:.0f} min/day")  # fmt: skip
    for words in found.over_plan:
        typer.echo(f"  {words}")
    for one in found.applications:
        typer.echo(f"  {one.application.application_no}: {'; '.join(one.faults) or 'no rule in the way'}")
