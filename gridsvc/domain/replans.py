"""A proposal for the rest of a day: what happened, what would change, and what that costs whom."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import RetailerId, StaffId
from gridsvc.domain.layers import TaskType

MOST_MOVED = 3
LONGEST_DELAY_MIN = 600
MOST_OVERTIME_MIN = 180
MOST_NAMED = 5  # shops in one line of words


class ChangeKind(StrEnum):
    """What happened."""

    CLOSED = "closed"  # a shop cannot be served as planned
    URGENT = "urgent"  # a stop that was not planned comes in
    DELAY = "delay"  # the person is later than planned
    ABSENT = "absent"  # the person goes nowhere any more
    VEHICLE = "vehicle"  # another van, with other room


class RelaxationLevel(StrEnum):
    """What a proposal had to let change, from gentle to hard."""

    TIMES = "times"
    ORDER = "order"
    FREE_ORDER = "free_order"
    PERSON = "person"
    OVERTIME = "overtime"


class ProposalState(StrEnum):
    """What became of a proposal."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happened; each kind has its own values.

    Parameters
    ----------
    retailer_id : closed, urgent
    retry_after_min : closed: try again so many minutes from now; None = not today
    service_min : urgent: how long it takes; None = as long as the role's stops there take
    latest_at : urgent: service has to start by then
    delay_min : delay
    capacity_cartons : vehicle
    with_others : colleagues of the same role may take stops over; always for absent
    overtime_min : the days may end so many minutes after the shift where a promised stop is dropped otherwise
    """

    kind: ChangeKind
    retailer_id: RetailerId | None = None
    retry_after_min: int | None = None
    service_min: float | None = None
    latest_at: datetime | None = None
    delay_min: int | None = None
    capacity_cartons: int | None = None
    with_others: bool = False
    overtime_min: int = 0

    def __post_init__(self) -> None:
        needed = {
            ChangeKind.CLOSED: {"retailer_id"},
            ChangeKind.URGENT: {"retailer_id"},
            ChangeKind.DELAY: {"delay_min"},
            ChangeKind.ABSENT: set[str](),
            ChangeKind.VEHICLE: {"capacity_cartons"},
        }[self.kind]
        allowed = needed | {
            ChangeKind.CLOSED: {"retry_after_min"},
            ChangeKind.URGENT: {"service_min", "latest_at"},
        }.get(self.kind, set())
        own = ("retailer_id", "retry_after_min", "service_min", "latest_at", "delay_min", "capacity_cartons")
        given = {name for name in own if getattr(self, name) is not None}
        faults = [f"{name}: {self.kind} needs it" for name in sorted(needed - given)]
        faults += [f"{name}: does not go with {self.kind}" for name in sorted(given - allowed)]
        limits = {
            "retry_after_min": (1, LONGEST_DELAY_MIN),
            "service_min": (1, 240),
            "delay_min": (1, LONGEST_DELAY_MIN),
            "capacity_cartons": (0, 100_000),
        }
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                faults.append(f"{name}: has to be from {low} to {high}")
        if not 0 <= self.overtime_min <= MOST_OVERTIME_MIN:
            faults.append(f"overtime_min: has to be from 0 to {MOST_OVERTIME_MIN}")
        if faults:
            raise BadInput("the change cannot be used", violations=tuple(faults))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedStop:
    """One stop of the rest; the instants are None where they are withheld."""

    retailer_id: RetailerId
    name: str
    lon: float
    lat: float
    task_type: TaskType
    arrives_at: datetime | None
    starts_at: datetime | None
    departs_at: datetime | None
    slack_s: int | None
    cartons: float
    is_sealed: bool
    second_staff_id: StaffId | None
    why: str
    is_new: bool = False
    is_moved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedRoute:
    """One person's day as it would be: `stops` is the part still to come, the totals are of the whole day."""

    staff_id: StaffId
    staff_code: str
    route_id: str
    n_done: int
    departs_at: datetime | None
    returns_at: datetime | None
    travel_s: int | None
    service_s: int | None
    waiting_s: int | None
    distance_m: int | None
    stops: tuple[ProposedStop, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A stop that would be made no more, or that cannot be taken in, with the reason."""

    retailer_id: RetailerId
    name: str
    task_type: TaskType
    is_promised: bool
    is_sealed: bool
    reason: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What would change, and the consequence; figures are None where they are withheld.

    Parameters
    ----------
    extra_travel_min : of the rest of the day against the given rest; negative = less
    latest_delay_min : most that a promised stop begins later than promised
    left_out : stops that would be made no more, and new ones that do not fit
    words, words_zh : the consequence in one line of English and of Chinese
    overtime_min : minutes after the end of the shift at which the last of the days would end
    """

    level: RelaxationLevel
    extra_travel_min: int | None
    latest_delay_min: int | None
    n_moved: int
    left_out: tuple[LeftOut, ...]
    words: str
    routes: tuple[ProposedRoute, ...]
    words_zh: str = ""
    overtime_min: int | None = 0

    @property
    def n_dropped(self) -> int:
        """Promised stops that would be made no more."""
        return sum(item.is_promised for item in self.left_out)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One proposal for the rest of a day."""

    proposal_id: str
    staff_id: StaffId
    day: date
    state: ProposalState
    change: Change
    outlook: Outlook
    made_by: str
    made_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str | None = None

    def without_sealed(self) -> Proposal:
        """Give the proposal for an inspector's day as others may see it: no times, no totals, no sealed stop."""
        look = self.outlook
        routes = tuple(
            replace(
                route,
                departs_at=None,
                returns_at=None,
                travel_s=None,
                service_s=None,
                waiting_s=None,
                distance_m=None,
                n_done=0,
                stops=tuple(
                    replace(s, arrives_at=None, starts_at=None, departs_at=None, slack_s=None, second_staff_id=None)
                    for s in route.stops
                    if not s.is_sealed
                ),
            )
            for route in look.routes
        )
        left_out = tuple(item for item in look.left_out if not item.is_sealed)
        n_moved = sum(stop.is_moved for route in routes for stop in route.stops)
        open_part = in_words(
            replace(
                look,
                extra_travel_min=None,
                latest_delay_min=None,
                overtime_min=None,
                n_moved=n_moved,
                left_out=left_out,
                routes=routes,
            )
        )
        return replace(self, outlook=open_part)


def in_words(look: Outlook) -> Outlook:
    """Give the outlook with its consequence in words of both languages, the gravest part last."""
    english, chinese = [], []
    if look.extra_travel_min is not None:
        english.append(f"{look.extra_travel_min:+d} min of travel")
        chinese.append(f"路程 {look.extra_travel_min:+d} 分钟")
    if look.latest_delay_min:
        english.append(f"up to {look.latest_delay_min} min later")
        chinese.append(f"最晚的一站推迟 {look.latest_delay_min} 分钟")
    english.append(f"moves {look.n_moved}" if look.n_moved else "same order")
    chinese.append(f"调整 {look.n_moved} 站的顺序" if look.n_moved else "顺序不变")
    if look.overtime_min:
        english.append(f"ends {look.overtime_min} min after the shift")
        chinese.append(f"下班推迟 {look.overtime_min} 分钟")
    dropped = [item.name for item in look.left_out if item.is_promised]
    english.append(f"drops {len(dropped)} ({_some(dropped, ', ')})" if dropped else "drops nobody")
    chinese.append(f"取消 {len(dropped)} 站（{_some(dropped, '、')}）" if dropped else "不取消任何一站")
    refused = [item.name for item in look.left_out if not item.is_promised]
    if refused:
        english.append(f"no room for {_some(refused, ', ')}")
        chinese.append(f"放不下：{_some(refused, '、')}")
    return replace(look, words=", ".join(english), words_zh="，".join(chinese))


def _some(names: list[str], comma: str) -> str:
    """Name the first few; `left_out` holds them all."""
    return comma.join(names[:MOST_NAMED]) + (" …" if len(names) > MOST_NAMED else "")
