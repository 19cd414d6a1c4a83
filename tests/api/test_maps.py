"""Maps of other systems: GDAL, geopandas and OWSLib read what is served; tiles hold the grids that look-ups name."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import geopandas
import httpx
import numpy as np
import pyogrio
import pytest
import shapely
from owslib.ogcapi.features import Features

from gridsvc.domain.permissions import AccountRole
from tests.api.conftest import Served


@pytest.fixture(scope="module")
def client(served: Served) -> Iterator[httpx.Client]:
    with served.as_key(AccountRole.SYSTEM) as known:
        yield known


# in a process of its own: GDAL holds the interpreter while it waits for the server, which runs in this one
READ_BY_GDAL = """
import json, sys
import pyogrio
address, key = sys.argv[1:]
pyogrio.set_gdal_config_options({"GDAL_HTTP_AUTH": "BEARER", "GDAL_HTTP_BEARER": key})
source = f"OAPIF:{address}/ogc"
whole = pyogrio.read_dataframe(source, layer="grids-marketing")
paged = pyogrio.read_dataframe(source, layer="grids-marketing", PAGE_SIZE=1)
west = float(whole.total_bounds[0])
few = pyogrio.read_dataframe(source, layer="grids-marketing", bbox=(west, 26.4, west + 1e-4, 26.8))
print(json.dumps({
    "layers": sorted(str(name) for name, _ in pyogrio.list_layers(source)), "whole": sorted(whole["grid_id"]),
    "paged": sorted(paged["grid_id"]), "n_few": len(few),
}))
"""


def test_gdal_reads_every_collection_page_by_page(client: httpx.Client, served: Served) -> None:
    done = subprocess.run(
        [sys.executable, "-c", READ_BY_GDAL, served.address, served.keys[AccountRole.SYSTEM]],
        capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    read = json.loads(done.stdout)
    assert read["layers"] == ["grids-delivery", "grids-inspection", "grids-marketing"]
    features = client.get("/ogc/collections/grids-marketing/items").json()["features"]
    assert read["whole"] == read["paged"] == sorted(feature["id"] for feature in features)
    assert 0 < read["n_few"] < 3


def test_owslib_finds_the_collections_and_reads_their_items(client: httpx.Client, served: Served) -> None:
    known = Features(
        f"{served.address}/ogc", headers={"Authorization": f"Bearer {served.keys[AccountRole.SYSTEM]}"}, timeout=120
    )
    assert sorted(known.feature_collections()) == ["grids-delivery", "grids-inspection", "grids-marketing"]
    assert any(name.endswith("/conf/core") for name in known.conformance()["conformsTo"])
    found = known.collection_items("grids-marketing", limit=2)
    whole = client.get("/ogc/collections/grids-marketing/items").json()["features"]
    assert [feature["id"] for feature in found["features"]] == [feature["id"] for feature in whole[:2]]
    west, south, east, north = known.collection("grids-marketing")["extent"]["spatial"]["bbox"][0]
    outside = known.collection_items("grids-marketing", bbox=[east + 1, south, east + 2, north])
    assert (outside["numberReturned"], west < east) == (0, True)
    one = known.collection_item("grids-marketing", whole[0]["id"])
    assert one["properties"]["grid_id"] == whole[0]["id"]


def test_the_grid_that_geopandas_reads_is_the_one_that_a_look_up_names(client: httpx.Client, served: Served) -> None:
    answer = client.get("/ogc/collections/grids-inspection/items")
    grids = geopandas.GeoDataFrame.from_features(answer.json()["features"], crs=4326)
    for lon, lat in zip(served.seeded.lon[:25], served.seeded.lat[:25], strict=True):
        holding = grids[grids.contains(shapely.Point(lon, lat))]
        found = client.get("/v1/ownership", params={"lon": lon, "lat": lat, "layer": "inspection"}).json()
        if len(holding) == 1 and found["layers"][0]["distance_to_border_m"] > 90:
            assert holding["grid_id"].item() == found["layers"][0]["grid"]["grid_id"]


def test_pages_follow_the_links_and_hold_every_grid_once(client: httpx.Client) -> None:
    seen: list[str] = []
    address = "/ogc/collections/grids-delivery/items?limit=2"
    while address:
        page = client.get(address).json()
        assert page["numberReturned"] == len(page["features"])
        assert page["numberMatched"] == 3
        seen += [feature["id"] for feature in page["features"]]
        address = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
    assert len(seen) == len(set(seen)) == 3
    one = client.get(f"/ogc/collections/grids-delivery/items/{seen[0]}").json()
    assert one["id"] == seen[0]


def test_the_past_is_empty_and_nonsense_is_refused(client: httpx.Client, served: Served) -> None:
    before = (served.seeded.published_at - timedelta(days=1)).isoformat()
    items = "/ogc/collections/grids-inspection/items"
    assert client.get(items, params={"datetime": before}).json()["numberMatched"] == 0
    assert client.get(items, params={"datetime": f"{before}/.."}).json()["numberMatched"] == 3
    for wanted in ({"datetime": "monday"}, {"bbox": "1,2"}, {"bbox": "3,0,1,1"}, {"limit": 0}, {"colour": "red"}):
        assert client.get(items, params=wanted).status_code == 422, wanted
    assert client.get("/ogc/collections/none/items").status_code == 404
    assert client.get("/ogc/collections/grids-inspection/items/none").status_code == 404
    assert httpx.get(f"{served.address}/ogc/", timeout=60).status_code == 401


def tile_of(lon: float, lat: float, z: int) -> tuple[int, int]:
    x = (lon + 180) / 360 * 2**z
    y = (1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * 2**z
    return int(x), int(y)


def test_a_tile_holds_the_grids_that_lie_there(client: httpx.Client, served: Served, tmp_path: Path) -> None:
    lon, lat = float(served.seeded.lon[0]), float(served.seeded.lat[0])
    x, y = tile_of(lon, lat, 13)
    answer = client.get(f"/v1/tiles/marketing/13/{x}/{y}.mvt")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/vnd.mapbox-vector-tile")
    file = tmp_path / "13" / str(x) / f"{y}.mvt"
    file.parent.mkdir(parents=True)
    file.write_bytes(answer.content)
    tile = pyogrio.read_dataframe(file).to_crs(4326)
    at_place = tile[tile.contains(shapely.Point(lon, lat))]
    found = client.get("/v1/ownership", params={"lon": lon, "lat": lat, "layer": "marketing"}).json()["layers"][0]
    if found["distance_to_border_m"] > 90:
        assert at_place["grid_id"].tolist() == [found["grid"]["grid_id"]]
        assert at_place["staff_code"].tolist() == [found["owner"]["staff_code"]]
    held = client.get(f"/v1/tiles/marketing/13/{x}/{y}.mvt", headers={"If-None-Match": answer.headers["etag"]})
    assert held.status_code == 304
    assert client.get("/v1/tiles/marketing/13/0/0.mvt").content == b""
    assert client.get("/v1/tiles/marketing/2/9/0.mvt").status_code == 422


def test_tilejson_names_tiles_that_are_answered(client: httpx.Client) -> None:
    document = client.get("/v1/tiles/inspection.json").json()
    x, y = tile_of(*document["center"][:2], 12)
    address = document["tiles"][0].format(z=12, x=x, y=y)
    assert client.get(address).status_code == 200
    assert document["vector_layers"][0]["id"] == "grids"


def test_a_new_shop_does_not_change_the_tiles(client: httpx.Client, served: Served) -> None:
    lon, lat = float(served.seeded.lon[0]), float(served.seeded.lat[0])
    x, y = tile_of(lon, lat, 13)
    before = client.get(f"/v1/tiles/marketing/13/{x}/{y}.mvt").headers["etag"]
    with served.as_key(AccountRole.FEED) as feed:
        assert feed.put("/v1/retailers/T1", json={"name": "x", "lon": lon, "lat": lat}).status_code == 201
    assert client.get(f"/v1/tiles/marketing/13/{x}/{y}.mvt").headers["etag"] == before
