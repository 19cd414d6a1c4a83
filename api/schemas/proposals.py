"""What happened on a day, and how a proposal is decided."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.common import Instant
from gridsvc.domain.ids import RetailerId
from gridsvc.domain.replans import MOST_OVERTIME_MIN, Change, ChangeKind
from gridsvc.usecases.decide_proposal import LONGEST_REASON


class ChangeIn(BaseModel):
    """What happened: closed and urgent name a shop, delay its minutes, vehicle the room of the other van."""

    model_config = ConfigDict(extra="forbid")

    kind: ChangeKind
    retailer_id: UUID | None = None
    retry_after_min: Annotated[int | None, Field(description="closed: try again so many minutes from now.")] = None
    service_min: Annotated[float | None, Field(description="urgent: how long it takes.")] = None
    latest_at: Annotated[Instant | None, Field(description="urgent: service starts by then.")] = None
    delay_min: int | None = None
    capacity_cartons: int | None = None
    with_others: Annotated[bool, Field(description="Colleagues of the same role may take stops over.")] = False
    overtime_min: Annotated[
        int,
        Field(ge=0, le=MOST_OVERTIME_MIN, description="The day may end so much later where a stop is dropped else."),
    ] = 0

    def change(self) -> Change:
        """Give the change as the use-case takes it."""
        return Change(
            kind=self.kind,
            retailer_id=RetailerId(str(self.retailer_id)) if self.retailer_id else None,
            retry_after_min=self.retry_after_min,
            service_min=self.service_min,
            latest_at=self.latest_at,
            delay_min=self.delay_min,
            capacity_cartons=self.capacity_cartons,
            with_others=self.with_others,
            overtime_min=self.overtime_min,
        )


class DecisionIn(BaseModel):
    """Why, if it is declined."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str | None, Field(max_length=LONGEST_REASON)] = None
