"""The commands of `gridsvc plan` that search over a draft: redesign, mend, spend, curve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gridsvc.cli.engine_option import Engine

if TYPE_CHECKING:
    from gridsvc.usecases.search_draft import SearchedDraft

District = Annotated[str | None, typer.Option(help="adcode of the district; default: the only one there is")]
Plan = Annotated[str, typer.Argument(help="plan id; `newest` is the newest plan that can still be edited")]
Layers = Annotated[str, typer.Option(help="comma-separated; default: all layers of the plan")]


def redesign(
    plan: Plan = "newest",
    layers: Layers = "",
    keep_owner: Annotated[float, typer.Option(help="price of a shop that changes hands, in squared km")] = 0.0,
    coupling: Annotated[str, typer.Option(help="layers apart, coupled (few different trios) or identical")] = "apart",
    seed: int = 1,
    max_iterations: Annotated[int, typer.Option(help="of the search per layer")] = 500,
    engine: Engine = "auto",
    district: District = None,
) -> None:
    """Divide the layers of a draft anew; its tolerances, locks, pins, barriers and churn budget hold."""
    from gridsvc.cli.words import parse_coupling
    from gridsvc.usecases.design_draft import design_draft

    _search(
        design_draft, plan, layers, seed, max_iterations, engine, district,
        keep_owner=keep_owner, coupling=parse_coupling(coupling),
    )  # fmt: skip


def mend(
    plan: Plan = "newest",
    layers: Layers = "",
    seed: int = 1,
    max_iterations: Annotated[int, typer.Option(help="of the search per layer")] = 500,
    engine: Engine = "auto",
    district: District = None,
) -> None:
    """Bring a draft back within its rules with as little change of what is drawn as possible."""
    from gridsvc.usecases.repair_draft import repair_draft

    _search(repair_draft, plan, layers, seed, max_iterations, engine, district)


def spend(
    n_moves: Annotated[int, typer.Argument(help="shops of each layer that may move; a cap")],
    plan: Plan = "newest",
    layers: Layers = "",
    seed: int = 1,
    engine: Engine = "auto",
    district: District = None,
) -> None:
    """Spend so many more moves on a draft where they make the minutes most even."""
    from gridsvc.usecases.spend_moves import spend_moves

    _search(spend_moves, plan, layers, seed, None, engine, district, n_moves=n_moves)


def curve(
    plan: Plan = "newest",
    layers: Layers = "",
    budgets: Annotated[str, typer.Option(help="comma-separated numbers of moves")] = "0,10,20,40,80,160",
    seed: int = 1,
    engine: Engine = "auto",
    district: District = None,
) -> None:
    """Show what the next moves would buy: the least spread for each number of moves. Nothing is written."""
    from rich.console import Console
    from rich.table import Table

    from gridsvc.cli.progress import progress_bar
    from gridsvc.cli.words import parse_layers
    from gridsvc.domain.errors import BadInput
    from gridsvc.engines.pool import EnginePool
    from gridsvc.usecases.find_plan import find_plan
    from gridsvc.usecases.price_moves import price_moves
    from gridsvc.wiring import choose_district, open_service

    numbers = [word.strip() for word in budgets.split(",") if word.strip()]
    if not all(word.isdigit() for word in numbers):
        raise BadInput(f"--budgets {budgets}: write numbers of moves like 0,10,20")
    with open_service() as service, EnginePool(service.settings.workers) as pool:
        adcode = choose_district(service, district)
        found = find_plan(service.store, adcode=adcode, wanted=plan)
        with progress_bar("Pricing moves") as report:
            curves = price_moves(
                service.store,
                service.clock,
                pool,
                adcode=adcode,
                plan_id=found.plan.plan_id,
                layers=parse_layers(layers) if layers else None,
                budgets=[int(word) for word in numbers],
                seed=seed,
                engine=engine,
                on_progress=report,
            )
    console = Console()
    table = Table("layer", "moves allowed", "moves made", "spread", "proven least")
    for known in curves:
        for point in known.points:
            table.add_row(
                known.layer,
                str(point.n_budget),
                str(point.n_moved),
                f"{100 * point.spread_share:.2f} %",
                f"{100 * point.least_share:.2f} %",
            )
    console.print(table)
    for known in curves:
        console.print(f"{known.layer}: {known.words}", highlight=False)
    console.print("spread = greatest deviation of a grid's minutes from the mean")


def _search(
    use_case: object, plan: str, layers: str, seed: int, max_iterations: int | None, engine: Literal["auto", "ortools"],
    district: str | None, *, keep_owner: float = 0.0, **wanted: object,
) -> None:  # fmt: skip
    from gridsvc.cli.progress import progress_bar
    from gridsvc.cli.words import parse_layers
    from gridsvc.engines.pool import EnginePool
    from gridsvc.usecases.find_plan import find_plan
    from gridsvc.usecases.survey_district import DesignRules
    from gridsvc.wiring import choose_district, open_service

    assert callable(use_case)
    rules = DesignRules(seed=seed, max_iterations=max_iterations or 500, keep_owner_km2=keep_owner, engine=engine)
    with open_service() as service, EnginePool(service.settings.workers) as pool:
        adcode = choose_district(service, district)
        found = find_plan(service.store, adcode=adcode, wanted=plan)
        with progress_bar("Searching") as report:
            searched: SearchedDraft = use_case(
                service.store,
                service.clock,
                pool,
                adcode=adcode,
                actor="operator",
                plan_id=found.plan.plan_id,
                layers=parse_layers(layers) if layers else None,
                rules=rules,
                on_progress=report,
                **wanted,
            )
    _show(searched)
    if not all(layer.is_feasible for layer in searched.layers):
        raise typer.Exit(3)


def _show(searched: SearchedDraft) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table("layer", "off before", "off now", "min/day now", "moved before", "moved now", "units changed", "ok")
    for layer in searched.layers:
        before, after = layer.before, layer.after
        table.add_row(
            layer.layer,
            f"{100 * float(before['minutes_deviation_share'] or 0):.2f} %",
            f"{100 * float(after['minutes_deviation_share'] or 0):.2f} %",
            f"{after['minutes_per_day_min']} .. {after['minutes_per_day_max']}",
            str(before["n_moved"]),
            str(after["n_moved"]),
            str(layer.n_units_changed),
            "yes" if layer.is_feasible else "no",
        )
    console.print(table)
    for layer in searched.layers:
        for warning in layer.warnings:
            console.print(f"{layer.layer}: {warning}", style="yellow")
        console.print(f"{layer.layer}: travel {layer.words}", highlight=False)
    console.print("moved = shops with another owner than today")
    console.print(f"Draft {searched.plan_id} is at revision {searched.revision}.")
