"""What every change of a line asks first: from when on, which line, whether a name or a weekday can be had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from geo_data.calendars import Cycle
from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput, Conflict, NotFound
from gridsvc.domain.layers import Layer
from gridsvc.domain.line_keys import LONGEST_NAME, place_of_key
from gridsvc.storage import Transaction, lines
from gridsvc.storage.lines import Line

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedLine:
    """A line as it is from `begins` on, and as it was; `changes_order_day` where a delivery line has another weekday.

    `was_weekday` and `weekday` are 1 = Monday .. 7, None = none.
    """

    line: str
    was_line: str | None
    weekday: int | None
    was_weekday: int | None
    n_retailers: int
    begins: datetime
    changes_order_day: bool = False


def begin_of(clock: Clock, valid_from: datetime | None) -> datetime:
    """Give the instant of a change, now by default; raises `BadInput` for one in the past."""
    now = clock.now()
    if valid_from is not None and valid_from < now:
        raise BadInput("a line cannot change in the past: the past is never edited")
    return valid_from or now


def line_named(known: Sequence[Line], layer: Layer, name: str) -> Line:
    """Give the line of a name; raises `NotFound`."""
    found = next((item for item in known if item.name == name), None)
    if found is None:
        raise NotFound(f"there is no {layer} line {name}; `line list` shows them")
    return found


def require_free_name(tx: Transaction, layer: Layer, name: str, begins: datetime) -> str:
    """Give a name without spaces around it, as a line may be called; raises `BadInput` or `Conflict` otherwise."""
    wanted = name.strip()
    if not 1 <= len(wanted) <= LONGEST_NAME or not wanted.isprintable():
        raise BadInput(f"a line's name has 1 to {LONGEST_NAME} printable characters")
    if place_of_key(wanted) is not None:
        raise BadInput(f"{wanted}: names that end in a hyphen and a weekday are given by the cycle plan")
    if wanted in lines.names_from(tx, layer, begins):
        raise Conflict(f"another {layer} line is called {wanted} already, or will be")
    return wanted


def require_weekday(weekday: int) -> None:
    """Refuse what is no weekday, 1 = Monday .. 7; raises `BadInput`."""
    if not 1 <= weekday <= len(WEEKDAYS):
        raise BadInput(f"{weekday} is no weekday; 1 is Monday, 7 is Sunday")


def require_worked(weekday: int, cycle: Cycle) -> None:
    """Refuse a weekday on which nobody works in a cycle; raises `BadInput`."""
    if all(day.isoweekday() != weekday for day in cycle.working):
        raise BadInput(f"nobody works on a {WEEKDAYS[weekday - 1]} in the cycle from {cycle.first_day}")
