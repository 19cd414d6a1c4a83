"""What came of a stop: done, closed or cannot, with its reason, as a device tells it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import RetailerId, StaffId
from gridsvc.domain.layers import TaskType

MOST_CLOCK_AHEAD = timedelta(minutes=10)  # a device's clock may be so far ahead of the service's
OLDEST_RECORD = timedelta(days=7)  # a device may have been offline for so long
LONGEST_SERVICE = timedelta(hours=6)
POSITION_KEPT = timedelta(days=90)
LONGEST_NOTE = 300


class VisitOutcome(StrEnum):
    """What came of a stop."""

    DONE = "done"
    CLOSED = "closed"  # nobody let the person in: nothing could be done
    CANNOT = "cannot"  # the shop is there, the work is not possible today


class VisitReason(StrEnum):
    """Why a stop was not done; each belongs to one outcome."""

    SHUT_NOW = "shut_now"  # opens again later today
    SHUT_TODAY = "shut_today"
    SHUT_FOR_GOOD = "shut_for_good"
    NOT_FOUND = "not_found"  # no shop at the pin
    NO_TIME = "no_time"
    REFUSED = "refused"
    NO_ACCESS = "no_access"
    GOODS_MISSING = "goods_missing"
    VEHICLE = "vehicle"
    ILL = "ill"
    OTHER = "other"


REASONS_OF = {
    VisitOutcome.DONE: frozenset[VisitReason](),
    VisitOutcome.CLOSED: frozenset(
        {VisitReason.SHUT_NOW, VisitReason.SHUT_TODAY, VisitReason.SHUT_FOR_GOOD, VisitReason.NOT_FOUND}
    ),
    VisitOutcome.CANNOT: frozenset(
        {
            VisitReason.NO_TIME,
            VisitReason.REFUSED,
            VisitReason.NO_ACCESS,
            VisitReason.GOODS_MISSING,
            VisitReason.VEHICLE,
            VisitReason.ILL,
            VisitReason.OTHER,
        }
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckIn:
    """Where the device stood at the check-in, WGS-84; `distance_m` is the straight line to the shop's point."""

    lon: float
    lat: float
    accuracy_m: float | None = None
    distance_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One stop as it really went; a stop may be tried twice, the newest counts.

    Parameters
    ----------
    visit_id : made by the device (a UUID), so that sending it again changes nothing
    arrived_at, ended_at : by the device's clock; `arrived_at` None where nobody checked in
    received_at : by the service's clock; hours later where the device was offline
    position : None where none was given, none may be kept, or it was deleted
    """

    visit_id: str
    staff_id: StaffId
    retailer_id: RetailerId
    task_type: TaskType
    day: date
    outcome: VisitOutcome
    reason: VisitReason | None
    note: str | None
    arrived_at: datetime | None
    ended_at: datetime
    received_at: datetime
    is_sealed: bool
    position: CheckIn | None = None

    @property
    def service_min(self) -> float | None:
        """Minutes from check-in to end, None where they are unknown."""
        return None if self.arrived_at is None else (self.ended_at - self.arrived_at).total_seconds() / 60


Key = TypeVar("Key")


def visits_of_stops(stops: Sequence[Key], visits: Iterable[tuple[Key, Visit]]) -> list[Visit | None]:
    """Give the visit that tells what came of each stop, None where nothing did yet.

    Parameters
    ----------
    stops : key of each stop (shop, task, sealed or not) in the order of the day; a shop that is tried again has two
    visits : with their keys, in the order in which they ended

    Returns
    -------
    found : the first stop of a key has its first visit, the second the second, and the last stop of a key the newest
        of those that are left: whoever goes twice to one stop has not made two
    """
    told: dict[Key, list[Visit]] = {}
    for key, visit in visits:
        told.setdefault(key, []).append(visit)
    n_left = Counter(stops)
    found: list[Visit | None] = []
    for key in stops:
        own = told.get(key, [])
        n_left[key] -= 1
        found.append(None if not own else own.pop(0) if n_left[key] else own[-1])
    return found


def check_visit(given: Visit) -> None:
    """Raise `BadInput` with every fault of a visit as a device sent it."""
    faults = []
    reasons = REASONS_OF[given.outcome]
    if given.reason is None and reasons:
        faults.append(f"reason: {given.outcome} needs one of {', '.join(sorted(reasons))}")
    if given.reason is not None and given.reason not in reasons:
        known = ", ".join(sorted(reasons)) or "none"
        faults.append(f"reason: {given.reason} does not go with {given.outcome}; known are {known}")
    if given.reason is VisitReason.OTHER and not (given.note or "").strip():
        faults.append("note: the reason `other` needs words")
    if given.note is not None and len(given.note) > LONGEST_NOTE:
        faults.append(f"note: {len(given.note)} characters, at most {LONGEST_NOTE}")
    ahead = given.ended_at - given.received_at
    if ahead > MOST_CLOCK_AHEAD:
        faults.append(f"ended_at: {given.ended_at.isoformat()} is in the future; the device's clock is wrong")
    if -ahead > OLDEST_RECORD:
        faults.append(f"ended_at: {given.ended_at.isoformat()} is more than {OLDEST_RECORD.days} days ago")
    if given.arrived_at is not None and not given.arrived_at <= given.ended_at <= given.arrived_at + LONGEST_SERVICE:
        faults.append("arrived_at: has to be before ended_at, by at most 6 hours")
    if faults:
        raise BadInput("the visit cannot be recorded", violations=tuple(faults))
