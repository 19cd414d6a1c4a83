"""`gridsvc export`: write what the service holds as files for others."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from gridsvc.cli.export_map import export_map

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Write what the service holds as files.")


@app.callback()
def root() -> None:
    """Write what the service holds as files."""


@app.command()
def assignments(
    out: Annotated[Path, typer.Option(help="file to write: .csv or .xlsx")],
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="owners of that day, at its beginning; default: now")
    ] = None,
    district: Annotated[str | None, typer.Option(help="adcode; default: the only one there is")] = None,
) -> None:
    """Write owners and lines as the file that `import assignments` reads."""
    from rich.console import Console

    from gridsvc.usecases.export_assignments import export_assignments
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        adcode = choose_district(service, district)
        day = as_of.date() if as_of else None
        n_rows = export_assignments(service.store, service.clock, adcode=adcode, path=out, on=day)
    Console(highlight=False).print(f"{n_rows:,} rows written to {out}", markup=False)


app.command("map")(export_map)
