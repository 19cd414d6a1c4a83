"""Record who heads a department and its duty telephone."""

from __future__ import annotations

from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput, NotFound
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, audit
from gridsvc.storage import staff as staff_rows

_LONGEST_PHONE = 40


def name_department(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    name: str,
    head_staff_code: str | None = None,
    duty_phone: str | None = None,
) -> None:
    """Record the head and the duty telephone of a department; what is left out stays as it is.

    The head gets what may not go to the owner: complaints about the owner, and shops of a declared relation.

    Raises
    ------
    NotFound
        no such department or member of staff.
    BadInput
        a telephone that is no telephone.
    """
    if duty_phone is not None and (
        len(duty_phone) > _LONGEST_PHONE or not any(character.isdigit() for character in duty_phone)
    ):
        raise BadInput(f"a duty telephone has digits and at most {_LONGEST_PHONE} characters")
    with store.transaction(adcode) as tx:
        head = None
        if head_staff_code is not None:
            head = next((m.staff_id for m in staff_rows.all_staff(tx) if m.staff_code == head_staff_code), None)
            if head is None:
                raise NotFound(f"there is no member of staff {head_staff_code} in district {adcode}")
        if not staff_rows.set_department(tx, name, head=head, duty_phone=duty_phone):
            raise NotFound(f"there is no department {name} in district {adcode}")
        audit.add(tx, clock, actor=actor, action="department.name", subject=name, content={"head": head})
