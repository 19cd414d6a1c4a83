"""A day as GPX 1.1, for navigation devices: stops as way points and a route in order."""

from __future__ import annotations

from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from gridsvc.domain.days import Day, DayStop

MEDIA_TYPE = "application/gpx+xml"
_NAMESPACE = "http://www.topografix.com/GPX/1/1"
_DECIMALS = 6


def day_gpx(day: Day) -> bytes:
    """Give the stops in order with their times, and the way on streets as a track where it is known."""
    root = ET.Element("gpx", {"version": "1.1", "creator": "gridsvc", "xmlns": _NAMESPACE})
    about = ET.SubElement(root, "metadata")
    synthetic = " SYNTHETIC" if day.is_synthetic else ""
    ET.SubElement(about, "name").text = _plain(f"{day.staff.staff_code} {day.day.isoformat()}{synthetic}")
    ET.SubElement(about, "desc").text = f"internal use; travel by {day.method}"
    for stop in day.stops:
        _point(root, "wpt", stop)
    route = ET.SubElement(root, "rte")
    ET.SubElement(route, "name").text = _plain(day.staff.staff_code)
    for stop in day.stops:
        _point(route, "rtept", stop)
    if len(day.course) > 1:
        segment = ET.SubElement(ET.SubElement(root, "trk"), "trkseg")
        for lon, lat in day.course:
            ET.SubElement(segment, "trkpt", _at(lon, lat))
    body: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return body


def _point(parent: ET.Element, tag: str, stop: DayStop) -> None:
    element = ET.SubElement(parent, tag, _at(stop.retailer.lon, stop.retailer.lat))
    if stop.starts_at is not None:
        ET.SubElement(element, "time").text = _utc(stop.starts_at)
    ET.SubElement(element, "name").text = _plain(f"{stop.sequence}. {stop.retailer.name}")
    when = f"; {stop.half_day}" if stop.half_day else ""
    ET.SubElement(element, "desc").text = _plain(f"{stop.retailer.address}; {stop.task_type}; {stop.why}{when}")


def _at(lon: float, lat: float) -> dict[str, str]:
    return {"lat": f"{lat:.{_DECIMALS}f}", "lon": f"{lon:.{_DECIMALS}f}"}


def _utc(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _plain(text: str) -> str:
    """Leave out characters that XML 1.0 cannot hold at all."""
    return "".join(
        c for c in text if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff"
    )
