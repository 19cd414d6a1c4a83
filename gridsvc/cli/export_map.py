"""`gridsvc export map`: a layer as one file that opens with the network off."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def export_map(
    layer: Annotated[str, typer.Option(help="inspection, marketing or delivery")],
    out: Annotated[Path, typer.Option(help="file to write, .html")],
    grid: Annotated[str | None, typer.Option(help="number or name of a grid, or all: sheets to print on A4")] = None,
    language: Annotated[str, typer.Option(help="zh or en")] = "zh",
    district: Annotated[str | None, typer.Option(help="adcode; default: the only one there is")] = None,
) -> None:
    """Write a layer as a self-contained map with its table, or its grids as printable sheets."""
    from gridsvc.cli.words import parse_layers
    from gridsvc.domain.errors import BadInput
    from gridsvc.usecases.export_map import export_map as export
    from gridsvc.wiring import choose_district, open_service

    layers = parse_layers(layer)
    if len(layers) != 1:
        raise BadInput("a map shows one layer; name one")
    with open_service() as service:
        n_bytes = export(
            service.store,
            service.clock,
            adcode=choose_district(service, district),
            actor="operator",
            layer=layers[0],
            out=out,
            grid=grid,
            language=language,
            approval_number=service.settings.map_approval_number,
        )
    typer.echo(f"{n_bytes / 1000:,.0f} kB written to {out}", err=True)
