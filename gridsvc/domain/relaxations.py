"""The smallest change that would plan a duty, and its reason, in the words of both languages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum

_SHOWN = 4  # days or longer days that a sentence names
_WEEKDAYS = {"en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), "zh": tuple("一二三四五六日")}


class RelaxationKind(StrEnum):
    """What is changed."""

    LONGER_SEARCH = "longer_search"
    OTHER_DAY = "other_day"
    OTHER_PERSON = "other_person"
    MINUTES = "minutes"
    CAPACITY = "capacity"
    OTHER_HOURS = "other_hours"
    OWNER = "owner"
    POINT = "point"


_SOLVABLE = set(RelaxationKind) - {RelaxationKind.OWNER, RelaxationKind.POINT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxation:
    """One change.

    Parameters
    ----------
    amount : cartons of "capacity"; minutes of "minutes" where days are not known
    staff_code : who goes then, None = nobody is named
    days : when the duty is served then
    longer : of "minutes", whose days are longer, and by how many minutes
    at_min : of "other_hours" and of a single day, when service starts then, minutes after midnight
    """

    kind: RelaxationKind
    amount: float = 0.0
    staff_code: str | None = None
    days: tuple[date, ...] = ()
    longer: tuple[tuple[str, date, int], ...] = ()
    at_min: int | None = None


def stored(relaxation: Relaxation) -> str:
    """Give a relaxation as it is kept; `worded` reads it."""
    given = {name: value for name, value in asdict(relaxation).items() if value not in (None, 0.0, ())}
    return json.dumps(given, default=str)


def read(kept: str) -> Relaxation | None:
    """Give the relaxation that was stored, or None where earlier versions kept a sentence."""
    if not kept.startswith("{"):
        return None
    known = json.loads(kept)
    return Relaxation(
        kind=RelaxationKind(known["kind"]),
        amount=float(known.get("amount", 0.0)),
        staff_code=known.get("staff_code"),
        days=tuple(date.fromisoformat(day) for day in known.get("days", ())),
        longer=tuple((code, date.fromisoformat(day), int(minutes)) for code, day, minutes in known.get("longer", ())),
        at_min=known.get("at_min"),
    )


def worded(kept: str | None, language: str, *, is_verified: bool) -> str | None:
    """Say in a language ("en" or "zh") what would plan a duty, and where no solve has shown that it does.

    None where nothing is known.
    """
    if kept is None:
        return None
    relaxation = read(kept)
    if relaxation is None:
        return kept
    words = _chinese(relaxation) if language == "zh" else _english(relaxation)
    if is_verified or relaxation.kind not in _SOLVABLE:
        return words
    return words + ("（未经验证）" if language == "zh" else " (not verified)")


def _english(known: Relaxation) -> str:
    on, at = _days(known.days, "en"), f" at {_clock(known.at_min)}" if known.at_min is not None else ""
    match known.kind:
        case RelaxationKind.LONGER_SEARCH:
            words = "a longer search: it fits as things are"
        case RelaxationKind.OTHER_DAY:
            words = f"other days than its own: {on}{at}" if on else "another day"
        case RelaxationKind.OTHER_PERSON:
            who = known.staff_code or "another person of the role"
            words = f"{who} goes instead" + (f": {on}{at}" if on else "")
        case RelaxationKind.MINUTES if known.longer:
            parts = [f"{code} works {minutes} min longer on {_day(day, 'en')}" for code, day, minutes in known.longer]
            words = _listed(parts, ", ", "and {n} more days")
        case RelaxationKind.MINUTES:
            words = f"{known.amount:.0f} more minutes on one day"
        case RelaxationKind.CAPACITY:
            where = f" on a tour of {known.staff_code}" if known.staff_code else " on a tour"
            words = f"room for {known.amount:.0f} more cartons{where}" + (f": {on}" if on else "")
        case RelaxationKind.OTHER_HOURS:
            words = f"other hours at the shop: service{at}" if at else "other hours at the shop"
        case RelaxationKind.OWNER:
            words = "an owner: publish a plan"
        case RelaxationKind.POINT:
            words = "a point: locate its address"
    return words


def _chinese(known: Relaxation) -> str:
    on, at = _days(known.days, "zh"), f" {_clock(known.at_min)}" if known.at_min is not None else ""
    match known.kind:
        case RelaxationKind.LONGER_SEARCH:
            words = "延长求解即可：按现有条件排得下"
        case RelaxationKind.OTHER_DAY:
            words = f"换到其他日子：{on}{at}" if on else "改日"
        case RelaxationKind.OTHER_PERSON:
            words = f"改由{known.staff_code or '同岗位其他人员'}前往" + (f"：{on}{at}" if on else "")
        case RelaxationKind.MINUTES if known.longer:
            parts = [f"{code} {_day(day, 'zh')}延长 {minutes} 分钟" for code, day, minutes in known.longer]
            words = _listed(parts, "，", "另有 {n} 天")
        case RelaxationKind.MINUTES:
            words = f"某一天延长 {known.amount:.0f} 分钟"
        case RelaxationKind.CAPACITY:
            words = f"{known.staff_code or '车辆'}多装 {known.amount:.0f} 条" + (f"：{on}" if on else "")
        case RelaxationKind.OTHER_HOURS:
            words = f"调整店铺接待时间：{at.strip()}上门" if at else "调整店铺接待时间"
        case RelaxationKind.OWNER:
            words = "确定责任人：发布方案"
        case RelaxationKind.POINT:
            words = "确定位置：完成地址定位"
    return words


def _days(days: Sequence[date], language: str) -> str:
    return _listed([_day(day, language) for day in days], "、" if language == "zh" else ", ", {
        "en": "and {n} more", "zh": "另有 {n} 天",
    }[language])  # fmt: skip


def _listed(parts: Sequence[str], joint: str, rest: str) -> str:
    more = [rest.format(n=len(parts) - _SHOWN)] if len(parts) > _SHOWN else []
    return joint.join([*parts[:_SHOWN], *more])


def _day(day: date, language: str) -> str:
    name = _WEEKDAYS[language][day.weekday()]
    return f"{day.month}月{day.day}日（周{name}）" if language == "zh" else f"{name} {day.isoformat()}"


def _clock(at_min: int | None) -> str:
    return f"{(at_min or 0) // 60:02d}:{(at_min or 0) % 60:02d}"


_REASONS_ZH = {
    "no_pattern": "工作日历排不出它的频次",
    "nobody_present": "它的每种排法都有一天无人在岗",
    "no_way": "没有道路可达",
    "demand_too_large": "需求超过空车容量",
    "visit_too_long": "单次上门加往返超过一天工时",
    "no_minutes_left": "其他任务已占满时间",
    "no_capacity_left": "其他任务已占满装载量",
    "no_owner": "该层没有责任人",
    "no_point": "地址尚未定位",
    "no_time_left": "当天时间不够",
    "window_outside_shift": "接待时间在班次之外",
    "unreachable": "没有道路可达",
    "partner_unserved": "同行人员无法同时到达",
    "service_too_long": "单次上门加往返超过班次",
    "not_allowed": "没有人可以执行",
    "demand_above_capacity": "需求超过车辆容量",
    "not_worth_it": "绕行代价高于其优先级",
    "closed": "今天不营业",
}


def reason_worded(reason: str, words: str, language: str) -> str:
    """Give a reason in a language: `words` in English; in Chinese by its key, where it has one."""
    return _REASONS_ZH.get(reason, words) if language == "zh" else words
