"""Leave cover: on every day of it somebody acts for each shop, and it ends by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from gridsvc.domain.permissions import AccountRole
from tests.api.conftest import Served


@pytest.fixture(scope="module")
def planner(served: Served) -> Iterator[httpx.Client]:
    with served.as_key(AccountRole.PLANNER) as client:
        yield client


def answers(client: httpx.Client, served: Served, as_of: datetime | None = None) -> list[dict[str, Any]]:
    """Give every shop's marketing answer."""
    params = {"layer": "marketing"} | ({"as_of": as_of.isoformat()} if as_of else {})
    return [
        client.get(f"/v1/retailers/{shop}/ownership", params=params).json()["layers"][0]
        for shop in served.seeded.retailer_ids[::3]
    ]


def test_a_cover_holds_on_every_day_and_ends_by_itself(planner: httpx.Client, served: Served) -> None:
    asked = {"staff": "M01", "first_day": "2026-11-25", "last_day": "2026-11-27"}
    before = answers(planner, served)
    preview = planner.post("/v1/covers:preview", json=asked)
    assert preview.status_code == 200, preview.text
    assert answers(planner, served) == before
    made = planner.post("/v1/covers", json=asked)
    assert made.status_code == 201, made.text
    answer = made.json()
    assert (answer["split"], answer["uncovered"]) == (preview.json(), [])
    mine = [a["owner"]["staff_code"] == "M01" for a in before]
    assert answer["n_covered"] == sum(len(share["retailer_ids"]) for share in answer["split"]["shares"]) > 0
    helpers = {share["member"]["staff_code"] for share in answer["split"]["shares"]}
    assert helpers <= {"M02", "M03"}
    day = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)  # midnight of the 25th in Shanghai
    for instant in (day, day + timedelta(days=1, hours=5), day + timedelta(days=3, microseconds=-1)):
        during = answers(planner, served, instant)
        assert [a["owner"] for a in during] == [a["owner"] for a in before]  # the owner stays the owner
        assert [a["acting_owner"] is not None for a in during] == mine
        assert {a["acting_owner"]["staff_code"] for a in during if a["acting_owner"]} <= helpers
        assert {a["acting_reason"] for a in during if a["acting_owner"]} == {"leave"}
    for instant in (day - timedelta(microseconds=1), day + timedelta(days=3)):
        assert not any(a["acting_owner"] for a in answers(planner, served, instant))
    # the clock alone puts it in and takes it out
    begin = served.clock.instant
    served.clock.instant = day + timedelta(hours=9)
    assert sum(a["acting_owner"] is not None for a in answers(planner, served)) == sum(mine)
    served.clock.instant = day + timedelta(days=3)
    assert not any(a["acting_owner"] for a in answers(planner, served))
    served.clock.instant = begin


def test_nobody_is_covered_twice_and_a_cover_can_end_early(planner: httpx.Client, served: Served) -> None:
    asked = {"staff": "M02", "first_day": "2026-11-23", "last_day": "2026-12-04", "reason": "training"}
    made = planner.post("/v1/covers", json=asked)
    assert made.status_code == 201, made.text
    cover = made.json()["cover"]["leave_cover_id"]
    again = planner.post("/v1/covers", json=asked | {"first_day": "2026-12-04", "last_day": "2026-12-08"})
    assert (again.status_code, "already" in again.json()["detail"]) == (409, True)
    assert any(a["acting_reason"] == "training" for a in answers(planner, served))
    assert [c["leave_cover_id"] for c in planner.get("/v1/covers").json()["items"]].count(cover) == 1
    served.clock.instant += timedelta(minutes=1)
    ended = planner.post(f"/v1/covers/{cover}:end")
    assert (ended.status_code, ended.json()["ended_by"]) == (200, "planner")
    assert not any(a["acting_reason"] == "training" for a in answers(planner, served))
    assert planner.post(f"/v1/covers/{cover}:end").status_code == 409


@pytest.mark.parametrize(
    ("changed", "status"),
    [({"staff": "M99"}, 404), ({"last_day": "2026-11-20"}, 422),
     ({"first_day": "2026-11-01", "last_day": "2026-11-02"}, 422),
     ({"last_day": "2029-01-01"}, 422), ({"reason": "flu"}, 422), ({"away": ["x"]}, 422)],
)  # fmt: skip
def test_what_cannot_be_covered_is_refused(planner: httpx.Client, changed: dict[str, Any], status: int) -> None:
    asked = {"staff": "M03", "first_day": "2026-11-25", "last_day": "2026-11-27"} | changed
    assert planner.post("/v1/covers", json=asked).status_code == status


def test_field_staff_do_not_make_covers(served: Served) -> None:
    asked = {"staff": "I01", "first_day": "2026-11-25", "last_day": "2026-11-27"}
    with served.as_role(AccountRole.MARKET_INSPECTOR) as inspector:
        assert inspector.post("/v1/covers", json=asked).status_code == 403
