"""A day as its page shows it: times, reasons and facts in the reader's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from gridsvc.domain.days import Day, DayStop, NotPlanned, ShopCard, StopState
from gridsvc.domain.layers import Role, TaskType
from gridsvc.domain.replans import Proposal
from gridsvc.maps.navigation import navigation_links
from gridsvc.usecases.list_days import PlannedDays

Words = Callable[[str], str]
LATE_FROM_S = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class StopView:
    """One stop; `slack` is empty where it is withheld, `when` is a time or a half-day."""

    sequence: int
    retailer_id: str
    name: str
    address: str
    code: str
    task_type: str
    when: str
    until: str
    slack: str
    why: str
    state: str
    state_words: str
    is_sealed: bool
    is_next: bool
    facts: list[tuple[str, str]]
    links: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekDay:
    """One day of the week's strip."""

    day: date
    name: str
    n_stops: int | None
    is_shown: bool
    is_today: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DayView:
    """The whole page's values; `travel` and `back` are empty where they are withheld."""

    departs: str
    back: str
    travel: str
    distance: str
    n_done: int
    n_stops: int
    late_min: int
    is_straight: bool
    is_withheld: bool
    is_provisional: bool
    is_synthetic: bool
    stops: list[StopView]
    not_planned: list[tuple[str, str]]


def day_view(day: Day, words: Mapping[str, str], language: str) -> DayView:
    """Give the day as the page shows it."""
    zone = ZoneInfo(day.time_zone)
    ahead = next((stop.sequence for stop in day.stops if stop.state is StopState.AHEAD), None)
    late_s = day.late_s or 0
    return DayView(
        departs=_clock(day.departs_at, zone),
        back=_clock(day.returns_at, zone),
        travel="" if day.travel_s is None else _minutes(day.travel_s, words),
        distance="" if day.distance_m is None else f"{day.distance_m / 1000:.1f}",
        n_done=sum(stop.state is not StopState.AHEAD for stop in day.stops),
        n_stops=len(day.stops),
        late_min=round(late_s / 60) if late_s >= LATE_FROM_S else 0,
        is_straight=day.method.value == "straight_line",
        is_withheld=day.is_withheld,
        is_provisional=day.is_provisional,
        is_synthetic=day.is_synthetic,
        stops=[_stop(stop, day, zone, words, is_next=stop.sequence == ahead) for stop in day.stops],
        not_planned=[(item.retailer.name, _left(item, words, language)) for item in day.not_planned],
    )


def _clock(instant: datetime | None, zone: ZoneInfo) -> str:
    return instant.astimezone(zone).strftime("%H:%M") if instant is not None else ""


def _minutes(seconds: int, words: Mapping[str, str]) -> str:
    minutes = round(seconds / 60)
    if minutes < 60:
        return words["minutes_short"].format(n=minutes)
    return words["hours_short"].format(h=minutes // 60, m=minutes % 60)


def _stop(stop: DayStop, day: Day, zone: ZoneInfo, words: Mapping[str, str], *, is_next: bool) -> StopView:
    half = words[stop.half_day] if stop.half_day else ""
    state_words = words[f"stop_{stop.state}"]
    if stop.reason is not None:
        state_words = f"{state_words} · {words[f'visit_{stop.reason}']}"
    return StopView(
        sequence=stop.sequence,
        retailer_id=stop.retailer.retailer_id,
        name=stop.retailer.name,
        address=stop.retailer.address,
        code=stop.retailer.retailer_code,
        task_type=stop.task_type.value,
        when=_clock(stop.starts_at, zone) or half,
        until=_clock(stop.departs_at, zone),
        slack="" if stop.slack_s is None else _minutes(stop.slack_s, words),
        why=why_words(stop.why, words),
        state=stop.state.value,
        state_words=state_words,
        is_sealed=stop.is_sealed,
        is_next=is_next,
        facts=list(_facts(stop, zone, words)),
        links=navigation_links(
            stop.retailer.lon,
            stop.retailer.lat,
            stop.retailer.name,
            is_driving=day.staff.role is Role.DELIVERY_DRIVER,
        ),
    )


def why_words(why: str, words: Mapping[str, str]) -> str:
    """Give why a stop is there in the reader's words."""
    key, _, value = why.partition(":")
    known = words.get(f"why_{key}")
    return known.format(value=value) if known is not None else why


def _facts(stop: DayStop, zone: ZoneInfo, words: Mapping[str, str]) -> list[tuple[str, str]]:
    card = stop.card
    facts = [(words["code"], stop.retailer.retailer_code)]
    if card.licence_no is not None:
        facts.append((words["licence"], card.licence_no))
    if stop.task_type is TaskType.DELIVERY:
        facts.append((words["card_load"], words["why_cartons"].format(value=f"{stop.cartons:.0f}")))
    facts += _register(card, words)
    if card.opens_min is not None and card.closes_min is not None:
        facts.append((words["card_hours"], f"{_of_day(card.opens_min)}-{_of_day(card.closes_min)}"))
    if stop.with_staff_code is not None:
        facts.append((words["card_with"], stop.with_staff_code))
    for other in card.others:
        came = words["card_other"].format(time=_clock(other.starts_at, zone), code=other.staff_code)
        facts.append((words[f"task_{other.task_type}"], came))
    for task, last in card.last_done.items():
        facts.append((words[f"card_last_{task}"], last.isoformat()))
    return facts


def _register(card: ShopCard, words: Mapping[str, str]) -> list[tuple[str, str]]:
    """Give what the register says of the shop, as far as the role may know it."""
    found = []
    if card.tier is not None:
        found.append((words["card_tier"], card.tier))
    if card.integrity_star is not None:
        found.append((words["card_star"], words["why_star"].format(value=card.integrity_star)))
    if card.credit_grade:
        found.append((words["card_credit"], card.credit_grade))
    if card.order_cartons is not None:
        found.append((words["card_orders"], words["why_cartons"].format(value=f"{card.order_cartons:.0f}")))
    return found


def _of_day(minutes: int) -> str:
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def _left(item: NotPlanned, words: Mapping[str, str], language: str) -> str:
    is_chinese = language == "zh"
    known = words.get(f"left_{item.reason}", item.words_zh if is_chinese else item.words)
    change = item.relaxation_zh if is_chinese else item.relaxation
    return f"{known} {words['left_change'].format(words=change)}" if change else known


def week_view(known: PlannedDays, monday: date, shown: date, today: date, words: Mapping[str, str]) -> list[WeekDay]:
    """Give the seven days of a week with their number of stops; None where no route is planned."""
    stops = {planned.day: planned.n_stops for planned in known.days}
    days = [monday + timedelta(days=number) for number in range(7)]
    return [
        WeekDay(
            day=day,
            name=words[f"weekday_{day.isoweekday()}"],
            n_stops=stops.get(day),
            is_shown=day == shown,
            is_today=day == today,
        )
        for day in days
    ]


def proposal_words(proposal: Proposal, words: Mapping[str, str]) -> list[str]:
    """Give a proposal's consequence in the reader's words, the gravest part last."""
    look = proposal.outlook
    parts = []
    if look.extra_travel_min is not None:
        parts.append(words["proposal_travel"].format(n=f"{look.extra_travel_min:+d}"))
    if look.latest_delay_min:
        parts.append(words["proposal_later"].format(n=look.latest_delay_min))
    parts.append(words["proposal_moves"].format(n=look.n_moved) if look.n_moved else words["proposal_moves_none"])
    if look.overtime_min:
        parts.append(words["proposal_overtime"].format(n=look.overtime_min))
    dropped = [item.name for item in look.left_out if item.is_promised]
    parts.append(
        words["proposal_drops"].format(names="、".join(dropped)) if dropped else words["proposal_drops_nobody"]
    )
    refused = [item.name for item in look.left_out if not item.is_promised]
    if refused:
        parts.append(words["proposal_refuses"].format(names="、".join(refused)))
    return parts
