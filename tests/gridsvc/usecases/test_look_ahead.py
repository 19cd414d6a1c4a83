"""The licence plan: cells count what the register holds, distances are judged to the metre, approvals have a price."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import shapely

from geo_data.projection import LocalProjection
from gridsvc.cluster import RunningDatabase
from gridsvc.domain.errors import BadInput, NotFound
from gridsvc.domain.layers import Layer
from gridsvc.domain.layout import JudgedApplication, LayoutCell
from gridsvc.domain.workload import WORKING_DAYS_PER_CYCLE, RetailerFacts, UrbanForm, Workload
from gridsvc.storage import Store
from gridsvc.usecases.import_layout import import_layout
from gridsvc.usecases.import_streets import import_streets
from gridsvc.usecases.look_ahead import look_ahead
from gridsvc.usecases.read_layout import read_layout
from tests.fakes.small_district import SmallDistrict, build
from tests.gridsvc.usecases.small_town import EAST, NORTH, SOUTH, WEST, WGS84, shop, shops, write_csv, write_geojson

MIDDLE = (WEST + EAST) / 2
ROW = SOUTH + 0.003  # shops 0 to 15 stand on this street
METRES = LocalProjection.around([WEST, EAST], [SOUTH, NORTH])
N_SHOPS = 64


def beside(number: int, east_m: float) -> tuple[float, float]:
    """Give the place so many metres east of a shop, on the same street."""
    row = shop(number)
    x, y = METRES.xy_m([float(str(row["lon"]))], [float(str(row["lat"]))])[0]
    lon, lat = METRES.lonlat(np.array([[x + east_m, y]]))
    return float(lon[0]), float(lat[0])


@pytest.fixture(scope="module")
def district(database: RunningDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDistrict]:
    store = Store(database.app_url, pool_size=2)
    built = build(store, tmp_path_factory.mktemp("town"), shop_rows=shops(N_SHOPS))
    built.pass_time(days=1)
    built.draw_and_publish(seed=1)
    folder, who = built.folder, built.who
    nodes = [{"node": f"{x}{y}", "lon": lon, "lat": SOUTH + 0.003 + 0.002 * y}
             for y in range(4) for x, lon in (("w", WEST), ("e", EAST))]  # fmt: skip
    edges = [{"u": f"w{y}", "v": f"e{y}"} for y in range(4)] + [{"u": f"w{y}", "v": f"w{y + 1}"} for y in range(3)]
    import_streets(store, built.clock, **who, path=write_csv(folder / "edges.csv", edges),
                   nodes=write_csv(folder / "nodes.csv", nodes), options=WGS84)  # fmt: skip
    cells = [
        ({"cell_code": "W", "name": "west", "planned": 33, "spacing_m": 30, "school_spacing_m": 50},
         shapely.box(WEST, SOUTH, MIDDLE, NORTH)),
        ({"cell_code": "E", "name": "east", "planned": 40, "spacing_m": 0}, shapely.box(MIDDLE, SOUTH, EAST, NORTH)),
    ]  # fmt: skip
    school = beside(2, 100.0)
    applications = [
        {"application_no": f"A{metres}", "name": f"at {metres} m", "lon": lon, "lat": lat, "applied_on": day}
        for metres, day in ((29, "2026-11-03"), (30, "2026-11-02"), (31, "2026-11-01"))
        for lon, lat in [beside(0, metres)]
    ] + [
        {"application_no": "SCHOOL", "name": "by the school", "lon": beside(2, 60.0)[0], "lat": ROW,
         "applied_on": "2026-11-04"},
        {"application_no": "EAST", "name": "far", "lon": EAST - 0.001, "lat": ROW, "applied_on": ""},
    ]  # fmt: skip
    for table, path in (
        ("layout_cells", write_geojson(folder / "cells.geojson", cells)),
        ("school_entrances", write_csv(folder / "schools.csv", [
            {"entrance_code": "S1", "name": "south gate", "lon": school[0], "lat": school[1]}])),
        ("licence_applications", write_csv(folder / "applications.csv", applications)),
    ):  # fmt: skip
        report = import_layout(store, built.clock, **who, path=path, table=table, options=WGS84)
        assert report.n_rejected == 0, report.findings
    yield built
    store.close()


def cell(district: SmallDistrict, code: str) -> LayoutCell:
    state = read_layout(district.store, adcode=district.adcode)
    return next(found for found in state.cells if found.cell_code == code)


def judged(district: SmallDistrict, *numbers: str) -> dict[str, JudgedApplication]:
    found = look_ahead(district.store, district.clock, adcode=district.adcode, application_nos=numbers)
    return {one.application.application_no: one for one in found.applications}


def test_cells_count_what_the_register_holds_and_queue_by_date(district: SmallDistrict) -> None:
    west, east = cell(district, "W"), cell(district, "E")
    in_west = sum(float(str(row["lon"])) < MIDDLE for row in shops(N_SHOPS))
    assert (west.actual, east.actual) == (in_west, N_SHOPS - in_west)
    assert west.remaining == 33 - in_west
    assert west.queue == ("A31", "A30", "A29", "SCHOOL")
    assert east.queue == ("EAST",)


@pytest.mark.parametrize(("number", "is_too_near"), [("A29", True), ("A30", False), ("A31", False)])
def test_thirty_metres_on_foot_are_enough_and_twenty_nine_are_not(
    district: SmallDistrict, number: str, is_too_near: bool
) -> None:
    one = judged(district, number)[number]
    assert one.shop is not None
    assert one.shop.label == "R0000"
    assert one.shop.way_m == pytest.approx(float(number[1:]), abs=0.05)
    assert one.shop.is_too_near is is_too_near
    assert any("R0000" in fault for fault in one.faults) is is_too_near


def test_a_school_and_another_application_may_be_too_near(district: SmallDistrict) -> None:
    by_school = judged(district, "SCHOOL")["SCHOOL"]
    assert by_school.school is not None
    assert by_school.school.way_m == pytest.approx(40.0, abs=0.1)
    assert any("south gate" in fault for fault in by_school.faults)
    together = judged(district, "A30", "A31")
    assert together["A31"].rival is not None
    assert together["A31"].rival.way_m == pytest.approx(1.0, abs=0.05)
    assert any("application A30" in fault for fault in together["A31"].faults)


def test_the_look_ahead_says_what_each_grid_would_hold(district: SmallDistrict) -> None:
    numbers = ("A29", "A30", "A31", "SCHOOL")
    found = look_ahead(district.store, district.clock, adcode=district.adcode, application_nos=numbers)
    facts = RetailerFacts(tier="B", integrity_star=3, urban_form=UrbanForm.NEW_TOWN, order_cartons=1.0)
    for layer in Layer:
        grids = [grid for grid in found.grids if grid.layer is layer]
        assert sum(grid.n_shops_then - grid.n_shops for grid in grids) == len(numbers)
        more = sum(grid.minutes_per_day_then - grid.minutes_per_day for grid in grids)
        expected = len(numbers) * Workload().minutes_per_cycle(facts, layer) / WORKING_DAYS_PER_CYCLE
        assert more == pytest.approx(expected)
    assert found.headline.startswith("approving these 4 applications puts ")
    assert "min/day" in found.headline
    assert found.over_plan == ("cell west would hold 36 shops, 33 are planned",)


def test_importing_again_changes_nothing_and_bad_rows_are_said(district: SmallDistrict) -> None:
    who: dict[str, Any] = district.who
    again = import_layout(district.store, district.clock, **who, path=district.folder / "applications.csv",
                          table="licence_applications", options=WGS84)  # fmt: skip
    assert again.changes_nothing
    rows = [{"application_no": "B1", "address": "nowhere at all", "lon": "", "lat": ""},
            {"application_no": "", "address": "x", "lon": "", "lat": ""}]  # fmt: skip
    path = write_csv(district.folder / "more.csv", rows)
    report = import_layout(
        district.store, district.clock, **who, path=path, table="licence_applications", options=WGS84
    )
    assert (report.n_new, report.n_rejected) == (1, 1)
    assert judged(district, "B1")["B1"].faults == ("it has no point; nothing can be judged",)


def test_questions_about_nothing_are_refused(district: SmallDistrict) -> None:
    with pytest.raises(NotFound, match="Z9"):
        judged(district, "Z9")
    for numbers in ((), ("A29", "A29")):
        with pytest.raises(BadInput):
            judged(district, *numbers)
