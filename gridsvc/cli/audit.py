"""`gridsvc audit`: the record of every write."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Verify the record of every write.")


@app.callback()
def root() -> None:
    """Verify the record of every write."""


@app.command()
def verify(
    district: Annotated[str | None, typer.Option(help="adcode of the district; default: the only one there is")] = None,
) -> None:
    """Check the hash chain from its first row to its last; exit 3 names the first row that does not fit."""
    from gridsvc.usecases.verify_audit import verify_audit
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        adcode = choose_district(service, district)
        broken = verify_audit(service.store, adcode=adcode)
    if broken is not None:
        typer.echo(
            f"The audit chain of {adcode} is broken at row {broken}: it was changed, removed or put in afterwards."
        )
        raise typer.Exit(3)
    typer.echo(f"The audit chain of {adcode} holds.")
