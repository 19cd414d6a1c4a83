"""Brooklyn's 804 census tracts with their food shops, as an instance of real polygons.

`python -m benchmarks.instances.brooklyn_tracts OUT.npz [--grids 12]` reads shops, tracts and their adjacency from the
folder `nyc-retail` below `GRIDSVC_CASES` (New York State's Retail Food Stores, New York City's 2020 tracts). A tract
that touches no other is joined to the nearest one. Tracts differ in size, so there is no Polsby-Popper.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

KM_PER_DEGREE = 111.195
BOROUGH, LAT = "BROOKLYN", 40.65


def make(folder: Path, p: int) -> dict[str, Any]:
    """Return the arrays of the instance with `p` grids."""
    with gzip.open(folder / "census_tracts_2020.geojson.gz", "rt", encoding="utf-8") as file:
        features = [f for f in json.load(file)["features"] if f["properties"]["borough"] == BOROUGH]
    unit_of = {feature["properties"]["geoid"]: unit for unit, feature in enumerate(features)}
    shapes = shapely.from_geojson([json.dumps(feature["geometry"]) for feature in features])
    inside = shapely.point_on_surface(shapes)
    places = plane(shapely.get_x(inside), shapely.get_y(inside))
    shops = [
        (unit_of[shop["tract_geoid"]], float(shop["lon"]), float(shop["lat"]))
        for shop in rows(folder / "shops_nyc.csv.gz")
        if shop["coord_ok"] == "True" and shop["tract_geoid"] in unit_of
    ]
    unit, lon, lat = (np.array(column) for column in zip(*shops, strict=True))
    pairs = [
        (unit_of[row["geoid_a"]], unit_of[row["geoid_b"]], float(row["shared_border_m"]))
        for row in rows(folder / "tract_adjacency_brooklyn_manhattan.csv.gz")
        if row["geoid_a"] in unit_of and row["geoid_b"] in unit_of
    ]
    edges = whole(np.array([(a, b) for a, b, _ in pairs]), places)
    return {
        "pts": plane(lon, lat), "pcell": unit, "cxy": places, "p": p, "edges": edges, "gedges": edges,
        "cload": np.bincount(unit, minlength=len(places)),
    }  # fmt: skip


def plane(lon: Any, lat: Any) -> Any:
    """Return (n, 2) km on a plane around the borough."""
    return np.stack([lon * np.cos(np.radians(LAT)), lat], axis=1) * KM_PER_DEGREE


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a compressed csv file."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def whole(edges: Any, places: Any) -> Any:
    """Return the edges with each part that hangs alone joined to the nearest unit of another part."""
    while True:
        n = len(places)
        graph = coo_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(n, n))
        count, part = connected_components(graph, directed=False)
        if count == 1:
            return edges
        small = np.flatnonzero(part == np.bincount(part).argmin())
        others = np.setdiff1d(np.arange(n), small)
        distance, near = cKDTree(places[others]).query(places[small])
        at = int(np.argmin(distance))
        edges = np.vstack([edges, [small[at], others[near[at]]]])


def main() -> None:
    """Write the instance."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--grids", type=int, default=12)
    given = parser.parse_args()
    folder = Path(os.environ["GRIDSVC_CASES"]) / "nyc-retail"
    np.savez_compressed(given.out, **make(folder, given.grids))


if __name__ == "__main__":
    main()
