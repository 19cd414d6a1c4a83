"""Who may do what: one table of role x action; every route names the action that it needs.

Scopes narrow an action to the caller's own records: `own` = own person, grid or department, `district` = all of it.
"""

from __future__ import annotations

from enum import StrEnum

from gridsvc.domain.errors import NotPermitted


class AccountRole(StrEnum):
    """What an account is for."""

    ADMIN = "admin"
    PLANNER = "planner"
    APPROVER = "approver"
    MARKET_INSPECTOR = "market_inspector"
    CUSTOMER_MANAGER = "customer_manager"
    DELIVERY_DRIVER = "delivery_driver"
    HOTLINE = "hotline"
    SYSTEM = "system"
    FEED = "feed"


class Action(StrEnum):
    """What a route or command does."""

    OWNERSHIP_READ = "ownership:read"
    GRIDS_READ = "grids:read"
    RETAILERS_READ = "retailers:read"
    RETAILERS_WRITE = "retailers:write"
    ORDERS_WRITE = "orders:write"
    EVENTS_READ = "events:read"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    METRICS_READ = "metrics:read"
    PLANS_READ = "plans:read"
    PLANS_WRITE = "plans:write"
    PLANS_PUBLISH = "plans:publish"
    ROSTER_READ = "roster:read"
    HANDOVERS_READ = "handovers:read"
    HANDOVERS_ACKNOWLEDGE = "handovers:acknowledge"
    COVERS_READ = "covers:read"
    COVERS_WRITE = "covers:write"
    DAYS_READ = "days:read"
    DAYS_WRITE = "days:write"
    VISITS_READ = "visits:read"
    VISITS_WRITE = "visits:write"
    CYCLES_READ = "cycles:read"
    DRAWS_REVEAL = "draws:reveal"
    DATA_READ = "data:read"
    DATA_WRITE = "data:write"
    JOBS_READ = "jobs:read"
    JOBS_WRITE = "jobs:write"
    COLLABORATIONS_READ = "collaborations:read"
    COLLABORATIONS_OPEN = "collaborations:open"
    COLLABORATIONS_PROCESS = "collaborations:process"
    REPORTERS_READ = "reporters:read"
    NOTICES_READ = "notices:read"
    DEPARTMENTS_READ = "departments:read"
    ACCOUNTS_READ = "accounts:read"
    ACCOUNTS_WRITE = "accounts:write"
    AUDIT_READ = "audit:read"


class Scope(StrEnum):
    """How far an action reaches."""

    OWN = "own"
    DISTRICT = "district"


_FIELD = {
    Action.OWNERSHIP_READ: Scope.DISTRICT,
    Action.GRIDS_READ: Scope.DISTRICT,
    Action.RETAILERS_READ: Scope.DISTRICT,
    Action.HANDOVERS_READ: Scope.OWN,
    Action.HANDOVERS_ACKNOWLEDGE: Scope.OWN,
    Action.DAYS_READ: Scope.OWN,
    Action.DAYS_WRITE: Scope.OWN,
    Action.VISITS_READ: Scope.OWN,
    Action.VISITS_WRITE: Scope.OWN,
    Action.COLLABORATIONS_READ: Scope.OWN,
    Action.COLLABORATIONS_OPEN: Scope.OWN,
    Action.COLLABORATIONS_PROCESS: Scope.OWN,
    Action.NOTICES_READ: Scope.OWN,
    Action.DEPARTMENTS_READ: Scope.DISTRICT,
}
# who told the hotline of a matter is for the intake alone
_EVERYTHING = {**dict.fromkeys(set(Action) - {Action.REPORTERS_READ}, Scope.DISTRICT), Action.NOTICES_READ: Scope.OWN}
_OPERATION = {
    Action.WEBHOOKS_READ,
    Action.WEBHOOKS_WRITE,
    Action.METRICS_READ,
    Action.ACCOUNTS_READ,
    Action.ACCOUNTS_WRITE,
    Action.AUDIT_READ,
}
_NOT_PLANNER = _OPERATION | {Action.PLANS_PUBLISH, Action.DRAWS_REVEAL}
_NOT_APPROVER = _OPERATION | {Action.PLANS_WRITE, Action.DATA_WRITE}
PERMISSIONS: dict[AccountRole, dict[Action, Scope]] = {
    AccountRole.ADMIN: _EVERYTHING,
    AccountRole.PLANNER: {a: s for a, s in _EVERYTHING.items() if a not in _NOT_PLANNER},
    AccountRole.APPROVER: {a: s for a, s in _EVERYTHING.items() if a not in _NOT_APPROVER},
    AccountRole.MARKET_INSPECTOR: _FIELD,
    AccountRole.CUSTOMER_MANAGER: _FIELD,
    AccountRole.DELIVERY_DRIVER: _FIELD,
    AccountRole.HOTLINE: {
        Action.OWNERSHIP_READ: Scope.DISTRICT,
        Action.GRIDS_READ: Scope.DISTRICT,
        Action.RETAILERS_READ: Scope.DISTRICT,
        Action.COLLABORATIONS_READ: Scope.DISTRICT,
        Action.COLLABORATIONS_OPEN: Scope.OWN,
        Action.REPORTERS_READ: Scope.DISTRICT,
        Action.NOTICES_READ: Scope.OWN,
        Action.DEPARTMENTS_READ: Scope.DISTRICT,
    },
    AccountRole.SYSTEM: {
        Action.OWNERSHIP_READ: Scope.DISTRICT,
        Action.GRIDS_READ: Scope.DISTRICT,
        Action.COLLABORATIONS_READ: Scope.OWN,
        Action.COLLABORATIONS_OPEN: Scope.OWN,
        Action.EVENTS_READ: Scope.DISTRICT,
        Action.METRICS_READ: Scope.DISTRICT,
    },
    AccountRole.FEED: {  # the register, or the ordering system, that tells us of shops and orders
        Action.RETAILERS_READ: Scope.DISTRICT,
        Action.RETAILERS_WRITE: Scope.DISTRICT,
        Action.ORDERS_WRITE: Scope.DISTRICT,
        Action.EVENTS_READ: Scope.DISTRICT,
    },
}


def scope_of(role: AccountRole, action: Action) -> Scope:
    """Give how far `role` may use `action`; raises `NotPermitted` when not at all."""
    scope = PERMISSIONS[role].get(action)
    if scope is None:
        raise NotPermitted(f"the role {role} does not permit {action}")
    return scope


def reaches_district(role: AccountRole, action: Action) -> bool:
    """Whether `role` may use `action` in the whole district."""
    return PERMISSIONS[role].get(action) is Scope.DISTRICT
