"""`gridsvc locate`: find where an address lies and who owns the place."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None)


@app.command()
def locate(
    address: Annotated[str, typer.Argument(help="as written, Chinese or Western")],
    area_code: Annotated[str, typer.Option(help="street office or postcode, where known")] = "",
    as_of: Annotated[str | None, typer.Option(help="RFC 3339 instant; default: now")] = None,
    json: Annotated[bool, typer.Option("--json", help="print the whole answer as JSON")] = False,
    district: Annotated[str | None, typer.Option(help="adcode; default: the only one there is")] = None,
) -> None:
    """Look one address up offline: its point, how sure it is, and who may own it with which probability."""
    import dataclasses
    import json as json_text

    from rich.console import Console
    from rich.table import Table

    from gridsvc.cli.words import parse_instant
    from gridsvc.usecases.address_book import AddressBook
    from gridsvc.usecases.locate_address import locate_address
    from gridsvc.usecases.ownership_snapshot import OwnershipBoard
    from gridsvc.wiring import choose_district, open_service

    instant = parse_instant(as_of, "--as-of")
    with open_service() as service:
        found = locate_address(
            AddressBook(service.store), OwnershipBoard(service.store, service.clock), service.clock,
            adcode=choose_district(service, district), address=address, area_code=area_code, as_of=instant,
        )  # fmt: skip
    if json:
        typer.echo(json_text.dumps(dataclasses.asdict(found), ensure_ascii=False, indent=2))
        return
    console = Console()
    where = "no point" if found.lon is None else f"{found.lat:.6f}, {found.lon:.6f} within {found.uncertainty_m:.0f} m"
    console.print(f"{found.precision_class}: {where}", highlight=False)
    console.print(f"{found.reason}; {'certain' if found.is_certain else 'not certain'}", markup=False, highlight=False)
    candidates = Table("candidate", "stands for", "score", "within m")
    for c in found.candidates:
        candidates.add_row(c.label, c.precision_class, f"{c.score:.2f}", f"{c.uncertainty_m:.0f}")
    console.print(candidates)
    owners = Table("layer", "grid", "owner", "probability")
    for layer in found.layers:
        for chance in layer.owners[:3]:
            who = chance.owner.name if chance.owner else chance.fallback_department or "—"
            owners.add_row(layer.layer, chance.grid.name if chance.grid else "", who, f"{chance.probability:.0%}")
    console.print(owners)
