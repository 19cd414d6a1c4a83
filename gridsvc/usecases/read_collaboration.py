"""Read one collaboration with its trace."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gridsvc.domain.collaborations import Collaboration, Step
from gridsvc.domain.errors import NotFound, NotPermitted
from gridsvc.domain.ids import StaffId
from gridsvc.storage import Store, Transaction, collaborations
from gridsvc.storage import staff as staff_rows
from gridsvc.storage.collaborations import CollaborationFilter
from gridsvc.usecases.collaboration_handlers import Actor, department_of
from gridsvc.usecases.process_collaboration import require_handler


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRef:
    """A member of staff by code and name."""

    staff_code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedCollaboration:
    """A request, its trace in order, and the people who occur in it.

    `may_process` and `may_recall` tell the caller what they can do now.
    """

    collaboration: Collaboration
    steps: tuple[Step, ...]
    people: dict[StaffId, PersonRef]
    may_process: bool
    may_recall: bool


def read_collaboration(store: Store, *, actor: Actor, collaboration_id: str) -> TracedCollaboration:
    """Give a request and everything that happened to it; raises `NotFound` also for one that the caller may not see.

    Whom a complaint is about is told to those who act for the district alone.
    """
    with store.transaction(actor.adcode) as tx:
        found = collaborations.find(tx, collaboration_id)
        department = department_of(tx, actor.staff_id)
        if not _sees(tx, actor, department, found):
            raise NotFound(f"there is no collaboration {collaboration_id} in district {tx.adcode}")
        steps = collaborations.steps_of(tx, collaboration_id)
        staff = staff_rows.all_staff(tx)
        may_process = found.is_open and _may_process(tx, actor, found)
    occurring = {found.handler.staff_id, *(s.actor_staff_id for s in steps), *(s.handler.staff_id for s in steps)}
    return TracedCollaboration(
        collaboration=found if actor.sees_district else replace(found, about_staff_id=None),
        steps=tuple(steps),
        people={
            member.staff_id: PersonRef(staff_code=member.staff_code, name=member.name)
            for member in staff
            if member.staff_id in occurring
        },
        may_process=may_process,
        may_recall=found.is_open and found.initiator == actor.name,
    )


def _sees(tx: Transaction, actor: Actor, department: str | None, found: Collaboration) -> bool:
    if actor.staff_id is not None and found.about_staff_id == actor.staff_id:
        return False
    if actor.sees_district:
        return True
    mine = CollaborationFilter(
        collaboration_id=found.collaboration_id,
        seen_by=(actor.staff_id, department, actor.name),
        sees_department=actor.sees_department,
    )
    return bool(collaborations.search(tx, mine, limit=1))


def _may_process(tx: Transaction, actor: Actor, found: Collaboration) -> bool:
    try:
        require_handler(tx, actor, found)
    except NotPermitted:
        return False
    return True
