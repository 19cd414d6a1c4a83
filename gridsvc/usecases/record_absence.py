"""Record that a member of staff is away, or take that back; nobody acts for the person by this alone."""

from __future__ import annotations

from datetime import date

from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput, NotFound
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, audit, staff
from gridsvc.storage.staff import Absence
from gridsvc.usecases.read_staff_member import StaffRecord, record_of

REASONS = ("leave", "sick", "training", "vacancy", "other")
_LONGEST_DAYS = 366


def record_absence(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    staff_code_or_id: str,
    first_day: date,
    last_day: date | None,
    reason: str = "leave",
) -> StaffRecord:
    """Record an absence, both days included, and give the record; one that begins on the same day is replaced.

    `last_day` None takes back the absence that begins on `first_day`. A leave cover records its absence by itself.

    Raises `NotFound` for an unknown person or absence, `BadInput` for days out of order, more than a year, or another
    reason than leave, sick, training, vacancy and other.
    """
    if last_day is not None and not 0 <= (last_day - first_day).days < _LONGEST_DAYS:
        raise BadInput("an absence lasts from its first day to its last, a year at most")
    if reason not in REASONS:
        raise BadInput(f"unknown reason {reason}; the reasons are {', '.join(REASONS)}")
    with store.transaction(adcode) as tx:
        found = record_of(tx, staff_code_or_id)
        staff_id = found.member.staff_id
        if last_day is None:
            if not staff.remove_absence(tx, staff_id, first_day):
                raise NotFound(f"{found.member.staff_code} has no absence that begins on {first_day}")
            action = "absence.remove"
        else:
            new = Absence(staff_id=staff_id, first_day=first_day, last_day=last_day, reason=reason)
            staff.save_absences(tx, [new])
            action = "absence.record"
        content = {"first_day": first_day.isoformat(), "last_day": last_day.isoformat() if last_day else None}
        audit.add(tx, clock, actor=actor, action=action, subject=staff_id, content=content)
        return record_of(tx, staff_id)
