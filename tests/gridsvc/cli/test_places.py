"""Doubts about points are settled, addresses located and the licence plan shown by commands as well."""

from __future__ import annotations

import re
from pathlib import Path

import shapely

from tests.gridsvc.cli.test_imports import Run, run  # noqa: F401 - a fixture
from tests.gridsvc.usecases.small_town import EAST, NORTH, SOUTH, WEST, shop, shops, write_csv, write_geojson


def test_a_planner_mends_points_and_looks_ahead_from_the_terminal(run: Run, tmp_path: Path) -> None:  # noqa: F811
    box = shapely.box(WEST, SOUTH, EAST, NORTH)
    outline = write_geojson(tmp_path / "box.geojson", [({"kind": "town"}, box)])
    assert run("district", "add", "520103", "Town", "--country", "CN", "--time-zone", "Asia/Shanghai",
               "--boundary", outline)[0] == 0  # fmt: skip
    rows = [*shops(12), shop(20, address="不明路9号", lon="", lat=""), shop(30, lon=shop(3)["lon"], lat=shop(3)["lat"])]
    assert run("import", "retailers", write_csv(tmp_path / "shops.csv", rows), "--crs", "wgs84")[0] == 0
    code, words = run("review", "check")
    assert code == 0
    assert "2 shared_point" in words
    listed = run("review", "list", "--code", "not_located")[1]
    item = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", listed)
    assert item is not None, listed
    assert run("review", "accept", item.group())[0] == 2  # it has no point
    code, words = run("review", "move", item.group(), "--lat", SOUTH + 0.01, "--lon", WEST + 0.01, "--reason", "seen")
    assert (code, "mended" in words) == (0, True), words
    assert "seen" in run("review", "history")[1]
    rule = ("review", "bulk", "--code", "shared_point", "--decision", "reject", "--reason", "one house")
    assert "2 items named, 0 settled" in run(*rule, "--dry-run")[1]
    assert "2 items named, 2 settled" in run(*rule)[1]
    assert "address" in run("locate", "中华路3号")[1]
    assert run("geocode", "--online")[0] == 2
    cells = write_geojson(tmp_path / "cells.geojson", [({"cell_code": "C1", "name": "all", "planned": 3}, box)])
    assert run("import", "layout", cells, "--table", "layout_cells")[0] == 0
    wish = write_csv(
        tmp_path / "a.csv", [{"application_no": "A1", "name": "x", "lon": WEST + 0.01, "lat": SOUTH + 0.01}]
    )
    assert run("import", "layout", wish, "--table", "licence_applications", "--crs", "wgs84")[0] == 0
    assert re.search(r"C1 .* 3 .* 14 .* -11 .* 1 ", run("layout", "cells")[1])
    code, words = run("layout", "ahead", "A1")
    assert code == 0
    assert "cell all would hold 15 shops, 3 are planned" in words
    assert run("layout", "ahead", "A9")[0] == 2
