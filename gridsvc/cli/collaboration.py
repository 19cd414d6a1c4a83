"""`gridsvc collaboration`: requests that find the right person by place."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Open, follow and end requests; say who may not handle a shop's."
)
District = Annotated[str | None, typer.Option(help="adcode of the district; default: the only one there is")]
Identifier = Annotated[str, typer.Argument(help="collaboration_id")]


@app.command("open")
def open_(
    kind: Annotated[str, typer.Option("--type", help="complaint, anomaly, service_request, delivery_matter, ...")],
    subject: Annotated[str, typer.Option(help="what it is about, in one line")],
    content: Annotated[str, typer.Option(help="the whole story")] = "",
    retailer_code: Annotated[str | None, typer.Option(help="the shop, by its code")] = None,
    licence_no: Annotated[str | None, typer.Option(help="the shop, by its licence")] = None,
    lat: Annotated[float | None, typer.Option(help="WGS-84 degrees, with --lon")] = None,
    lon: Annotated[float | None, typer.Option(help="WGS-84 degrees, with --lat")] = None,
    about: Annotated[str | None, typer.Option(help="staff code of whom a complaint is about")] = None,
    external_ref: Annotated[str | None, typer.Option(help="ticket number; the same again opens nothing new")] = None,
    district: District = None,
) -> None:
    """Open a request and say who has it now, and why."""
    from gridsvc.cli.words import parse_choice
    from gridsvc.domain.collaborations import CollaborationType
    from gridsvc.usecases.collaboration_handlers import Actor, Place
    from gridsvc.usecases.open_collaboration import NewCollaboration, open_collaboration
    from gridsvc.usecases.ownership_snapshot import OwnershipBoard
    from gridsvc.usecases.read_collaboration import read_collaboration
    from gridsvc.wiring import choose_district, open_service

    wanted = NewCollaboration(
        type=parse_choice(CollaborationType, kind, "--type"),
        subject=subject,
        content=content,
        place=Place(retailer_code=retailer_code, licence_no=licence_no, lat=lat, lon=lon),
        about_staff_code=about,
        external_ref=external_ref,
    )
    with open_service() as service:
        actor = Actor(
            adcode=choose_district(service, district), name="operator", sees_district=True, acts_for_district=True
        )
        board = OwnershipBoard(service.store, service.clock)
        opened = open_collaboration(service.store, service.clock, board, actor=actor, wanted=wanted)
        identifier = opened.collaboration.collaboration_id
        traced = read_collaboration(service.store, actor=actor, collaboration_id=identifier)
    handler = traced.collaboration.handler
    person = traced.people[handler.staff_id] if handler.staff_id else None
    who = f"{person.staff_code} {person.name}, {handler.department}" if person else handler.department
    typer.echo(f"{identifier}{'' if opened.is_new else ' (opened before)'}")
    typer.echo(f"{traced.collaboration.state}: {who} ({handler.level}, {handler.reason})")


@app.command("list")
def list_(
    is_open: Annotated[bool, typer.Option("--open", help="only those that somebody still has to handle")] = False,
    district: District = None,
) -> None:
    """List requests, newest first."""
    from rich.console import Console
    from rich.table import Table

    from gridsvc.domain.collaborations import OPEN_STATES
    from gridsvc.usecases.collaboration_handlers import Actor
    from gridsvc.usecases.list_collaborations import CollaborationFilter, list_collaborations
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        actor = Actor(
            adcode=choose_district(service, district), name="operator", sees_district=True, acts_for_district=True
        )
        wanted = CollaborationFilter(states=OPEN_STATES if is_open else None)
        found, following = list_collaborations(service.store, actor=actor, wanted=wanted, limit=100)
    table = Table("collaboration_id", "type", "state", "level", "department", "since", "subject", box=None)
    for item in found:
        values = (item.collaboration_id, item.type, item.state, item.handler.level, item.handler.department)
        table.add_row(*values, f"{item.created_at:%Y-%m-%d %H:%M}", item.subject)
    Console(highlight=False).print(table)
    if following is not None:
        typer.echo("There are more; the API gives them page by page.")


@app.command()
def show(collaboration_id: Identifier, district: District = None) -> None:
    """Show a request and every step of it."""
    from gridsvc.usecases.collaboration_handlers import Actor
    from gridsvc.usecases.read_collaboration import read_collaboration
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        actor = Actor(
            adcode=choose_district(service, district), name="operator", sees_district=True, acts_for_district=True
        )
        traced = read_collaboration(service.store, actor=actor, collaboration_id=collaboration_id)
    found = traced.collaboration
    typer.echo(f"{found.type} in {found.layer}, {found.state}: {found.subject}")
    if found.content:
        typer.echo(found.content)
    for step in traced.steps:
        person = traced.people.get(step.handler.staff_id) if step.handler.staff_id else None
        at = person.staff_code if person else step.handler.department
        typer.echo(f"{step.step_no:3}  {step.at:%Y-%m-%d %H:%M}  {step.kind:12}  by {step.actor}, then at {at}")
        if step.words:
            typer.echo(f"     {step.words}")


@app.command()
def process(
    collaboration_id: Identifier,
    result: Annotated[str, typer.Option(help="what was done")],
    to: Annotated[str | None, typer.Option(help="staff code of the next handler; default: it ends here")] = None,
    to_department: Annotated[str | None, typer.Option(help="name of the next department")] = None,
    district: District = None,
) -> None:
    """Record a result; pass the request on, or end it."""
    from gridsvc.usecases.collaboration_handlers import Actor
    from gridsvc.usecases.process_collaboration import process_collaboration
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        done = process_collaboration(
            service.store,
            service.clock,
            actor=Actor(
                adcode=choose_district(service, district), name="operator", sees_district=True, acts_for_district=True
            ),
            collaboration_id=collaboration_id,
            result=result,
            next_staff_code=to,
            next_department=to_department,
        )
    typer.echo(f"{done.state}, {done.n_steps} steps")


@app.command()
def recall(
    collaboration_id: Identifier,
    reason: Annotated[str, typer.Option(help="why")],
    district: District = None,
) -> None:
    """Take back a request that was opened from here."""
    from gridsvc.usecases.collaboration_handlers import Actor
    from gridsvc.usecases.recall_collaboration import recall_collaboration
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        actor = Actor(
            adcode=choose_district(service, district), name="operator", sees_district=True, acts_for_district=True
        )
        done = recall_collaboration(
            service.store, service.clock, actor=actor, collaboration_id=collaboration_id, reason=reason
        )
    typer.echo(done.state)


@app.command()
def relate(
    staff_code: Annotated[str, typer.Argument(help="the member of staff")],
    retailer_code: Annotated[str, typer.Argument(help="the shop")],
    reason: Annotated[str, typer.Option(help="kinship, partnership, ...")] = "",
    withdraw: Annotated[bool, typer.Option("--withdraw", help="the relation ended")] = False,
    district: District = None,
) -> None:
    """Declare that somebody is related to a shop and may handle nothing of it."""
    from gridsvc.usecases.declare_relation import declare_relation
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        is_changed = declare_relation(
            service.store,
            service.clock,
            adcode=choose_district(service, district),
            actor="operator",
            staff_code=staff_code,
            retailer_code=retailer_code,
            reason=reason,
            is_withdrawn=withdraw,
        )
    typer.echo("recorded" if is_changed else "nothing changed but the reason" if not withdraw else "there was none")


@app.command()
def department(
    name: Annotated[str, typer.Argument(help="name of the department")],
    head: Annotated[str | None, typer.Option(help="staff code of who answers for it")] = None,
    duty_phone: Annotated[str | None, typer.Option(help="its duty telephone, shown to the hotline")] = None,
    district: District = None,
) -> None:
    """Name the head and the duty telephone of a department."""
    from gridsvc.usecases.name_department import name_department
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        name_department(
            service.store,
            service.clock,
            adcode=choose_district(service, district),
            actor="operator",
            name=name,
            head_staff_code=head,
            duty_phone=duty_phone,
        )
    typer.echo(f"{name}: recorded")
