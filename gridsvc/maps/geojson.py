"""GeoJSON (RFC 7946) of what the service knows; positions are WGS-84, rounded to about 0.1 m."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from gridsvc.domain.days import Day, DayStop
from gridsvc.domain.layer_grids import GridSummary, LayerGrids

_DECIMALS = 6
_GRID_DEG = 10.0**-_DECIMALS


def _collection(features: Iterable[dict[str, Any]], **members: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", **members, "features": list(features)}


def _feature(identifier: str | None, geometry: dict[str, Any] | None, properties: dict[str, Any]) -> dict[str, Any]:
    known = {"id": identifier} if identifier else {}
    return {"type": "Feature", **known, "geometry": geometry, "properties": properties}


def shape_geometry(shape: BaseGeometry) -> dict[str, Any] | None:
    """Give a GeoJSON geometry; an empty shape has none."""
    if shape.is_empty:
        return None
    rounded = shapely.set_precision(shape, _GRID_DEG)
    kept = shape if rounded.is_empty else rounded
    oriented = shapely.orient_polygons(kept) if "Polygon" in kept.geom_type else kept
    mapping: dict[str, Any] = dict(shapely.geometry.mapping(oriented))
    mapping["coordinates"] = _rounded(mapping["coordinates"])
    return mapping


def _rounded(coordinates: Any) -> Any:
    if isinstance(coordinates, float):
        return round(coordinates, _DECIMALS)
    return [_rounded(inner) for inner in coordinates]


def grid_properties(grid: GridSummary, layers: LayerGrids) -> dict[str, Any]:
    """Give a grid's properties as other systems read them."""
    return {
        "grid_id": grid.grid_id,
        "layer": layers.layer,
        "number": grid.number,
        "name": grid.name,
        "staff_id": grid.owner.staff_id if grid.owner else None,
        "staff_code": grid.owner.staff_code if grid.owner else None,
        "owner_name": grid.owner.name if grid.owner else None,
        "org_unit": grid.owner.org_unit if grid.owner else None,
        "n_retailers": grid.n_retailers,
        "load_min_per_day": round(grid.load_min_per_day, 2),
        "deviation_share": round(grid.deviation_share, 5),
        "n_units": grid.n_units,
        "n_pieces": grid.n_pieces,
        "area_km2": round(grid.area_km2, 4),
        "colour": grid.colour,
        "is_synthetic": layers.is_synthetic,
    }


def grids_collection(layers: LayerGrids, outlines: Iterable[BaseGeometry]) -> dict[str, Any]:
    """Give a layer's grids as a FeatureCollection; generation, revision and instant are foreign members."""
    features = (
        _feature(grid.grid_id, shape_geometry(outline), grid_properties(grid, layers))
        for grid, outline in zip(layers.grids, outlines, strict=True)
    )
    return _collection(
        features,
        adcode=layers.adcode,
        layer=layers.layer,
        generation=layers.generation,
        revision=layers.revision,
        as_of=layers.as_of.isoformat(),
        is_synthetic=layers.is_synthetic,
    )


def day_collection(day: Day) -> dict[str, Any]:
    """Give a day as a FeatureCollection: the way, then the stops in their order."""
    way = {"type": "LineString", "coordinates": [[round(x, _DECIMALS), round(y, _DECIMALS)] for x, y in day.course]}
    whole = {
        "kind": "route",
        "staff_code": day.staff.staff_code,
        "day": day.day.isoformat(),
        "method": day.method,
        "distance_m": day.distance_m,
        "travel_s": day.travel_s,
        "service_s": day.service_s,
        "is_synthetic": day.is_synthetic,
    }
    route = _feature(None, way if len(day.course) > 1 else None, whole)
    return _collection([route, *(_stop(stop) for stop in day.stops)], version=day.version)


def _stop(stop: DayStop) -> dict[str, Any]:
    point = {"type": "Point", "coordinates": [round(stop.retailer.lon, _DECIMALS), round(stop.retailer.lat, _DECIMALS)]}
    properties = {
        "kind": "stop",
        "sequence": stop.sequence,
        "retailer_id": stop.retailer.retailer_id,
        "name": stop.retailer.name,
        "address": stop.retailer.address,
        "task_type": stop.task_type,
        "arrives_at": stop.arrives_at.isoformat() if stop.arrives_at else None,
        "starts_at": stop.starts_at.isoformat() if stop.starts_at else None,
        "departs_at": stop.departs_at.isoformat() if stop.departs_at else None,
        "half_day": stop.half_day,
        "slack_s": stop.slack_s,
        "state": stop.state,
        "why": stop.why,
    }
    return _feature(stop.retailer.retailer_id, point, properties)
