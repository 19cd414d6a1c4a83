"""The commands of `gridsvc plan` that answer a change: repair, absence; `gridsvc.cli.plan` lists them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gridsvc.cli.engine_option import Engine
from gridsvc.cli.rules import CREWS_HELP

if TYPE_CHECKING:
    from gridsvc.usecases.repair_plan import RepairedPlan
    from gridsvc.usecases.split_absence import AbsenceSplit

District = Annotated[str | None, typer.Option(help="adcode of the district; default: the only one there is")]


def repair(
    title: Annotated[str, typer.Option(help="name of the plan")] = "Repair",
    layers: Annotated[str, typer.Option(help="comma-separated: inspection,marketing,delivery")] = (
        "inspection,marketing,delivery"
    ),
    units: Annotated[str, typer.Option(help="h3, or the level of the areas; default: the newest")] = "",
    tolerance: Annotated[float, typer.Option(help="greatest deviation of a grid's minutes from the mean")] = 0.05,
    count_tolerance: Annotated[float, typer.Option(help="the same for shops (delivery: cartons)")] = 0.25,
    carton_tolerance: Annotated[
        float | None, typer.Option(help="the same for cartons, which count beside minutes and shops then")
    ] = None,
    keep: Annotated[
        list[str], typer.Option(help="LEVEL=hard|free|PRICE: what borders of areas count, as street_office=1")
    ] = [],  # noqa: B006
    distance: Annotated[str, typer.Option(help="compact along straight, barrier or street ways")] = "straight",
    crews: Annotated[str, typer.Option(help=CREWS_HELP)] = "",
    seed: int = 1,
    max_iterations: Annotated[int, typer.Option(help="of the search per layer")] = 1000,
    engine: Engine = "auto",
    moves: Annotated[Path | None, typer.Option(help="file for the list of the shops that change hands")] = None,
    district: District = None,
) -> None:
    """Draft grids that hold again after a change, with as few shops as possible changing hands."""
    from gridsvc.cli.progress import progress_bar
    from gridsvc.cli.words import parse_borders, parse_choice, parse_layers
    from gridsvc.domain.crews import Crews
    from gridsvc.domain.distances import Distance
    from gridsvc.engines.pool import EnginePool
    from gridsvc.usecases.list_unit_sets import find_unit_set
    from gridsvc.usecases.repair_plan import repair_plan
    from gridsvc.usecases.survey_district import DesignRules
    from gridsvc.wiring import choose_district, open_service

    rules = DesignRules(
        minutes_tolerance_share=tolerance,
        second_tolerance_share=count_tolerance,
        carton_tolerance_share=carton_tolerance,
        seed=seed,
        max_iterations=max_iterations,
        engine=engine,
        borders=parse_borders(keep),
        distance=parse_choice(Distance, distance, "--distance"),
        crews=parse_choice(Crews, crews, "--crews") if crews else None,
    )
    wanted = parse_layers(layers)
    with open_service() as service, EnginePool(service.settings.workers) as pool:
        adcode = choose_district(service, district)
        with progress_bar("Repairing grids") as report:
            repaired = repair_plan(
                service.store,
                service.clock,
                pool,
                adcode=adcode,
                actor="operator",
                title=title,
                layers=wanted,
                unit_set_id=find_unit_set(service.store, service.clock, adcode=adcode, wanted=units),
                rules=rules,
                on_progress=report,
            )
    _show_repair(repaired)
    if moves is not None:
        _write_moves(repaired, moves)
    if not all(layer.is_feasible for layer in repaired.layers):
        raise typer.Exit(3)


def absence(
    staff: Annotated[str, typer.Argument(help="staff code of whoever is away, for example M03")],
    first_day: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="first day")],
    last_day: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="last day")],
    district: District = None,
) -> None:
    """Show how the shops of somebody who is away would be shared among the neighbours; nothing is written."""
    from gridsvc.usecases.split_absence import split_absence
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        split = split_absence(
            service.store,
            service.clock,
            adcode=choose_district(service, district),
            staff_code_or_id=staff,
            first_day=first_day.date(),
            last_day=last_day.date(),
        )
    _show_split(split)


def _show_repair(repaired: RepairedPlan) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table("layer", "min/day", "off", "shops", "broken", "moved", "flow bound", "proven least", "ok")
    for layer in repaired.layers:
        metrics, bound = layer.metrics, repaired.bounds[layer.layer]
        table.add_row(
            layer.layer,
            f"{metrics['minutes_per_day_min']} .. {metrics['minutes_per_day_max']}",
            f"{100 * float(metrics['minutes_deviation_share'] or 0):.2f} %",
            f"{metrics['retailers_min']} .. {metrics['retailers_max']}",
            str(metrics["n_broken_grids"]),
            f"{layer.n_moved:,} of {layer.n_owned:,}",
            f"{bound.n_flow:,.0f}",
            f"{bound.n_least:,.0f}",
            "yes" if layer.is_feasible else "no",
        )
    console.print(table)
    for layer in repaired.layers:
        for violation in layer.violations:
            console.print(f"{layer.layer}: {violation}", style="yellow")
    for words in repaired.words:
        console.print(words, highlight=False)
    console.print(
        "moved = shops that change hands; flow bound = shops apart from their owner's grid now, and the flow between "
        "touching grids that balances the minutes; proven least = no plan of cut or whole units moves fewer to "
        "touching grids"
    )
    console.print(f"Draft plan {repaired.plan.plan_id} ({repaired.plan.title}); `plan publish` puts it in force.")


def _write_moves(repaired: RepairedPlan, path: Path) -> None:
    import csv

    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("layer", "retailer_code", "from_staff", "to_staff"))
        writer.writerows(
            (move.layer, move.retailer_code, move.from_staff_code or "", move.to_staff_code or "")
            for move in repaired.moves
        )
    typer.echo(f"{len(repaired.moves):,} moves are listed in {path}")


def _show_split(split: AbsenceSplit) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table("takes over", "shops", "min/day before", "min/day then")
    for share in split.shares:
        table.add_row(
            f"{share.member.staff_code} {share.member.name}",
            str(len(share.retailer_ids)),
            f"{share.minutes_per_day_before:.1f}",
            f"{share.minutes_per_day_after:.1f}",
        )
    console.print(f"{split.member.staff_code} {split.member.name} is away from {split.first_day} to {split.last_day}.")
    console.print(table)
    if split.unshared:
        console.print(f"{len(split.unshared)} shops have no neighbour who is there; the department answers for them.")
