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


class LineName(BaseModel):
    """A line and what it is called from an instant on."""

    model_config = ConfigDict(extra="forbid")

    layer: Layer
    line: str = Field(min_length=1, max_length=100, description="Name of the line.")
    to: str = Field(min_length=1, max_length=100, description="What it is called from then on.")
    valid_from: AwareDatetime | None = Field(default=None, description="Now by default; never in the past.")


class LineWeekday(BaseModel):
    """A line and the weekday on which it is worked from a cycle on."""

    model_config = ConfigDict(extra="forbid")

    layer: Layer
    line: str = Field(min_length=1, max_length=100, description="Name of the line.")
    weekday: int = Field(ge=1, le=7, description="1 = Monday .. 7.")
    valid_from: AwareDatetime | None = Field(
        default=None, description="Beginning of a cycle; by default of the next that is not planned."
    )


class NewLine(BaseModel):
    """A line to be made, without shops."""

    model_config = ConfigDict(extra="forbid")

    layer: Layer
    line: str = Field(min_length=1, max_length=100, description="Name of the line.")
    staff: str = Field(min_length=1, max_length=100, description="Code of the person whose line it is.")
    weekday: int = Field(ge=1, le=7, description="1 = Monday .. 7.")
    valid_from: AwareDatetime | None = Field(default=None, description="Now by default; never in the past.")


class LineEnd(BaseModel):
    """A line that ends, and the line of the same person that takes over its shops."""

    model_config = ConfigDict(extra="forbid")

    layer: Layer
    line: str = Field(min_length=1, max_length=100, description="Name of the line.")
    to: str | None = Field(default=None, min_length=1, max_length=100, description="Needed where the line has shops.")
    valid_from: AwareDatetime | None = Field(default=None, description="Now by default; never in the past.")
