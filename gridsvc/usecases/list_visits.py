"""List what came of the stops of some days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode, StaffId
from gridsvc.domain.permissions import Reach
from gridsvc.domain.visits import Visit
from gridsvc.storage import Store, staff, visits
from gridsvc.usecases.find_within_reach import member_within_reach

MOST_DAYS = 92
MOST_VISITS = 5_000


def list_visits(
    store: Store,
    *,
    adcode: Adcode,
    first: date,
    last: date,
    staff_code_or_id: str | None,
    reader: StaffId | None,
    reach: Reach | None = None,
) -> list[Visit]:
    """Give the visits of the days from `first` to `last`, both included, in the order in which they ended.

    The person sees everything of their own, positions and sealed stops included. To everybody else positions are
    withheld, and sealed stops do not exist.

    Parameters
    ----------
    staff_code_or_id : whose visits; None = everybody's
    reader : who asks; None = nobody of the staff
    reach : whose visits the caller may see; None = everybody's

    Raises
    ------
    BadInput
        More than 92 days, the last before the first, or more than 5,000 visits.
    NotFound
        Unknown staff member.
    NotPermitted
        One who is out of reach.
    """
    if not 0 <= (last - first).days < MOST_DAYS:
        raise BadInput(f"ask for 1 to {MOST_DAYS} days, the first before the last")
    with store.transaction(adcode) as tx:
        whose = None
        if staff_code_or_id is not None:
            whose = member_within_reach(tx, reach, staff_code_or_id).staff_id
        seen = {m.staff_id for m in staff.all_staff(tx) if reach is None or reach.covers(m.staff_id, m.org_unit_name)}
        found = visits.between(tx, first, last, staff_id=whose, limit=MOST_VISITS + 1)
    if len(found) > MOST_VISITS:
        raise BadInput(f"these are more than {MOST_VISITS} visits; ask for fewer days or one person")
    return [
        visit if visit.staff_id == reader else replace(visit, position=None)
        for visit in found
        if visit.staff_id in seen and (visit.staff_id == reader or not visit.is_sealed)
    ]
