"""Read one person's planned day."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

from gridsvc.clock import Clock
from gridsvc.domain.days import Day, DayRetailer, DayStaff, DayStop, NotPlanned, TravelMethod
from gridsvc.domain.errors import NotFound
from gridsvc.domain.ids import Adcode, RetailerId
from gridsvc.domain.layers import LAYER_OF_ROLE, TASK_OF_LAYER, TaskType
from gridsvc.storage import Store, day_rows, districts, staff
from gridsvc.storage.day_rows import DayRows
from gridsvc.storage.districts import District
from gridsvc.storage.staff import StaffMember


def read_day(store: Store, clock: Clock, *, adcode: Adcode, staff_code_or_id: str, day: date) -> Day:
    """Give the day, sealed duties included: who may see those is the caller's question (`Day.without_sealed`).

    Raises `NotFound` for an unknown staff member and for a day without a planned route.
    """
    with store.transaction(adcode) as tx:
        district = districts.find(tx)
        wanted = staff_code_or_id
        member = next((m for m in staff.all_staff(tx) if wanted in (m.staff_code, m.staff_id)), None)
        if member is None:
            raise NotFound(f"there is no staff member {wanted} in district {adcode}")
        rows = day_rows.read(tx, member.staff_id, day)
    if rows is None:
        raise NotFound(f"no route is planned for {member.staff_code} on {day.isoformat()}")
    return _day(district, member, rows)


def _day(district: District, member: StaffMember, rows: DayRows) -> Day:
    task = TASK_OF_LAYER[LAYER_OF_ROLE[member.role]]
    route = rows.route
    return Day(
        adcode=district.adcode,
        staff=DayStaff(
            staff_id=member.staff_id,
            staff_code=member.staff_code,
            name=member.name,
            role=member.role,
            org_unit=member.org_unit_name,
            office_lon=member.office_lon,
            office_lat=member.office_lat,
        ),
        day=route.day,
        time_zone=district.time_zone,
        departs_at=route.departs_at,
        returns_at=route.returns_at,
        travel_s=route.travel_s,
        service_s=route.service_s,
        waiting_s=route.waiting_s,
        distance_m=route.distance_m,
        method=TravelMethod(route.method),
        stops=tuple(_stop(row) for row in rows.stops),
        not_planned=tuple(_not_planned(row) for row in rows.not_planned if row.task_type == task),
        course=rows.course,
        version=hashlib.sha256(f"{route.route_id} {route.computed_at.isoformat()}".encode()).hexdigest()[:16],
        is_synthetic=district.is_synthetic or any(row.is_synthetic for row in rows.stops),
        is_provisional=rows.is_provisional,
    )


def _retailer(row: Any) -> DayRetailer:
    return DayRetailer(
        retailer_id=RetailerId(row.retailer_id),
        retailer_code=row.retailer_code,
        name=row.name,
        address=row.address,
        lon=row.lon,
        lat=row.lat,
    )


def _stop(row: Any) -> DayStop:
    return DayStop(
        sequence=row.sequence,
        retailer=_retailer(row),
        task_type=TaskType(row.task_type),
        arrives_at=row.arrives_at,
        starts_at=row.starts_at,
        departs_at=row.departs_at,
        slack_s=row.slack_s,
        why=row.why,
        is_sealed=row.is_sealed,
    )


def _not_planned(row: Any) -> NotPlanned:
    return NotPlanned(
        retailer=_retailer(row),
        task_type=TaskType(row.task_type),
        reason=row.reason,
        words=row.words,
        relaxation=row.relaxation,
        is_sealed=row.is_sealed,
    )
