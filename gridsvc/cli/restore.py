"""`gridsvc restore`: a backup back into an empty database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None)


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="file that `backup` wrote")]) -> None:
    """Put a backup back; refused while the database holds a district."""
    from gridsvc.usecases.keep_backup import read_backup
    from gridsvc.wiring import open_service

    with open_service() as service:
        n_districts = read_backup(service.store, service.database.owner_conninfo, file, psql=service.database.psql)
    typer.echo(f"Restored {n_districts} district(s) from {file}.")
