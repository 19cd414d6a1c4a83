"""A newcomer takes Brooklyn's public files to owners, routes and maps with the commands of docs/how-to/brooklyn.md."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from geo_data.projection import LocalProjection
from gridsvc.clock import SystemClock
from gridsvc.cluster import RunningDatabase
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Layer
from gridsvc.domain.workload import WorkingHours
from gridsvc.storage import retailers, staff
from gridsvc.usecases.ownership_snapshot import OwnershipBoard
from gridsvc.usecases.read_day import read_day
from gridsvc.usecases.read_grids import read_grids
from tests.scenarios.walked_page import Walk, walked

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "brooklyn.md"
BROOKLYN = Adcode("36047")
ZONE = ZoneInfo("America/New_York")
DAY = date(2027, 3, 2)
N_SHOPS = 4881
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def walk(database: RunningDatabase, cases: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    with walked(PAGE, database, cases, tmp_path_factory.mktemp("brooklyn"), var="var/brooklyn") as walk:
        yield walk


def test_every_shop_comes_in_and_every_doubt_is_listed_with_its_reason(walk: Walk) -> None:
    words = walk.of("import retailers")
    assert re.search(r"│ +4,881 │ +4,881 │ +4,881 │ +0 │ +0 │ +0 │", words)
    with (walk.folder / "findings.csv").open(encoding="utf-8-sig") as stream:
        findings = list(csv.DictReader(stream))
    assert {row["kind"] for row in findings} == {"suspicious"}
    assert all(row["words"] for row in findings)
    assert {row["code"] for row in findings} == {
        "shared_point", "uncertain_location", "not_located", "outside_district", "just_outside_district",
    }  # fmt: skip


def test_a_shop_without_coordinates_is_put_near_the_shops_of_its_postal_code_or_said_to_be_lost(walk: Walk) -> None:
    with walk.store.transaction(BROOKLYN) as tx:
        shops = retailers.columns(tx)
    assert len(shops) == N_SHOPS
    lost = shops.retailer_code[~shops.is_located].tolist()
    assert lost == ["620271"]  # in Manhattan
    xy_m = LocalProjection.around(shops.lon, shops.lat).xy_m(shops.lon, shops.lat)
    given = shops.precision_class == "given"
    looked_up = np.flatnonzero(~given & shops.is_located)
    assert len(looked_up) == 37
    for row in looked_up.tolist():
        neighbours = xy_m[given & (shops.street_office == shops.street_office[row])]
        middle = np.median(neighbours, axis=0)
        farthest_m = np.linalg.norm(neighbours - middle, axis=1).max()
        assert np.linalg.norm(xy_m[row] - middle) < farthest_m + 1000, shops.address[row]


@pytest.mark.parametrize("layer", list(Layer))
def test_grids_are_whole_and_within_five_per_cent(walk: Walk, layer: Layer) -> None:
    grids = read_grids(OwnershipBoard(walk.store, SystemClock()), SystemClock(), adcode=BROOKLYN, layer=layer).grids
    assert grids.generation == 1
    assert grids.n_retailers == N_SHOPS
    assert grids.max_deviation_share <= 0.05
    assert [grid.n_pieces for grid in grids.grids] == [1] * len(grids.grids)
    assert all(grid.owner is not None for grid in grids.grids)
    assert min(grid.n_retailers for grid in grids.grids) > 250
    assert len(grids.grids) == {Layer.INSPECTION: 12, Layer.MARKETING: 12}.get(layer, 11)


def test_census_tracts_make_grids_of_the_same_quality_and_the_island_joins(walk: Walk) -> None:
    made = walk.of("units make --kind areas")
    assert "804 units" in made
    assert "an island" in made
    designed = walk.of("plan design --title Brooklyn on census tracts")
    rows = [line.split("│")[1:-1] for line in designed.splitlines() if line.startswith("│")]
    assert [cells[0].strip() for cells in rows] == list(Layer)
    assert all(float(cells[2].strip(" %")) <= 5.0 for cells in rows)
    assert [cells[-3].strip() for cells in rows] == ["0"] * 3
    assert [cells[-1].strip() for cells in rows] == ["yes"] * 3


def test_a_scheduled_plan_answers_only_from_its_day_on(walk: Walk) -> None:
    asked = {command: words for command, words in walk.printed.items() if command.startswith("ownership --lat")}
    now, later = asked.values()
    assert "generation 1" in now
    assert "generation 2" in later
    answer = json.loads(walk.of("ownership --licence-no"))
    assert datetime.fromisoformat(answer["as_of"]).tzinfo is not None
    assert "T" in answer["as_of"]
    assert [layer["owner"]["name"].split()[0] for layer in answer["layers"]] == ["SYNTHETIC"] * 3


@pytest.mark.parametrize("role", ["I", "M", "D"])
def test_everyone_can_do_the_day(walk: Walk, role: str) -> None:
    with walk.store.transaction(BROOKLYN) as tx:
        codes = [member.staff_code for member in staff.all_staff(tx) if member.staff_code.startswith(role)]
    hours = WorkingHours()
    midnight = datetime(DAY.year, DAY.month, DAY.day, tzinfo=ZONE)
    for code in codes:
        day = read_day(walk.store, SystemClock(), adcode=BROOKLYN, staff_code_or_id=code, day=DAY)
        assert day.is_synthetic
        assert day.method == "streets"
        assert len(day.stops) > 10
        assert day.departs_at is not None
        assert day.returns_at is not None
        assert day.departs_at >= midnight + timedelta(minutes=hours.opens_min)
        assert day.returns_at <= midnight + timedelta(minutes=hours.closes_min)
        assert 2 < (day.distance_m or 0) / 1000 < 120


def test_the_page_shows_no_sealed_stop_and_no_time_of_an_inspector(walk: Walk) -> None:
    shown = walk.of("day show I05")
    assert "in mornings and afternoons, without sealed inspections" in shown
    assert "enforcement" not in shown
    assert not re.search(r"\d\d:\d\d", shown)
    assert re.search(r"\d\d:\d\d", walk.of("day show M05"))


def test_a_day_is_drawn_on_its_streets(walk: Walk) -> None:
    root = ET.parse(walk.folder / "M05.svg").getroot()
    streets, way = [path.attrib["d"] for path in root.iter("{http://www.w3.org/2000/svg}path")][:2]
    assert streets.count("M") > 100
    day = read_day(walk.store, SystemClock(), adcode=BROOKLYN, staff_code_or_id="M05", day=DAY)
    assert way.count("L") > len(day.stops)  # along the streets, not from shop to shop
    discs = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {str(stop.sequence) for stop in day.stops} <= set(discs)


def test_maps_and_files_say_what_is_invented(walk: Walk) -> None:
    assert "SYNTHETIC invented data" in (walk.folder / "inspection.html").read_text(encoding="utf-8")
    assert (walk.folder / "inspection-sheets.html").read_text(encoding="utf-8").count("SYNTHETIC invented data") >= 12
    with (walk.folder / "owners.csv").open(encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 3 * (N_SHOPS - 1)  # all but the one that nobody finds
    assert {row["synthetic"] for row in rows} == {"SYNTHETIC"}
