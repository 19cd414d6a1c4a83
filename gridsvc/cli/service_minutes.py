"""`gridsvc service-minutes`: how long stops really take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gridsvc.storage.visits import ServiceEstimate

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="How long stops take: assumed and measured.")
District = Annotated[str | None, typer.Option(help="adcode; default: the only one there is")]


@app.command()
def estimate(district: District = None) -> None:
    """Estimate them from the visits of the last half year, as the worker does every night."""
    from gridsvc.usecases.estimate_service_minutes import estimate_service_minutes
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        adcode = choose_district(service, district)
        _show(estimate_service_minutes(service.store, service.clock, adcode=adcode, actor="operator"))


@app.command("list")
def list_(district: District = None) -> None:
    """Show the newest estimates: assumed, observed with their number, and what both together give."""
    from gridsvc.usecases.list_service_minutes import list_service_minutes
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        found = list_service_minutes(service.store, adcode=choose_district(service, district))
    if found.computed_at is None:
        typer.echo("nothing is estimated yet; `service-minutes estimate` does it, and the worker every night")
        return
    _show(found.items)


def _show(items: list[ServiceEstimate]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("task", "tier", "urban form", "assumed", "observed", "n", "weight", "estimate (min)")
    for item in items:
        observed = f"{item.observed_min:.1f}" if item.observed_min is not None else ""
        table.add_row(
            item.task_type,
            item.tier,
            item.urban_form,
            f"{item.assumed_min:.1f}",
            observed,
            str(item.n_observed),
            f"{item.weight_share:.0%}",
            f"{item.estimate_min:.1f}",
        )
    Console().print(table)
