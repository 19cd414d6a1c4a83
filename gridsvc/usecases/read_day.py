"""Read one person's planned day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from gridsvc.clock import Clock
from gridsvc.domain.days import (
    Day,
    DayRetailer,
    DayStaff,
    DayStop,
    NotPlanned,
    OtherStop,
    ShopCard,
    TravelMethod,
)
from gridsvc.domain.errors import NotFound
from gridsvc.domain.ids import Adcode, RetailerId
from gridsvc.domain.layers import LAYER_OF_ROLE, TASK_OF_LAYER, Role, TaskType
from gridsvc.domain.relaxations import reason_worded, worded
from gridsvc.domain.visits import Visit, visits_of_stops
from gridsvc.storage import Store, Transaction, day_rows, districts, staff, staff_homes, visits
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
        with tx.beyond_reach():  # who else comes to these shops today, and when somebody was there last
            around = _around(tx, member, day, rows.stops)
    return _day(district, member, rows, around)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Around:
    """What else is known of the shops of a day: visits recorded today, last real ones, who else comes, colleagues."""

    visits: Sequence[Visit | None]  # of each stop, in their order
    last_done: Mapping[tuple[RetailerId, TaskType], date]
    others: Mapping[str, Sequence[OtherStop]]
    code_of: Mapping[str, str]
    home: tuple[float, float] | None


def _around(tx: Transaction, member: StaffMember, day: date, stops: Sequence[Any]) -> _Around:
    shops = [RetailerId(row.retailer_id) for row in stops]
    recorded = visits.between(tx, day, day, staff_id=member.staff_id)
    others: dict[str, list[OtherStop]] = {}
    for row in day_rows.others_at(tx, member.staff_id, day, shops):
        other = OtherStop(task_type=TaskType(row.task_type), staff_code=row.staff_code, starts_at=row.starts_at)
        others.setdefault(row.retailer_id, []).append(other)
    return _Around(
        visits=visits_of_stops(
            [(RetailerId(row.retailer_id), TaskType(row.task_type), row.is_sealed) for row in stops],
            [((visit.retailer_id, visit.task_type, visit.is_sealed), visit) for visit in recorded],
        ),
        last_done=visits.last_done(tx, before=day, retailer_ids=shops),
        others=others,
        code_of={m.staff_id: m.staff_code for m in staff.all_staff(tx)},
        home=staff_homes.all_homes(tx).get(member.staff_id),
    )


def _day(district: District, member: StaffMember, rows: DayRows, around: _Around) -> Day:
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
            home=around.home,
            starts_at_home=around.home is not None,
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
        stops=tuple(
            _stop(row, member.role, around, visit) for row, visit in zip(rows.stops, around.visits, strict=True)
        ),
        not_planned=tuple(_not_planned(row) for row in rows.not_planned if row.task_type == task),
        course=rows.course,
        route_version=route.route_id,
        is_synthetic=district.is_synthetic or any(row.is_synthetic for row in rows.stops),
        is_provisional=rows.is_provisional,
    ).stamped()


def _retailer(row: Any) -> DayRetailer:
    return DayRetailer(
        retailer_id=RetailerId(row.retailer_id),
        retailer_code=row.retailer_code,
        name=row.name,
        address=row.address,
        lon=row.lon,
        lat=row.lat,
    )


def _stop(row: Any, role: Role, around: _Around, visit: Visit | None) -> DayStop:
    task = TaskType(row.task_type)
    planned = DayStop(
        sequence=row.sequence,
        retailer=_retailer(row),
        task_type=task,
        arrives_at=row.arrives_at,
        starts_at=row.starts_at,
        departs_at=row.departs_at,
        slack_s=row.slack_s,
        why=row.why,
        is_sealed=row.is_sealed,
        cartons=row.cartons,
        with_staff_code=around.code_of.get(row.second_staff_id) if row.second_staff_id else None,
        card=_card(row, around).for_role(role),
    )
    return planned.as_visited(visit.outcome, visit.reason, visit.ended_at) if visit else planned


def _card(row: Any, around: _Around) -> ShopCard:
    known = ((task, around.last_done.get((row.retailer_id, task))) for task in TaskType)
    return ShopCard(
        licence_no=row.licence_no,
        tier=row.tier,
        credit_grade=row.credit_grade,
        integrity_star=row.integrity_star,
        order_cartons=row.order_cartons,
        opens_min=row.opens_min,
        closes_min=row.closes_min,
        last_done={task: last for task, last in known if last is not None},
        others=tuple(around.others.get(row.retailer_id, ())),
    )


def _not_planned(row: Any) -> NotPlanned:
    return NotPlanned(
        retailer=_retailer(row),
        task_type=TaskType(row.task_type),
        reason=row.reason,
        words=row.words,
        words_zh=reason_worded(row.reason, row.words, "zh"),
        relaxation=worded(row.relaxation, "en", is_verified=row.is_verified),
        relaxation_zh=worded(row.relaxation, "zh", is_verified=row.is_verified),
        is_verified=row.is_verified,
        is_sealed=row.is_sealed,
    )
