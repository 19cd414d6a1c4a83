"""Visits as they really went: written once by a device, read by the recurrence, the re-plan and the estimates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from gridsvc.domain.ids import RetailerId, StaffId
from gridsvc.domain.layers import TaskType
from gridsvc.domain.visits import CheckIn, Visit, VisitOutcome, VisitReason
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import retailer, service_estimate
from gridsvc.storage.tables import visit as t

_LON = sa.func.ST_X(t.c.position, type_=sa.Float).label("lon")
_LAT = sa.func.ST_Y(t.c.position, type_=sa.Float).label("lat")


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedService:
    """The minutes that one visit took, and what they depend on."""

    task_type: TaskType
    tier: str
    urban_form: str
    service_min: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceEstimate:
    """The minutes of one kind of stop: as assumed, as observed, and as estimated from both.

    `weight_share` is the weight of the observed mean in the estimate, 0 with nothing observed.
    """

    task_type: TaskType
    tier: str
    urban_form: str
    assumed_min: float
    observed_min: float | None
    n_observed: int
    weight_share: float
    estimate_min: float


def add(tx: Transaction, new: Visit, *, recorded_by: str) -> bool:
    """Write a visit unless one with its identifier is known; tell whether it was new."""
    point = new.position
    values: dict[str, Any] = {
        "visit_id": new.visit_id,
        "staff_id": new.staff_id,
        "retailer_id": new.retailer_id,
        "task_type": new.task_type.value,
        "day": new.day,
        "outcome": new.outcome.value,
        "reason": new.reason.value if new.reason else None,
        "note": new.note,
        "arrived_at": new.arrived_at,
        "ended_at": new.ended_at,
        "received_at": new.received_at,
        "is_sealed": new.is_sealed,
        "position": sa.func.ST_SetSRID(sa.func.ST_MakePoint(point.lon, point.lat), 4326) if point else None,
        "accuracy_m": point.accuracy_m if point else None,
        "distance_m": point.distance_m if point else None,
        "recorded_by": recorded_by,
    }
    return tx.insert_new(t, values)


def _visit(row: Any) -> Visit:
    position = None
    if row.lon is not None:
        position = CheckIn(lon=row.lon, lat=row.lat, accuracy_m=row.accuracy_m, distance_m=row.distance_m)
    return Visit(
        visit_id=row.visit_id,
        staff_id=StaffId(row.staff_id),
        retailer_id=RetailerId(row.retailer_id),
        task_type=TaskType(row.task_type),
        day=row.day,
        outcome=VisitOutcome(row.outcome),
        reason=VisitReason(row.reason) if row.reason else None,
        note=row.note,
        arrived_at=row.arrived_at,
        ended_at=row.ended_at,
        received_at=row.received_at,
        is_sealed=row.is_sealed,
        position=position,
    )


_COLUMNS = (*(column for column in t.c if column.name not in {"adcode", "position", "recorded_by"}), _LON, _LAT)


def find(tx: Transaction, visit_id: str) -> Visit | None:
    """Give a visit by its identifier."""
    row = tx.execute(sa.select(*_COLUMNS).where(t.c.adcode == tx.adcode, t.c.visit_id == visit_id)).one_or_none()
    return _visit(row) if row is not None else None


def between(
    tx: Transaction, first: date, last: date, *, staff_id: StaffId | None = None, limit: int | None = None
) -> list[Visit]:
    """Give the visits of the days from `first` to `last`, both included, in the order in which they ended."""
    statement = sa.select(*_COLUMNS).where(t.c.adcode == tx.adcode, t.c.day.between(first, last))
    if staff_id is not None:
        statement = statement.where(t.c.staff_id == staff_id)
    return [_visit(row) for row in tx.execute(statement.order_by(t.c.ended_at, t.c.visit_id).limit(limit))]


def last_done(
    tx: Transaction, *, before: date | None = None, retailer_ids: Sequence[RetailerId] | None = None
) -> dict[tuple[RetailerId, TaskType], date]:
    """Give the day of the last real visit of every (retailer, task type): before a day, at some shops, where named.

    Sealed inspections are left out: a date that they moved would tell that there was one.
    """
    statement = (
        sa.select(t.c.retailer_id, t.c.task_type, sa.func.max(t.c.day).label("day"))
        .where(t.c.adcode == tx.adcode, t.c.outcome == VisitOutcome.DONE.value, ~t.c.is_sealed)
        .group_by(t.c.retailer_id, t.c.task_type)
    )
    if before is not None:
        statement = statement.where(t.c.day < before)
    if retailer_ids is not None:
        statement = statement.where(t.c.retailer_id.in_(retailer_ids))
    return {(RetailerId(row.retailer_id), TaskType(row.task_type)): row.day for row in tx.execute(statement)}


def delete_position(tx: Transaction, visit_id: str) -> bool:
    """Forget where a device stood; tell whether there was a position."""
    return _forget(tx, t.c.visit_id == visit_id) == 1


def forget_positions(tx: Transaction, before: datetime) -> int:
    """Forget where devices stood at visits that ended before an instant, and give their number."""
    return _forget(tx, t.c.ended_at < before)


def _forget(tx: Transaction, which: sa.ColumnElement[bool]) -> int:
    nothing = {"position": None, "accuracy_m": None, "distance_m": None}
    statement = sa.update(t).where(t.c.adcode == tx.adcode, t.c.position.is_not(None), which).values(nothing)
    return tx.execute(statement).rowcount


def observed_services(tx: Transaction, *, since: date) -> list[ObservedService]:
    """Give the minutes of every stop that was done since a day and whose arrival is known; sealed ones left out."""
    minutes = sa.extract("epoch", t.c.ended_at - t.c.arrived_at) / 60
    joined = t.join(retailer, sa.and_(t.c.adcode == retailer.c.adcode, t.c.retailer_id == retailer.c.retailer_id))
    statement = (
        sa.select(t.c.task_type, retailer.c.tier, retailer.c.urban_form, minutes.label("service_min"))
        .select_from(joined)
        .where(t.c.adcode == tx.adcode, t.c.outcome == VisitOutcome.DONE.value, ~t.c.is_sealed)
        .where(t.c.arrived_at.is_not(None), t.c.day >= since)
        .order_by(t.c.visit_id)
    )
    return [
        ObservedService(
            task_type=TaskType(row.task_type),
            tier=row.tier,
            urban_form=row.urban_form,
            service_min=float(row.service_min),
        )
        for row in tx.execute(statement)
    ]


def replace_estimates(tx: Transaction, items: Iterable[ServiceEstimate], at: datetime) -> None:
    """Write the estimates of service minutes in place of the earlier ones."""
    tx.execute(service_estimate.delete().where(service_estimate.c.adcode == tx.adcode))
    names = (
        "adcode", "task_type", "tier", "urban_form", "assumed_min", "observed_min", "n_observed", "weight_share",
        "estimate_min", "computed_at",
    )  # fmt: skip
    rows = (
        (
            tx.adcode, e.task_type.value, e.tier, e.urban_form, e.assumed_min, e.observed_min, e.n_observed,
            e.weight_share, e.estimate_min, at,
        )
        for e in items
    )  # fmt: skip
    tx.copy_rows(service_estimate, names, rows)


def estimates(tx: Transaction) -> tuple[list[ServiceEstimate], datetime | None]:
    """Give the estimates of service minutes and when they were made; none before the first night."""
    columns = [column for column in service_estimate.c if column.name != "adcode"]
    statement = sa.select(*columns).where(service_estimate.c.adcode == tx.adcode)
    rows = tx.execute(statement.order_by("task_type", "tier", "urban_form")).all()
    items = [
        ServiceEstimate(
            task_type=TaskType(row.task_type),
            tier=row.tier,
            urban_form=row.urban_form,
            assumed_min=row.assumed_min,
            observed_min=row.observed_min,
            n_observed=row.n_observed,
            weight_share=row.weight_share,
            estimate_min=row.estimate_min,
        )
        for row in rows
    ]
    return items, (rows[0].computed_at if rows else None)


def check_in_places(tx: Transaction, *, accuracy_m: float) -> list[tuple[str, float, float]]:
    """Give (retailer_id, lon, lat) of the check-ins that are still kept and at least so accurate, oldest first.

    Who stood there is not told, and sealed visits are left out.
    """
    chosen: sa.Select[Any] = sa.select(t.c.retailer_id, _LON, _LAT).where(
        t.c.adcode == tx.adcode, t.c.position.is_not(None), ~t.c.is_sealed,
        sa.func.coalesce(t.c.accuracy_m, accuracy_m) <= accuracy_m,
    )  # fmt: skip
    rows = tx.execute(chosen.order_by(t.c.ended_at, t.c.visit_id)).all()
    return [(str(row.retailer_id), float(row.lon), float(row.lat)) for row in rows]
