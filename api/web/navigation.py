"""The pages of the navigation: who sees which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request

from gridsvc.domain.accounts import Caller
from gridsvc.domain.errors import NotPermitted
from gridsvc.domain.permissions import Action, Scope, scope_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One page of the navigation.

    Parameters
    ----------
    name : of the entry; `nav_NAME` are its words
    path : of the page; an entry whose page the application does not have is not shown
    action : what the role must permit
    scope : the least reach, when the page is of no use to who sees only their own
    for_staff : shown to callers who are staff members only
    """

    name: str
    path: str
    action: Action
    scope: Scope = Scope.OWN
    for_staff: bool = False


NAVIGATION = (
    Entry(name="today", path="/today", action=Action.DAYS_READ, for_staff=True),
    Entry(name="map", path="/", action=Action.GRIDS_READ),
    Entry(name="plans", path="/plans", action=Action.PLANS_READ),
    Entry(name="data", path="/data", action=Action.DATA_READ),
    Entry(name="days", path="/days", action=Action.DAYS_READ, scope=Scope.DEPARTMENT),
    Entry(name="who", path="/who", action=Action.OWNERSHIP_READ),
    Entry(name="people", path="/people", action=Action.ORGANISATION_WRITE),
    Entry(name="inbox", path="/inbox", action=Action.COLLABORATIONS_READ),
)


def paths_of(routers: Iterable[APIRouter]) -> frozenset[str]:
    """Give the addresses of the routers' routes."""
    return frozenset(route.path for router in routers for route in router.routes if isinstance(route, APIRoute))


def permits(caller: Caller, action: Action, least: Scope = Scope.OWN) -> bool:
    """Whether the caller's role permits an action, as far as `least` at least."""
    try:
        scope = scope_of(caller.role, action)
    except NotPermitted:
        return False
    return scope.includes(least)


def navigation(request: Request, caller: Caller) -> list[Entry]:
    """Give the entries that the caller sees."""
    known: frozenset[str] = request.app.state.page_paths
    return [
        entry
        for entry in NAVIGATION
        if entry.path in known
        and permits(caller, entry.action, entry.scope)
        and (not entry.for_staff or caller.staff_id is not None)
    ]
