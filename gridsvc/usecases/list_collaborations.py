"""List collaborations as far as a person may see them."""

from __future__ import annotations

from dataclasses import replace

from gridsvc.domain.collaborations import Collaboration
from gridsvc.storage import Store, collaborations
from gridsvc.storage.collaborations import CollaborationFilter
from gridsvc.usecases.collaboration_handlers import Actor, department_of

__all__ = ["CollaborationFilter", "list_collaborations"]


def list_collaborations(
    store: Store, *, actor: Actor, wanted: CollaborationFilter, after: str | None = None, limit: int = 50
) -> tuple[list[Collaboration], str | None]:
    """Give up to `limit` requests, newest first, and where to go on (None at the end).

    Who acts for the district sees all but those about themselves; others see what they opened, handled or have to
    handle, and their department's queue.
    """
    with store.transaction(actor.adcode) as tx:
        seen_by = None if actor.sees_district else (actor.staff_id, department_of(tx, actor.staff_id), actor.name)
        seen = replace(wanted, seen_by=seen_by, sees_department=actor.sees_department, not_about=actor.staff_id)
        found = collaborations.search(tx, seen, after=after, limit=limit + 1)
    is_more = len(found) > limit
    shown = found[:limit]
    return shown, shown[-1].collaboration_id if is_more else None
