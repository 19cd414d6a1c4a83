"""`gridsvc review`: what imports rejected or doubted, until somebody settles it."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Look at what imports rejected or doubted.")


@app.callback()
def root() -> None:
    """Look at what imports rejected or doubted."""


@app.command("list")
def list_open(
    kind: Annotated[str | None, typer.Option(help="of the import: retailers, staff, assignments, ...")] = None,
    everything: Annotated[bool, typer.Option("--all", help="settled ones too")] = False,
    limit: Annotated[int, typer.Option(min=1, help="items shown")] = 50,
    district: Annotated[str | None, typer.Option(help="adcode; default: the only one there is")] = None,
) -> None:
    """List the open items with their file, row and reason."""
    from rich.console import Console
    from rich.table import Table

    from gridsvc.usecases.list_reviews import list_reviews
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        adcode = choose_district(service, district)
        items = list_reviews(service.store, adcode=adcode, state=None if everything else "open", kind=kind)
    table = Table("file", "row", "", "code", "reason", "state")
    for item in items[:limit]:
        row = "" if item.row_no is None else str(item.row_no)
        table.add_row(item.file_name or "", row, item.severity, item.code, item.words, item.state)
    console = Console()
    console.print(table)
    counts: dict[tuple[str, str], int] = {}
    for item in items:
        counts[item.severity, item.code] = counts.get((item.severity, item.code), 0) + 1
    for (severity, code), count in sorted(counts.items()):
        console.print(f"{count:,} {severity}: {code}", highlight=False)
    console.print(
        f"{len(items):,} items" + (f", the first {limit} shown" if len(items) > limit else ""), highlight=False
    )
