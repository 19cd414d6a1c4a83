"""`gridsvc cycle`: the 28-day cycle of visits, inspections and deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Plan the 28-day cycle and its lines.")


@app.callback()
def root() -> None:
    """Plan the 28-day cycle and its lines."""


@app.command()
def plan(
    first_day: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="a Monday; default: now")] = None,
    seed: int = 1,
    max_iterations: Annotated[int, typer.Option(help="of the search per person; more is tighter and slower")] = 20_000,
    district: Annotated[str | None, typer.Option(help="adcode; default: the only one there is")] = None,
) -> None:
    """Give every duty its days: balanced, the same weekday, near shops on the same day."""
    from rich.console import Console
    from rich.table import Table

    from gridsvc.cli.progress import progress_bar
    from gridsvc.engines.pool import EnginePool
    from gridsvc.usecases.plan_cycle import plan_cycle
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service, EnginePool(service.settings.workers) as pool:
        adcode = choose_district(service, district)
        with progress_bar("Planning the cycle") as report:
            planned = plan_cycle(
                service.store,
                service.clock,
                pool,
                adcode=adcode,
                actor="operator",
                first_day=first_day.date() if first_day else None,
                seed=seed,
                max_iterations=max_iterations,
                cache_folder=service.settings.cache_dir,
                on_progress=report,
            )
    table = Table("layer", "stops", "not planned", "work min/day", "travel min/day", "longest / shortest day")
    for layer, n_stops in planned.n_stops.items():
        table.add_row(
            layer,
            f"{n_stops:,}",
            str(planned.n_unplanned[layer]),
            f"{planned.work_min_per_day[layer]:.0f}",
            f"{planned.travel_min_per_day[layer]:.0f}",
            f"{planned.day_ratio[layer]:.2f}",
        )
    console = Console()
    console.print(table)
    if planned.n_uneven:
        console.print(
            f"{planned.n_uneven} people have days that differ by more than the rule allows, or duties left over; "
            "holidays make short weeks, and more iterations may help.",
            style="yellow",
        )
    provisional = (
        "; the calendar is provisional: its make-up days are not announced yet" if planned.is_provisional else ""
    )
    console.print(
        f"Cycle from {planned.first_day}, {planned.n_lines} lines, travel by {planned.travel_method}{provisional}."
    )
