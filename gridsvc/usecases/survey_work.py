"""Survey the work of a cycle: who is there when, who owns which shop, and the streets between them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geo_data.calendars import Cycle as CalendarCycle
from geo_data.calendars import WorkingDays, cycle_from, cycle_of
from gridsvc.clock import Clock, midnight, today
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import GridId, RetailerId
from gridsvc.domain.layers import ROLE_OF_LAYER, Layer, TaskType
from gridsvc.domain.workload import WorkingHours, Workload
from gridsvc.storage import Transaction, districts, generations, lines, plans, visits
from gridsvc.storage import ownership as ownership_rows
from gridsvc.storage import retailers as retailer_rows
from gridsvc.storage import staff as staff_rows
from gridsvc.storage import units as unit_rows
from gridsvc.storage.districts import District
from gridsvc.storage.ownership import Owner
from gridsvc.storage.retailers import RetailerColumns
from gridsvc.storage.staff import Absence, StaffMember
from gridsvc.usecases.measure_travel import Travel, measure_travel
from gridsvc.usecases.measured_workload import measured_workload


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkSurvey:
    """Everything that a cycle plan reads, in one snapshot.

    `retailers` are the active shops with a point, `begins` the instant from which the plan holds, `weekday_now` the
    weekday (0 = Monday) of the line that a shop is on, `last_visit` the day of the last real stop before the cycle.
    """

    district: District
    generation: int
    days: CalendarCycle
    begins: datetime
    retailers: RetailerColumns
    row_of: dict[RetailerId, int]
    unlocated: tuple[RetailerId, ...]
    staff: dict[Layer, list[StaffMember]]
    absences: list[Absence]
    owners: dict[tuple[RetailerId, Layer], Owner]
    grid_names: dict[GridId, str]
    weekday_now: dict[tuple[RetailerId, Layer], int]
    last_visit: dict[tuple[RetailerId, TaskType], date]
    travel: Travel
    workload: Workload
    hours: WorkingHours


def survey_work(tx: Transaction, clock: Clock, *, first_day: date | None, cache_folder: Path | None) -> WorkSurvey:
    """Read what the plan of a cycle needs; `first_day` None = the cycle that holds today.

    Raises
    ------
    BadInput
        `first_day` is no Monday, or the cycle has no working day.
    """
    district = districts.find(tx)
    calendar = WorkingDays(country=district.country)
    if first_day is not None and first_day.weekday() != 0:
        earlier = first_day - timedelta(days=first_day.weekday())
        raise BadInput(f"a cycle begins on a Monday; {first_day} is none, {earlier} is")
    days = cycle_from(first_day, calendar) if first_day else cycle_of(today(clock, district.time_zone), calendar)
    if not days.working:
        raise BadInput(f"the cycle from {days.first_day} has no working day in the calendar of {district.country}")
    begins = max(midnight(days.first_day, district.time_zone), clock.now())
    shops = retailer_rows.columns(tx)
    located, unlocated = shops.take(shops.is_located), shops.take(~shops.is_located)
    in_force = generations.versions_in_force(tx, begins)
    grid_names: dict[GridId, str] = {}
    for layer, version in in_force.items():
        grids = plans.grids_of(tx, version.plan_version_id, layer, len(unit_rows.load(tx, version.unit_set_id)))
        grid_names.update(zip(grids.grid_ids, grids.names, strict=True))
    current = generations.current(tx, begins)
    return WorkSurvey(
        district=district,
        generation=current.number if current else 0,
        days=days,
        begins=begins,
        retailers=located,
        row_of={RetailerId(value): row for row, value in enumerate(located.retailer_id)},
        unlocated=tuple(RetailerId(value) for value in unlocated.retailer_id),
        staff={layer: staff_rows.all_staff(tx, role=ROLE_OF_LAYER[layer]) for layer in Layer},
        absences=staff_rows.absences(tx),
        owners=ownership_rows.owners_at(tx, begins),
        grid_names=grid_names,
        weekday_now={
            (retailer, known.layer): known.weekday - 1
            for known in lines.lines_at(tx, begins)
            if known.weekday is not None
            for retailer in known.retailers
        },
        last_visit=visits.last_done(tx, before=days.first_day),
        travel=measure_travel(tx, cache_folder),
        workload=measured_workload(tx),
        hours=WorkingHours(),
    )


def minutes_of(survey: WorkSurvey, member: StaffMember) -> NDArray[np.float64]:
    """Give the person's working minutes per working day of the cycle; 0 while absent or not in service."""
    minutes = np.full(len(survey.days.working), float(survey.hours.minutes))
    for row, day in enumerate(survey.days.working):
        is_here = (member.first_day is None or member.first_day <= day) and (
            member.last_day is None or day <= member.last_day
        )
        away = any(a.staff_id == member.staff_id and a.first_day <= day <= a.last_day for a in survey.absences)
        if away or not is_here:
            minutes[row] = 0.0
    return minutes
