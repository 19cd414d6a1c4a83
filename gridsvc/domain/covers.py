"""Leave cover: somebody is away, neighbours act for them, and the day after the last day all is as before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from gridsvc.domain.ids import StaffId
from gridsvc.domain.layers import Layer


class CoverReason(StrEnum):
    """Why somebody is away, as far as everybody may know: nobody's illness is told to other systems."""

    LEAVE = "leave"
    TRAINING = "training"
    VACANCY = "vacancy"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveCover:
    """One cover, both days included. `ended_at` is set when it ended before its last day."""

    leave_cover_id: str
    staff_id: StaffId
    layer: Layer
    first_day: date
    last_day: date
    reason: CoverReason
    created_by: str
    created_at: datetime
    ended_at: datetime | None = None
    ended_by: str | None = None
