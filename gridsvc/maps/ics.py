"""A day as an iCalendar file (RFC 5545): one event a stop, for the calendar of a phone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from gridsvc.domain.days import Day, DayStop

MEDIA_TYPE = "text/calendar"
_MOST_OCTETS = 75


def day_ics(day: Day, made_at: datetime) -> bytes:
    """Give the stops as events; a stop whose times are withheld is an event of the whole day."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//gridsvc//day//EN",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{_text(f'{day.staff.staff_code} {day.day.isoformat()}')}",
    ]
    for stop in day.stops:
        lines.extend(_event(day, stop, made_at))
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line)).encode()


def _event(day: Day, stop: DayStop, made_at: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{day.day.isoformat()}-{stop.task_type}-{stop.retailer.retailer_id}-{day.staff.staff_id}@gridsvc"
    yield f"DTSTAMP:{_utc(made_at)}"
    if stop.starts_at is not None and stop.departs_at is not None:
        yield f"DTSTART:{_utc(stop.starts_at)}"
        yield f"DTEND:{_utc(stop.departs_at)}"
    else:
        yield f"DTSTART;VALUE=DATE:{day.day:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{day.day + timedelta(days=1):%Y%m%d}"
    half = f" ({stop.half_day})" if stop.half_day else ""
    synthetic = " SYNTHETIC" if day.is_synthetic else ""
    yield f"SUMMARY:{_text(f'{stop.sequence}. {stop.retailer.name}{half}{synthetic}')}"
    yield f"LOCATION:{_text(stop.retailer.address)}"
    yield f"GEO:{stop.retailer.lat:.6f};{stop.retailer.lon:.6f}"
    yield f"DESCRIPTION:{_text(f'{stop.task_type}; {stop.why}; internal use')}"
    yield "END:VEVENT"


def _utc(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    """Escape a text value; control characters end no line."""
    flat = "".join(c if c.isprintable() else " " for c in value)
    return flat.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def _folded(line: str) -> Iterator[str]:
    """Break a line after at most 75 octets, never inside a character."""
    part, size = "", 0
    for character in line:
        width = len(character.encode())
        if size + width > _MOST_OCTETS:
            yield part
            part, size = " ", 1
        part, size = part + character, size + width
    yield part
