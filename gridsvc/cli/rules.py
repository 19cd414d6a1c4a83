"""`gridsvc plan rules`: what a draft has to keep, shown and changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gridsvc.domain.drafts import LayerRules

CREWS_HELP = "minutes of second officers: pairs, or rota (on average); default: as in the newest cycle"
District = Annotated[str | None, typer.Option(help="adcode of the district; default: the only one there is")]


def rules(
    plan: Annotated[
        str, typer.Argument(help="plan id; `newest` is the newest plan that can still be edited")
    ] = "newest",
    layers: Annotated[str, typer.Option(help="comma-separated; default: all layers of the plan")] = "",
    tolerance: Annotated[float | None, typer.Option(help="greatest deviation of a grid's minutes")] = None,
    count_tolerance: Annotated[float | None, typer.Option(help="the same for shops (delivery: cartons)")] = None,
    carton_tolerance: Annotated[
        float | None, typer.Option(help="the same for cartons, beside minutes and shops; -1 = leave them out")
    ] = None,
    churn_budget: Annotated[int | None, typer.Option(help="most shops that may change hands; -1 = no cap")] = None,
    keep: Annotated[
        list[str], typer.Option(help="LEVEL=hard|free|PRICE: what borders of areas count; replaces all said before")
    ] = [],  # noqa: B006
    distance: Annotated[str, typer.Option(help="compact along straight, barrier or street ways")] = "",
    crews: Annotated[str, typer.Option(help=CREWS_HELP)] = "",
    linked: Annotated[
        Path | None, typer.Option(help="unit,group file: units of a group share one grid; replaces all groups")
    ] = None,
    bases: Annotated[
        Path | None, typer.Option(help="unit,staff file: the unit lies in that person's grid; replaces all bases")
    ] = None,
    district: District = None,
) -> None:
    """Change what the layers of a draft have to keep, and show it; without options it only shows."""
    from gridsvc.cli.unit_files import read_bases, read_linked
    from gridsvc.cli.words import parse_borders, parse_choice, parse_layers
    from gridsvc.domain.crews import Crews
    from gridsvc.domain.distances import Distance
    from gridsvc.domain.drafts import SetRules
    from gridsvc.usecases.draft_bench import DraftBoard
    from gridsvc.usecases.edit_draft import edit_draft
    from gridsvc.usecases.find_plan import find_plan
    from gridsvc.usecases.read_plan import read_plan
    from gridsvc.wiring import choose_district, open_service

    wanted = SetRules(
        tolerance=tolerance,
        count_tolerance=count_tolerance,
        carton_tolerance=carton_tolerance,
        churn_budget=churn_budget,
        borders=parse_borders(keep) if keep else None,
        distance=parse_choice(Distance, distance, "--distance") if distance else None,
        crews=parse_choice(Crews, crews, "--crews") if crews else None,
        links=read_linked(linked) if linked else None,
        bases=read_bases(bases) if bases else None,
    )
    with open_service() as service:
        adcode = choose_district(service, district)
        plan_id = find_plan(service.store, adcode=adcode, wanted=plan).plan.plan_id
        known = read_plan(service.store, adcode=adcode, plan_id=plan_id)
        chosen = parse_layers(layers) if layers else known.plan.layers
        if wanted != SetRules():
            for layer in chosen:
                revision = read_plan(service.store, adcode=adcode, plan_id=plan_id).plan.revision
                edited = edit_draft(
                    service.store,
                    service.clock,
                    DraftBoard(),
                    adcode=adcode,
                    actor="operator",
                    plan_id=plan_id,
                    base_revision=revision,
                    layer=layer,
                    edits=[wanted],
                )
                for words in edited.warnings:
                    typer.echo(f"{layer}: {words}")
        known = read_plan(service.store, adcode=adcode, plan_id=plan_id)
    for layer in chosen:
        kept = known.rules[layer]
        budget = "no churn budget" if kept.churn_budget is None else f"at most {kept.churn_budget:,} shops change hands"
        borders = ", ".join(
            f"{border.level} {border.price:g}" if border.mode == "priced" else f"{border.level} {border.mode}"
            for border in kept.borders
        )
        typer.echo(
            f"{layer}: minutes within {100 * kept.tolerance:g} %, {_counts(kept)}, {budget}, "
            f"{len(kept.locks)} locks, {len(kept.pins)} pins, {len(kept.bases)} bases, "
            f"{len(kept.links)} linked groups, {len(kept.forbidden)} bans, {len(kept.barriers)} closed borders; "
            f"borders of areas: {borders or 'default'}"
            f"; compact along {kept.distance} ways; crews: {kept.crews or 'as in the newest cycle'}"
        )


def _counts(kept: LayerRules) -> str:
    share = f"{100 * kept.count_tolerance:g} %"
    if kept.carton_tolerance is None:
        return f"shops or cartons within {share}"
    return f"shops within {share}, cartons within {100 * kept.carton_tolerance:g} %"
