"""Plan a 28-day cycle: every duty of every person gets its days, and the lines follow from them."""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo_data.calendars import Cycle as CalendarCycle
from geo_data.calendars import WorkingDays, cycle_from, cycle_of
from gridsvc.clock import Clock, midnight, new_id, today
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode, CycleId, GridId, LineId, RetailerId, StaffId
from gridsvc.domain.layers import ROLE_OF_LAYER, TASK_OF_LAYER, Layer
from gridsvc.domain.workload import RetailerFacts, UrbanForm, WorkingHours, Workload
from gridsvc.engines import periodic
from gridsvc.engines.periodic import CycleOutcome, Duty, PersonCycle
from gridsvc.engines.pool import EnginePool, Report
from gridsvc.storage import Store, Transaction, audit, cycles, districts, generations, lines, plans
from gridsvc.storage import ownership as ownership_rows
from gridsvc.storage import retailers as retailer_rows
from gridsvc.storage import staff as staff_rows
from gridsvc.storage import units as unit_rows
from gridsvc.storage.cycles import Cycle, CycleStop, Unplanned
from gridsvc.storage.districts import District
from gridsvc.storage.lines import Line
from gridsvc.storage.ownership import Owner
from gridsvc.storage.retailers import RetailerColumns
from gridsvc.storage.staff import Absence, StaffMember
from gridsvc.usecases.measure_travel import Travel, measure_travel

BAND_RATIO = 1.10  # the longest day of a person against the shortest
VAN_TRIPS = 2  # a van may load once more at noon


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCycle:
    """What was planned, in numbers; minutes are per person and working day.

    `day_ratio` is the longest day of a person over the shortest, the worst of the layer's people.
    """

    cycle_id: CycleId
    first_day: date
    is_provisional: bool
    n_stops: Mapping[Layer, int]
    n_unplanned: Mapping[Layer, int]
    day_ratio: Mapping[Layer, float]
    travel_min_per_day: Mapping[Layer, float]
    work_min_per_day: Mapping[Layer, float]
    n_lines: int
    travel_method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    district: District
    generation: int
    days: CalendarCycle
    begins: datetime
    retailers: RetailerColumns
    row_of: dict[RetailerId, int]
    staff: dict[Layer, list[StaffMember]]
    absences: list[Absence]
    owners: dict[tuple[RetailerId, Layer], Owner]
    grid_names: dict[GridId, str]
    weekday_now: dict[tuple[RetailerId, Layer], int]
    travel: Travel
    workload: Workload
    hours: WorkingHours


@dataclass(frozen=True, slots=True, kw_only=True)
class _Person:
    """One person's part of the cycle: the shops in the engine's order and what each duty is for."""

    layer: Layer
    member: StaffMember
    shops: NDArray[np.int64]  # rows of the retailers
    duties: tuple[Duty, ...]
    partner: StaffMember | None
    given: PersonCycle


def plan_cycle(
    store: Store,
    clock: Clock,
    pool: EnginePool,
    *,
    adcode: Adcode,
    actor: str,
    first_day: date | None = None,
    seed: int = 1,
    max_iterations: int = 20_000,
    cache_folder: Path | None = None,
    on_progress: Report | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> PlannedCycle:
    """Give every retailer's visits, inspections and deliveries their days in the cycle that begins on `first_day`.

    Each person's shops are planned for themselves: balanced days, the same weekday, near shops on the same day. The
    days of enforcement inspections are drawn at random within their duty from a secret seed whose hash is kept. Lines
    (grid x weekday) follow from the days. An earlier plan of the same cycle is replaced.

    Parameters
    ----------
    first_day : a Monday; None = the cycle that holds today
    max_iterations : of the search per person; the same input, seed and number give the same days, sealed ones excepted

    Raises
    ------
    BadInput
        `first_day` is no Monday, the cycle has no working day, or nobody owns a retailer yet.
    """
    with store.transaction(adcode) as tx:
        survey = _read(tx, clock, first_day, cache_folder)
    if not survey.owners:
        raise BadInput("no retailer has an owner yet; import today's owners or publish a plan first")
    sealed_seed = secrets.token_bytes(16)
    people = _people(survey, np.random.default_rng(list(sealed_seed)), seed, max_iterations)
    outcomes = periodic.plan_cycles(
        pool, [person.given for person in people], on_progress=on_progress, is_cancelled=is_cancelled
    )
    new = Cycle(
        cycle_id=CycleId(new_id()),
        first_day=survey.days.first_day,
        generation=survey.generation,
        is_provisional=survey.days.is_provisional,
        settings={
            "seed": seed,
            "max_iterations": max_iterations,
            "band_ratio": BAND_RATIO,
            "workload": survey.workload.version,
            "sealed_seed_sha256": hashlib.sha256(sealed_seed).hexdigest(),
        },
        metrics={person.member.staff_id: _metrics(outcome) for person, outcome in zip(people, outcomes, strict=True)},
    )
    stops, left = _rows(survey, people, outcomes)
    drawn = _lines(survey, stops)
    with store.transaction(adcode) as tx:
        cycles.insert(tx, clock, new, stops, left)
        for layer, new_lines in drawn.items():
            lines.replace_layer(tx, layer, new_lines, survey.begins)
        content = {"first_day": new.first_day.isoformat(), "n_stops": len(stops), "n_unplanned": len(left)}
        audit.add(tx, clock, actor=actor, action="cycle.plan", subject=new.cycle_id, content=content)
    n_lines = sum(len(new_lines) for new_lines in drawn.values())
    return _summary(survey, new, people, outcomes, stops, left, n_lines)


def _read(tx: Transaction, clock: Clock, first_day: date | None, cache_folder: Path | None) -> _Ground:
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
    located = shops.take(shops.is_located)
    in_force = generations.versions_in_force(tx, begins)
    grid_names: dict[GridId, str] = {}
    for layer, version in in_force.items():
        grids = plans.grids_of(tx, version.plan_version_id, layer, len(unit_rows.load(tx, version.unit_set_id)))
        grid_names.update(zip(grids.grid_ids, grids.names, strict=True))
    current = generations.current(tx, begins)
    return _Ground(
        district=district,
        generation=current.number if current else 0,
        days=days,
        begins=begins,
        retailers=located,
        row_of={RetailerId(value): row for row, value in enumerate(located.retailer_id)},
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
        travel=measure_travel(tx, cache_folder),
        workload=Workload(),
        hours=WorkingHours(),
    )


def _people(survey: _Ground, draw: np.random.Generator, seed: int, max_iterations: int) -> list[_Person]:
    """State every person's cycle; crews of two are drawn first, because they reserve the partner's minutes."""
    shops_of: dict[tuple[Layer, StaffId], list[int]] = {}
    for (retailer, layer), owner in survey.owners.items():
        row = survey.row_of.get(retailer)
        if row is not None:
            shops_of.setdefault((layer, owner.staff_id), []).append(row)
    reserved: dict[StaffId, NDArray[np.float64]] = {}
    drafts = []
    for layer in Layer:
        partner_of = _standing_pairs(survey.staff[layer]) if layer is Layer.INSPECTION else {}
        for member in survey.staff[layer]:
            rows = np.array(sorted(shops_of.get((layer, member.staff_id), [])), dtype=np.int64)
            if not len(rows):
                continue
            partner = partner_of.get(member.staff_id)
            duties = _duties(survey, layer, member, partner, rows, draw)
            for duty in duties:
                if duty.crew_size > 1 and partner is not None and duty.fixed_days:
                    minutes = reserved.setdefault(partner.staff_id, np.zeros(len(survey.days.working)))
                    minutes[list(duty.fixed_days)] += duty.service_min
            drafts.append((layer, member, rows, duties, partner))
    return [
        _Person(
            layer=layer,
            member=member,
            shops=rows,
            duties=duties,
            partner=partner,
            given=_given(survey, layer, member, rows, duties, reserved, seed, max_iterations),
        )
        for layer, member, rows, duties, partner in drafts
    ]


def _standing_pairs(staff: Sequence[StaffMember]) -> dict[StaffId, StaffMember]:
    """Pair officers of one office in the order of their codes; the odd one out assists and is assisted by the first."""
    pairs: dict[StaffId, StaffMember] = {}
    ordered = sorted(staff, key=lambda member: (member.org_unit_name or "", member.staff_code))
    for left, right in zip(ordered[::2], ordered[1::2], strict=False):
        pairs[left.staff_id], pairs[right.staff_id] = right, left
    if len(ordered) > 1 and len(ordered) % 2:
        pairs[ordered[-1].staff_id] = ordered[0]
    return pairs


def _duties(
    survey: _Ground,
    layer: Layer,
    member: StaffMember,
    partner: StaffMember | None,
    rows: NDArray[np.int64],
    draw: np.random.Generator,
) -> tuple[Duty, ...]:
    shops, workload = survey.retailers, survey.workload
    duties = []
    both_present = np.flatnonzero((_minutes(survey, member) > 0) & (_minutes(survey, partner) > 0 if partner else True))
    for shop, row in enumerate(rows.tolist()):
        facts = RetailerFacts(
            tier=shops.tier[row],
            integrity_star=int(shops.integrity_star[row]),
            urban_form=UrbanForm(shops.urban_form[row]),
            order_cartons=float(shops.order_cartons[row]),
            needs_enforcement=bool(shops.needs_enforcement[row]),
        )
        frequency = workload.frequency(facts, layer)
        if frequency:
            duties.append(
                Duty(
                    shop=shop,
                    frequency=frequency,
                    service_min=workload.service_min(facts, layer),
                    demand=facts.order_cartons if layer is Layer.DELIVERY else 0.0,
                    preferred_weekday=survey.weekday_now.get((RetailerId(shops.retailer_id[row]), layer)),
                )
            )
        if layer is Layer.INSPECTION and facts.needs_enforcement and len(both_present):
            duties.append(
                Duty(
                    shop=shop,
                    frequency=1,
                    service_min=workload.enforcement_min,
                    crew_size=workload.enforcement_crew if partner else 1,
                    is_sealed=True,
                    fixed_days=(int(draw.choice(both_present)),),
                )
            )
    return tuple(duties)


def _minutes(survey: _Ground, member: StaffMember) -> NDArray[np.float64]:
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


def _given(
    survey: _Ground,
    layer: Layer,
    member: StaffMember,
    rows: NDArray[np.int64],
    duties: tuple[Duty, ...],
    reserved: Mapping[StaffId, NDArray[np.float64]],
    seed: int,
    max_iterations: int,
) -> PersonCycle:
    shops = survey.retailers
    matrix = survey.travel.matrix(
        np.concatenate([[member.office_lon], shops.lon[rows]]), np.concatenate([[member.office_lat], shops.lat[rows]])
    )
    weekdays = np.array([day.weekday() for day in survey.days.working], dtype=np.int32)
    weeks = np.array([(day - survey.days.first_day).days // 7 for day in survey.days.working], dtype=np.int32)
    carries = layer is Layer.DELIVERY and member.vehicle_capacity_cartons is not None
    minutes = _minutes(survey, member)
    return PersonCycle(
        travel_min=matrix.seconds / np.float32(60),
        travel_km=matrix.metres / np.float32(1000),
        duties=duties,
        weekday_of_day=weekdays,
        week_of_day=weeks,
        minutes_of_day=minutes,
        reserved_min=np.minimum(reserved.get(member.staff_id, np.zeros(len(weekdays))), minutes),
        capacity=float(member.vehicle_capacity_cartons or 0) if carries else float("inf"),
        trips=VAN_TRIPS if carries else 1,
        band_ratio=BAND_RATIO,
        seed=seed,
        max_iterations=max_iterations,
    )


def _rows(
    survey: _Ground, people: Sequence[_Person], outcomes: Sequence[CycleOutcome]
) -> tuple[list[CycleStop], list[Unplanned]]:
    stops: list[CycleStop] = []
    left: list[Unplanned] = []
    ids = survey.retailers.retailer_id
    for person, outcome in zip(people, outcomes, strict=True):
        task = TASK_OF_LAYER[person.layer]
        for duty, days in zip(person.duties, outcome.days_of_duty, strict=True):
            retailer = RetailerId(ids[person.shops[duty.shop]])
            stops.extend(
                CycleStop(
                    retailer_id=retailer,
                    task_type=task,
                    day=survey.days.working[day],
                    staff_id=person.member.staff_id,
                    second_staff_id=person.partner.staff_id if person.partner and duty.crew_size > 1 else None,
                    service_min=duty.service_min,
                    cartons=duty.demand,
                    is_sealed=duty.is_sealed,
                )
                for day in days
            )
        left.extend(
            Unplanned(
                retailer_id=RetailerId(ids[person.shops[person.duties[item.duty].shop]]),
                task_type=task,
                day=None,
                reason=item.reason,
                words=item.words,
                relaxation=item.relaxation,
            )
            for item in outcome.unplanned
            if not person.duties[item.duty].is_sealed
        )
    return stops, left


def _lines(survey: _Ground, stops: Sequence[CycleStop]) -> dict[Layer, list[Line]]:
    """Give the lines (grid x weekday): a shop belongs to the weekday of most of its stops, the earlier one on a tie.

    Sealed stops do not count, so that no line gives one away.
    """
    layer_of = {task: layer for layer, task in TASK_OF_LAYER.items()}
    weekdays: dict[tuple[RetailerId, Layer], Counter[int]] = {}
    for item in stops:
        if not item.is_sealed:
            weekdays.setdefault((item.retailer_id, layer_of[item.task_type]), Counter())[item.day.isoweekday()] += 1
    members: dict[tuple[Layer, str, int], list[RetailerId]] = {}
    first: dict[tuple[Layer, str, int], Owner] = {}
    codes = {member.staff_id: member.staff_code for listed in survey.staff.values() for member in listed}
    for (retailer, layer), counted in sorted(weekdays.items()):
        owner = survey.owners[(retailer, layer)]
        weekday = min(counted, key=lambda day: (-counted[day], day))
        name = survey.grid_names.get(owner.grid_id) if owner.grid_id else codes[owner.staff_id]
        key = (layer, f"{name}-{weekday}", weekday)
        members.setdefault(key, []).append(retailer)
        first.setdefault(key, owner)
    drawn: dict[Layer, list[Line]] = {layer: [] for layer in Layer}
    for (layer, name, weekday), retailers in sorted(members.items()):
        owner = first[(layer, name, weekday)]
        drawn[layer].append(
            Line(
                line_id=LineId(""),
                layer=layer,
                name=name,
                grid_id=owner.grid_id,
                staff_id=owner.staff_id,
                weekday=weekday,
                retailers=tuple(retailers),
            )
        )
    return drawn


def _metrics(outcome: CycleOutcome) -> dict[str, Any]:
    worked = outcome.work_min[outcome.work_min > 0]
    return {
        "work_min": [round(float(value), 1) for value in outcome.work_min],
        "travel_min": [round(float(value), 1) for value in outcome.travel_min],
        "day_ratio": round(float(worked.max() / worked.min()), 4) if len(worked) else 1.0,
        "is_feasible": outcome.is_feasible,
        **{key: round(float(value), 4) for key, value in outcome.metrics.items() if value is not None},
    }


def _summary(
    survey: _Ground,
    new: Cycle,
    people: Sequence[_Person],
    outcomes: Sequence[CycleOutcome],
    stops: Sequence[CycleStop],
    left: Sequence[Unplanned],
    n_lines: int,
) -> PlannedCycle:
    n_days = len(survey.days.working)

    def of_layer(layer: Layer) -> list[CycleOutcome]:
        return [outcome for person, outcome in zip(people, outcomes, strict=True) if person.layer is layer]

    def mean(values: list[float]) -> float:
        return round(float(np.mean(values)), 1) if values else 0.0

    return PlannedCycle(
        cycle_id=new.cycle_id,
        first_day=new.first_day,
        is_provisional=new.is_provisional,
        n_stops={layer: sum(item.task_type is TASK_OF_LAYER[layer] for item in stops) for layer in Layer},
        n_unplanned={layer: sum(item.task_type is TASK_OF_LAYER[layer] for item in left) for layer in Layer},
        day_ratio={
            layer: max((_metrics(outcome)["day_ratio"] for outcome in of_layer(layer)), default=1.0) for layer in Layer
        },
        travel_min_per_day={layer: mean([o.travel_min.sum() / n_days for o in of_layer(layer)]) for layer in Layer},
        work_min_per_day={layer: mean([o.work_min.sum() / n_days for o in of_layer(layer)]) for layer in Layer},
        n_lines=n_lines,
        travel_method="streets" if survey.travel.network is not None else "straight_line",
    )
