"""`gridsvc backup`: the whole database in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None)


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="file to write; it must not exist yet")]) -> None:
    """Write the whole database into one compressed file that `restore` reads."""
    from gridsvc.usecases.keep_backup import write_backup
    from gridsvc.wiring import open_service

    with open_service() as service:
        size = write_backup(service.database.owner_conninfo, file, psql=service.database.psql)
    typer.echo(f"Wrote {file} ({size / 1e6:.1f} MB). It holds personal data: keep it like the database itself.")
