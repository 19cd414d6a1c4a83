"""The draws of a cycle's enforcement inspections: every secret that was committed to, with its record."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from gridsvc.domain.ids import CycleId
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import cycle_draw


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleDraw:
    """One draw; they are numbered 1, 2, ... as the cycle was planned and planned again, and none is ever removed.

    `record` is the text that the hash covers. Where it `covers_record` not, the draw is of a time in which the hash
    covered the secret alone: `record` then holds no more than the candidate days by shop.
    """

    number: int
    commitment: str
    secret: bytes
    record: str
    covers_record: bool
    drawn_at: datetime


def of_cycle(tx: Transaction, cycle_id: CycleId) -> list[CycleDraw]:
    """List a cycle's draws, the oldest first."""
    c = cycle_draw.c
    rows = tx.execute(
        sa.select(c.number, c.commitment, c.secret, c.record, c.covers_record, c.drawn_at)
        .where(c.adcode == tx.adcode, c.cycle_id == cycle_id)
        .order_by(c.number)
    )
    return [CycleDraw(**row._mapping) for row in rows]


def newest_number(tx: Transaction, cycle_id: CycleId) -> int:
    """Give the number of a cycle's newest draw, 0 before the first."""
    c = cycle_draw.c
    statement = sa.select(sa.func.max(c.number)).where(c.adcode == tx.adcode, c.cycle_id == cycle_id)
    return int(tx.execute(statement).scalar() or 0)


def add(tx: Transaction, cycle_id: CycleId, new: CycleDraw) -> None:
    """Add a draw beside the earlier ones."""
    tx.execute(cycle_draw.insert().values(adcode=tx.adcode, cycle_id=cycle_id, **dataclasses.asdict(new)))
