"""Declare that a member of staff is related to a retailer, or take that back."""

from __future__ import annotations

from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput, NotFound
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, audit, collaborations, retailer_search
from gridsvc.storage import staff as staff_rows
from gridsvc.usecases.redispatch_collaborations import redispatch_collaborations


def declare_relation(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    staff_code: str,
    retailer_code: str,
    reason: str,
    is_withdrawn: bool = False,
) -> bool:
    """Record that somebody may handle nothing of a shop (kinship, partnership), or withdraw it.

    Open requests of the shop are dispatched afresh. Gives whether anything changed. Raises `NotFound` for an unknown
    person or shop, `BadInput` for an empty reason.
    """
    if not is_withdrawn and not reason.strip():
        raise BadInput("a declared relation needs its reason in words")
    with store.transaction(adcode) as tx:
        member = next((known for known in staff_rows.all_staff(tx) if known.staff_code == staff_code), None)
        shop = retailer_search.by_code(tx, retailer_code)
        if member is None or shop is None:
            what = f"member of staff {staff_code}" if member is None else f"retailer {retailer_code}"
            raise NotFound(f"there is no {what} in district {adcode}")
        if is_withdrawn:
            is_changed = collaborations.withdraw_relation(tx, member.staff_id, shop)
        else:
            is_changed = collaborations.declare_relation(
                tx, member.staff_id, shop, reason=reason, declared_by=actor, now=clock.now()
            )
        action = "relation.withdraw" if is_withdrawn else "relation.declare"
        audit.add(tx, clock, actor=actor, action=action, subject=shop, content={"staff_id": member.staff_id})
    redispatch_collaborations(store, clock, adcode=adcode)
    return is_changed
