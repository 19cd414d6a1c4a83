"""The planned cycle: which stop falls on which day, and what could not be planned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from gridsvc.clock import Clock, new_id
from gridsvc.domain.ids import CycleId, RetailerId, StaffId
from gridsvc.domain.layers import TaskType
from gridsvc.domain.workload import CYCLE_DAYS
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import cycle, cycle_stop, not_planned


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """One 28-day cycle as planned."""

    cycle_id: CycleId
    first_day: date
    generation: int
    is_provisional: bool
    settings: dict[str, Any]
    metrics: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleStop:
    """One stop on one day of the cycle."""

    retailer_id: RetailerId
    task_type: TaskType
    day: date
    staff_id: StaffId
    second_staff_id: StaffId | None
    service_min: float
    cartons: float
    is_sealed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplanned:
    """A duty, or one day of it, that is due and not planned."""

    retailer_id: RetailerId
    task_type: TaskType
    day: date | None
    reason: str
    words: str
    relaxation: str | None


_STOP_COLUMNS = (
    "adcode", "cycle_id", "task_type", "retailer_id", "day", "staff_id", "second_staff_id", "service_min", "cartons",
    "is_sealed",
)  # fmt: skip


def insert(tx: Transaction, clock: Clock, new: Cycle, stops: Iterable[CycleStop], left: Iterable[Unplanned]) -> None:
    """Write a cycle with its stops; an earlier plan of the same days is replaced with everything that hangs on it."""
    tx.execute(cycle.delete().where(cycle.c.adcode == tx.adcode, cycle.c.first_day == new.first_day))
    tx.execute(
        cycle.insert().values(
            adcode=tx.adcode,
            cycle_id=new.cycle_id,
            first_day=new.first_day,
            generation=new.generation,
            is_provisional=new.is_provisional,
            settings=new.settings,
            metrics=new.metrics,
            created_at=clock.now(),
        )
    )
    tx.copy_rows(
        cycle_stop,
        _STOP_COLUMNS,
        (
            (
                tx.adcode, new.cycle_id, s.task_type, s.retailer_id, s.day, s.staff_id, s.second_staff_id,
                s.service_min, s.cartons, s.is_sealed,
            )
            for s in stops
        ),
    )  # fmt: skip
    add_unplanned(tx, new.cycle_id, left)


def add_unplanned(tx: Transaction, cycle_id: CycleId, left: Iterable[Unplanned]) -> None:
    """List duties that are not planned, each with its reason."""
    tx.copy_rows(
        not_planned,
        ("adcode", "not_planned_id", "cycle_id", "task_type", "retailer_id", "day", "reason", "words", "relaxation"),
        (
            (tx.adcode, new_id(), cycle_id, u.task_type, u.retailer_id, u.day, u.reason, u.words, u.relaxation)
            for u in left
        ),
    )


def forget_unplanned(
    tx: Transaction, cycle_id: CycleId, day: date, duties: Sequence[tuple[RetailerId, TaskType]]
) -> None:
    """Drop the entries of one day and some duties, before the day is planned again."""
    tx.execute(
        not_planned.delete().where(
            not_planned.c.adcode == tx.adcode,
            not_planned.c.cycle_id == cycle_id,
            not_planned.c.day == day,
            sa.tuple_(not_planned.c.retailer_id, not_planned.c.task_type).in_(duties),
        )
    )


def _cycle(row: Any) -> Cycle:
    return Cycle(
        cycle_id=CycleId(row.cycle_id),
        first_day=row.first_day,
        generation=row.generation,
        is_provisional=row.is_provisional,
        settings=row.settings,
        metrics=row.metrics,
    )


def holding(tx: Transaction, day: date) -> Cycle | None:
    """Give the cycle that holds a day, None when it is not planned yet."""
    row = tx.execute(
        sa.select(cycle)
        .where(
            cycle.c.adcode == tx.adcode, cycle.c.first_day <= day, cycle.c.first_day > day - timedelta(days=CYCLE_DAYS)
        )
        .order_by(cycle.c.first_day.desc())
        .limit(1)
    ).first()
    return _cycle(row) if row else None


def stops_on(tx: Transaction, cycle_id: CycleId, day: date) -> list[CycleStop]:
    """List the stops of a day, ordered by person, task and shop."""
    rows = tx.execute(
        sa.select(cycle_stop)
        .where(cycle_stop.c.adcode == tx.adcode, cycle_stop.c.cycle_id == cycle_id, cycle_stop.c.day == day)
        .order_by(cycle_stop.c.staff_id, cycle_stop.c.task_type, cycle_stop.c.retailer_id, cycle_stop.c.is_sealed)
    )
    return [
        CycleStop(
            retailer_id=RetailerId(row.retailer_id),
            task_type=TaskType(row.task_type),
            day=row.day,
            staff_id=StaffId(row.staff_id),
            second_staff_id=StaffId(row.second_staff_id) if row.second_staff_id else None,
            service_min=row.service_min,
            cartons=row.cartons,
            is_sealed=row.is_sealed,
        )
        for row in rows
    ]
