"""What the API answers: ownership, grids, shops, days, plans."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
import shapely

from geo_data.datums import Datum, from_wgs84
from gridsvc.clock import midnight
from gridsvc.domain.layers import Layer
from gridsvc.domain.permissions import AccountRole
from gridsvc.storage import districts
from tests.api.conftest import PATIENCE_S, Served


@pytest.fixture(scope="module")
def planner(served: Served) -> Iterator[httpx.Client]:
    with served.as_key(AccountRole.PLANNER) as client:
        yield client


def test_a_place_a_code_a_licence_and_an_identifier_name_the_same_trio(served: Served, planner: httpx.Client) -> None:
    lon, lat = float(served.seeded.lon[7]), float(served.seeded.lat[7])
    answers = [
        planner.get("/v1/ownership", params={"lat": lat, "lon": lon}).json(),
        planner.get("/v1/ownership", params={"retailer_code": "R00008"}).json(),
        planner.get("/v1/ownership", params={"licence_no": "000000000008"}).json(),
        planner.get(f"/v1/retailers/{served.seeded.retailer_ids[7]}/ownership").json(),
    ]
    trios = [tuple(owner["owner"]["staff_code"] for owner in answer["layers"]) for answer in answers]
    assert len(set(trios)) == 1
    assert [owner["layer"] for owner in answers[0]["layers"]] == ["inspection", "marketing", "delivery"]
    assert [answer["matched_by"] for answer in answers] == ["point", "retailer_code", "licence_no", "retailer_id"]


@pytest.mark.parametrize("crs", Datum)
def test_a_place_may_be_named_in_any_datum_and_is_answered_in_it(
    served: Served, planner: httpx.Client, crs: Datum
) -> None:
    lon, lat = from_wgs84(float(served.seeded.lon[3]), float(served.seeded.lat[3]), crs)
    asked = planner.get("/v1/ownership", params={"lat": float(lat), "lon": float(lon), "crs": crs.value}).json()
    by_code = planner.get("/v1/ownership", params={"retailer_code": "R00004", "crs": crs.value}).json()
    assert [o["owner"]["staff_id"] for o in asked["layers"]] == [o["owner"]["staff_id"] for o in by_code["layers"]]
    assert asked["crs"] == crs.value
    assert by_code["retailer"]["lon"] == pytest.approx(float(lon), abs=2e-6)
    assert by_code["retailer"]["lat"] == pytest.approx(float(lat), abs=2e-6)


def test_one_layer_and_an_instant_can_be_named(served: Served, planner: httpx.Client) -> None:
    before = served.seeded.published_at - timedelta(days=1)
    now = planner.get("/v1/ownership", params={"retailer_code": "R00001", "layer": "marketing"}).json()
    then = planner.get("/v1/ownership", params={"retailer_code": "R00001", "as_of": before.isoformat()}).json()
    assert [owner["layer"] for owner in now["layers"]] == ["marketing"]
    assert (now["generation"], then["generation"]) == (1, 0)
    assert all(owner["owner"] is None and owner["fallback_department"] for owner in then["layers"])
    unescaped = f"/v1/ownership?retailer_code=R00001&as_of={before.isoformat()}"
    assert planner.get(unescaped).json()["generation"] == 0


def test_the_etag_is_generation_and_revision(served: Served, planner: httpx.Client) -> None:
    first = planner.get("/v1/grids?layer=inspection")
    generation, revision = first.headers["etag"].strip('"').split(".")
    assert (int(generation), int(revision)) == (first.json()["generation"], first.json()["revision"])
    again = planner.get("/v1/grids?layer=inspection", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_an_ownership_answer_is_sent_again_only_when_it_changed(served: Served, planner: httpx.Client) -> None:
    def ask(path: str, held: str = "") -> httpx.Response:
        return planner.get(path, headers={"If-None-Match": held} if held else {})

    paths = [
        "/v1/ownership?retailer_code=R00001",
        "/v1/ownership?retailer_code=R00001&layer=marketing",
        "/v1/ownership?retailer_code=R00001&crs=gcj02",
        "/v1/ownership?retailer_code=R00002",
        f"/v1/retailers/{served.seeded.retailer_ids[0]}/ownership",
    ]
    answers = {path: ask(path) for path in paths}
    tags = {path: answer.headers["etag"] for path, answer in answers.items()}
    assert len(set(tags.values())) == len(paths)
    for path, tag in tags.items():
        known = answers[path].json()
        assert tag.startswith(f'W/"{known["generation"]}.{known["revision"]}.')
        again = ask(path, held=f'"other", {tag}')
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert "no-store" not in again.headers["cache-control"]
    assert ask(paths[3], held=tags[paths[0]]).status_code == 200
    with served.service.store.transaction(served.seeded.adcode) as tx:
        districts.bump_revision(tx)
    for _ in range(200):
        changed = ask(paths[0], held=tags[paths[0]])
        if changed.status_code == 200:
            break
    assert changed.headers["etag"] != tags[paths[0]]


def test_a_change_is_seen_without_a_restart(served: Served, planner: httpx.Client) -> None:
    before = planner.get("/v1/districts").json()["items"][0]["revision"]
    with served.service.store.transaction(served.seeded.adcode) as tx:
        now = districts.bump_revision(tx)
    assert now == before + 1
    for _ in range(200):  # the notice travels from the database's commit to this process
        answer = planner.get("/v1/ownership?retailer_code=R00001").json()
        if answer["revision"] == now:
            break
    assert answer["revision"] == now


def test_grids_are_geojson_that_tiles_the_district(served: Served, planner: httpx.Client) -> None:
    answer = planner.get("/v1/grids?layer=delivery")
    assert answer.headers["content-type"] == "application/geo+json"
    collection = answer.json()
    shapes = [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in collection["features"]]
    assert collection["is_synthetic"] is True
    assert [feature["properties"]["number"] for feature in collection["features"]] == [1, 2, 3]
    assert all(shape.is_valid for shape in shapes)
    whole = shapely.union_all(shapes)
    assert sum(shape.area for shape in shapes) == pytest.approx(whole.area, rel=0.02)
    points = shapely.points(served.seeded.lon, served.seeded.lat)
    assert shapely.covers(whole, points).all()


def test_a_layer_counts_every_shop_once_and_its_deviations_balance(served: Served, planner: httpx.Client) -> None:
    for layer in Layer:
        known = planner.get(f"/v1/layers/{layer}").json()
        grids = known["grids"]
        assert sum(grid["n_retailers"] for grid in grids) == known["n_retailers"] == 120
        assert sum(grid["deviation_share"] for grid in grids) == pytest.approx(0, abs=1e-9)
        assert known["max_deviation_share"] == max(abs(grid["deviation_share"]) for grid in grids)
        assert len(known["grid_of_unit"]) == sum(grid["n_units"] for grid in grids)
        assert known["n_trios"] >= 3


def test_a_grid_lists_its_shops(planner: httpx.Client) -> None:
    grid = planner.get("/v1/layers/marketing").json()["grids"][1]
    found = planner.get(f"/v1/grids/{grid['grid_id']}").json()
    assert (found["layer"], found["grid"]["number"]) == ("marketing", 2)
    assert len(found["retailers"]) == grid["n_retailers"]
    assert planner.get("/v1/grids/none").status_code == 404


def test_unit_shapes_come_back_from_their_small_integers(served: Served, planner: httpx.Client) -> None:
    import h3

    found = planner.get(f"/v1/unit-sets/{served.seeded.unit_set_id}").json()
    topology = found["topology"]
    lon = lat = 0
    corners = []
    for at in range(0, len(topology["corners"]), 2):
        lon, lat = lon + topology["corners"][at], lat + topology["corners"][at + 1]
        corners.append((lon / topology["scale"], lat / topology["scale"]))
    row = 11
    ring = [corners[corner] for corner in topology["rings"][row][0]]
    expected = [(x, y) for y, x in h3.cell_to_boundary(found["ids"][row])]
    assert shapely.Polygon(ring).symmetric_difference(shapely.Polygon(expected)).area < 1e-8
    assert len(topology["corners"]) / 2 < 3 * len(found["ids"])  # corners are shared


def test_shops_are_found_by_what_people_remember(planner: httpx.Client) -> None:
    def codes(**query: str | int) -> list[str]:
        return [item["retailer_code"] for item in planner.get("/v1/retailers", params=query).json()["items"]]

    assert codes(q="r00012") == ["R00012"]
    assert codes(q="０００００００００１２０") == ["R00120"]
    assert codes(q="中山路 12号") == ["R00012", "R00112"]
    assert codes(q="便利店 99号") == ["R00099"]
    assert codes(q="100%") == []
    assert codes(q="x\x00y") == []


def test_a_list_is_paged_to_its_end_without_gaps(planner: httpx.Client) -> None:
    seen: list[str] = []
    after: str | None = None
    while True:
        query: dict[str, str | int] = {"limit": 50} | ({"after": after} if after else {})
        listed = planner.get("/v1/retailers", params=query).json()
        seen += [item["retailer_code"] for item in listed["items"]]
        after = listed["next"]
        if after is None:
            break
    assert seen == served_codes(120)


def served_codes(n_shops: int) -> list[str]:
    return [f"R{number:05d}" for number in range(1, n_shops + 1)]


def test_a_day_is_given_in_order_with_its_reasons(served: Served, planner: httpx.Client) -> None:
    day = served.seeded.day.isoformat()
    answer = planner.get(f"/v1/staff/M01/days/{day}")
    known = answer.json()
    assert [stop["sequence"] for stop in known["stops"]] == list(range(1, len(known["stops"]) + 1))
    assert all(stop["why"] and stop["task_type"] == "visit" for stop in known["stops"])
    assert known["is_withheld"] is False
    again = planner.get(f"/v1/staff/M01/days/{day}", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    by_accept = planner.get(f"/v1/staff/M01/days/{day}", headers={"Accept": "application/geo+json"})
    by_format = planner.get(f"/v1/staff/M01/days/{day}?format=geojson")
    assert by_accept.json() == by_format.json()
    assert [feature["geometry"]["type"] for feature in by_format.json()["features"]][:2] == ["LineString", "Point"]
    listed = planner.get(f"/v1/staff/M01/days?first={day}&last={day}").json()["days"]
    assert listed == [{"day": day, "n_stops": len(known["stops"])}]


@pytest.mark.parametrize(
    ("form", "media_type", "begins"),
    [("gpx", "application/gpx+xml", b"<?xml"), ("ics", "text/calendar", b"BEGIN:VCALENDAR")],
)
def test_a_day_is_a_file_by_format_or_accept(
    served: Served, planner: httpx.Client, form: str, media_type: str, begins: bytes
) -> None:
    path = f"/v1/staff/M01/days/{served.seeded.day.isoformat()}"
    by_format = planner.get(f"{path}?format={form}")
    by_accept = planner.get(path, headers={"Accept": media_type})
    assert by_format.content == by_accept.content
    assert by_format.content.startswith(begins)
    assert by_format.headers["content-type"].startswith(media_type)
    assert by_format.headers["etag"] != planner.get(path).headers["etag"]
    again = planner.get(f"{path}?format={form}", headers={"If-None-Match": by_format.headers["etag"]})
    assert again.status_code == 304


def test_the_files_of_an_inspectors_own_day_hold_no_sealed_stop(served: Served) -> None:
    path = f"/v1/staff/I01/days/{served.seeded.day.isoformat()}"
    with served.as_person("market_inspector") as client:
        n_open = sum(not stop["is_sealed"] for stop in client.get(path).json()["stops"])
        assert client.get(f"{path}?format=ics").text.count("BEGIN:VEVENT") == n_open
        assert client.get(f"{path}?format=gpx").text.count("<rtept") == n_open


def test_a_card_holds_what_concerns_the_role(served: Served, planner: httpx.Client) -> None:
    day = served.seeded.day.isoformat()
    manager = planner.get(f"/v1/staff/M01/days/{day}").json()["stops"][0]["card"]
    driver = planner.get(f"/v1/staff/D01/days/{day}").json()["stops"][0]["card"]
    assert (manager["tier"] is not None, manager["licence_no"]) == (True, None)
    assert [driver[key] for key in ("tier", "licence_no", "order_cartons", "integrity_star")] == [None] * 4


def test_a_sealed_inspection_is_in_the_inspectors_own_view_only(served: Served, planner: httpx.Client) -> None:
    path = f"/v1/staff/I01/days/{served.seeded.day.isoformat()}"
    with served.as_person("market_inspector") as client:
        own = client.get(path)
    others = planner.get(path)
    sealed = [stop for stop in own.json()["stops"] if stop["is_sealed"]]
    assert len(sealed) == 1
    assert sealed[0]["retailer"]["retailer_id"] not in others.text
    assert sealed[0]["retailer"]["retailer_id"] not in planner.get(f"{path}?format=geojson").text
    shown = others.json()
    assert [stop["sequence"] for stop in shown["stops"]] == list(range(1, len(own.json()["stops"])))
    hidden = [shown[name] for name in ("departs_at", "returns_at", "travel_s", "service_s", "distance_m")]
    assert hidden == [None] * 5
    assert shown["course"] == []
    assert all(stop["starts_at"] is None and stop["half_day"] in {"morning", "afternoon"} for stop in shown["stops"])
    assert own.headers["etag"] != others.headers["etag"]


def test_an_inspectors_day_without_sealed_duties_looks_to_others_like_one_with(
    served: Served, planner: httpx.Client
) -> None:
    day = served.seeded.day.isoformat()
    sealed, plain = (planner.get(f"/v1/staff/{staff}/days/{day}").json() for staff in ("I01", "I02"))
    assert (len(sealed["stops"]), len(plain["stops"])) == (9, 10)
    for known in (sealed, plain):
        assert known["is_withheld"] is True
        assert (known["departs_at"], known["travel_s"], known["course"]) == (None, None, [])
        assert all(stop["arrives_at"] is None and stop["half_day"] for stop in known["stops"])
    assert not any(planner.get(f"/v1/staff/{staff}/days/{day}").json()["is_withheld"] for staff in ("M01", "D01"))


def test_plans_and_jobs_are_listed(served: Served, planner: httpx.Client) -> None:
    plans = planner.get("/v1/plans").json()["items"]
    assert [plan["plan_id"] for plan in plans] == [served.seeded.plan_id]
    assert planner.get(f"/v1/plans/{served.seeded.plan_id}").json()["plan"]["title"] == "第一版方案"
    assert planner.get("/v1/jobs").json() == {"items": [], "next": None}


def test_the_service_says_that_it_lives_and_is_ready(served: Served) -> None:
    assert httpx.get(f"{served.address}/healthz", timeout=PATIENCE_S).json() == {"state": "alive"}
    assert httpx.get(f"{served.address}/readyz", timeout=PATIENCE_S).json() == {"state": "ready", "can_look_up": True}


def test_today_of_the_page_is_a_working_day(served: Served) -> None:
    sunday = midnight(served.seeded.day, "Asia/Shanghai") - timedelta(hours=12)
    begun, served.clock.instant = served.clock.instant, sunday
    try:
        with served.as_person("planner") as client:
            assert f'"today":"{served.seeded.day.isoformat()}"' in client.get("/").text
    finally:
        served.clock.instant = begun
