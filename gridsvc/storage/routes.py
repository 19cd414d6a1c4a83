"""Routes of a day and their stops."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import shapely
from psycopg.types.json import Jsonb

from gridsvc.clock import Clock, new_id
from gridsvc.domain.ids import CycleId, RetailerId, StaffId
from gridsvc.domain.layers import TaskType
from gridsvc.storage.geometry import hex_ewkb
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import route, stop


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStop:
    """One stop of a route."""

    retailer_id: RetailerId
    task_type: TaskType
    arrives_at: datetime
    starts_at: datetime
    departs_at: datetime
    slack_s: int
    cartons: float
    is_sealed: bool
    second_staff_id: StaffId | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRoute:
    """One person's route of a day; `course` is the way on streets, None where none is known."""

    cycle_id: CycleId
    staff_id: StaffId
    day: date
    departs_at: datetime
    returns_at: datetime
    travel_s: int
    service_s: int
    waiting_s: int
    distance_m: int
    method: str
    detail: dict[str, Any]
    course: shapely.LineString | None
    stops: tuple[NewStop, ...]


def forget_courses(tx: Transaction, staff_ids: Sequence[StaffId]) -> None:
    """Forget the ways of all routes of these people; stops and times stay."""
    tx.execute(route.update().where(route.c.adcode == tx.adcode, route.c.staff_id.in_(staff_ids)).values(course=None))


def replace(tx: Transaction, clock: Clock, day: date, staff_ids: Sequence[StaffId], routes: Iterable[NewRoute]) -> None:
    """Write the routes of a day in place of those that the named people had."""
    tx.execute(route.delete().where(route.c.adcode == tx.adcode, route.c.day == day, route.c.staff_id.in_(staff_ids)))
    new = [(new_id(), item) for item in routes]
    now = clock.now()
    tx.copy_rows(
        route,
        (
            "adcode", "route_id", "cycle_id", "staff_id", "day", "departs_at", "returns_at", "travel_s", "service_s",
            "waiting_s", "distance_m", "method", "detail", "course", "computed_at",
        ),
        (
            (
                tx.adcode, route_id, r.cycle_id, r.staff_id, r.day, r.departs_at, r.returns_at, r.travel_s, r.service_s,
                r.waiting_s, r.distance_m, r.method, Jsonb(r.detail),
                hex_ewkb([r.course])[0] if r.course is not None else None, now,
            )
            for route_id, r in new
        ),
    )  # fmt: skip
    tx.copy_rows(
        stop,
        (
            "adcode", "route_id", "sequence", "retailer_id", "task_type", "arrives_at", "starts_at", "departs_at",
            "slack_s", "cartons", "is_sealed", "second_staff_id", "why",
        ),
        (
            (
                tx.adcode, route_id, sequence, s.retailer_id, s.task_type, s.arrives_at, s.starts_at, s.departs_at,
                s.slack_s, s.cartons, s.is_sealed, s.second_staff_id, s.why,
            )
            for route_id, r in new
            for sequence, s in enumerate(r.stops, start=1)
        ),
    )  # fmt: skip
