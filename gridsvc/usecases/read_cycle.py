"""Read a planned cycle: its numbers, its joint-stop ledger, what is due and not planned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from gridsvc.clock import Clock, today
from gridsvc.domain.errors import NotFound
from gridsvc.domain.ids import Adcode, CycleId, RetailerId
from gridsvc.domain.layers import TaskType
from gridsvc.domain.relaxations import reason_worded, worded
from gridsvc.storage import Store, cycles, districts
from gridsvc.storage import retailers as retailer_rows
from gridsvc.storage.cycles import Cycle


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPlannedDuty:
    """A duty, or one day of it, that is due and not planned: why, and the smallest change that would plan it.

    Both are in English and in Chinese. `is_verified` says that the plan was solved again with that change and gave the
    duty its days, and took none from another.
    """

    retailer_id: RetailerId
    retailer_code: str
    retailer_name: str
    task_type: TaskType
    day: date | None
    reason: str
    words: str
    words_zh: str
    relaxation: str | None
    relaxation_zh: str | None
    is_verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleView:
    """A planned cycle as it is told; sealed duties are in none of its numbers.

    `ledger` is null for a cycle that was planned before the roles were planned together.
    """

    cycle_id: CycleId
    first_day: date
    version: str
    generation: int
    is_provisional: bool
    settings: dict[str, Any]
    n_stops: dict[str, int]
    n_joint_stops: int
    ledger: dict[str, Any] | None
    not_planned: list[NotPlannedDuty]


def read_cycle(store: Store, clock: Clock, *, adcode: Adcode, day: date | None = None) -> CycleView:
    """Give the cycle that holds a day (today by default).

    Raises
    ------
    NotFound
        no planned cycle holds the day.
    """
    with store.transaction(adcode) as tx:
        wanted = day or today(clock, districts.find(tx).time_zone)
        known = cycles.holding(tx, wanted)
        if known is None:
            raise NotFound(f"no cycle that holds {wanted} is planned yet; `cycle plan` plans one")
        shops = retailer_rows.columns(tx)
        left = [item for item in cycles.unplanned(tx, known.cycle_id) if not item.is_sealed]
        counts = cycles.count_open_stops(tx, known.cycle_id)
        n_joint = cycles.count_joint_stops(tx, known.cycle_id)
    row_of = {value: row for row, value in enumerate(shops.retailer_id)}
    return CycleView(
        cycle_id=known.cycle_id,
        first_day=known.first_day,
        version=_version(known),
        generation=known.generation,
        is_provisional=known.is_provisional,
        settings=known.settings,
        n_stops=counts,
        n_joint_stops=n_joint,
        ledger=known.ledger,
        not_planned=[
            NotPlannedDuty(
                retailer_id=item.retailer_id,
                retailer_code=str(shops.retailer_code[row_of[item.retailer_id]]) if item.retailer_id in row_of else "",
                retailer_name=str(shops.name[row_of[item.retailer_id]]) if item.retailer_id in row_of else "",
                task_type=item.task_type,
                day=item.day,
                reason=item.reason,
                words=item.words,
                words_zh=reason_worded(item.reason, item.words, "zh"),
                relaxation=worded(item.relaxation, "en", is_verified=item.is_verified),
                relaxation_zh=worded(item.relaxation, "zh", is_verified=item.is_verified),
                is_verified=item.is_verified,
            )
            for item in left
        ],
    )


def _version(known: Cycle) -> str:
    """Something that changes whenever the cycle is planned again."""
    return f"{known.cycle_id}.{known.created_at.timestamp() if known.created_at else 0:.6f}"
