"""`gridsvc district`: the districts there are, and new ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Make and list districts.")


@app.command()
def add(
    adcode: Annotated[str, typer.Argument(help="code of the district, such as 520103")],
    name: Annotated[str, typer.Argument(help="its name")],
    country: Annotated[str, typer.Option(help="two letters, such as CN: decides the calendar")],
    time_zone: Annotated[str, typer.Option(help="IANA name, such as Asia/Shanghai")],
    boundary: Annotated[Path, typer.Option(help="GeoJSON, GeoPackage or GeoParquet with the outline")],
    where: Annotated[list[str], typer.Option(help="COLUMN=VALUE: only such features")] = [],  # noqa: B006
    crs: Annotated[str | None, typer.Option(help="wgs84, gcj02, bd09 or cgcs2000; default: as the file says")] = None,
    part: Annotated[str | None, typer.Option(help="layer of a GeoPackage")] = None,
    synthetic: Annotated[bool, typer.Option("--synthetic", help="everything in it is invented")] = False,
) -> None:
    """Make a district, or replace its description and boundary."""
    from rich.console import Console

    from gridsvc.cli.words import parse_pairs
    from gridsvc.domain.ids import Adcode
    from gridsvc.usecases.create_district import create_district
    from gridsvc.usecases.read_source import SourceOptions
    from gridsvc.wiring import open_service

    options = SourceOptions(where=parse_pairs("--where", where), crs=crs, part=part)
    with open_service() as service:
        made, notes = create_district(
            service.store, service.clock, adcode=Adcode(adcode), actor="operator", name=name, country=country,
            time_zone=time_zone, boundary=boundary, options=options, is_synthetic=synthetic,
        )  # fmt: skip
    console = Console()
    console.print(f"District {made.adcode} {made.name}", highlight=False, markup=False)
    for note in notes:
        console.print(f"  {note}", highlight=False, markup=False)


@app.command("list")
def list_all() -> None:
    """List the districts with their generation and revision."""
    from rich.console import Console
    from rich.table import Table

    from gridsvc.usecases.list_districts import list_districts
    from gridsvc.wiring import open_service

    with open_service() as service:
        districts = list_districts(service.store)
    table = Table("adcode", "name", "country", "time zone", "generation", "revision", "")
    for district in districts:
        table.add_row(
            district.adcode, district.name, district.country, district.time_zone,
            "none yet" if district.generation is None else str(district.generation), str(district.revision),
            "SYNTHETIC" if district.is_synthetic else "",
        )  # fmt: skip
    Console().print(table)
