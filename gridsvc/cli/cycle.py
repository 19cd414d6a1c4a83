"""`gridsvc cycle`: the 28-day cycle of visits, inspections and deliveries."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from gridsvc.cli.engine_option import Engine

if TYPE_CHECKING:
    from gridsvc.usecases.plan_cycle import PlannedCycle
    from gridsvc.usecases.reveal_draw import RevealedDraw

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Plan the 28-day cycle and its lines.")

FirstDay = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="a Monday; default: now")]
OfDay = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="a day of the cycle; default: today")]
District = Annotated[str | None, typer.Option(help="adcode; default: the only one there is")]
Iterations = Annotated[int, typer.Option(min=1, help="of the search per person; more is tighter and slower")]
KeepDays = Annotated[
    bool | None, typer.Option(help="deliveries stay on the weekday of their line, as order batches need")
]
DayPrice = Annotated[float | None, typer.Option(min=0.0, max=60.0, help="minutes that one disturbed day less may cost")]
Window = Annotated[
    float | None,
    typer.Option(min=0.0, max=240.0, help="same_time: minutes within which both start at a shop; 0 = at once"),
]
_CHANGES_SHOWN = 30


class Together(StrEnum):
    """What the roles share."""

    SAME_DAY = "same_day"
    SAME_TIME = "same_time"
    RIDE = "ride"
    SUBSTITUTE = "substitute"
    APART = "apart"


SharedBy = Annotated[
    Together | None,
    typer.Option(
        help="same_day = roles meet at a shop where it is worth the price; same_time = inspector and manager "
        "start there within a shared window; ride = inspector and manager in one "
        "vehicle; substitute = either may do the other's visit; apart = each person alone"
    ),
]


class CrewChoice(StrEnum):
    """Who inspects with whom."""

    PAIRS = "pairs"
    ROTA = "rota"


Crewed = Annotated[
    CrewChoice,
    typer.Option(help="crews of two: pairs = always the same two officers; rota = drawn each week from the secret"),
]


@app.callback()
def root() -> None:
    """Plan the 28-day cycle and its lines."""


@app.command()
def plan(
    first_day: FirstDay = None,
    together: SharedBy = Together.SAME_DAY,
    day_price: DayPrice = 1.0,
    window: Window = 30.0,
    crews: Crewed = CrewChoice.PAIRS,
    keep_delivery_days: KeepDays = False,
    seed: Annotated[int, typer.Option(min=0)] = 1,
    max_iterations: Iterations = 20_000,
    engine: Engine = "auto",
    district: District = None,
) -> None:
    """Give every duty its days: balanced, the same weekday, near shops on the same day, roles together."""
    shared = (together, day_price, window, keep_delivery_days)
    _tell(_planned(first_day, shared, crews, seed, max_iterations, engine, district, is_again=False))


@app.command()
def replan(
    first_day: FirstDay = None,
    together: SharedBy = None,
    day_price: DayPrice = None,
    window: Window = None,
    keep_delivery_days: KeepDays = None,
    seed: Annotated[int, typer.Option(min=0)] = 1,
    max_iterations: Iterations = 5_000,
    engine: Engine = "auto",
    district: District = None,
) -> None:
    """Plan a cycle again, with its own options, after a new shop, a holiday or an absence; each changed day is listed.

    What the roles share, the crews and the weekday of deliveries stay as the cycle was planned, unless an option says
    otherwise.
    """
    shared = (together, day_price, window, keep_delivery_days)
    planned = _planned(first_day, shared, CrewChoice.PAIRS, seed, max_iterations, engine, district, is_again=True)
    _tell(planned)
    typer.echo(f"{len(planned.changes)} duties changed their days.")
    for item in planned.changes[:_CHANGES_SHOWN]:
        before = " ".join(f"{day:%m-%d}" for day in item.before) or "none"
        after = " ".join(f"{day:%m-%d}" for day in item.after) or "none"
        typer.echo(f"  {item.retailer_code} {item.task_type} ({item.staff_code}): {before} -> {after}")
    if len(planned.changes) > _CHANGES_SHOWN:
        typer.echo(f"  and {len(planned.changes) - _CHANGES_SHOWN} more")


@app.command()
def show(day: OfDay = None, district: District = None) -> None:
    """Show the cycle's joint-stop ledger: together against apart, by role."""
    from gridsvc.usecases.read_cycle import read_cycle
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        adcode = choose_district(service, district)
        view = read_cycle(service.store, service.clock, adcode=adcode, day=day.date() if day else None)
    typer.echo(
        f"Cycle from {view.first_day}, {sum(view.n_stops.values()):,} stops, {view.n_joint_stops:,} joint stops."
    )
    if view.ledger is None:
        typer.echo("It was planned before the roles were planned together; plan it again for a ledger.")
        return
    _print_ledger(view.ledger)


@app.command()
def left(
    day: OfDay = None,
    language: Annotated[Literal["en", "zh"], typer.Option(help="of the reasons and changes")] = "en",
    district: District = None,
) -> None:
    """List what is due in the cycle and not planned: why, and the smallest change that would plan it.

    A change is verified by solving again: the duty gets its days, and nobody else's are lost. Where that was not done,
    or in vain, the list says "not verified".
    """
    from rich.console import Console
    from rich.table import Table

    from gridsvc.usecases.read_cycle import read_cycle
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        adcode = choose_district(service, district)
        view = read_cycle(service.store, service.clock, adcode=adcode, day=day.date() if day else None)
    if not view.not_planned:
        typer.echo("Every due task of the cycle is planned.")
        return
    table = Table("shop", "task", "day", "why", "what would plan it", "verified")
    for item in view.not_planned:
        table.add_row(
            f"{item.retailer_code} {item.retailer_name}",
            item.task_type,
            str(item.day or "all"),
            item.words_zh if language == "zh" else item.words,
            (item.relaxation_zh if language == "zh" else item.relaxation) or "nothing known",
            "yes" if item.is_verified else "",
        )
    Console().print(table)


@app.command()
def reveal(
    day: OfDay = None,
    records: Annotated[
        Path | None, typer.Option(help="folder for the records that the hashes cover, one file a draw")
    ] = None,
    district: District = None,
) -> None:
    """Show every secret behind the drawn inspections of a cycle that is over, and check each draw.

    Ends with exit code 1 where a published hash cannot be opened or a draw made again gives another day.
    """
    from gridsvc.usecases.reveal_draw import reveal_draw
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        adcode = choose_district(service, district)
        wanted = day.date() if day else None
        shown = reveal_draw(service.store, service.clock, adcode=adcode, actor="operator", day=wanted)
    _tell_draws(shown, records)
    if not shown.is_genuine:
        raise typer.Exit(1)


def _tell_draws(shown: RevealedDraw, folder: Path | None) -> None:
    typer.echo(f"Cycle from {shown.first_day}")
    for draw in shown.draws:
        typer.echo(f"draw {draw.number} of {draw.drawn_at:%Y-%m-%d %H:%M} UTC")
        typer.echo(f"  published hash  {draw.commitment}")
        typer.echo(f"  secret          {draw.secret_hex}")
        if folder is not None:
            name = f"draw-{shown.first_day}-{draw.number}.json"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(draw.record, encoding="utf-8")
            typer.echo(f"  record          {folder / name}")
    for item in shown.inspections:
        place = "not among its candidates" if item.place is None else f"number {item.place + 1} of its drawn order"
        crew = item.leader + (f" with {item.partner}" if item.partner else "")
        what = item.outcome or "nothing recorded"
        typer.echo(f"  {item.retailer_code} {item.day}: {crew}, draw {item.draw}, {place}; {what}")
    if shown.without_day:
        typer.echo(f"No day had room for both officers at {len(shown.without_day)}: {' '.join(shown.without_day)}")
    if shown.is_genuine:
        typer.echo("Every published hash is opened, and each draw made again gives the same crews and days.")
    for words in shown.faults:
        typer.echo(f"NOT as published: {words}")


def _planned(
    first_day: datetime | None,
    shared: tuple[Together | None, float | None, float | None, bool | None],
    crews: CrewChoice,
    seed: int,
    max_iterations: int,
    engine: Literal["auto", "ortools"],
    district: str | None,
    *,
    is_again: bool,
) -> PlannedCycle:
    from gridsvc.cli.progress import progress_bar
    from gridsvc.domain.crews import Crews
    from gridsvc.domain.joint_stops import JointMode
    from gridsvc.engines.pool import EnginePool
    from gridsvc.usecases.plan_cycle import plan_cycle
    from gridsvc.wiring import choose_district, open_service

    together, day_price, window, keep_delivery_days = shared
    with open_service() as service, EnginePool(service.settings.workers) as pool:
        adcode = choose_district(service, district)
        with progress_bar("Planning the cycle") as report:
            return plan_cycle(
                service.store,
                service.clock,
                pool,
                adcode=adcode,
                actor="operator",
                first_day=first_day.date() if first_day else None,
                mode=JointMode(together.value) if together else None,
                day_price_min=day_price,
                window_min=window,
                crews=Crews(crews.value),
                keeps_delivery_weekday=keep_delivery_days,
                is_again=is_again,
                seed=seed,
                max_iterations=max_iterations,
                engine=engine,
                cache_folder=service.settings.cache_dir,
                on_progress=report,
            )


def _tell(planned: PlannedCycle) -> None:
    from dataclasses import asdict

    from rich.console import Console
    from rich.table import Table

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
    _print_ledger(asdict(planned.ledger))
    if planned.n_uneven:
        console.print(
            f"{planned.n_uneven} people have days that differ by more than the rule allows, or duties left over; "
            "more iterations may help, and `cycle left` lists the duties.",
            style="yellow",
        )
    if planned.n_introductions:
        console.print(
            f"{planned.n_introduced} of {planned.n_introductions} introductions of a new owner fall within their days."
        )
    provisional = (
        "; the calendar is provisional: its make-up days are not announced yet" if planned.is_provisional else ""
    )
    console.print(
        f"Cycle from {planned.first_day}, {planned.n_lines} lines, travel by {planned.travel_method}{provisional}."
    )


def _print_ledger(ledger: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    if ledger["mode"] == "apart":
        typer.echo("Everybody was planned alone; there is nothing to compare.")
        return
    table = Table("joint stops", "together h", "apart h", "more h", "%", "together km", "apart km")
    for name, line in {**ledger["of_layer"], "all": ledger["total"]}.items():
        extra = line["joint_min"] - line["separate_min"]
        share = 100 * extra / line["separate_min"] if line["separate_min"] else 0.0
        table.add_row(
            name,
            f"{line['joint_min'] / 60:,.1f}",
            f"{line['separate_min'] / 60:,.1f}",
            f"{extra / 60:+,.1f}",
            f"{share:+.2f}",
            f"{line['joint_km']:,.0f}",
            f"{line['separate_km']:,.0f}",
        )
    Console().print(table)
    if ledger["mode"] == "same_time":
        typer.echo(
            f"{ledger.get('n_meetings', 0):,} times inspector and manager start at a shop within the shared window."
        )
    before, after = ledger["disturbed_days_separate"], ledger["disturbed_days_joint"]
    fewer = 100 * (1 - after / before) if before else 0.0
    typer.echo(
        f"A shop is disturbed on {after:.2f} days of the cycle instead of {before:.2f} ({fewer:.0f} % fewer); "
        f"{ledger['shared_visits_joint']:,} visits meet another role's, "
        f"{ledger['shared_visits_separate']:,} by chance; "
        f"{100 * ledger['same_weekday_joint']:.0f} % of the repeated visits keep one weekday."
    )
