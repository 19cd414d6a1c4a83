"""`gridsvc plan ...`: drafts without the engine: begin one, work on it in a spreadsheet, judge it, take it back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gridsvc.usecases.measure_draft import Finding
    from gridsvc.usecases.recut_draft import RecutDraft

District = Annotated[str | None, typer.Option(help="adcode of the district; default: the only one there is")]
PlanArgument = Annotated[str, typer.Argument(help="plan id; `newest` is the newest plan")]
DraftArgument = Annotated[str, typer.Argument(help="plan id; `newest` is the newest plan that can still be edited")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file to `gridsvc plan`."""
    app.command()(start)
    app.command()(roster)
    app.command("from-roster")(from_roster)
    app.command()(validate)
    app.command()(rebase)
    app.command()(rollback)
    app.command()(split)
    app.command()(merge)


def start(
    title: Annotated[str, typer.Option(help="name of the plan")],
    layers: Annotated[str, typer.Option(help="comma-separated: inspection,marketing,delivery")] = (
        "inspection,marketing,delivery"
    ),
    empty: Annotated[
        bool, typer.Option("--empty", help="every unit nobody's, a grid for each member of staff")
    ] = False,
    plan: Annotated[str | None, typer.Option("--copy", help="id of a plan to copy with its rules")] = None,
    generation: Annotated[int | None, typer.Option(min=0, help="copy what was in force then")] = None,
    district: District = None,
) -> None:
    """Begin a draft as what is in force now, empty, or as a copy, and print its id."""
    from gridsvc.cli.words import parse_layers
    from gridsvc.domain.errors import BadInput
    from gridsvc.usecases.start_plan import Start, start_plan
    from gridsvc.wiring import choose_district, open_service

    if (plan is not None) + (generation is not None) + empty > 1:
        raise BadInput("name one of --empty, --copy and --generation")
    wanted = parse_layers(layers) if plan is None else ()
    with open_service() as service:
        made = start_plan(
            service.store,
            service.clock,
            adcode=choose_district(service, district),
            actor="operator",
            title=title,
            layers=wanted,
            start=Start(plan_id=plan, generation=generation, is_empty=empty),
        )
    typer.echo(made.plan_id)


def roster(
    out: Annotated[Path, typer.Option(help="file to write, .xlsx or .csv")] = Path("roster.xlsx"),
    district: District = None,
) -> None:
    """Write every shop with its three owners, to be changed in a spreadsheet and read by `plan from-roster`."""
    from gridsvc.usecases.write_roster import write_roster
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        adcode = choose_district(service, district)
        n_rows = write_roster(service.store, service.clock, adcode=adcode, actor="operator", path=out)
    typer.echo(f"{n_rows} shops in {out}")


def from_roster(
    file: Annotated[Path, typer.Argument(help="the changed roster, .xlsx or .csv")],
    title: Annotated[str, typer.Option(help="name of the plan")] = "From the roster",
    district: District = None,
) -> None:
    """Make a draft in which every shop has the owner that the file names; exit 3 when it cannot be published so."""
    from gridsvc.usecases.draft_bench import DraftBoard
    from gridsvc.usecases.draft_from_roster import draft_from_roster
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        done = draft_from_roster(
            service.store,
            service.clock,
            DraftBoard(),
            adcode=choose_district(service, district),
            actor="operator",
            title=title,
            path=file,
        )
    for layer, n_changed in done.n_changed.items():
        typer.echo(
            f"{layer}: {n_changed} shops change hands; {done.n_moved_units[layer]} units follow, "
            f"{done.n_exceptions[layer]} shops are exceptions"
        )
    typer.echo(f"Draft plan {done.plan.plan_id} ({done.plan.title})")
    _show_findings(done.findings)


def validate(plan: PlanArgument = "newest", district: District = None) -> None:
    """List every rule that a plan breaks on today's shops; exit 3 when it cannot be published so."""
    from gridsvc.usecases.draft_bench import DraftBoard
    from gridsvc.usecases.find_plan import find_plan
    from gridsvc.usecases.validate_plan import validate_plan
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        adcode = choose_district(service, district)
        plan_id = find_plan(service.store, adcode=adcode, wanted=plan, any_state=True).plan.plan_id
        verdict = validate_plan(service.store, service.clock, DraftBoard(), adcode=adcode, plan_id=plan_id)
    _show_findings(verdict.findings)


def rebase(plan: DraftArgument = "newest", district: District = None) -> None:
    """Lay a draft over the newest publication: what others published stays, what the draft changed is done again."""
    from gridsvc.usecases.find_plan import find_plan
    from gridsvc.usecases.rebase_plan import rebase_plan
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        adcode = choose_district(service, district)
        plan_id = find_plan(service.store, adcode=adcode, wanted=plan).plan.plan_id
        done = rebase_plan(service.store, service.clock, adcode=adcode, actor="operator", plan_id=plan_id)
    typer.echo(f"{done.title} stands on generation {done.base_generation} now")


def rollback(
    plan: Annotated[str, typer.Argument(help="id of a published plan")],
    to_generation: Annotated[int | None, typer.Option(min=0, help="default: the one before this plan")] = None,
    district: District = None,
) -> None:
    """Make a draft that restores what was in force before a published plan, and print its id."""
    from gridsvc.usecases.undo_plan import undo_plan
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        made = undo_plan(
            service.store,
            service.clock,
            adcode=choose_district(service, district),
            actor="operator",
            plan_id=plan,
            to_generation=to_generation,
        )
    typer.echo(made.plan_id)


def split(
    cell: Annotated[list[str], typer.Option(help="H3 index of a unit of the draft; repeat for several")],
    plan: DraftArgument = "newest",
    district: District = None,
) -> None:
    """Split hot cells of a draft into finer ones, in every layer of the plan; nobody's owner changes."""
    from gridsvc.usecases.split_units import split_units

    _recut(split_units, plan, district, cells=cell)


def merge(
    cell: Annotated[str, typer.Option(help="H3 index of the cell whose finer cells are united")],
    plan: DraftArgument = "newest",
    district: District = None,
) -> None:
    """Unite the finer cells inside a cell of a draft again, where one grid of each layer holds them all."""
    from gridsvc.usecases.merge_units import merge_units

    _recut(merge_units, plan, district, cell=cell)


def _recut(recut: Callable[..., RecutDraft], plan: str, district: str | None, **cells: str | list[str]) -> None:
    """Put a draft on other units, as it is now, and say what came of it."""
    from gridsvc.usecases.find_plan import find_plan
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        who: dict[str, Any] = {"adcode": choose_district(service, district), "actor": "operator"}
        found = find_plan(service.store, adcode=who["adcode"], wanted=plan).plan
        on = {"plan_id": found.plan_id, "base_revision": found.revision}
        done = recut(service.store, service.clock, **who, **on, **cells)
    typer.echo(f"Draft plan {done.plan_id} stands on {done.n_units} units at revision {done.revision}.")
    typer.echo(f"New cells: {', '.join(done.cells)}")
    for note in done.notes:
        typer.echo(note)


def _show_findings(findings: Iterable[Finding]) -> None:
    hard = 0
    for finding in findings:
        hard += finding.is_hard
        typer.echo(f"{'BROKEN' if finding.is_hard else 'warning'}: {finding.layer}: {finding.words}")
    if hard:
        raise typer.Exit(3)
    typer.echo("No hard rule is broken.")
