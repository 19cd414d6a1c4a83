"""One person's day drawn on the district's streets, as an SVG picture that stands by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from math import cos, radians
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gridsvc.domain.days import Day, DayStop
from gridsvc.maps.report_words import WORDS

_WIDTH, _LEAST_HEIGHT, _MOST_HEIGHT = 800.0, 400.0, 1000.0
_HEAD, _FOOT, _MARGIN = 46.0, 22.0, 24.0
_MORNING, _AFTERNOON, _OTHER = "#1f5aa6", "#b3541e", "#3b4a57"
_WORDS = {
    "zh": {
        "stops": "{n} 站", "travel": "途中 {min:.0f} 分钟，{km:.1f} 公里", "span": "{a} 出发，{b} 返回",
        "morning": "上午", "afternoon": "下午", "office": "办公室", "synthetic": "含虚构数据 SYNTHETIC",
        "withheld": "稽查路线不公开：只画出公开站点", "straight": "无街道数据：直线",
    },
    "en": {
        "stops": "{n} stops", "travel": "{min:.0f} min and {km:.1f} km of travel", "span": "leaves {a}, back {b}",
        "morning": "morning", "afternoon": "afternoon", "office": "office", "synthetic": "SYNTHETIC invented data",
        "withheld": "an inspector's way is not told: open stops only", "straight": "straight lines: no streets known",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Export:
    """Who took the picture out of the service, on which day, and the map's approval number where one is required."""

    user: str
    day: str
    approval_number: str = ""


@dataclass(frozen=True, slots=True)
class _Frame:
    """Degrees to pixels: equal scale in both directions, north up."""

    west: float
    north: float
    scale: float
    squeeze: float
    height: float

    @classmethod
    def around(cls, points: list[tuple[float, float]]) -> _Frame:
        lon, lat = np.array(points).T
        squeeze = cos(radians(float(lat.mean())))
        wide, high = max(float(np.ptp(lon)) * squeeze, 1e-4), max(float(np.ptp(lat)), 1e-4)
        room = _MOST_HEIGHT - _HEAD - 2 * _MARGIN
        scale = min((_WIDTH - 2 * _MARGIN) / wide, room / high)
        height = min(max(high * scale, _LEAST_HEIGHT - _HEAD - 2 * _MARGIN), room)
        left, top = (_WIDTH - 2 * _MARGIN - wide * scale) / 2, (height - high * scale) / 2
        west = float(lon.min()) - (left + _MARGIN) / scale / squeeze
        return cls(west, float(lat.max()) + (top + _MARGIN) / scale, scale, squeeze, height + 2 * _MARGIN)

    def xy(self, lon: float, lat: float) -> tuple[float, float]:
        return (lon - self.west) * self.squeeze * self.scale, _HEAD + (self.north - lat) * self.scale

    def box(self) -> tuple[float, float, float, float]:
        """Give what the picture shows, in degrees."""
        east = self.west + _WIDTH / self.scale / self.squeeze
        return self.west, self.north - self.height / self.scale, east, self.north


def day_drawing(day: Day, streets: Iterable[BaseGeometry], export: Export, language: str = "en") -> str:
    """Draw a day: the streets around it, the way along them, the office, and the stops in their order.

    What the day withholds is not drawn (`Day.without_sealed`): an inspector's stops then have neither way nor times.

    Parameters
    ----------
    streets : lines in WGS-84; those outside the picture are left away
    language : zh or en
    """
    words = _WORDS[language]
    office = (day.staff.office_lon, day.staff.office_lat)
    places = [(stop.retailer.lon, stop.retailer.lat) for stop in day.stops]
    frame = _Frame.around([office, *places, *day.course])
    parts = [_streets(frame, streets), *_way(frame, day.course), *_office(frame, office, words["office"])]
    parts += [mark for stop in reversed(day.stops) for mark in _stop(frame, day, stop)]
    height = _HEAD + frame.height + _FOOT
    title = escape(f"{day.staff.staff_code} {day.staff.name}, {day.day.isoformat()}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:g} {height:.0f}" role="img" aria-label="{title}"'
        f' font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}'
        f'<rect width="100%" height="{_HEAD:g}" fill="#fff"/>{_head(day, title, words)}'
        f"{_foot(export, height, WORDS[language])}</svg>\n"
    )


def _streets(frame: _Frame, streets: Iterable[BaseGeometry]) -> str:
    """The streets of the picture as one path."""
    west, south, east, north = frame.box()
    drawn: list[str] = []
    for line in streets:
        seen = shapely.clip_by_rect(line, west, south, east, north)
        drawn += [_line(frame, shapely.get_coordinates(part).tolist()) for part in shapely.get_parts(seen)]
    return f'<path d="{"".join(drawn)}" fill="none" stroke="#d3d9de" stroke-width="1.2"/>'


def _way(frame: _Frame, course: tuple[tuple[float, float], ...]) -> list[str]:
    """The way, light beneath and dark above, so that it stands out where it runs twice."""
    if len(course) < 2:
        return []
    way = _line(frame, course)
    look = 'fill="none" stroke-linejoin="round"'
    return [
        f'<path d="{way}" {look} stroke="#fff" stroke-width="6"/>',
        f'<path d="{way}" {look} stroke="#17222c" stroke-opacity=".65" stroke-width="2.4"/>',
    ]


def _line(frame: _Frame, points: Iterable[tuple[float, float]]) -> str:
    corners = [frame.xy(lon, lat) for lon, lat in points]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in corners)


def _office(frame: _Frame, office: tuple[float, float], word: str) -> list[str]:
    x, y = frame.xy(*office)
    return [
        f'<rect x="{x - 7:.1f}" y="{y - 7:.1f}" width="14" height="14" fill="#17222c"><title>{word}</title></rect>',
        f'<path d="M{x - 4:.1f} {y + 3:.1f}v-5l4 -3l4 3v5z" fill="#fff"/>',
    ]


def _stop(frame: _Frame, day: Day, stop: DayStop) -> list[str]:
    """A stop as a numbered disc, its time and shop as a tooltip."""
    x, y = frame.xy(stop.retailer.lon, stop.retailer.lat)
    half = _half_of(day, stop)
    colour = {"morning": _MORNING, "afternoon": _AFTERNOON}.get(half, _OTHER)
    when = stop.starts_at.astimezone(ZoneInfo(day.time_zone)).strftime("%H:%M ") if stop.starts_at else ""
    number = "" if day.is_withheld else str(stop.sequence)
    words = escape(f"{number} {when}{stop.retailer.name}".strip())
    return [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="8.5" fill="{colour}" stroke="#fff"><title>{words}</title></circle>',
        f'<text x="{x:.1f}" y="{y + 3.6:.1f}" font-size="10" text-anchor="middle" fill="#fff">{number}</text>',
    ]


def _half_of(day: Day, stop: DayStop) -> str:
    if stop.half_day is not None or stop.starts_at is None:
        return stop.half_day or ""
    return "morning" if stop.starts_at.astimezone(ZoneInfo(day.time_zone)).hour < 12 else "afternoon"


def _head(day: Day, title: str, words: dict[str, str]) -> str:
    """Two lines above the picture: whose day, and its figures; the colours' key at the right."""
    zone = ZoneInfo(day.time_zone)
    told = [words["stops"].format(n=len(day.stops))]
    if day.departs_at is not None and day.returns_at is not None:
        span = [instant.astimezone(zone).strftime("%H:%M") for instant in (day.departs_at, day.returns_at)]
        told.append(words["span"].format(a=span[0], b=span[1]))
    if day.travel_s is not None and day.distance_m is not None:
        told.append(words["travel"].format(min=day.travel_s / 60, km=day.distance_m / 1000))
    told += [words["straight"]] if day.method != "streets" else []
    told += [words["withheld"]] if day.is_withheld else []
    told += [words["synthetic"]] if day.is_synthetic else []
    key = [("morning", _MORNING, 150), ("afternoon", _AFTERNOON, 78)]
    return (
        f'<text x="{_MARGIN:g}" y="20" font-size="14" font-weight="bold" fill="#17222c">{title}</text>'
        f'<text x="{_MARGIN:g}" y="38" fill="#3b4a57">{escape(" · ".join(told))}</text>'
        + "".join(
            f'<circle cx="{_WIDTH - at:g}" cy="16" r="5" fill="{colour}"/>'
            f'<text x="{_WIDTH - at + 9:g}" y="20" fill="#3b4a57">{words[half]}</text>'
            for half, colour, at in key
        )
    )


def _foot(export: Export, height: float, words: dict[str, str]) -> str:
    """The line that every exported map bears: internal use, who exported it when, its approval number."""
    told = [words["internal"], words["exported"].format(user=export.user, date=export.day)]
    told += [words["approval"].format(number=export.approval_number)] if export.approval_number else []
    return (
        f'<rect y="{height - _FOOT:.0f}" width="100%" height="{_FOOT:g}" fill="#fff"/>'
        f'<text x="{_MARGIN:g}" y="{height - 7:.0f}" fill="#3b4a57">{escape(" · ".join(told))}</text>'
    )
