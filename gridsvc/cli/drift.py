"""`gridsvc plan drift`: when the grids in force leave their tolerance, and how little mends them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gridsvc.domain.drift import LayerDrift

District = Annotated[str | None, typer.Option(help="adcode of the district; default: the only one there is")]


def drift(
    plan: Annotated[str, typer.Argument(help="id of a plan in force; default: all that is in force")] = "",
    repair: Annotated[bool, typer.Option(help="prove how few shops would have to move")] = True,
    language: Annotated[str, typer.Option(help="en or zh")] = "en",
    district: District = None,
) -> None:
    """Say when each grid in force leaves its tolerance; `plan repair` makes the draft that mends it."""
    from gridsvc.cli.words import parse_language
    from gridsvc.usecases.draft_bench import DraftBoard
    from gridsvc.usecases.measure_drift import measure_drift
    from gridsvc.wiring import choose_district, open_service

    language = parse_language(language)
    with open_service() as service:
        found = measure_drift(
            service.store,
            service.clock,
            DraftBoard(),
            adcode=choose_district(service, district),
            plan_id=plan or None,
            with_repair=repair,
        )
    for layer in found:
        _show(layer, language)


def _show(layer: LayerDrift, language: str) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    console.print(f"{layer.layer}, in force since {layer.since}: {layer.headline[language]}", highlight=False)
    measures = [load.measure for load in layer.grids[0].loads[1:]] if layer.grids else []
    others = ["shops off" if measure == "retailers" else f"{measure} off" for measure in measures]
    table = Table(
        "grid",
        "opened",
        "closed",
        "changed",
        "min/day then",
        "now",
        "off",
        "per 30 days",
        *others,
        "out on",
        "by",
        "between",
    )
    for grid in layer.grids:
        between = f"{grid.earliest_on} .. {grid.latest_on or ''}" if grid.earliest_on else ""
        table.add_row(
            grid.name,
            str(grid.n_opened),
            str(grid.n_closed),
            str(grid.n_changed),
            f"{grid.min_per_day_then:.1f}",
            f"{grid.min_per_day_now:.1f}",
            f"{100 * grid.deviation_share_now:+.1f} %",
            "" if grid.per_30_days is None else f"{grid.per_30_days:+.1f}",
            *(f"{100 * load.deviation_share_now:+.1f} %" for load in grid.loads[1:]),
            "now" if grid.is_out else str(grid.leaves_on or ""),
            "shops" if grid.leaves_by == "retailers" else grid.leaves_by or "",
            between,
        )
    console.print(table)
    for grid in layer.grids:
        if grid.owner_leaves_on is not None:
            console.print(f"{grid.name}: {grid.staff_code} is gone from {grid.owner_leaves_on} on", highlight=False)
    if layer.repair is not None:
        console.print(f"{layer.layer}: {layer.repair.words[language]}", highlight=False)
