"""Read one planned day: the route, its stops with their shops, and what was left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from gridsvc.storage.geometry import binary, shapes
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import cycle, not_planned, ownership, retailer, route, staff, stop


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRows:
    """The rows of one day; each row's columns are attributes."""

    route: Any
    course: tuple[tuple[float, float], ...]
    is_provisional: bool
    stops: list[Any]
    not_planned: list[Any]


_SHOP = (
    retailer.c.retailer_id,
    retailer.c.retailer_code,
    retailer.c.name,
    retailer.c.address,
    sa.func.ST_X(retailer.c.location, type_=sa.Float).label("lon"),
    sa.func.ST_Y(retailer.c.location, type_=sa.Float).label("lat"),
    retailer.c.is_synthetic,
)
_CARD = (
    retailer.c.licence_no,
    retailer.c.tier,
    retailer.c.credit_grade,
    retailer.c.integrity_star,
    retailer.c.order_cartons,
    retailer.c.opens_min,
    retailer.c.closes_min,
)


def _with_shop(table: sa.Table) -> sa.FromClause:
    return table.join(
        retailer, sa.and_(table.c.adcode == retailer.c.adcode, table.c.retailer_id == retailer.c.retailer_id)
    )


def read(tx: Transaction, staff_id: str, day: date) -> DayRows | None:
    """Give the rows of a staff member's day, None when no route was planned for it."""
    columns = [column for column in route.c if column.name != "course"]
    found = tx.execute(
        sa.select(*columns, binary(route.c.course).label("course"), cycle.c.is_provisional)
        .join(cycle, sa.and_(cycle.c.adcode == route.c.adcode, cycle.c.cycle_id == route.c.cycle_id))
        .where(route.c.adcode == tx.adcode, route.c.staff_id == staff_id, route.c.day == day)
    ).one_or_none()
    if found is None:
        return None
    course = shapes([found.course])[0]
    return DayRows(
        route=found,
        course=tuple((float(x), float(y)) for x, y in course.coords) if course is not None else (),
        is_provisional=found.is_provisional,
        stops=_stops(tx, found.route_id),
        not_planned=_not_planned(tx, found),
    )


def planned_days(tx: Transaction, staff_id: str, first: date, last: date) -> list[tuple[date, int]]:
    """Give the days from `first` to `last` that have a route, with the number of stops that are not sealed."""
    n_open = sa.func.count(stop.c.sequence).filter(~stop.c.is_sealed)
    joined = route.outerjoin(stop, sa.and_(route.c.adcode == stop.c.adcode, route.c.route_id == stop.c.route_id))
    statement = sa.select(route.c.day, n_open).select_from(joined).group_by(route.c.day).order_by(route.c.day)
    statement = statement.where(
        route.c.adcode == tx.adcode, route.c.staff_id == staff_id, route.c.day.between(first, last)
    )
    rows: list[Any] = list(tx.execute(statement))
    return [(row.day, row[1]) for row in rows]


def sealed_at(tx: Transaction, staff_id: str, day: date, retailer_id: str) -> list[bool]:
    """Give for each stop of a person's day at one shop whether it is sealed, in order; empty where there is none."""
    joined = route.join(stop, sa.and_(route.c.adcode == stop.c.adcode, route.c.route_id == stop.c.route_id))
    statement = sa.select(stop.c.is_sealed).select_from(joined).order_by(stop.c.sequence)
    statement = statement.where(
        route.c.adcode == tx.adcode,
        route.c.staff_id == staff_id,
        route.c.day == day,
        stop.c.retailer_id == retailer_id,
    )
    return list(tx.execute(statement).scalars())


def others_at(tx: Transaction, staff_id: str, day: date, retailer_ids: Sequence[str]) -> list[Any]:
    """Give the visits and deliveries of other people at some shops on a day; never an inspection.

    Rows have retailer_id, task_type, staff_code and starts_at, in the order of their start.
    """
    joined = route.join(stop, sa.and_(route.c.adcode == stop.c.adcode, route.c.route_id == stop.c.route_id)).join(
        staff, sa.and_(route.c.adcode == staff.c.adcode, route.c.staff_id == staff.c.staff_id)
    )
    statement = sa.select(stop.c.retailer_id, stop.c.task_type, staff.c.staff_code, stop.c.starts_at)
    statement = statement.select_from(joined).where(
        route.c.adcode == tx.adcode,
        route.c.day == day,
        route.c.staff_id != staff_id,
        stop.c.task_type != "inspection",
        stop.c.retailer_id.in_(retailer_ids),
    )
    return list(tx.execute(statement.order_by(stop.c.starts_at, staff.c.staff_code)))


def routes_on(tx: Transaction, day: date) -> list[Any]:
    """Give everybody's routes of a day, without their stops; `course_of` reads a row's way."""
    own = [route.c[name] for name in ("route_id", "staff_id", "departs_at", "returns_at", "method")]
    statement = sa.select(*own, binary(route.c.course).label("course"))
    return list(tx.execute(statement.where(route.c.adcode == tx.adcode, route.c.day == day)))


def course_of(row: Any) -> tuple[tuple[float, float], ...]:
    """Give the way of a row of `routes_on` as (lon, lat); empty where none is known."""
    course = shapes([row.course])[0]
    return tuple((round(float(x), 5), round(float(y), 5)) for x, y in course.coords) if course is not None else ()


def open_stops_on(tx: Transaction, day: date) -> list[Any]:
    """Give everybody's stops of a day in order with their shops and staff_id; sealed ones are left out."""
    joined = _with_shop(stop).join(route, sa.and_(route.c.adcode == stop.c.adcode, route.c.route_id == stop.c.route_id))
    statement = sa.select(route.c.staff_id, stop.c.task_type, stop.c.sequence, *_SHOP).select_from(joined)
    statement = statement.where(route.c.adcode == tx.adcode, route.c.day == day, ~stop.c.is_sealed)
    return list(tx.execute(statement.order_by(route.c.staff_id, stop.c.sequence)))


def open_not_planned_on(tx: Transaction, day: date) -> list[Any]:
    """Give what is due on a day and on nobody's route, with its shop; sealed duties are left out."""
    own = [not_planned.c[name] for name in ("task_type", "reason", "words", "relaxation", "is_verified")]
    statement = sa.select(*own, *_SHOP).select_from(_with_shop(not_planned))
    statement = statement.where(not_planned.c.adcode == tx.adcode, not_planned.c.day == day, ~not_planned.c.is_sealed)
    return list(tx.execute(statement.order_by(not_planned.c.task_type, retailer.c.retailer_code)))


def _stops(tx: Transaction, route_id: str) -> list[Any]:
    own = [column for column in stop.c if column.name not in {"adcode", "retailer_id"}]
    statement = sa.select(*own, *_SHOP, *_CARD).select_from(_with_shop(stop))
    statement = statement.where(stop.c.adcode == tx.adcode, stop.c.route_id == route_id).order_by(stop.c.sequence)
    return list(tx.execute(statement))


def _not_planned(tx: Transaction, known_route: Any) -> list[Any]:
    """Give what is due on the route's day at shops that its person owns by then, and on nobody's route."""
    own = [not_planned.c[name] for name in ("task_type", "reason", "words", "relaxation", "is_verified", "is_sealed")]
    begins = known_route.departs_at
    owned = sa.exists().where(
        ownership.c.adcode == tx.adcode,
        ownership.c.retailer_id == not_planned.c.retailer_id,
        ownership.c.staff_id == known_route.staff_id,
        ownership.c.valid_from <= begins,
        sa.or_(ownership.c.valid_to.is_(None), ownership.c.valid_to > begins),
    )
    statement = (
        sa.select(*own, *_SHOP)
        .select_from(_with_shop(not_planned))
        .where(
            not_planned.c.adcode == tx.adcode,
            not_planned.c.cycle_id == known_route.cycle_id,
            not_planned.c.day == known_route.day,
            owned,
        )
    )
    return list(tx.execute(statement.order_by(retailer.c.retailer_code)))
