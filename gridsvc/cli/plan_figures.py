"""`gridsvc plan ...`: what a plan comes to: its sentence and metrics, its difference, scenarios, handover lists."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gridsvc.usecases.diff_plan import PlanDiff
    from gridsvc.usecases.measure_plan import PlanMetrics

District = Annotated[str | None, typer.Option(help="adcode of the district; default: the only one there is")]
PlanArgument = Annotated[str, typer.Argument(help="plan id; `newest` is the newest plan")]
_COMPARED = (
    "minutes_deviation_share",
    "count_deviation_share",
    "cartons_deviation_share",
    "churn_share",
    "n_exceptions",
    "n_pieces",
)


def register(app: typer.Typer) -> None:
    """Add the commands of this file to `gridsvc plan`."""
    app.command()(diff)
    app.command()(metrics)
    app.command()(compare)
    app.command()(handover)


def diff(
    plan: PlanArgument = "newest",
    shops: Annotated[bool, typer.Option("--shops", help="every shop that changes hands, too")] = False,
    district: District = None,
) -> None:
    """Say what a plan changes: per grid and person gained and lost, what is under way, order days, whole trios."""
    from gridsvc.usecases.diff_plan import diff_plan
    from gridsvc.usecases.draft_bench import DraftBoard
    from gridsvc.usecases.find_plan import find_plan
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        adcode = choose_district(service, district)
        plan_id = find_plan(service.store, adcode=adcode, wanted=plan, any_state=True).plan.plan_id
        found = diff_plan(service.store, service.clock, DraftBoard(), adcode=adcode, plan_id=plan_id)
    _show_diff(found, shops)


def _show_diff(found: PlanDiff, with_shops: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    grids = Table("layer", "grid", "gained", "lost", title="Grids")
    for grid in found.grids:
        grids.add_row(grid.layer, grid.name, str(grid.n_gained), str(grid.n_lost))
    console.print(grids)
    people = Table(
        "layer", "staff", "name", "gained", "lost", "open requests", "planned stops", "order days", title="People"
    )
    for one in found.staff:
        people.add_row(
            one.layer, one.staff_code, one.name, str(len(one.gained)), str(len(one.lost)),
            str(one.n_open_collaborations), str(one.n_planned_stops), str(one.n_order_days_changed),
        )  # fmt: skip
    console.print(people)
    moved = ", ".join(f"{layer} {n:,}" for layer, n in found.n_moved.items())
    typer.echo(f"Shops with another owner: {moved}.")
    typer.echo(f"Shops that lose all three owners at once: {len(found.lose_all_three):,}.")
    typer.echo(
        f"Open collaborations there: {found.n_open_collaborations:,}; order days: {found.n_order_days_changed:,}."
    )
    if with_shops:
        code_of = {one.staff_id: one.staff_code for one in found.staff}
        for shop in found.moves:
            giver, receiver = (code_of.get(one, "-") if one else "-" for one in (shop.from_staff_id, shop.to_staff_id))
            typer.echo(f"{shop.layer}: {shop.retailer_code} {shop.name}: {giver} -> {receiver}")


def metrics(
    plan: PlanArgument = "newest",
    language: Annotated[str, typer.Option(help="of the sentence: en or zh")] = "en",
    district: District = None,
) -> None:
    """Give a plan in one sentence, and every metric of the registry before and after."""
    from gridsvc.cli.words import parse_language
    from gridsvc.usecases.draft_bench import DraftBoard
    from gridsvc.usecases.find_plan import find_plan
    from gridsvc.usecases.measure_plan import measure_plan
    from gridsvc.wiring import choose_district, open_service

    language = parse_language(language)
    with open_service() as service:
        adcode = choose_district(service, district)
        plan_id = find_plan(service.store, adcode=adcode, wanted=plan, any_state=True).plan.plan_id
        found = measure_plan(service.store, service.clock, DraftBoard(), adcode=adcode, plan_id=plan_id)
    _show_metrics(found, language)


def _show_metrics(found: PlanMetrics, language: str) -> None:
    from rich.console import Console
    from rich.table import Table

    typer.echo(found.headline[language])
    table = Table("layer", "metric", "unit", "better", "before", "after")
    for layer, values in found.layers.items():
        for one in found.definitions:
            before = "" if values.before is None else _written(values.before.get(one.key))
            table.add_row(layer, one.key, one.unit, one.better, before, _written(values.after.get(one.key)))
    Console().print(table)


def _written(value: float | str | bool | None) -> str:
    return "" if value is None else f"{value:,.4g}" if isinstance(value, float) else str(value)


def compare(
    plans: Annotated[list[str], typer.Argument(help="ids of two to four plans")], district: District = None
) -> None:
    """Lay two to four scenarios side by side: metrics, and in how many units and shops every two differ."""
    from rich.console import Console
    from rich.table import Table

    from gridsvc.usecases.compare_plans import compare_plans
    from gridsvc.usecases.draft_bench import DraftBoard
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        found = compare_plans(
            service.store, service.clock, DraftBoard(), adcode=choose_district(service, district), plan_ids=plans
        )
    console = Console()
    table = Table("layer", "metric", *(one.title for one in found.plans))
    for layer in dict.fromkeys(layer for one in found.plans for layer in one.layers):
        for key in _COMPARED:
            shown = [_written(one.layers[layer].after.get(key)) if layer in one.layers else "" for one in found.plans]
            table.add_row(layer, key, *shown)
    console.print(table)
    title = {one.plan_id: one.title for one in found.plans}
    for pair in found.differences:
        apart = "other units" if pair.units is None else f"{len(pair.units):,} units"
        typer.echo(
            f"{pair.layer}: {title[pair.first]} and {title[pair.second]} differ in {apart}, {pair.n_retailers:,} shops"
        )


def handover(
    plan: PlanArgument = "newest",
    out: Annotated[Path, typer.Option(help="spreadsheet to write")] = Path("handover.xlsx"),
    staff: Annotated[str | None, typer.Option(help="staff code: this person's lists only")] = None,
    district: District = None,
) -> None:
    """Write who hands which shops to whom, to be printed and signed."""
    from gridsvc.domain.errors import NotFound
    from gridsvc.usecases.draft_bench import DraftBoard
    from gridsvc.usecases.find_plan import find_plan
    from gridsvc.usecases.list_staff import list_staff
    from gridsvc.usecases.write_handovers import write_handovers
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        adcode = choose_district(service, district)
        plan_id = find_plan(service.store, adcode=adcode, wanted=plan, any_state=True).plan.plan_id
        code_of = {member.staff_code: member.staff_id for member in list_staff(service.store, adcode=adcode)}
        if staff is not None and staff not in code_of:
            raise NotFound(f"there is no member of staff {staff} in district {adcode}")
        n_rows = write_handovers(
            service.store, service.clock, DraftBoard(), adcode=adcode, actor="operator", plan_id=plan_id, path=out,
            staff_id=code_of[staff] if staff else None,
        )  # fmt: skip
    typer.echo(f"{n_rows} shops in {out}")
