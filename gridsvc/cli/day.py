"""`gridsvc day`: routes of a day."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from zoneinfo import ZoneInfo

import typer

if TYPE_CHECKING:
    from gridsvc.domain.days import Day

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Plan and show the routes of a day.")

Date = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="default: today, or the next working day")]
District = Annotated[str | None, typer.Option(help="adcode; default: the only one there is")]


@app.command()
def plan(
    day: Date = None,
    staff: Annotated[list[str], typer.Option(help="staff code; may be repeated; default: everyone")] = [],  # noqa: B006
    seed: int = 1,
    max_iterations: Annotated[int, typer.Option(help="of the search per route")] = 2_000,
    engine: Annotated[Literal["auto", "ortools", "pyvrp"], typer.Option(help="auto, or a library alone")] = "auto",
    keep_times: Annotated[bool, typer.Option("--keep-times", help="stay near the times planned before")] = False,
    district: District = None,
) -> None:
    """Order and time everyone's stops on the streets."""
    from gridsvc.cli.progress import progress_bar
    from gridsvc.engines.pool import EnginePool
    from gridsvc.usecases.plan_day import plan_day
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service, EnginePool(service.settings.workers) as pool:
        adcode = choose_district(service, district)
        with progress_bar("Planning the day") as report:
            planned = plan_day(
                service.store,
                service.clock,
                pool,
                adcode=adcode,
                actor="operator",
                day=day.date() if day else None,
                staff_codes=staff,
                seed=seed,
                max_iterations=max_iterations,
                engine=engine,
                keeps_times=keep_times,
                cache_folder=service.settings.cache_dir,
                on_progress=report,
            )
    stops = ", ".join(f"{layer} {n}" for layer, n in planned.n_stops.items())
    left = sum(planned.n_unplanned.values())
    typer.echo(f"{planned.day}: {planned.n_routes} routes; stops: {stops}; travel by {planned.travel_method}.")
    if left:
        typer.echo(f"{left} stops fit nowhere; `day show STAFF` lists them with their reasons.")


@app.command()
def show(
    staff: Annotated[str, typer.Argument(help="staff code")],
    day: Date = None,
    own: Annotated[
        bool, typer.Option("--own", help="all of it, as the person sees it; who asks is written into the audit chain")
    ] = False,
    district: District = None,
) -> None:
    """Show one person's day: stops in order with their times and why each is there.

    An inspector's day is shown as everybody else sees it: without sealed inspections, in mornings and afternoons.
    """
    from gridsvc.usecases.find_working_day import find_working_day
    from gridsvc.usecases.read_day import read_day
    from gridsvc.usecases.read_whole_day import read_whole_day
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        store, clock, adcode = service.store, service.clock, choose_district(service, district)
        wanted = day.date() if day else find_working_day(store, clock, adcode=adcode)
        if own:
            found = read_whole_day(store, clock, adcode=adcode, actor="operator", staff_code_or_id=staff, day=wanted)
        else:
            found = read_day(store, clock, adcode=adcode, staff_code_or_id=staff, day=wanted).without_sealed()
    _show(found)


@app.command()
def draw(
    staff: Annotated[str, typer.Argument(help="staff code")],
    out: Annotated[Path, typer.Option(help="file to write, .svg")],
    day: Date = None,
    language: Annotated[str, typer.Option(help="zh or en")] = "zh",
    district: District = None,
) -> None:
    """Draw one person's day on the streets as a picture; sealed inspections are never in it."""
    from gridsvc.usecases.draw_day import draw_day
    from gridsvc.usecases.find_working_day import find_working_day
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        adcode = choose_district(service, district)
        wanted = day.date() if day else find_working_day(service.store, service.clock, adcode=adcode)
        n_bytes = draw_day(
            service.store, service.clock, adcode=adcode, actor="operator", staff_code=staff, day=wanted,
            out=out, language=language, approval_number=service.settings.map_approval_number,
        )  # fmt: skip
    typer.echo(f"{n_bytes / 1000:,.0f} kB written to {out}", err=True)


_WHY = {
    "tier": "visit due, tier {}",
    "star": "routine inspection due, star {}",
    "cartons": "order, {} cartons",
    "meets": "together with another role, {}",
    "crew": "enforcement, crew of two{}",
    "enforcement": "enforcement{}",
}


def _because(why: str) -> str:
    key, _, value = why.partition(":")
    return _WHY.get(key, why).format(value)


def _show(day: Day) -> None:
    from rich.console import Console
    from rich.table import Table

    zone = ZoneInfo(day.time_zone)

    def at(instant: datetime | None) -> str:
        return instant.astimezone(zone).strftime("%H:%M") if instant else ""

    console = Console()
    synthetic = "  SYNTHETIC" if day.is_synthetic else ""
    console.print(f"{day.staff.staff_code} {day.staff.name}, {day.day}{synthetic}")
    if day.is_withheld:
        console.print("An inspector's day is told in mornings and afternoons, without sealed inspections.")
        table = Table("", "when", "shop", "address", "why")
    else:
        travel = f"{(day.travel_s or 0) / 60:.0f} min and {(day.distance_m or 0) / 1000:.1f} km by {day.method}"
        console.print(f"{at(day.departs_at)} from the office, {at(day.returns_at)} back; travel {travel}")
        table = Table("", "arrives", "starts", "leaves", "slack", "shop", "address", "why")
    for stop in day.stops:
        slack = f"{stop.slack_s / 60:.0f} min" if stop.slack_s is not None else ""
        times = (at(stop.arrives_at), at(stop.starts_at), at(stop.departs_at), slack)
        when = (stop.half_day or "",) if day.is_withheld else times
        table.add_row(str(stop.sequence), *when, stop.retailer.name, stop.retailer.address, _because(stop.why))
    console.print(table)
    for item in day.not_planned:
        console.print(f"not planned: {item.retailer.name}: {item.words}", style="yellow")
