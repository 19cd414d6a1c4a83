"""Handovers: who said that a list was handed over, and the introductions that come with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa

from gridsvc.clock import Clock
from gridsvc.domain.ids import PlanId, RetailerId, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import handover_acknowledgement, introduction_visit


class Side(StrEnum):
    """Who of the two acknowledges a list."""

    GIVING = "giving"
    RECEIVING = "receiving"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """One side's word that the list from one person to another was handed over."""

    from_staff_id: StaffId
    to_staff_id: StaffId
    side: Side
    acknowledged_by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduction:
    """A visit at which the new owner is introduced, to be made between two days, both included."""

    plan_id: PlanId
    layer: Layer
    retailer_id: RetailerId
    from_staff_id: StaffId | None
    to_staff_id: StaffId
    first_day: date
    last_day: date


def acknowledgements(tx: Transaction, plan_id: PlanId) -> list[Acknowledgement]:
    """List what was acknowledged of a plan's handover, oldest first."""
    c = handover_acknowledgement.c
    rows = tx.execute(
        sa.select(c.from_staff_id, c.to_staff_id, c.side, c.acknowledged_by, c.at)
        .where(c.adcode == tx.adcode, c.plan_id == plan_id)
        .order_by(c.at, c.from_staff_id, c.to_staff_id, c.side)
    )
    return [Acknowledgement(**{**row._mapping, "side": Side(row.side)}) for row in rows]


def acknowledge(
    tx: Transaction,
    clock: Clock,
    plan_id: PlanId,
    *,
    from_staff_id: StaffId,
    to_staff_id: StaffId,
    side: Side,
    actor: str,
) -> None:
    """Keep one side's word; saying it again changes nothing."""
    values = {
        "plan_id": plan_id, "from_staff_id": from_staff_id, "to_staff_id": to_staff_id, "side": side,
        "acknowledged_by": actor, "at": clock.now(),
    }  # fmt: skip
    tx.insert_new(handover_acknowledgement, values)


def replace_introductions(tx: Transaction, plan_id: PlanId, items: Iterable[Introduction]) -> int:
    """Put a plan's introductions in place of those that it had and give their number."""
    t = introduction_visit
    tx.execute(t.delete().where(t.c.adcode == tx.adcode, t.c.plan_id == plan_id))
    names = ("plan_id", "layer", "retailer_id", "from_staff_id", "to_staff_id", "first_day", "last_day")
    rows = ((tx.adcode, *(getattr(item, name) for name in names)) for item in items)
    return tx.copy_rows(t, ("adcode", *names), rows)


def introductions(tx: Transaction, first_day: date, last_day: date) -> list[Introduction]:
    """List the introductions that can be made between two days, both included, by last day and shop.

    The month's plan reads them: an introduction is one visit of the new owner within its days.
    """
    c = introduction_visit.c
    rows = tx.execute(
        sa.select(c.plan_id, c.layer, c.retailer_id, c.from_staff_id, c.to_staff_id, c.first_day, c.last_day)
        .where(c.adcode == tx.adcode, c.first_day <= last_day, c.last_day >= first_day)
        .order_by(c.last_day, c.retailer_id)
    )
    return [Introduction(**{**row._mapping, "layer": Layer(row.layer)}) for row in rows]
