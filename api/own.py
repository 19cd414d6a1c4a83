"""Whose day or visit is asked for, and whether the caller's role reaches it."""

from __future__ import annotations

from api.deps import Grant
from gridsvc.domain.errors import BadInput
from gridsvc.domain.permissions import Scope
from gridsvc.usecases.find_within_reach import REFUSAL, find_within_reach
from gridsvc.usecases.list_staff import list_staff
from gridsvc.wiring import Service

OWN_ONLY = REFUSAL[Scope.OWN]


def is_own(grant: Grant, service: Service, staff: str) -> bool:
    """Whether `staff` (an identifier or a code) is the caller."""
    own = grant.caller.staff_id
    if own is None:
        return False
    if staff == own:
        return True
    known = list_staff(service.store, adcode=grant.caller.adcode)
    return any(m.staff_id == own and m.staff_code == staff for m in known)


def refuse_others(grant: Grant, service: Service, staff: str) -> None:
    """Raise `NotPermitted` before anything is looked up: a 404 would tell who exists and on which days they go out."""
    if not grant.scope.includes(Scope.DISTRICT):
        find_within_reach(service.store, adcode=grant.caller.adcode, reach=grant.reach, asked=staff)


def whose(grant: Grant, service: Service, asked: str | None) -> tuple[str, bool]:
    """Give who is meant, the caller where nobody is named, and whether it is the caller.

    Raises `NotPermitted` for another person where the role has own scope, `BadInput` where nobody can be meant.
    """
    if asked is None:
        own = grant.caller.staff_id
        if own is None:
            raise BadInput("name the staff member: you are none yourself", violations=("staff: missing",))
        return own, True
    refuse_others(grant, service, asked)
    return asked, is_own(grant, service, asked)
