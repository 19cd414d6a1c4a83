"""Read GeoJSON, GeoPackage and GeoParquet: raw attributes as text beside the geometry as the file has it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import shapely
import shapely.geometry
from numpy.typing import NDArray

from geo_data.notes import Note
from geo_data.tables import ReadError, Table, make_frame
from geo_data.text_files import cell_text, decode, read_bytes
from geo_data.unpacking import check_cells, check_parquet

# Geographic systems whose numbers are longitude and latitude as they stand; the caller names the datum.
_DEGREE_SYSTEMS = (4326, 4490, 4979, 4269)


def read_geojson(path: Path, encoding: str | None) -> Table:
    """Return the features of a GeoJSON FeatureCollection, plain or gzipped."""
    text, found, note = decode(read_bytes(path), path.name, encoding)
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        words = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise ReadError(f"{path.name}: is no valid JSON ({words})") from error
    except RecursionError as error:
        raise ReadError(f"{path.name}: is nested too deeply to be GeoJSON") from error
    features = _features(document, path.name)
    broken: dict[int, str] = {}
    geometry = np.empty(len(features), dtype=object)
    properties: list[dict[str, object]] = []
    for index, feature in enumerate(features):
        cells = feature.get("properties") if isinstance(feature, dict) else None
        properties.append(cells if isinstance(cells, dict) else {})
        try:
            geometry[index] = _shape(feature)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, shapely.errors.ShapelyError) as error:
            broken[index + 1] = f"has a geometry that cannot be read ({error})"
    headings = list(dict.fromkeys(name for cells in properties for name in cells))
    check_cells(path, len(features) * len(headings))
    rows = [[_attribute_text(cells.get(name)) for name in headings] for cells in properties]
    return Table(
        source=path.name, file_format="geojson", encoding=found, frame=_frame(headings, rows, len(features)),
        row_numbers=np.arange(1, len(features) + 1), geometry=geometry, broken_rows=broken, notes=(note,),
    )  # fmt: skip


def _features(document: object, source: str) -> list[Any]:
    if isinstance(document, dict) and document.get("type") == "Feature":
        return [document]
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise ReadError(f"{source}: is no GeoJSON FeatureCollection")
    return features


def _shape(feature: Any) -> shapely.Geometry | None:
    member = feature["geometry"]
    if member is None or (isinstance(member, dict) and not member.get("coordinates", member.get("geometries"))):
        return None
    return shapely.force_2d(shapely.geometry.shape(member))


def read_geopackage(path: Path, layer: str | None) -> Table:
    """Return the features of one layer of a GeoPackage."""
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    path.stat()
    try:
        layers = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
        if layer is not None and layer not in layers:
            raise ReadError(f"{path.name}: has no layer {layer}; there are {', '.join(layers)}")
        if layer is None and len(layers) != 1:
            raise ReadError(f"{path.name}: has {len(layers)} layers ({', '.join(layers)}); name one with --part")
        frame = pyogrio.read_dataframe(path, layer=layer or layers[0])
    except (DataSourceError, DataLayerError) as error:
        raise ReadError(f"{path.name}: is no readable GeoPackage ({error})") from error
    chosen = layer or layers[0]
    return _geo_table(frame, path.name, "gpkg", (Note(f"layer {chosen}", "file_part", part=chosen),))


def read_geoparquet(path: Path) -> Table:
    """Return the rows of a GeoParquet file, or of a plain Parquet file without geometry."""
    import geopandas
    import pandas as pd
    import pyarrow as pa

    path.stat()
    try:
        check_parquet(path)
        try:
            frame = geopandas.read_parquet(path)
        except ValueError:
            frame = pd.read_parquet(path)
    except ReadError:
        raise
    except (pa.ArrowException, ValueError, OSError) as error:
        raise ReadError(f"{path.name}: is no readable Parquet file ({error})") from error
    return _geo_table(frame, path.name, "parquet", ())


def _geo_table(frame: Any, source: str, file_format: str, notes: tuple[Note, ...]) -> Table:
    geometry = None
    geometry_name = getattr(frame, "_geometry_column_name", None)
    if geometry_name in frame.columns:
        geometry, note = _degrees(frame, source)
        notes = (*notes, note)
    headings = [str(name) for name in frame.columns if name != geometry_name]
    columns = [[_attribute_text(value) for value in frame[name]] for name in frame.columns if name != geometry_name]
    rows = [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in range(len(frame))]
    return Table(
        source=source, file_format=file_format, encoding="", frame=_frame(headings, rows, len(frame)),
        row_numbers=np.arange(1, len(frame) + 1), geometry=geometry, notes=notes,
    )  # fmt: skip


def _degrees(frame: Any, source: str) -> tuple[NDArray[np.object_], Note]:
    """Return the geometries in degrees, reprojected where the file says they are metres, and a note that says so."""
    system = frame.crs
    if system is None:
        note = Note("the file names no coordinate system: its numbers are taken as longitude and latitude", "no_system")
    elif system.to_epsg() in _DEGREE_SYSTEMS or system.is_geographic:
        note = Note(f"the file's coordinate system is {system.name}", "system", system=system.name)
    else:
        note = Note(f"reprojected from {system.name} to longitude and latitude", "reprojected", system=system.name)
        frame = frame.to_crs("EPSG:4326")
    geometry = np.asarray(frame.geometry.array, dtype=object)
    if system is None and np.nanmax(np.abs(shapely.total_bounds(geometry))) > 400:
        raise ReadError(
            f"{source}: its coordinates are no degrees and the file names no coordinate system; reproject it"
        )
    return np.asarray(shapely.force_2d(geometry), dtype=object), note


def _frame(headings: list[str], rows: list[list[str | None]], n_rows: int) -> Any:
    frame = make_frame(headings, rows if headings else [])
    return frame if headings else frame.reindex(range(n_rows))


def _attribute_text(value: object) -> str | None:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    if hasattr(value, "item"):
        value = value.item()
    if type(value).__name__ in ("NaTType", "NAType"):
        return None
    return cell_text(value)
