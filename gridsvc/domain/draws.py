"""What a draw of enforcement inspections was made from and what it gave: the record that the published hash covers.

The record names officers, their absences, the minutes kept free and the shops due, so that whoever is shown the secret
afterwards finds the same crews, the same candidate days and the same draw (`usecases/check_draw.py`).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from gridsvc.domain.crews import Crews
from gridsvc.domain.ids import RetailerId, StaffId


class DayOrigin(StrEnum):
    """Where the day of an inspection comes from."""

    DRAWN = "drawn"  # by this draw
    KEPT = "kept"  # by an earlier draw of the cycle under the same secret; still to come
    DONE = "done"  # by an earlier draw of the cycle; its day was over, or it was made, when this draw was


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawOfficer:
    """An inspector; `away` are working days of the cycle on which the officer is not there."""

    staff_id: StaffId
    staff_code: str
    org_unit_name: str | None
    partner_id: StaffId | None  # the declared one
    away: tuple[date, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawEntry:
    """One shop that is due: the days that it was drawn from and its day, None where none had room for the crew."""

    retailer_id: RetailerId
    leader_id: StaffId
    partner_id: StaffId | None
    candidates: tuple[date, ...]
    day: date | None
    origin: DayOrigin


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawRecord:
    """Everything that a draw depends on beside its secret, and its result.

    Parameters
    ----------
    first_day : Monday on which the cycle begins
    working : working days of the cycle, in order
    open_from : the first day that could be drawn; None = there was none
    inspection_min : minutes of one inspection with its way
    room_min : minutes a day that each officer keeps free for inspections, the same on every day
    entries : what is done, then what is due in the order of the shops, which is the order of drawing
    """

    first_day: date
    working: tuple[date, ...]
    open_from: date | None
    crews: Crews
    crew_size: int
    inspection_min: float
    room_min: Mapping[StaffId, float]
    officers: tuple[DrawOfficer, ...]
    entries: tuple[DrawEntry, ...]

    def text(self) -> str:
        """Give the record as the text that the hash covers: the same record gives the same bytes."""
        return json.dumps(dataclasses.asdict(self), default=str, sort_keys=True, ensure_ascii=False)


def crew_subject(first_day: date, week: int) -> str:
    """Give what the rota of a week (0, 1, ...) is drawn about."""
    return f"{first_day.isoformat()} crews of week {week}"


def draw_subject(first_day: date, retailer: RetailerId) -> str:
    """Give what a shop's day is drawn about."""
    return f"{first_day.isoformat()} {retailer}"


def read_record(text: str) -> DrawRecord:
    """Read a record as `DrawRecord.text` writes it."""
    told: dict[str, Any] = json.loads(text)
    return DrawRecord(
        first_day=date.fromisoformat(told["first_day"]),
        working=_days(told["working"]),
        open_from=_day(told["open_from"]),
        crews=Crews(told["crews"]),
        crew_size=told["crew_size"],
        inspection_min=told["inspection_min"],
        room_min=told["room_min"],
        officers=tuple(DrawOfficer(**one | {"away": _days(one["away"])}) for one in told["officers"]),
        entries=tuple(
            DrawEntry(
                **one
                | {
                    "candidates": _days(one["candidates"]),
                    "day": _day(one["day"]),
                    "origin": DayOrigin(one["origin"]),
                }
            )
            for one in told["entries"]
        ),
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _days(texts: list[str]) -> tuple[date, ...]:
    return tuple(date.fromisoformat(text) for text in texts)
