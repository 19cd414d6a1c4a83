"""Manhattan's streets lead one way and have their own times; a newcomer plans a day there by its how-to page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from geo_data.roads.matrices import TravelMethod, travel_matrix
from geo_data.roads.network import build_network
from gridsvc.clock import SystemClock
from gridsvc.cluster import RunningDatabase
from gridsvc.domain.ids import Adcode
from gridsvc.storage import staff
from gridsvc.usecases.read_day import read_day
from tests.scenarios.walked_page import ROOT, Walk, walked

MANHATTAN = Adcode("36061")
DAY = date(2027, 3, 2)


@pytest.fixture(scope="module")
def walk(database: RunningDatabase, cases: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    page = ROOT / "docs" / "how-to" / "manhattan.md"
    with walked(page, database, cases, tmp_path_factory.mktemp("manhattan"), var="var/manhattan") as walk:
        yield walk


@pytest.mark.slow
def test_the_page_plans_a_day_on_directed_streets(walk: Walk) -> None:
    assert "7,534" in walk.of("import streets")
    with walk.store.transaction(MANHATTAN) as tx:
        codes = [member.staff_code for member in staff.all_staff(tx)]
    n_stops = 0
    for code in codes:
        day = read_day(walk.store, SystemClock(), adcode=MANHATTAN, staff_code_or_id=code, day=DAY)
        assert day.method == "streets"
        n_stops += len(day.stops)
    assert n_stops > 300
    assert "SYNTHETIC" in walk.of("day show M03")


@pytest.mark.slow
def test_the_pages_picture_follows_the_streets(walk: Walk) -> None:
    root = ET.parse(walk.folder / "M03.svg").getroot()
    streets, way = [path.attrib["d"] for path in root.iter("{http://www.w3.org/2000/svg}path")][:2]
    assert streets.count("M") > 50
    assert way.count("L") > 40


def test_the_way_back_takes_another_time_and_everything_is_reached(cases: Path) -> None:
    folder = cases / "nyc-retail"
    nodes = pd.read_csv(folder / "manhattan_road_nodes.csv.gz").rename(columns={"osm_id": "node"})
    edges = pd.read_csv(folder / "manhattan_road_edges.csv.gz").rename(columns={"travel_time_s": "seconds"})
    edges["oneway"] = True
    network = build_network(nodes, edges)
    assert network.n_arcs == len(edges) - 5  # five run beside a faster one
    assert network.in_main.all()
    picked = np.random.default_rng(1).choice(network.n_nodes, 200, replace=False)
    matrix = travel_matrix(network, network.lon[picked], network.lat[picked])
    assert matrix.method is TravelMethod.STREETS
    assert matrix.n_unreachable == 0
    there, back = matrix.seconds, matrix.seconds.T
    apart = np.abs(there - back)[~np.eye(len(picked), dtype=bool)]
    assert float((apart > 10).mean()) > 0.5
    assert float(np.median(matrix.metres[matrix.metres > 0] / matrix.seconds[matrix.seconds > 0])) < 90 / 3.6
