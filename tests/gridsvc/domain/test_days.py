"""A day as its person sees it and as others do; the files that it is written into."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.domain.days import Day, DayRetailer, DayStaff, DayStop, ShopCard, StopState, TravelMethod
from gridsvc.domain.ids import Adcode, RetailerId, StaffId
from gridsvc.domain.layers import Role, TaskType
from gridsvc.domain.visits import VisitOutcome
from gridsvc.maps.gpx import day_gpx
from gridsvc.maps.ics import day_ics

EIGHT = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
TASK = {Role.MARKET_INSPECTOR: TaskType.INSPECTION, Role.CUSTOMER_MANAGER: TaskType.VISIT}
CARD = ShopCard(licence_no="52", tier="A", credit_grade="AA", integrity_star=3, order_cartons=6.0, opens_min=480)


def a_day(role: Role, sealed: tuple[bool, ...], name: str = "老王便利店") -> Day:
    stops = tuple(
        DayStop(
            sequence=number,
            retailer=DayRetailer(
                retailer_id=RetailerId(f"shop-{number}"), retailer_code=f"R{number}", name=name,
                address="中山路 1号, 2栋", lon=106.7, lat=26.57,
            ),
            task_type=TASK[role],
            arrives_at=EIGHT + timedelta(minutes=20 * number),
            starts_at=EIGHT + timedelta(minutes=20 * number),
            departs_at=EIGHT + timedelta(minutes=20 * number + 10),
            slack_s=600,
            why="star:3",
            is_sealed=is_sealed,
            with_staff_code="I02" if is_sealed else None,
            card=CARD.for_role(role),
        )
        for number, is_sealed in enumerate(sealed, start=1)
    )  # fmt: skip
    return Day(
        adcode=Adcode("520103"),
        staff=DayStaff(
            staff_id=StaffId("s"), staff_code="I01", name="赵一", role=role, org_unit=None, office_lon=106.7,
            office_lat=26.5,
        ),
        day=date(2026, 11, 23), time_zone="Asia/Shanghai", departs_at=EIGHT, returns_at=EIGHT, travel_s=100,
        service_s=100, waiting_s=0, distance_m=1000, method=TravelMethod.STREETS, stops=stops, not_planned=(),
        course=((106.7, 26.5), (106.71, 26.51)), route_version="r1",
    ).stamped()  # fmt: skip


def visited(day: Day, position: int) -> Day:
    stops = list(day.stops)
    stops[position] = stops[position].as_visited(VisitOutcome.DONE, None, EIGHT + timedelta(hours=1))
    return replace(day, stops=tuple(stops)).stamped()


@given(st.lists(st.booleans(), min_size=1, max_size=8), st.data())
def test_others_cannot_tell_whether_an_inspectors_day_holds_a_sealed_stop(
    sealed: list[bool], data: st.DataObject
) -> None:
    with_sealed = a_day(Role.MARKET_INSPECTOR, tuple(sealed))
    open_only = a_day(Role.MARKET_INSPECTOR, tuple(False for is_sealed in sealed if not is_sealed))
    shown = with_sealed.without_sealed()
    assert [s.sequence for s in shown.stops] == [s.sequence for s in open_only.without_sealed().stops]
    for stop in shown.stops:
        withheld = (stop.arrives_at, stop.starts_at, stop.departs_at, stop.slack_s, stop.with_staff_code)
        assert withheld == (None,) * 5
    assert (shown.departs_at, shown.travel_s, shown.course, shown.late_s) == (None, None, (), None)
    if any(sealed):
        done = visited(with_sealed, data.draw(st.sampled_from([i for i, s in enumerate(sealed) if s])))
        assert done.version != with_sealed.version
        assert done.without_sealed().version == shown.version  # polling the ETag tells nothing


def test_the_version_follows_the_content() -> None:
    day = a_day(Role.CUSTOMER_MANAGER, (False, False))
    assert day.stamped().version == day.version
    done = visited(day, 0)
    assert (done.version != day.version, done.stops[0].state) == (True, StopState.DONE)
    assert done.late_s == (60 - 30) * 60


def test_a_card_tells_each_role_its_part() -> None:
    driver, manager = CARD.for_role(Role.DELIVERY_DRIVER), CARD.for_role(Role.CUSTOMER_MANAGER)
    inspector = CARD.for_role(Role.MARKET_INSPECTOR)
    assert driver == ShopCard(opens_min=480)
    assert (manager.licence_no, manager.integrity_star, manager.tier, manager.order_cartons) == (None, None, "A", 6.0)
    assert (inspector.licence_no, inspector.integrity_star, inspector.tier, inspector.order_cartons) == (
        "52",
        3,
        None,
        None,
    )


def gpx_texts(body: bytes) -> Iterator[str]:
    return (element.text or "" for element in ET.fromstring(body).iter())


@given(st.text(max_size=30))
def test_any_name_gives_a_file_that_can_be_read(name: str) -> None:
    day = a_day(Role.CUSTOMER_MANAGER, (False,) * 3, name)
    root = ET.fromstring(day_gpx(day))
    assert len(root.findall("{*}rte/{*}rtept")) == 3
    lines = day_ics(day, EIGHT).decode().split("\r\n")
    assert lines[-1] == ""
    assert all(len(line.encode()) <= 75 and "\n" not in line and "\r" not in line for line in lines)
    unfolded = day_ics(day, EIGHT).decode().replace("\r\n ", "").split("\r\n")
    assert [line for line in unfolded if line.startswith("BEGIN:")] == ["BEGIN:VCALENDAR", *["BEGIN:VEVENT"] * 3]


def test_a_calendar_has_the_times_in_utc_and_an_escaped_address() -> None:
    body = day_ics(a_day(Role.CUSTOMER_MANAGER, (False,)), EIGHT).decode()
    assert "DTSTART:20261123T005000Z\r\nDTEND:20261123T010000Z\r\n" in body
    assert "LOCATION:中山路 1号\\, 2栋\r\n" in body


def test_a_withheld_day_has_events_of_the_whole_day() -> None:
    body = day_ics(a_day(Role.MARKET_INSPECTOR, (False, True)).without_sealed(), EIGHT).decode()
    assert body.count("BEGIN:VEVENT") == 1
    assert "DTSTART;VALUE=DATE:20261123\r\nDTEND;VALUE=DATE:20261124\r\n" in body


@pytest.mark.parametrize("role", [Role.MARKET_INSPECTOR, Role.CUSTOMER_MANAGER])
def test_a_route_for_a_device_says_what_it_is(role: Role) -> None:
    texts = list(gpx_texts(day_gpx(a_day(role, (False,)))))
    assert any("internal use" in text for text in texts)
    assert "2026-11-23T00:50:00Z" in texts
