"""Read a department's day: who is out where, how far everybody is, who is away, and what was left out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from gridsvc.domain.days import StopState
from gridsvc.domain.errors import NotPermitted
from gridsvc.domain.ids import Adcode, RetailerId, StaffId
from gridsvc.domain.layers import LAYER_OF_ROLE, TASK_OF_LAYER, Role, TaskType
from gridsvc.domain.permissions import Reach, Scope
from gridsvc.domain.relaxations import reason_worded, worded
from gridsvc.domain.visits import Visit, visits_of_stops
from gridsvc.storage import Store, day_rows, districts, staff, staff_homes, visits
from gridsvc.storage.staff import StaffMember
from gridsvc.usecases.find_within_reach import REFUSAL


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardStop:
    """One stop on the map; sealed ones are not there."""

    sequence: int
    retailer_id: str
    name: str
    lon: float
    lat: float
    state: StopState


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRow:
    """One person's day at a glance; an inspector's times and way are withheld, as from everybody but themselves.

    So is the way of whoever begins at home: `course` is empty.
    """

    staff_id: str
    staff_code: str
    name: str
    role: Role
    org_unit: str | None
    office_lon: float
    office_lat: float
    is_absent: bool
    has_route: bool
    n_stops: int
    n_done: int
    departs_at: datetime | None
    returns_at: datetime | None
    is_withheld: bool
    course: tuple[tuple[float, float], ...]
    stops: tuple[BoardStop, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardLeftOut:
    """A duty of the day that is on nobody's route: why, and the smallest change that would serve it, in two languages.

    `is_verified` says that a solve with the change served it and lost nobody else.
    """

    retailer_code: str
    name: str
    task_type: TaskType
    reason: str
    words: str
    words_zh: str
    relaxation: str | None
    relaxation_zh: str | None
    is_verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A day of a department, or of all; `version` changes whenever anything that is shown does."""

    day: date
    time_zone: str
    org_unit: str | None
    org_units: list[str]
    n_out: int
    n_absent: int
    n_stops: int
    n_done: int
    is_synthetic: bool
    staff: list[BoardRow]
    not_planned: list[BoardLeftOut]
    version: str = ""


def read_board(
    store: Store, *, adcode: Adcode, day: date, org_unit: str | None = None, reach: Reach | None = None
) -> Board:
    """Give the board of a day: of one department by name, or of all; where `reach` ends at a department, of that.

    Raises `NotPermitted` for a department out of reach, and for a caller who reaches nobody but himself or herself.

    Sealed inspections are on it nowhere, in no count, for anybody. What was left out is that of the department's
    tasks. An unknown department has nobody.
    """
    if reach is not None and not reach.scope.includes(Scope.DISTRICT):
        if reach.scope is Scope.OWN or reach.department is None or org_unit not in (None, reach.department):
            raise NotPermitted(REFUSAL[reach.scope])
        org_unit = reach.department
    with store.transaction(adcode) as tx:
        district = districts.find(tx)
        members = staff.all_staff(tx, on=day)
        away = {absence.staff_id for absence in staff.absences(tx, on=day)}
        routes = {row.staff_id: row for row in day_rows.routes_on(tx, day)}
        stops: dict[str, list[Any]] = {}
        for row in day_rows.open_stops_on(tx, day):
            stops.setdefault(row.staff_id, []).append(row)
        recorded: dict[StaffId, list[Visit]] = {}
        for visit in visits.between(tx, day, day):
            if not visit.is_sealed:
                recorded.setdefault(visit.staff_id, []).append(visit)
        left = day_rows.open_not_planned_on(tx, day)
        with tx.beyond_reach():
            at_home = set(staff_homes.all_homes(tx))
    chosen = [m for m in members if org_unit is None or m.org_unit_name == org_unit]
    rows = [
        _row(
            m,
            m.staff_id in away,
            routes.get(m.staff_id),
            stops.get(m.staff_id, []),
            recorded.get(m.staff_id, []),
            is_way_shown=m.staff_id not in at_home,
        )
        for m in chosen
    ]
    tasks = {TASK_OF_LAYER[LAYER_OF_ROLE[m.role]].value for m in chosen}
    board = Board(
        day=day,
        time_zone=district.time_zone,
        org_unit=org_unit,
        org_units=sorted({m.org_unit_name for m in members if m.org_unit_name}),
        n_out=sum(row.has_route for row in rows),
        n_absent=sum(row.is_absent for row in rows),
        n_stops=sum(row.n_stops for row in rows),
        n_done=sum(row.n_done for row in rows),
        is_synthetic=district.is_synthetic,
        staff=rows,
        not_planned=[_left_out(row) for row in left if row.task_type in tasks],
    )
    return replace(board, version=hashlib.sha256(repr(board).encode()).hexdigest()[:16])


def _row(
    member: StaffMember,
    is_absent: bool,
    route: Any,
    stops: list[Any],
    recorded: list[Visit],
    *,
    is_way_shown: bool,
) -> BoardRow:
    is_withheld = member.role is Role.MARKET_INSPECTOR
    told = visits_of_stops(
        [(RetailerId(row.retailer_id), TaskType(row.task_type)) for row in stops],
        [((visit.retailer_id, visit.task_type), visit) for visit in recorded],
    )
    shown = []
    for number, (row, visit) in enumerate(zip(stops, told, strict=True), start=1):
        state = StopState(visit.outcome.value) if visit is not None else StopState.AHEAD
        shown.append(
            BoardStop(
                sequence=number, retailer_id=row.retailer_id, name=row.name, lon=row.lon, lat=row.lat, state=state
            )
        )
    return BoardRow(
        staff_id=member.staff_id,
        staff_code=member.staff_code,
        name=member.name,
        role=member.role,
        org_unit=member.org_unit_name,
        office_lon=member.office_lon,
        office_lat=member.office_lat,
        is_absent=is_absent,
        has_route=route is not None and bool(shown),
        n_stops=len(shown),
        n_done=sum(stop.state is not StopState.AHEAD for stop in shown),
        departs_at=None if route is None or is_withheld else route.departs_at,
        returns_at=None if route is None or is_withheld else route.returns_at,
        is_withheld=is_withheld,
        course=() if route is None or is_withheld or not is_way_shown else day_rows.course_of(route),
        stops=tuple(shown),
    )


def _left_out(row: Any) -> BoardLeftOut:
    return BoardLeftOut(
        retailer_code=row.retailer_code,
        name=row.name,
        task_type=TaskType(row.task_type),
        reason=row.reason,
        words=row.words,
        words_zh=reason_worded(row.reason, row.words, "zh"),
        relaxation=worded(row.relaxation, "en", is_verified=row.is_verified),
        relaxation_zh=worded(row.relaxation, "zh", is_verified=row.is_verified),
        is_verified=row.is_verified,
    )
