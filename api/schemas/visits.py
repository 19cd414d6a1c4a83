"""What a device sends about a stop, and what it gets back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.common import Instant
from gridsvc.domain.ids import RetailerId
from gridsvc.domain.layers import TaskType
from gridsvc.domain.visits import LONGEST_NOTE, CheckIn, Visit, VisitOutcome, VisitReason
from gridsvc.usecases.record_visit import Kept, RecordedVisit, VisitReport

_OFFLINE_AFTER_S = 900


class PositionIn(BaseModel):
    """Where the device stood at the check-in, WGS-84."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    lon: Annotated[float, Field(ge=-180, le=180)]
    lat: Annotated[float, Field(ge=-90, le=90)]
    accuracy_m: Annotated[float | None, Field(ge=0, le=100_000)] = None


class VisitIn(BaseModel):
    """One stop as it went."""

    model_config = ConfigDict(extra="forbid")

    visit_id: UUID = Field(description="Made by the device; sending the same visit again changes nothing.")
    staff: Annotated[str | None, Field(max_length=100, description="staff_id or staff_code; default: the caller.")] = (
        None
    )
    retailer_id: UUID
    outcome: VisitOutcome
    reason: Annotated[VisitReason | None, Field(description="Required unless done.")] = None
    note: Annotated[str | None, Field(max_length=LONGEST_NOTE)] = None
    arrived_at: Annotated[Instant | None, Field(description="Check-in, by the device's clock.")] = None
    ended_at: Annotated[Instant, Field(description="End of the stop, by the device's clock.")]
    position: Annotated[PositionIn | None, Field(description="Kept 90 days, in working hours only, deletable.")] = None
    task_type: Annotated[TaskType | None, Field(description="Default: what the person's role does.")] = None
    is_sealed: Annotated[bool | None, Field(description="For an inspector whose route has both kinds there.")] = None

    def report(self, staff: str) -> VisitReport:
        """Give the visit as the use-case takes it."""
        where = self.position
        return VisitReport(
            visit_id=str(self.visit_id),
            staff_code_or_id=staff,
            retailer_id=RetailerId(str(self.retailer_id)),
            outcome=self.outcome,
            ended_at=self.ended_at,
            reason=self.reason,
            note=self.note,
            arrived_at=self.arrived_at,
            position=CheckIn(lon=where.lon, lat=where.lat, accuracy_m=where.accuracy_m) if where else None,
            task_type=self.task_type,
            is_sealed=self.is_sealed,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionOut:
    """Where the device stood, WGS-84; `distance_m` is the way to the shop's point in a straight line."""

    lon: float
    lat: float
    accuracy_m: float | None
    distance_m: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitOut:
    """One recorded stop.

    `position` is shown to the person alone; `was_offline`: it came in more than 15 minutes after it ended.
    """

    visit_id: str
    staff_id: str
    retailer_id: str
    task_type: TaskType
    day: date
    outcome: VisitOutcome
    reason: VisitReason | None
    note: str | None
    arrived_at: datetime | None
    ended_at: datetime
    received_at: datetime
    service_min: float | None
    was_offline: bool
    is_sealed: bool
    position: PositionOut | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedVisitOut:
    """The visit as recorded, and whether the position was kept."""

    visit: VisitOut
    position: Kept


def visit_out(visit: Visit) -> VisitOut:
    """Give a visit as it is sent."""
    where, minutes = visit.position, visit.service_min
    return VisitOut(
        visit_id=visit.visit_id,
        staff_id=visit.staff_id,
        retailer_id=visit.retailer_id,
        task_type=visit.task_type,
        day=visit.day,
        outcome=visit.outcome,
        reason=visit.reason,
        note=visit.note,
        arrived_at=visit.arrived_at,
        ended_at=visit.ended_at,
        received_at=visit.received_at,
        service_min=round(minutes, 1) if minutes is not None else None,
        was_offline=(visit.received_at - visit.ended_at).total_seconds() > _OFFLINE_AFTER_S,
        is_sealed=visit.is_sealed,
        position=PositionOut(lon=where.lon, lat=where.lat, accuracy_m=where.accuracy_m, distance_m=where.distance_m)
        if where
        else None,
    )


def recorded_out(recorded: RecordedVisit) -> RecordedVisitOut:
    """Give what was recorded as it is sent."""
    return RecordedVisitOut(visit=visit_out(recorded.visit), position=recorded.position)
