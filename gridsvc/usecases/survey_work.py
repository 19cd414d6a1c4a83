"""Survey the work of a cycle: who is there when, who owns which shop, and the streets between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geo_data.calendars import Cycle as CalendarCycle
from geo_data.calendars import WorkingDays, cycle_from, cycle_of
from gridsvc.clock import Clock, midnight, today
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import GridId, RetailerId, StaffId
from gridsvc.domain.layers import ROLE_OF_LAYER, TASK_OF_LAYER, Layer, TaskType
from gridsvc.domain.workload import CYCLE_DAYS, WorkingHours, Workload
from gridsvc.storage import Transaction, districts, generations, handovers, lines, plans, visits
from gridsvc.storage import ownership as ownership_rows
from gridsvc.storage import retailers as retailer_rows
from gridsvc.storage import staff as staff_rows
from gridsvc.storage import units as unit_rows
from gridsvc.storage.districts import District
from gridsvc.storage.lines import Line
from gridsvc.storage.ownership import Owner
from gridsvc.storage.retailers import RetailerColumns
from gridsvc.storage.staff import Absence, StaffMember
from gridsvc.usecases.measure_travel import Travel, measure_travel
from gridsvc.usecases.measured_workload import measured_workload
from gridsvc.usecases.state_home import as_they_start


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkSurvey:
    """Everything that a cycle plan reads, in one snapshot.

    `retailers` are the active shops with a point, `begins` the instant from which the plan holds, `lines` those in
    force then, `weekday_now` the weekday (0 = Monday) of the line that a shop is on, `last_visit` the day of the last
    real stop before the cycle. `handed` names the owner of each shop whose line a planner gave to somebody else;
    `owners` holds who works it. `introduced_within` holds the rows of the first and the last working day on which a new
    owner has to be introduced.
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
    lines: list[Line]
    weekday_now: dict[tuple[RetailerId, Layer], int]
    last_visit: dict[tuple[RetailerId, TaskType], date]
    handed: dict[tuple[RetailerId, Layer], StaffId]
    introduced_within: dict[tuple[RetailerId, Layer], tuple[int, int]]
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
    owners = ownership_rows.owners_at(tx, begins)
    known_lines = lines.lines_at(tx, begins)
    handed = _handed(known_lines, owners)
    last_visit = visits.last_done(tx, before=days.first_day)
    return WorkSurvey(
        district=district,
        generation=current.number if current else 0,
        days=days,
        begins=begins,
        retailers=located,
        row_of={RetailerId(value): row for row, value in enumerate(located.retailer_id)},
        unlocated=tuple(RetailerId(value) for value in unlocated.retailer_id),
        staff={layer: as_they_start(tx, staff_rows.all_staff(tx, role=ROLE_OF_LAYER[layer])) for layer in Layer},
        absences=staff_rows.absences(tx),
        owners=owners | {key: replace(owners[key], staff_id=worker) for key, worker in handed.items()},
        grid_names=grid_names,
        lines=known_lines,
        weekday_now={
            (retailer, known.layer): known.weekday - 1
            for known in known_lines
            if known.weekday is not None
            for retailer in known.retailers
        },
        last_visit=last_visit,
        handed={key: owners[key].staff_id for key in handed},
        introduced_within=_introductions(tx, days, owners, last_visit),
        travel=measure_travel(tx, cache_folder),
        workload=measured_workload(tx),
        hours=WorkingHours(),
    )


def _handed(
    known_lines: Sequence[Line], owners: Mapping[tuple[RetailerId, Layer], Owner]
) -> dict[tuple[RetailerId, Layer], StaffId]:
    """Who works each shop whose line was given to somebody else, while its owner is the one it was taken from."""
    return {
        (retailer, known.layer): known.staff_id
        for known in known_lines
        if known.instead_of is not None and known.staff_id is not None
        for retailer in known.retailers
        if (retailer, known.layer) in owners and owners[retailer, known.layer].staff_id == known.instead_of
    }


def _introductions(
    tx: Transaction,
    days: CalendarCycle,
    owners: Mapping[tuple[RetailerId, Layer], Owner],
    last_visit: Mapping[tuple[RetailerId, TaskType], date],
) -> dict[tuple[RetailerId, Layer], tuple[int, int]]:
    """Introductions of people who own the shop still, that are this cycle's to make and are not made yet.

    Of days that reach into the next cycle the longer part decides which of the two makes it: hundreds of shops that are
    handed over on the last Thursday of a cycle would otherwise all be due on the Friday.
    """
    found: dict[tuple[RetailerId, Layer], tuple[int, int]] = {}
    last_day = days.first_day + timedelta(days=CYCLE_DAYS - 1)
    for item in handovers.introductions(tx, days.first_day, last_day):
        owner = owners.get((item.retailer_id, item.layer))
        seen = last_visit.get((item.retailer_id, TASK_OF_LAYER[item.layer]))
        rows = [row for row, day in enumerate(days.working) if item.first_day <= day <= item.last_day]
        is_made = seen is not None and seen >= item.first_day
        n_here, n_later = (last_day - item.first_day).days + 1, (item.last_day - last_day).days
        if owner is not None and owner.staff_id == item.to_staff_id and rows and not is_made and n_here >= n_later:
            found[item.retailer_id, item.layer] = (rows[0], rows[-1])
    return found


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
