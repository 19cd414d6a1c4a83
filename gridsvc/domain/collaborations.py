"""A request that finds the right person by its place, and everything that may become of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gridsvc.domain.errors import BadInput, Conflict
from gridsvc.domain.ids import CollaborationId, GridId, RetailerId, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.domain.ownership import LayerOwner

LONGEST_SUBJECT, LONGEST_TEXT = 200, 4_000


class CollaborationType(StrEnum):
    """What a request is about; the type names the layer whose owner handles it."""

    COMPLAINT = "complaint"  # 投诉举报, of the hotline
    IRREGULARITY_REPORT = "irregularity_report"  # what marketing or delivery saw and inspection should know
    LICENCE_MATTER = "licence_matter"
    ANOMALY = "anomaly"  # 异动 at a shop
    SERVICE_REQUEST = "service_request"
    TERMINAL_MATTER = "terminal_matter"
    DELIVERY_MATTER = "delivery_matter"


LAYER_OF_TYPE: dict[CollaborationType, Layer] = {
    CollaborationType.COMPLAINT: Layer.INSPECTION,
    CollaborationType.IRREGULARITY_REPORT: Layer.INSPECTION,
    CollaborationType.LICENCE_MATTER: Layer.INSPECTION,
    CollaborationType.ANOMALY: Layer.MARKETING,
    CollaborationType.SERVICE_REQUEST: Layer.MARKETING,
    CollaborationType.TERMINAL_MATTER: Layer.MARKETING,
    CollaborationType.DELIVERY_MATTER: Layer.DELIVERY,
}


class CollaborationState(StrEnum):
    """Where a request stands."""

    SUBMITTED = "submitted"  # dispatched, nobody did anything yet
    IN_PROCESS = "in_process"  # at least one handler passed it on with a result
    ARCHIVED = "archived"  # the last handler ended it; filed by itself
    RECALLED = "recalled"  # taken back by whoever opened it


OPEN_STATES = frozenset({CollaborationState.SUBMITTED, CollaborationState.IN_PROCESS})


class StepKind(StrEnum):
    """One thing that happened to a request."""

    SUBMITTED = "submitted"
    PROCESSED = "processed"
    REDISPATCHED = "redispatched"  # a publication gave its place to somebody else
    ARCHIVED = "archived"
    RECALLED = "recalled"


class HandlerLevel(StrEnum):
    """How far up the search for a handler went."""

    OWNER = "owner"
    ACTING_OWNER = "acting_owner"
    DEPARTMENT_HEAD = "department_head"
    GRASSROOTS_DEPARTMENT = "grassroots_department"
    NEXT_HANDLER = "next_handler"  # named by the handler before


class DispatchReason(StrEnum):
    """Why a request is on that level."""

    OWNS_THE_PLACE = "owns_the_place"
    ACTS_FOR_THE_OWNER = "acts_for_the_owner"
    SUBJECT_OF_COMPLAINT = "subject_of_complaint"  # the owner is whom it is about
    DECLARED_RELATION = "declared_relation"  # the owner declared kinship or partnership with the retailer
    RECIPIENT_UNKNOWN = "recipient_unknown"  # nobody owns the place now
    CHOSEN = "chosen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """Who has a request now: a person of a department, or (staff_id None) the department as a whole."""

    staff_id: StaffId | None
    department: str
    level: HandlerLevel
    reason: DispatchReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Collaboration:
    """One request.

    Parameters
    ----------
    retailer_id, grid_id, lon, lat : its place: a shop, a grid, or a point in WGS-84 degrees
    external_ref : number of the ticket in the system that opened it
    initiator : user name of the account, or name of the key, that opened it
    about_staff_id : whom a complaint is about
    is_by_place : the place chose the handler; a publication may then choose another one
    n_steps : number of the newest step of its trace
    """

    collaboration_id: CollaborationId
    type: CollaborationType
    layer: Layer
    state: CollaborationState
    subject: str
    content: str
    retailer_id: RetailerId | None
    grid_id: GridId | None
    lon: float | None
    lat: float | None
    external_ref: str | None
    initiator: str
    initiator_staff_id: StaffId | None
    about_staff_id: StaffId | None
    handler: Handler
    is_by_place: bool
    n_steps: int
    created_at: datetime
    changed_at: datetime
    ended_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something."""
        return self.state in OPEN_STATES


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One row of the trace: who did what, and who had the request afterwards."""

    step_no: int
    kind: StepKind
    actor: str
    actor_staff_id: StaffId | None
    words: str
    handler: Handler
    at: datetime


def dispatch(
    owner: LayerOwner, *, barred: Collection[StaffId], subject_of_complaint: StaffId | None, head: StaffId | None
) -> Handler:
    """Choose who handles a request from the answer to who owns its place; a pure rule, the same input the same handler.

    Parameters
    ----------
    owner : the answer of the layer that the type names
    barred : staff who declared a relation with the retailer
    subject_of_complaint : whom the request is about; never its handler
    head : who answers for the owner's (or the fallback) department, None when nobody is named

    Returns
    -------
    Handler
        the acting owner where there is one, else the owner; a barred one gives way to the head of the department, and a
        barred or unknown head to the department as a whole. Nobody owning the place gives the grassroots department.
    """
    is_acting = owner.acting_owner is not None
    person = owner.acting_owner or owner.owner
    if person is None:
        return Handler(
            staff_id=None,
            department=owner.fallback_department or "",
            level=HandlerLevel.GRASSROOTS_DEPARTMENT,
            reason=DispatchReason.RECIPIENT_UNKNOWN,
        )
    department = person.org_unit or owner.fallback_department or ""
    forbidden = {*barred, *([subject_of_complaint] if subject_of_complaint else [])}
    if person.staff_id not in forbidden:
        return Handler(
            staff_id=person.staff_id,
            department=department,
            level=HandlerLevel.ACTING_OWNER if is_acting else HandlerLevel.OWNER,
            reason=DispatchReason.ACTS_FOR_THE_OWNER if is_acting else DispatchReason.OWNS_THE_PLACE,
        )
    is_subject = person.staff_id == subject_of_complaint
    return Handler(
        staff_id=head if head is not None and head not in forbidden else None,
        department=department,
        level=HandlerLevel.DEPARTMENT_HEAD,
        reason=DispatchReason.SUBJECT_OF_COMPLAINT if is_subject else DispatchReason.DECLARED_RELATION,
    )


def require_open(found: Collaboration) -> None:
    """Raise `Conflict` when nobody may do anything to the request any more."""
    if not found.is_open:
        when = f" on {found.ended_at:%Y-%m-%d %H:%M} UTC" if found.ended_at else ""
        raise Conflict(f"this collaboration was {found.state}{when}; nobody may process it any more")


def require_words(subject: str, content: str) -> None:
    """Raise `BadInput` with every fault of what a person wrote."""
    faults = []
    if not subject.strip():
        faults.append("subject is empty; say in one line what it is about")
    elif len(subject) > LONGEST_SUBJECT:
        faults.append(f"subject has {len(subject):,} characters; at most {LONGEST_SUBJECT}")
    if len(content) > LONGEST_TEXT:
        faults.append(f"content has {len(content):,} characters; at most {LONGEST_TEXT:,}")
    if any("\x00" in text for text in (subject, content)):
        faults.append("a text holds a NUL character, which cannot be stored")
    if faults:
        raise BadInput("the collaboration cannot be opened like this", violations=tuple(faults))


def require_result(words: str, what: str = "result") -> None:
    """Raise `BadInput` unless a step says what was done: every step leaves words for the initiator."""
    if not words.strip():
        raise BadInput(f"{what} is empty; every step says in words what was done or why")
    if len(words) > LONGEST_TEXT or "\x00" in words:
        raise BadInput(f"{what} has to be plain text of at most {LONGEST_TEXT:,} characters")
