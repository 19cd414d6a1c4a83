"""`gridsvc ownership`: ask who is responsible."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None)


@app.command()
def ownership(
    lat: Annotated[float | None, typer.Option(help="latitude in WGS-84 degrees")] = None,
    lon: Annotated[float | None, typer.Option(help="longitude in WGS-84 degrees")] = None,
    retailer_code: str | None = None,
    licence_no: str | None = None,
    as_of: Annotated[str | None, typer.Option(help="RFC 3339 instant; default: now")] = None,
    json: Annotated[bool, typer.Option("--json", help="print the whole answer as JSON")] = False,
    district: Annotated[str | None, typer.Option(help="adcode; default: every district is asked")] = None,
) -> None:
    """Give the trio of a place or a retailer: who owns it per layer, now or at another instant."""
    import dataclasses
    import json as json_text

    from rich.console import Console
    from rich.table import Table

    from gridsvc.cli.words import parse_instant
    from gridsvc.domain.ids import Adcode
    from gridsvc.usecases.find_ownership import find_ownership
    from gridsvc.usecases.ownership_snapshot import OwnershipBoard
    from gridsvc.wiring import open_service

    instant = parse_instant(as_of, "--as-of")
    with open_service() as service:
        answer = find_ownership(
            OwnershipBoard(service.store, service.clock),
            service.clock,
            adcode=Adcode(district) if district else None,
            lat=lat,
            lon=lon,
            retailer_code=retailer_code,
            licence_no=licence_no,
            as_of=instant,
        )
    if json:
        plain = dataclasses.asdict(answer)
        typer.echo(json_text.dumps(plain, ensure_ascii=False, indent=2, default=lambda instant: instant.isoformat()))
        return
    console = Console()
    generation = "no generation yet" if answer.generation is None else f"generation {answer.generation}"
    console.print(
        f"{answer.district} ({answer.adcode}), {generation}, as of {answer.as_of.isoformat(timespec='seconds')}"
    )
    if answer.retailer:
        console.print(f"{answer.retailer.retailer_code}  {answer.retailer.name}  {answer.retailer.address}")
    table = Table("layer", "grid", "owner", "code", "department", "since", "why")
    for layer in answer.layers:
        who = layer.acting_owner or layer.owner
        since = layer.valid_from.date().isoformat() if layer.valid_from else ""
        why = layer.acting_reason or layer.fallback_reason or layer.source or "owner of the grid"
        department = who.org_unit if who else layer.fallback_department
        grid = layer.grid.name if layer.grid else ""
        table.add_row(
            layer.layer, grid, who.name if who else "—", who.staff_code if who else "", department, since, why
        )
    console.print(table)
