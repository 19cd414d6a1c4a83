"""`gridsvc plan`: design, look at, approve and publish grids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gridsvc.cli import draft, drift, explain, plan_drafts, plan_figures, replan
from gridsvc.cli import rules as plan_rules
from gridsvc.cli.engine_option import Engine
from gridsvc.cli.rules import CREWS_HELP

if TYPE_CHECKING:
    from gridsvc.usecases.design_plan import DesignedPlan
    from gridsvc.usecases.publish_plan import Publication

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Design, check, approve and publish grids.")

District = Annotated[str | None, typer.Option(help="adcode of the district; default: the only one there is")]


@app.command()
def design(
    title: Annotated[str, typer.Option(help="name of the plan")] = "Design",
    layers: Annotated[str, typer.Option(help="comma-separated: inspection,marketing,delivery")] = (
        "inspection,marketing,delivery"
    ),
    units: Annotated[str, typer.Option(help="h3, or the level of the areas to build from; default: the newest")] = "",
    grids: Annotated[list[str], typer.Option(help="LAYER=NUMBER where it is not the number of staff")] = [],  # noqa: B006
    tolerance: Annotated[float, typer.Option(help="greatest deviation of a grid's minutes from the mean")] = 0.05,
    count_tolerance: Annotated[float, typer.Option(help="the same for shops (delivery: cartons)")] = 0.25,
    carton_tolerance: Annotated[
        float | None, typer.Option(help="the same for cartons, which count beside minutes and shops then")
    ] = None,
    keep_owner: Annotated[float, typer.Option(help="price of a shop that changes hands, in squared km")] = 0.0,
    keep: Annotated[
        list[str], typer.Option(help="LEVEL=hard|free|PRICE: what borders of areas count, as street_office=1")
    ] = [],  # noqa: B006
    distance: Annotated[str, typer.Option(help="compact along straight, barrier or street ways")] = "straight",
    crews: Annotated[str, typer.Option(help=CREWS_HELP)] = "",
    coupling: Annotated[str, typer.Option(help="layers apart, coupled (few different trios) or identical")] = "apart",
    seed: int = 1,
    max_seconds: Annotated[float | None, typer.Option(help="CPU seconds of search per layer; default: 5")] = None,
    max_iterations: Annotated[int | None, typer.Option(help="the same input, seed and number: the same grids")] = None,
    bound_steps: Annotated[int, typer.Option(help="of the certificate's bound for any centres; 0 = without it")] = 0,
    engine: Engine = "auto",
    district: District = None,
) -> None:
    """Divide the district into one grid per member of staff and keep it as a draft plan."""
    from gridsvc.cli.progress import progress_bar
    from gridsvc.cli.words import parse_borders, parse_choice, parse_counts, parse_coupling, parse_layers
    from gridsvc.domain.crews import Crews
    from gridsvc.domain.distances import Distance
    from gridsvc.engines.pool import EnginePool
    from gridsvc.usecases.design_plan import design_plan
    from gridsvc.usecases.list_unit_sets import find_unit_set
    from gridsvc.usecases.survey_district import DesignRules
    from gridsvc.wiring import choose_district, open_service

    if max_seconds is None and max_iterations is None:
        max_seconds = 5.0
    rules = DesignRules(
        minutes_tolerance_share=tolerance,
        second_tolerance_share=count_tolerance,
        carton_tolerance_share=carton_tolerance,
        keep_owner_km2=keep_owner,
        seed=seed,
        max_iterations=max_iterations,
        max_seconds=max_seconds,
        bound_steps=bound_steps,
        engine=engine,
        borders=parse_borders(keep),
        distance=parse_choice(Distance, distance, "--distance"),
        crews=parse_choice(Crews, crews, "--crews") if crews else None,
    )
    wanted = parse_layers(layers)
    counts = parse_counts(grids)
    with open_service() as service, EnginePool(service.settings.workers) as pool:
        adcode = choose_district(service, district)
        unit_set_id = find_unit_set(service.store, service.clock, adcode=adcode, wanted=units)
        with progress_bar("Designing grids") as report:
            designed = design_plan(
                service.store,
                service.clock,
                pool,
                adcode=adcode,
                actor="operator",
                title=title,
                layers=wanted,
                unit_set_id=unit_set_id,
                n_grids=counts,
                rules=rules,
                coupling=parse_coupling(coupling),
                on_progress=report,
            )
    _show_design(designed)
    if not all(layer.is_feasible for layer in designed.layers):
        raise typer.Exit(3)


@app.command("list")
def list_(district: District = None) -> None:
    """List the plans, newest first."""
    from rich.console import Console
    from rich.table import Column, Table

    from gridsvc.usecases.list_plans import list_plans
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        listed = list_plans(service.store, adcode=choose_district(service, district))
        now = service.clock.now()
    if not listed:
        typer.echo("There is no plan yet; `plan design` makes one.")
        return
    table = Table(Column("plan", no_wrap=True), "title", "state", "layers", "base", "effective from")
    for plan in listed:
        effective = plan.effective_from.isoformat(timespec="minutes") if plan.effective_from else ""
        layers = ", ".join(plan.layers)
        is_scheduled = plan.state == "published" and plan.effective_from is not None and plan.effective_from > now
        state = "scheduled" if is_scheduled else plan.state
        table.add_row(plan.plan_id, plan.title, state, layers, str(plan.base_generation), effective)
    Console().print(table)


@app.command()
def publish(
    plan: Annotated[str, typer.Argument(help="plan id; `newest` is the newest plan that is not published")] = "newest",
    effective_from: Annotated[str | None, typer.Option("--from", help="RFC 3339 instant; default: now")] = None,
    reason: Annotated[str | None, typer.Option(help="why it is published although it has warnings")] = None,
    district: District = None,
) -> None:
    """Submit, approve and publish a plan in the operator's name; each step is recorded."""
    from gridsvc.cli.words import parse_instant
    from gridsvc.usecases.find_plan import find_plan
    from gridsvc.usecases.move_plan import move_plan
    from gridsvc.usecases.publish_plan import publish_plan
    from gridsvc.wiring import choose_district, open_service

    instant = parse_instant(effective_from)
    with open_service() as service:
        adcode = choose_district(service, district)
        found = find_plan(service.store, adcode=adcode, wanted=plan)
        for state in found.steps_to_approval:
            move_plan(
                service.store,
                service.clock,
                adcode=adcode,
                actor="operator",
                plan_id=found.plan.plan_id,
                state=state,
                words="on the command line",
            )
        publication = publish_plan(
            service.store,
            service.clock,
            adcode=adcode,
            actor="operator",
            plan_id=found.plan.plan_id,
            effective_from=instant,
            reason=reason,
        )
    _show_publication(publication)


@app.command()
def verify(
    plan: Annotated[str, typer.Argument(help="plan id; `newest` is the newest plan")] = "newest",
    district: District = None,
) -> None:
    """Judge a stored plan again and compare it with its certificate; exit 3 when it does not hold."""
    from gridsvc.usecases.verify_plan import verify_plan
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        verdict = verify_plan(
            service.store, service.clock, adcode=choose_district(service, district), wanted=plan, with_bounds=True
        )
    for line in verdict.words:
        typer.echo(line)
    if not verdict.holds:
        raise typer.Exit(3)


plan_drafts.register(app)
plan_figures.register(app)
app.command()(replan.repair)
app.command()(replan.absence)
app.command()(draft.redesign)
app.command()(draft.mend)
app.command()(draft.spend)
app.command()(draft.curve)
app.command()(explain.explain)
app.command()(explain.precheck)
app.command()(drift.drift)
app.command()(plan_rules.rules)


def _show_design(designed: DesignedPlan) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    has_cartons = any("cartons_deviation_share" in layer.metrics for layer in designed.layers)
    cartons = ["cartons off"] if has_cartons else []
    table = Table("layer", "min/day", "off", "shops", "off", *cartons, "broken", "moved", "ok")
    for layer in designed.layers:
        metrics = layer.metrics
        table.add_row(
            layer.layer,
            f"{metrics['minutes_per_day_min']} .. {metrics['minutes_per_day_max']}",
            f"{100 * float(metrics['minutes_deviation_share'] or 0):.2f} %",
            f"{metrics['retailers_min']} .. {metrics['retailers_max']}",
            f"{100 * float(metrics['retailers_deviation_share'] or 0):.1f} %",
            *([_share(metrics.get("cartons_deviation_share"))] if has_cartons else []),
            str(metrics["n_broken_grids"]),
            f"{layer.n_moved} of {layer.n_owned}" if layer.n_owned else "all are new",
            "yes" if layer.is_feasible else "no",
        )
    console.print(table)
    for layer in designed.layers:
        for violation in layer.violations:
            console.print(f"{layer.layer}: {violation}", style="yellow")
    for words in designed.words:
        console.print(words, highlight=False)
    if designed.n_left_out:
        console.print(
            f"{designed.n_left_out} active shops have no point inside the units; they stay with whoever owns them now."
        )
    console.print(
        "off = greatest deviation from the mean; broken = grids in several pieces; moved = shops that change hands"
    )
    console.print(f"Draft plan {designed.plan.plan_id} ({designed.plan.title}); `plan publish` puts it in force.")


def _share(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f} %"


def _show_publication(publication: Publication) -> None:
    changed = ", ".join(f"{layer} {n}" for layer, n in publication.n_changed.items())
    typer.echo(f"Published as generation {publication.generation} from {publication.effective_from.isoformat()}.")
    typer.echo(f"Retailers with another owner: {changed}.")
    for warning in publication.warnings:
        typer.echo(f"warning: {warning}")
