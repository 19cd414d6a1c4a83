"""Delete where a person stood at one visit, when that person asks for it."""

from __future__ import annotations

from gridsvc.clock import Clock
from gridsvc.domain.errors import NotFound, NotPermitted
from gridsvc.domain.ids import Adcode, StaffId
from gridsvc.storage import Store, audit, visits


def delete_position(
    store: Store, clock: Clock, *, adcode: Adcode, actor: str, visit_id: str, reader: StaffId | None
) -> None:
    """Forget the position of one's own visit; the visit itself stays. Deleting twice is harmless.

    Raises `NotFound` for an unknown visit and `NotPermitted` for another person's, without telling whose it is.
    """
    with store.transaction(adcode) as tx:
        with tx.beyond_reach():  # to tell "not yours" from "not there"
            found = visits.find(tx, visit_id)
        if found is None or (found.is_sealed and found.staff_id != reader):
            raise NotFound(f"there is no visit {visit_id}")
        if found.staff_id != reader:
            raise NotPermitted("only the person themselves deletes their position")
        if visits.delete_position(tx, visit_id):
            audit.add(tx, clock, actor=actor, action="visit.delete_position", subject=visit_id)
