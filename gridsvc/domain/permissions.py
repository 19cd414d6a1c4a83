"""Who may do what, how far: one table of role x action x scope; every route names the action that it needs.

A row gives the widest scope of an action; every narrower one is permitted, every wider one is not. No role reaches
elsewhere: another district's records are behind a wall of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gridsvc.domain.errors import NotPermitted
from gridsvc.domain.ids import StaffId


class AccountRole(StrEnum):
    """What an account is for."""

    ADMIN = "admin"
    PLANNER = "planner"
    APPROVER = "approver"
    MARKET_INSPECTOR = "market_inspector"
    CUSTOMER_MANAGER = "customer_manager"
    DELIVERY_DRIVER = "delivery_driver"
    DEPARTMENT_HEAD = "department_head"
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
    ORGANISATION_WRITE = "organisation:write"
    STAFF_READ = "staff:read"
    ABSENCES_WRITE = "absences:write"
    ACCOUNTS_READ = "accounts:read"
    ACCOUNTS_WRITE = "accounts:write"
    AUDIT_READ = "audit:read"


class Scope(StrEnum):
    """Whose records an action reaches, from the narrowest to the widest."""

    OWN = "own"  # the caller's own person and grid
    DEPARTMENT = "department"  # everybody of the caller's department
    DISTRICT = "district"
    ELSEWHERE = "elsewhere"  # other districts

    def includes(self, other: Scope) -> bool:
        """Whether what lies within `other` lies within this scope too."""
        order = tuple(Scope)
        return order.index(other) <= order.index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far one caller's action goes: what the use-cases ask, and what the database's row-level security is told.

    Parameters
    ----------
    account : user name of the person, or name of the key
    staff_id, department, org_unit_id : who the caller is among the staff, and where; None for nobody of the staff
    """

    scope: Scope
    action: Action
    account: str
    staff_id: StaffId | None = None
    department: str | None = None
    org_unit_id: str | None = None

    def covers(self, staff_id: StaffId | None, department: str | None) -> bool:
        """Whether a record of this person, of this department, is within reach."""
        if self.scope.includes(Scope.DISTRICT):
            return True
        if self.staff_id is not None and staff_id == self.staff_id:
            return True
        return self.scope is Scope.DEPARTMENT and self.department is not None and department == self.department


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
    Action.STAFF_READ: Scope.OWN,
}
_HEAD = {  # of a monopoly office or a market department: the department's people and their work
    **_FIELD,
    Action.HANDOVERS_READ: Scope.DEPARTMENT,
    Action.HANDOVERS_ACKNOWLEDGE: Scope.DEPARTMENT,
    Action.COVERS_READ: Scope.DEPARTMENT,
    Action.COVERS_WRITE: Scope.DEPARTMENT,
    Action.DAYS_READ: Scope.DEPARTMENT,
    Action.DAYS_WRITE: Scope.DEPARTMENT,
    Action.VISITS_READ: Scope.DEPARTMENT,
    Action.COLLABORATIONS_READ: Scope.DEPARTMENT,
    Action.COLLABORATIONS_PROCESS: Scope.DEPARTMENT,
    Action.STAFF_READ: Scope.DEPARTMENT,
    Action.ABSENCES_WRITE: Scope.DEPARTMENT,
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
    AccountRole.DEPARTMENT_HEAD: _HEAD,
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


# actions on one person's records: of these a scope may be narrower than the district; the others are about all of it
ABOUT_PEOPLE: frozenset[Action] = frozenset({
    Action.HANDOVERS_READ,
    Action.HANDOVERS_ACKNOWLEDGE,
    Action.COVERS_READ,
    Action.COVERS_WRITE,
    Action.DAYS_READ,
    Action.DAYS_WRITE,
    Action.VISITS_READ,
    Action.VISITS_WRITE,
    Action.COLLABORATIONS_READ,
    Action.COLLABORATIONS_OPEN,
    Action.COLLABORATIONS_PROCESS,
    Action.NOTICES_READ,
    Action.STAFF_READ,
    Action.ABSENCES_WRITE,
})  # fmt: skip


def scope_of(role: AccountRole, action: Action) -> Scope:
    """Give how far `role` may use `action`; raises `NotPermitted` when not at all."""
    scope = PERMISSIONS[role].get(action)
    if scope is None:
        raise NotPermitted(f"the role {role} does not permit {action}")
    return scope


def widest(role: AccountRole, action: Action) -> Scope | None:
    """Give how far `role` may use `action`, None where it may not at all."""
    return PERMISSIONS[role].get(action)
