"""The planned cycle: which stop falls on which day, and what could not be planned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
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
    ledger: dict[str, Any] | None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleStop:
    """One stop on one day of the cycle.

    `window_min` is a shared window, minutes after local midnight: another role starts at the shop within it too.
    """

    retailer_id: RetailerId
    task_type: TaskType
    day: date
    staff_id: StaffId
    second_staff_id: StaffId | None
    service_min: float
    cartons: float
    is_sealed: bool
    window_min: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplanned:
    """A duty, or one day of it, that is due and not planned."""

    retailer_id: RetailerId
    task_type: TaskType
    day: date | None
    reason: str
    words: str
    relaxation: str | None
    is_verified: bool = False
    is_sealed: bool = False


_STOP_COLUMNS = (
    "adcode", "cycle_id", "task_type", "retailer_id", "day", "staff_id", "second_staff_id", "service_min", "cartons",
    "is_sealed", "window_from_min", "window_to_min",
)  # fmt: skip


def replace(
    tx: Transaction, clock: Clock, new: Cycle, stops: Iterable[CycleStop], left: Iterable[Unplanned]
) -> CycleId:
    """Write a cycle with its stops in place of an earlier plan of the same days, and give its identifier.

    A cycle that is planned again keeps its identifier and the routes that were made from it: a day that was handed out
    stays until it is planned again.
    """
    values: dict[str, Any] = {
        "generation": new.generation,
        "is_provisional": new.is_provisional,
        "settings": new.settings,
        "metrics": new.metrics,
        "ledger": new.ledger,
        "created_at": clock.now(),
    }
    same_days = sa.and_(cycle.c.adcode == tx.adcode, cycle.c.first_day == new.first_day)
    known = tx.execute(cycle.update().where(same_days).values(values).returning(cycle.c.cycle_id)).scalar_one_or_none()
    cycle_id = CycleId(known or new.cycle_id)
    if known is None:
        tx.execute(cycle.insert().values(adcode=tx.adcode, cycle_id=cycle_id, first_day=new.first_day, **values))
    for table in (cycle_stop, not_planned):
        tx.execute(table.delete().where(table.c.adcode == tx.adcode, table.c.cycle_id == cycle_id))
    tx.copy_rows(
        cycle_stop,
        _STOP_COLUMNS,
        (
            (
                tx.adcode, cycle_id, s.task_type, s.retailer_id, s.day, s.staff_id, s.second_staff_id,
                s.service_min, s.cartons, s.is_sealed, *(s.window_min or (None, None)),
            )
            for s in stops
        ),
    )  # fmt: skip
    add_unplanned(tx, cycle_id, left)
    return cycle_id


def add_unplanned(tx: Transaction, cycle_id: CycleId, left: Iterable[Unplanned]) -> None:
    """List duties that are not planned, each with its reason."""
    tx.copy_rows(
        not_planned,
        (
            "adcode",
            "not_planned_id",
            "cycle_id",
            "task_type",
            "retailer_id",
            "day",
            "reason",
            "words",
            "relaxation",
            "is_verified",
            "is_sealed",
        ),
        (
            (
                tx.adcode,
                new_id(),
                cycle_id,
                u.task_type,
                u.retailer_id,
                u.day,
                u.reason,
                u.words,
                u.relaxation,
                u.is_verified,
                u.is_sealed,
            )
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
        ledger=row.ledger,
        created_at=row.created_at,
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


def beginning(tx: Transaction, first_day: date) -> Cycle | None:
    """Give the cycle that begins on a day, None when it is not planned yet."""
    here = sa.and_(cycle.c.adcode == tx.adcode, cycle.c.first_day == first_day)
    row = tx.execute(sa.select(cycle).where(here)).first()
    return _cycle(row) if row else None


def latest(tx: Transaction) -> tuple[Cycle, datetime] | None:
    """Give the cycle that begins last and when it was planned, None before the first."""
    statement = sa.select(cycle).where(cycle.c.adcode == tx.adcode).order_by(cycle.c.first_day.desc()).limit(1)
    row = tx.execute(statement).first()
    return (_cycle(row), row.created_at) if row else None


def shops_of_staff(tx: Transaction, cycle_id: CycleId) -> dict[StaffId, dict[RetailerId, int]]:
    """Give each person's shops of a cycle with their number of stops; sealed ones are not counted."""
    c = cycle_stop.c
    statement = sa.select(c.staff_id, c.retailer_id, sa.func.count().label("n_stops"))
    statement = statement.where(c.adcode == tx.adcode, c.cycle_id == cycle_id, ~c.is_sealed)
    found: dict[StaffId, dict[RetailerId, int]] = {}
    for row in tx.execute(statement.group_by(c.staff_id, c.retailer_id).order_by(c.staff_id, c.retailer_id)):
        found.setdefault(StaffId(row.staff_id), {})[RetailerId(row.retailer_id)] = row.n_stops
    return found


def stops_on(tx: Transaction, cycle_id: CycleId, day: date) -> list[CycleStop]:
    """List the stops of a day, ordered by person, task and shop."""
    rows = tx.execute(
        sa.select(cycle_stop)
        .where(cycle_stop.c.adcode == tx.adcode, cycle_stop.c.cycle_id == cycle_id, cycle_stop.c.day == day)
        .order_by(cycle_stop.c.staff_id, cycle_stop.c.task_type, cycle_stop.c.retailer_id, cycle_stop.c.is_sealed)
    )
    return [_stop(row) for row in rows]


def stops(tx: Transaction, cycle_id: CycleId) -> list[CycleStop]:
    """List every stop of a cycle by day, person, task and shop."""
    rows = tx.execute(
        sa.select(cycle_stop)
        .where(cycle_stop.c.adcode == tx.adcode, cycle_stop.c.cycle_id == cycle_id)
        .order_by(
            cycle_stop.c.day, cycle_stop.c.staff_id, cycle_stop.c.task_type, cycle_stop.c.retailer_id,
            cycle_stop.c.is_sealed,
        )
    )  # fmt: skip
    return [_stop(row) for row in rows]


def unplanned(tx: Transaction, cycle_id: CycleId) -> list[Unplanned]:
    """List what is due in a cycle and not planned, whole duties before single days."""
    rows = tx.execute(
        sa.select(not_planned)
        .where(not_planned.c.adcode == tx.adcode, not_planned.c.cycle_id == cycle_id)
        .order_by(not_planned.c.day.nulls_first(), not_planned.c.task_type, not_planned.c.retailer_id)
    )
    return [
        Unplanned(
            retailer_id=RetailerId(row.retailer_id),
            task_type=TaskType(row.task_type),
            day=row.day,
            reason=row.reason,
            words=row.words,
            relaxation=row.relaxation,
            is_verified=row.is_verified,
            is_sealed=row.is_sealed,
        )
        for row in rows
    ]


def _stop(row: Any) -> CycleStop:
    return CycleStop(
        retailer_id=RetailerId(row.retailer_id),
        task_type=TaskType(row.task_type),
        day=row.day,
        staff_id=StaffId(row.staff_id),
        second_staff_id=StaffId(row.second_staff_id) if row.second_staff_id else None,
        service_min=row.service_min,
        cartons=row.cartons,
        is_sealed=row.is_sealed,
        window_min=(row.window_from_min, row.window_to_min) if row.window_from_min is not None else None,
    )


def count_open_stops(tx: Transaction, cycle_id: CycleId) -> dict[str, int]:
    """Count the stops of a cycle by task type, sealed ones left out."""
    rows = tx.execute(
        sa.select(cycle_stop.c.task_type, sa.func.count().label("n"))
        .where(cycle_stop.c.adcode == tx.adcode, cycle_stop.c.cycle_id == cycle_id, ~cycle_stop.c.is_sealed)
        .group_by(cycle_stop.c.task_type)
        .order_by(cycle_stop.c.task_type)
    )
    return {row.task_type: row.n for row in rows}


def count_joint_stops(tx: Transaction, cycle_id: CycleId) -> int:
    """Count the (shop, day) pairs on which at least two tasks meet, sealed ones left out."""
    met = (
        sa.select(cycle_stop.c.retailer_id)
        .where(cycle_stop.c.adcode == tx.adcode, cycle_stop.c.cycle_id == cycle_id, ~cycle_stop.c.is_sealed)
        .group_by(cycle_stop.c.retailer_id, cycle_stop.c.day)
        .having(sa.func.count() > 1)
        .subquery()
    )
    return int(tx.execute(sa.select(sa.func.count()).select_from(met)).scalar_one())


def open_stops_after(tx: Transaction, cycle_id: CycleId, day: date) -> dict[tuple[RetailerId, StaffId], int]:
    """Count the stops of a cycle from `day` on by shop and person; sealed ones are never counted."""
    c = cycle_stop.c
    rows = tx.execute(
        sa.select(c.retailer_id, c.staff_id, sa.func.count().label("n_stops"))
        .where(c.adcode == tx.adcode, c.cycle_id == cycle_id, c.day >= day, c.is_sealed.is_(False))
        .group_by(c.retailer_id, c.staff_id)
    )
    return {(RetailerId(row.retailer_id), StaffId(row.staff_id)): row.n_stops for row in rows}
