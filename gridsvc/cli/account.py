"""`gridsvc account`: accounts of people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gridsvc.domain.permissions import AccountRole

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Accounts of people.")
_District = Annotated[str | None, typer.Option(help="adcode; default: the only one there is")]
_FromInput = Annotated[bool, typer.Option("--password-from-input", help="read it from the first line of the input")]


@app.command()
def add(
    user_name: str,
    role: Annotated[str, typer.Option(help="admin, planner, approver, hotline, market_inspector, ...")],
    staff_code: Annotated[str | None, typer.Option(help="the member of staff; field roles need it")] = None,
    password_from_input: _FromInput = False,
    district: _District = None,
) -> None:
    """Add an account and print its password, which is generated unless it is read from the input."""
    from gridsvc.usecases.create_account import create_account
    from gridsvc.wiring import choose_district, open_service

    known_role = parse_role(role)
    given = _first_line() if password_from_input else None
    with open_service() as service:
        password = create_account(
            service.store,
            service.clock,
            adcode=choose_district(service, district),
            actor="operator",
            user_name=user_name,
            role=known_role,
            password=given,
            staff_code=staff_code,
        )
    if given is None:
        typer.echo(password)


@app.command()
def password(user_name: str, password_from_input: _FromInput = False, district: _District = None) -> None:
    """Give an account a new password, end its sessions, and print the password unless it was read from the input."""
    from gridsvc.usecases.set_password import set_password
    from gridsvc.wiring import choose_district, open_service

    given = _first_line() if password_from_input else None
    with open_service() as service:
        known = set_password(
            service.store,
            service.clock,
            adcode=choose_district(service, district),
            actor="operator",
            user_name=user_name,
            password=given,
        )
    if given is None:
        typer.echo(known)


@app.command()
def link(
    user_name: str,
    issuer: Annotated[str, typer.Option(help="address of the identity provider, as GRIDSVC_OIDC_ISSUER")],
    subject: Annotated[str, typer.Option(help="what it calls the person: `sub` of its tokens")],
    district: _District = None,
) -> None:
    """Let a person sign in with the identity provider: tie the account to who it says that they are."""
    from gridsvc.usecases.link_account import link_account
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        adcode = choose_district(service, district)
        link_account(
            service.store,
            service.clock,
            adcode=adcode,
            actor="operator",
            user_name=user_name,
            issuer=issuer,
            subject=subject,
        )
    typer.echo(f"{user_name} signs in as {subject} of {issuer}")


@app.command("list")
def list_all(district: _District = None) -> None:
    """List the accounts: name, role, since when, closed or not; never a password."""
    from gridsvc.usecases.list_accounts import list_accounts
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        listed = list_accounts(service.store, adcode=choose_district(service, district))
    for known in listed:
        state = f"closed {known.disabled_at:%Y-%m-%d}" if known.disabled_at else "open"
        typer.echo(f"{known.user_name}  {known.role}  since {known.created_at:%Y-%m-%d}  {state}")


def _first_line() -> str:
    return typer.get_text_stream("stdin").readline().rstrip("\r\n")


def parse_role(word: str) -> AccountRole:
    """Read a role; raises `BadInput` with the names there are."""
    from gridsvc.domain.errors import BadInput
    from gridsvc.domain.permissions import AccountRole

    if word not in set(AccountRole):
        raise BadInput(f"unknown role {word}; the roles are {', '.join(AccountRole)}")
    return AccountRole(word)
