"""`gridsvc solve`: an engine on a published instance, for anyone to try and to judge."""

from __future__ import annotations

import typer

from gridsvc.cli.solve_painted import solve_painted
from gridsvc.cli.solve_periodic import solve_periodic
from gridsvc.cli.solve_province import solve_province
from gridsvc.cli.solve_routing import solve_routing
from gridsvc.cli.solve_territory import solve_territory

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
app.command("painted")(solve_painted)
app.command("periodic")(solve_periodic)
app.command("province")(solve_province)
app.command("routing")(solve_routing)
app.command("territory")(solve_territory)


@app.callback()
def engines() -> None:
    """Run an engine on a published instance, without any database."""
