"""Parameters and lists that every route shares."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field

Item = TypeVar("Item")


class Listing(BaseModel, Generic[Item]):
    """A page of a list."""

    items: list[Item]
    next: str | None = Field(None, description="Send it as `after` for the following items; null at the end.")


class ProblemOut(BaseModel):
    """RFC 9457 problem document."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    violations: list[str]
    instance: str
    request_id: str


def _mend_offset(value: object) -> object:
    """Read a blank before the offset as the plus sign that a query string turned into it."""
    return re.sub(r" (\d\d:?\d\d)$", r"+\1", value) if isinstance(value, str) else value


def _storable(text: str) -> str:
    """Refuse what no database text holds: NUL, and halves of a surrogate pair."""
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("holds a character that cannot be stored (NUL, or half of a surrogate pair)")
    return text


Plain = Annotated[str, AfterValidator(_storable)]
EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)  # beyond these, arithmetic of instants ends


def _reasonable(instant: datetime) -> datetime:
    if not EARLIEST.year <= instant.year <= LATEST.year:
        raise ValueError(f"lies outside the years {EARLIEST.year} to {LATEST.year}")
    return instant


Instant = Annotated[AwareDatetime, BeforeValidator(_mend_offset), AfterValidator(_reasonable)]
Day = Annotated[date, Field(ge=EARLIEST, le=LATEST)]
AsOf = Annotated[
    Instant | None,
    Query(
        description="Instant of the answer, RFC 3339 with an offset; default now.",
        examples=["2026-11-23T08:00:00+08:00"],
    ),
]
FirstDay = Annotated[date, Query(description="First day, YYYY-MM-DD.")]
LastDay = Annotated[date, Query(description="Last day, at most 92 days in all.")]
After = Annotated[str | None, Query(description="`next` of the page before.", max_length=200)]
Limit = Annotated[int, Query(ge=1, le=200, description="Items in one answer.")]
