"""`gridsvc plan explain|precheck`: where minutes come from, what limits a grid, what is impossible and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gridsvc.domain.explanations import LayerExplained
    from gridsvc.usecases.price_rules import PricedLayer

District = Annotated[str | None, typer.Option(help="adcode of the district; default: the only one there is")]


def explain(
    plan: Annotated[str, typer.Argument(help="plan id; `newest` is the newest plan")] = "newest",
    layers: Annotated[str, typer.Option(help="comma-separated; default: all layers of the plan")] = "",
    prices: Annotated[bool, typer.Option("--prices", help="lift every rule and solve again; bounds as well")] = False,
    seed: int = 1,
    max_iterations: Annotated[int, typer.Option(help="of every search")] = 300,
    bound_steps: Annotated[int, typer.Option(help="of the bound that holds for any centres; 0 = none")] = 200,
    most_rules: Annotated[
        int, typer.Option(min=0, help="of a layer that are lifted, the costliest borders first")
    ] = 12,
    language: Annotated[str, typer.Option(help="en or zh")] = "en",
    district: District = None,
) -> None:
    """Say where each grid's minutes come from and what limits it; with --prices, what every rule costs."""
    from gridsvc.cli.progress import progress_bar
    from gridsvc.cli.words import parse_language, parse_layers
    from gridsvc.engines.pool import EnginePool
    from gridsvc.usecases.draft_bench import DraftBoard
    from gridsvc.usecases.explain_plan import explain_plan
    from gridsvc.usecases.find_plan import find_plan
    from gridsvc.usecases.price_rules import price_rules
    from gridsvc.wiring import choose_district, open_service

    language = parse_language(language)
    chosen = parse_layers(layers) if layers else None
    with open_service() as service:
        adcode = choose_district(service, district)
        plan_id = find_plan(service.store, adcode=adcode, wanted=plan, any_state=True).plan.plan_id
        if not prices:
            for explained in explain_plan(
                service.store, service.clock, DraftBoard(), adcode=adcode, plan_id=plan_id, layers=chosen
            ):
                _show(explained, language)
            return
        with EnginePool(service.settings.workers) as pool, progress_bar("Pricing rules") as report:
            priced = price_rules(
                service.store,
                service.clock,
                pool,
                adcode=adcode,
                plan_id=plan_id,
                layers=chosen,
                seed=seed,
                max_iterations=max_iterations,
                bound_steps=bound_steps,
                most_rules=most_rules,
                on_progress=report,
            )
    for layer in priced:
        _show(layer.explained, language)
        _show_prices(layer, language)


def precheck(
    plan: Annotated[str, typer.Argument(help="plan id; `newest` is the newest plan")] = "newest",
    layers: Annotated[str, typer.Option(help="comma-separated; default: all layers of the plan")] = "",
    language: Annotated[str, typer.Option(help="en or zh")] = "en",
    district: District = None,
) -> None:
    """Say the smallest tolerance that can hold and what makes a smaller one impossible; exit 3 where something does."""
    from gridsvc.cli.words import parse_language, parse_layers
    from gridsvc.usecases.draft_bench import DraftBoard
    from gridsvc.usecases.find_plan import find_plan
    from gridsvc.usecases.precheck_plan import precheck_plan
    from gridsvc.wiring import choose_district, open_service

    language = parse_language(language)
    with open_service() as service:
        adcode = choose_district(service, district)
        found = precheck_plan(
            service.store,
            service.clock,
            DraftBoard(),
            adcode=adcode,
            plan_id=find_plan(service.store, adcode=adcode, wanted=plan, any_state=True).plan.plan_id,
            layers=parse_layers(layers) if layers else None,
        )
    for layer in found:
        typer.echo(f"{layer.layer}: {layer.headline[language]}")
        for cause in layer.causes[1:]:
            typer.echo(f"{layer.layer}: {cause.words[language]}")
    if any(layer.causes for layer in found):
        raise typer.Exit(3)


def _show(explained: LayerExplained, language: str) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    console.print(f"{explained.layer}: {explained.headline[language]}", highlight=False)
    table = Table("grid", "shops", "min/day", "off", "at stops", "enforcement", "assisting", "travel", "expected")
    for grid in explained.grids:
        parts = grid.parts
        table.add_row(
            grid.name,
            str(grid.n_retailers),
            f"{grid.load_min_per_day:.1f}",
            f"{100 * grid.deviation_share:+.1f} %",
            f"{parts.stops:.1f}",
            f"{parts.enforcement:.1f}",
            f"{parts.assisted:.1f}",
            f"{parts.travel:.1f}",
            f"{grid.expected_min_per_day:.1f}",
        )
    console.print(table)
    for grid in explained.grids:
        console.print(grid.words[language], highlight=False)
    console.print(f"travel: {explained.travel_words}", highlight=False)


def _show_prices(layer: PricedLayer, language: str) -> None:
    for price in layer.prices:
        typer.echo(f"{layer.explained.layer}: {price.words[language]}")
    if layer.n_not_priced:
        typer.echo(f"{layer.explained.layer}: {layer.n_not_priced} more rules were not lifted; --most-rules lifts them")
    for gap in (layer.gap, layer.free_gap):
        if gap is not None:
            typer.echo(f"{layer.explained.layer}: at most {100 * gap.share:.1f} % more compact. {gap.certifies}")
