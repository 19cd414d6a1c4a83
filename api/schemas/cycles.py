"""What is sent and answered about lines."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from gridsvc.domain.layers import Layer


class LineMove(BaseModel):
    """A shop and the line that it moves to."""

    model_config = ConfigDict(extra="forbid")

    layer: Layer
    retailer_code: str = Field(min_length=1, max_length=100)
    to: str = Field(min_length=1, max_length=100, description="Name of the line.")
    valid_from: AwareDatetime | None = Field(default=None, description="Now by default; never in the past.")


class LineHand(BaseModel):
    """A line and the person who works it from an instant on."""

    model_config = ConfigDict(extra="forbid")

    layer: Layer
    line: str = Field(min_length=1, max_length=100, description="Name of the line.")
    to: str = Field(min_length=1, max_length=100, description="Code of the person.")
    valid_from: AwareDatetime | None = Field(default=None, description="Now by default; never in the past.")


class LineMoved(BaseModel):
    """Where the shop came from, where it is, and whether its order day changes with it."""

    came_from: str | None
    line: str
    weekday: int | None = Field(description="1 = Monday .. 7.")
    changes_order_day: bool
