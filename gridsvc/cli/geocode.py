"""`gridsvc geocode`: look up the addresses of shops without a point."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None, help="Look up the addresses of shops without a point.")


@app.command()
def geocode(
    online: Annotated[
        bool, typer.Option("--online", help="send uncertain addresses to the provider of GRIDSVC_ONLINE_GEOCODER")
    ] = False,
    district: Annotated[str | None, typer.Option(help="adcode; default: the only one there is")] = None,
) -> None:
    """Look up the addresses of shops without a point in what was imported: addresses, streets, areas.

    Answers are kept as they come: a look-up that was stopped or killed goes on where it was.
    """
    from rich.console import Console
    from rich.table import Table

    from gridsvc.cli.progress import progress_bar
    from gridsvc.usecases.geocode_retailers import geocode_retailers
    from gridsvc.wiring import choose_district, online_geocoder, open_service

    with open_service() as service:
        adcode = choose_district(service, district)
        with progress_bar("Looking up addresses") as on_progress:
            done = geocode_retailers(
                service.store, service.clock, adcode=adcode, actor="operator", on_progress=on_progress,
                online=online_geocoder(service.settings) if online else None,
                kept_in=service.settings.cache_dir / "geocoding",
            )  # fmt: skip
    console = Console()
    for note in done.notes or ("every open shop has a point already",):
        console.print(note, highlight=False, markup=False)
    if done.findings:
        table = Table("code", "reason", title="On the review list", title_justify="left")
        for finding in done.findings[:40]:
            table.add_row(finding.code, finding.words)
        console.print(table)
