"""Writes a sample as the files that a user would import: clean CSV and GeoJSON in WGS-84, UTF-8, stable bytes."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from geo_data.samples.district import SyntheticDistrict

CSV_TABLES = ("retailers", "staff", "assignments", "absences", "orders", "street_nodes", "street_edges")
GEOJSON_TABLES = {"areas": "areas", "barriers": "barriers", "district": "boundary"}


def write_district(district: SyntheticDistrict, folder: Path) -> list[Path]:
    """Write the sample's files into `folder` (made where it lacks) and return their paths, sorted by name.

    Files of the same names are replaced. The same district gives the same bytes: rows in a fixed order, `\\n` line
    ends, degrees with 7 decimals.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in CSV_TABLES:
        path = folder / f"{name}.csv"
        frame: pd.DataFrame = getattr(district, name)
        frame.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
        written.append(path)
    for name, attribute in GEOJSON_TABLES.items():
        path = folder / f"{name}.geojson"
        _write_geojson(getattr(district, attribute), f"{district.name} {name}", path)
        written.append(path)
    return sorted(written)


def _write_geojson(frame: gpd.GeoDataFrame, title: str, path: Path) -> None:
    """Write RFC 7946 GeoJSON, one feature a line, polygons wound counter-clockwise."""
    columns = [name for name in frame.columns if name != frame.geometry.name]
    shapes = shapely.orient_polygons(frame.geometry.to_numpy(), exterior_cw=False)
    lines = []
    for record, shape in zip(frame[columns].to_dict("records"), shapes, strict=True):
        feature = {"type": "Feature", "properties": record, "geometry": json.loads(shapely.to_geojson(shape))}
        lines.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
    head = json.dumps({"type": "FeatureCollection", "name": title}, ensure_ascii=False, separators=(",", ":"))
    body = ",\n".join(lines)
    path.write_text(f'{head[:-1]},"features":[\n{body}\n]}}\n', encoding="utf-8", newline="\n")
