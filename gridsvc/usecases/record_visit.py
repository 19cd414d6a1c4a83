"""Record what came of a stop: once, however often the device sends it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np

from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput, Conflict, NotFound
from gridsvc.domain.ids import Adcode, RetailerId
from gridsvc.domain.layers import LAYER_OF_ROLE, TASK_OF_LAYER, TaskType
from gridsvc.domain.visits import CheckIn, Visit, VisitOutcome, VisitReason, check_visit
from gridsvc.domain.workload import WorkingHours
from gridsvc.storage import Store, Transaction, day_rows, districts, events, retailers, visits
from gridsvc.storage import staff as staff_rows
from gridsvc.storage.staff import StaffMember

Kept = Literal["kept", "not_given", "outside_work_hours", "not_own"]
_EARTH_M_PER_DEGREE = 111_195.0


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitReport:
    """A stop as a device tells it; instants are timezone aware and by the device's clock."""

    visit_id: str
    staff_code_or_id: str
    retailer_id: RetailerId
    outcome: VisitOutcome
    ended_at: datetime
    reason: VisitReason | None = None
    note: str | None = None
    arrived_at: datetime | None = None
    position: CheckIn | None = None
    task_type: TaskType | None = None
    is_sealed: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedVisit:
    """What was recorded; `position` tells whether where the device stood was kept, and if not, why."""

    visit: Visit
    is_new: bool
    position: Kept


def record_visit(
    store: Store, clock: Clock, *, adcode: Adcode, actor: str, given: VisitReport, is_own: bool
) -> RecordedVisit:
    """Write a visit; the same identifier with the same content again changes nothing.

    The position is kept only where the person sends it themselves, for a check-in within working hours. The kind of
    task is that of the person's role. A stop that is sealed on the person's own route is recorded as sealed.

    Raises
    ------
    NotFound
        Unknown staff member or shop.
    BadInput
        With every fault of the report.
    Conflict
        The identifier belongs to a visit with other content.
    """
    with store.transaction(adcode) as tx:
        district = districts.find(tx)
        member = _member(tx, given.staff_code_or_id)
        shop = retailers.find_shop(tx, given.retailer_id)
        if shop is None:
            raise NotFound(f"there is no retailer {given.retailer_id}")
        zone = ZoneInfo(district.time_zone)
        position, kept = _position(given, zone, WorkingHours(), is_own, (shop.lon, shop.lat))
        task = _task(given, member)
        day = given.ended_at.astimezone(zone).date()
        visit = Visit(
            visit_id=given.visit_id,
            staff_id=member.staff_id,
            retailer_id=given.retailer_id,
            task_type=task,
            day=day,
            outcome=given.outcome,
            reason=given.reason,
            note=(given.note or "").strip() or None,
            arrived_at=given.arrived_at,
            ended_at=given.ended_at,
            received_at=clock.now(),
            is_sealed=_is_sealed(tx, given, member, task, day, is_own),
            position=position,
        )
        check_visit(visit)
        is_new = visits.add(tx, visit, recorded_by=actor)
        if is_new:
            _tell(tx, clock, visit)
        else:
            with tx.beyond_reach():  # the identifier may be another person's
                known = visits.find(tx, visit.visit_id)
            assert known is not None
            if _content(known) != _content(visit):
                raise Conflict(f"another visit has the identifier {visit.visit_id} already; make a new one")
            visit = known
    return RecordedVisit(visit=visit, is_new=is_new, position=kept)


def _content(visit: Visit) -> Visit:
    """Give what makes two reports the same; when it came in and a position that was deleted since do not count."""
    return replace(visit, received_at=visit.ended_at, position=None)


def _member(tx: Transaction, wanted: str) -> StaffMember:
    found = next((m for m in staff_rows.all_staff(tx) if wanted in (m.staff_code, m.staff_id)), None)
    if found is None:
        raise NotFound(f"there is no staff member {wanted}")
    return found


def _task(given: VisitReport, member: StaffMember) -> TaskType:
    own = TASK_OF_LAYER[LAYER_OF_ROLE[member.role]]
    wanted = given.task_type or own
    if wanted is not own and wanted is TaskType.INSPECTION:
        raise BadInput(f"an inspection is made by an inspector, not by a {member.role}")
    return wanted


def _is_sealed(
    tx: Transaction, given: VisitReport, member: StaffMember, task: TaskType, day: date, is_own: bool
) -> bool:
    """Tell whether this was the sealed duty: as the person says, else as their route has it; others never learn it."""
    if task is not TaskType.INSPECTION or not is_own:
        if given.is_sealed:
            raise BadInput("only the inspector records a sealed inspection")
        return False
    here = day_rows.sealed_at(tx, member.staff_id, day, given.retailer_id)
    if given.is_sealed and True not in here:
        raise BadInput("no sealed inspection is on the route there")
    return given.is_sealed if given.is_sealed is not None else here == [True]


def _position(
    given: VisitReport, zone: ZoneInfo, hours: WorkingHours, is_own: bool, shop: tuple[float | None, float | None]
) -> tuple[CheckIn | None, Kept]:
    if given.position is None:
        return None, "not_given"
    if not is_own:
        return None, "not_own"
    local = (given.arrived_at or given.ended_at).astimezone(zone)
    minute = local.hour * 60 + local.minute
    if not hours.opens_min <= minute <= hours.closes_min:
        return None, "outside_work_hours"
    return replace(given.position, distance_m=_distance_m(given.position, shop)), "kept"


def _distance_m(point: CheckIn, shop: tuple[float | None, float | None]) -> float | None:
    """Measure a short way on the sphere, flat at the shop's latitude: exact to a metre within a city."""
    lon, lat = shop
    if lon is None or lat is None:
        return None
    east = (point.lon - lon) * np.cos(np.radians(lat))
    return round(float(np.hypot(east, point.lat - lat)) * _EARTH_M_PER_DEGREE, 1)


def _tell(tx: Transaction, clock: Clock, visit: Visit) -> None:
    """Tell other systems of a stop that was not made; a sealed one is told to nobody."""
    if visit.outcome is VisitOutcome.DONE or visit.is_sealed or visit.reason is None:
        return
    content = {
        "visit_id": visit.visit_id,
        "retailer_id": visit.retailer_id,
        "task_type": visit.task_type.value,
        "day": visit.day.isoformat(),
        "outcome": visit.outcome.value,
        "reason": visit.reason.value,
    }
    events.add(tx, clock, "visit_not_made", content)
