"""Who may come in: keys of systems, accounts of people, and the record of what everybody did."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.deps import Grant, ServiceOf, require
from api.respond import json_response
from api.schemas.common import Listing
from gridsvc.domain.permissions import AccountRole, Action
from gridsvc.usecases.close_account import close_account
from gridsvc.usecases.create_account import create_account
from gridsvc.usecases.create_key import create_key
from gridsvc.usecases.end_key import ApiKey, end_key
from gridsvc.usecases.list_accounts import ListedAccount, list_accounts
from gridsvc.usecases.list_audit import AuditRow, list_audit
from gridsvc.usecases.list_keys import list_keys
from gridsvc.usecases.rotate_key import LONGEST_GRACE_HOURS, rotate_key
from gridsvc.usecases.verify_audit import verify_audit

router = APIRouter(prefix="/v1", tags=["access"])
MayRead = Annotated[Grant, Depends(require(Action.ACCOUNTS_READ))]
MayWrite = Annotated[Grant, Depends(require(Action.ACCOUNTS_WRITE))]
MayAudit = Annotated[Grant, Depends(require(Action.AUDIT_READ))]
UserName = Annotated[str, Path(max_length=64)]
_IN_THE_WAY: dict[int | str, dict[str, Any]] = {409: {"description": "Taken, ended already, or one's own account"}}


class KeyIn(BaseModel):
    """A new key."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100, description="The system that will use it.")
    role: AccountRole
    scopes: list[Action] | None = Field(None, min_length=1, description="Limit it to these actions of its role.")
    days: int | None = Field(None, ge=1, le=3660, description="Days until it expires; absent: it does not.")


class RotateIn(BaseModel):
    """How long the old key lives on."""

    model_config = ConfigDict(extra="forbid")

    grace_hours: int = Field(24, ge=0, le=LONGEST_GRACE_HOURS)


class KeyOut(BaseModel):
    """The key itself: shown this once, kept as a hash only."""

    key: str


class AccountIn(BaseModel):
    """A new account; its password is generated and shown once."""

    model_config = ConfigDict(extra="forbid")

    user_name: str = Field(min_length=2, max_length=64)
    role: AccountRole
    staff_code: str | None = Field(None, max_length=100, description="Field roles need it: whose days they see.")


class PasswordOut(BaseModel):
    """The generated password: shown this once."""

    user_name: str
    password: str


class AuditVerdict(BaseModel):
    """Whether the chain holds; `first_broken` is the number of the first row that does not fit."""

    holds: bool
    first_broken: int | None


def _who(grant: Grant) -> dict[str, Any]:
    return {"adcode": grant.caller.adcode, "actor": grant.caller.name}


@router.get("/keys", response_model=Listing[ApiKey], summary="Keys of systems, oldest first")
def get_keys(grant: MayRead, service: ServiceOf) -> Response:
    """Give every key's name, role, scopes, and when it was made, expires and was revoked; never the key itself."""
    return json_response({"items": list_keys(service.store, adcode=grant.caller.adcode), "next": None})


@router.post("/keys", response_model=KeyOut, status_code=201, summary="Make a key for a system")
def post_key(body: KeyIn, grant: MayWrite, service: ServiceOf) -> Response:
    """Make a key and show it, once."""
    expires_at = service.clock.now() + timedelta(days=body.days) if body.days else None
    key = create_key(
        service.store,
        service.clock,
        **_who(grant),
        name=body.name,
        role=body.role,
        expires_at=expires_at,
        scopes=body.scopes,
    )
    return json_response({"key": key}, status=201)


@router.post(
    "/keys/{api_key_id}:rotate", response_model=KeyOut, status_code=201, summary="A new key for an old one",
    responses=_IN_THE_WAY,
)  # fmt: skip
def post_rotation(api_key_id: UUID, grant: MayWrite, service: ServiceOf, body: RotateIn | None = None) -> Response:
    """Make a key with the same name, role, scopes and expiry; the old one ends after the grace."""
    hours = body.grace_hours if body else 24
    key = rotate_key(
        service.store, service.clock, **_who(grant), api_key_id=str(api_key_id), grace_hours=hours
    )  # fmt: skip
    return json_response({"key": key}, status=201)


@router.post("/keys/{api_key_id}:revoke", response_model=ApiKey, summary="Take a key away")
def post_revocation(api_key_id: UUID, grant: MayWrite, service: ServiceOf) -> Response:
    """Revoke a key; a running service refuses it within five seconds."""
    return json_response(end_key(service.store, service.clock, **_who(grant), api_key_id=str(api_key_id)))


@router.get("/accounts", response_model=Listing[ListedAccount], summary="Accounts of people, by name")
def get_accounts(grant: MayRead, service: ServiceOf) -> Response:
    """Give every account's name, role and member of staff; never a password."""
    return json_response({"items": list_accounts(service.store, adcode=grant.caller.adcode), "next": None})


@router.post(
    "/accounts", response_model=PasswordOut, status_code=201, summary="Give a person an account", responses=_IN_THE_WAY
)
def post_account(body: AccountIn, grant: MayWrite, service: ServiceOf) -> Response:
    """Make an account with a generated password and show it, once."""
    password = create_account(
        service.store,
        service.clock,
        **_who(grant),
        user_name=body.user_name,
        role=body.role,
        staff_code=body.staff_code,
    )
    return json_response({"user_name": body.user_name, "password": password}, status=201)


@router.post(
    "/accounts/{user_name}:close", response_model=ListedAccount, summary="Close an account", responses=_IN_THE_WAY
)
def post_closing(user_name: UserName, grant: MayWrite, service: ServiceOf) -> Response:
    """Close an account and end its sessions; a running service refuses them within five seconds."""
    return json_response(close_account(service.store, service.clock, **_who(grant), user_name=user_name))


@router.post("/accounts/{user_name}:open", response_model=ListedAccount, summary="Open a closed account again")
def post_opening(user_name: UserName, grant: MayWrite, service: ServiceOf) -> Response:
    """Let a person in again, with the password that there was."""
    return json_response(
        close_account(service.store, service.clock, **_who(grant), user_name=user_name, is_closed=False)
    )


@router.get("/audit", response_model=Listing[AuditRow], summary="The record of every write, oldest first")
def get_audit(
    grant: MayAudit,
    service: ServiceOf,
    after: Annotated[int, Query(ge=0, lt=2**62, description="`audit_no` of the last row seen.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """Give who did what to what and when, with the hash that covers each row and the one before."""
    rows = list_audit(service.store, adcode=grant.caller.adcode, after=after, limit=limit)
    following = str(rows[-1].audit_no) if len(rows) == limit else None
    return json_response({"items": rows, "next": following})


@router.get("/audit:verify", response_model=AuditVerdict, summary="Whether the record holds")
def get_verdict(grant: MayAudit, service: ServiceOf) -> Response:
    """Recompute every hash of the chain, from its first row to its last."""
    broken = verify_audit(service.store, adcode=grant.caller.adcode)
    return json_response({"holds": broken is None, "first_broken": broken})
