"""`gridsvc key`: keys of systems."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gridsvc.domain.permissions import Action

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Keys of systems that ask the API.")
_District = Annotated[str | None, typer.Option(help="adcode; default: the only one there is")]


@app.command()
def create(
    name: Annotated[str, typer.Option(help="the system that will use it")],
    role: Annotated[str, typer.Option(help="system, hotline, planner, approver or admin")],
    days: Annotated[int | None, typer.Option(min=1, help="days until it expires; default: it does not")] = None,
    scope: Annotated[list[str], typer.Option(help="limit it to this action, such as ownership:read; repeatable")] = [],  # noqa: B006
    district: _District = None,
) -> None:
    """Make a key and print it alone on one line; it is stored as a hash and never shown again."""
    from datetime import timedelta

    from gridsvc.cli.account import parse_role
    from gridsvc.usecases.create_key import create_key
    from gridsvc.wiring import choose_district, open_service

    known_role = parse_role(role)
    with open_service() as service:
        key = create_key(
            service.store,
            service.clock,
            adcode=choose_district(service, district),
            actor="operator",
            name=name,
            role=known_role,
            expires_at=service.clock.now() + timedelta(days=days) if days else None,
            scopes=parse_actions(scope) if scope else None,
        )
    typer.echo(key)


@app.command("list")
def list_all(district: _District = None) -> None:
    """List the keys: name, role, since when, until when; never the key itself."""
    from rich.console import Console
    from rich.table import Table

    from gridsvc.usecases.list_keys import list_keys
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        keys = list_keys(service.store, adcode=choose_district(service, district))
    table = Table("name", "role", "made", "expires", "revoked", box=None)
    for key in keys:
        instants = (key.created_at, key.expires_at, key.revoked_at)
        table.add_row(key.name, key.role, *(f"{i:%Y-%m-%d %H:%M}" if i else "-" for i in instants))
    Console(highlight=False).print(table)


@app.command()
def revoke(name: Annotated[str, typer.Option(help="every key of this name")], district: _District = None) -> None:
    """Revoke the keys of a name; a running service refuses them within seconds."""
    from gridsvc.usecases.revoke_key import revoke_key
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        adcode = choose_district(service, district)
        n_revoked = revoke_key(service.store, service.clock, adcode=adcode, actor="operator", name=name)
    typer.echo(f"{n_revoked} revoked")


@app.command()
def rotate(
    name: Annotated[str, typer.Option(help="the newest key of this name that has not ended")],
    grace_hours: Annotated[int, typer.Option(min=0, help="hours that the old key lives on")] = 24,
    district: _District = None,
) -> None:
    """Print a new key with the same role, scopes and expiry; the old one ends after the grace."""
    from gridsvc.domain.errors import NotFound
    from gridsvc.usecases.list_keys import list_keys
    from gridsvc.usecases.rotate_key import rotate_key
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        adcode = choose_district(service, district)
        now = service.clock.now()
        known = [
            key
            for key in list_keys(service.store, adcode=adcode)
            if key.name == name and key.revoked_at is None and (key.expires_at is None or key.expires_at > now)
        ]
        if not known:
            raise NotFound(f"there is no key {name} that has not ended")
        key = rotate_key(
            service.store,
            service.clock,
            adcode=adcode,
            actor="operator",
            api_key_id=known[-1].api_key_id,
            grace_hours=grace_hours,
        )
    typer.echo(key)


def parse_actions(words: list[str]) -> list[Action]:
    """Read actions; raises `BadInput` with the names there are."""
    from gridsvc.domain.errors import BadInput
    from gridsvc.domain.permissions import Action

    unknown = [word for word in words if word not in set(Action)]
    if unknown:
        raise BadInput(f"unknown action {', '.join(unknown)}; the actions are {', '.join(Action)}")
    return [Action(word) for word in words]
