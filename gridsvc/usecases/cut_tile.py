"""Give the grids of a layer as vector tiles, for other systems' maps."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Layer
from gridsvc.maps import colours, shapes
from gridsvc.storage import Store
from gridsvc.storage import tiles as tile_rows
from gridsvc.usecases.ownership_snapshot import DistrictSnapshot, OwnershipBoard

DEEPEST_ZOOM = 18
LAYER_NAME = "grids"
FIELDS = {
    "grid_id": "String", "number": "Number", "name": "String", "colour": "String", "staff_code": "String",
    "owner_name": "String", "org_unit": "String", "is_synthetic": "Boolean",
}  # fmt: skip
_EARTH_HALF_M = 20_037_508.342789244


@dataclass(frozen=True, slots=True)
class _Source:
    """The shapes that every tile of one generation is cut from."""

    outlines: NDArray[np.object_]
    tree: shapely.STRtree
    wkb: list[bytes]
    properties: list[str]


@dataclass(slots=True)
class TileBoard:
    """The sources of tiles and the tiles that were cut, kept by generation; safe to ask from several threads."""

    board: OwnershipBoard
    store: Store
    n_sources: int = 12
    n_tiles: int = 4000
    _sources: OrderedDict[tuple[Adcode, Layer, str], _Source] = field(default_factory=OrderedDict)
    _tiles: OrderedDict[tuple[Adcode, Layer, str, int, int, int], bytes] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def snapshot(self, adcode: Adcode, as_of: datetime | None) -> DistrictSnapshot:
        """Give the snapshot that tiles are cut from."""
        return self.board.now(adcode) if as_of is None else self.board.at(adcode, as_of)

    def keep(self, kept: OrderedDict, key: tuple[object, ...], value: object, n_most: int) -> None:  # type: ignore[type-arg]
        """Keep a value, forgetting the oldest ones."""
        kept[key] = value
        while len(kept) > n_most:
            kept.popitem(last=False)


def tile_tag(snapshot: DistrictSnapshot, layer: Layer) -> str:
    """Give the version of a layer's tiles: it changes with grids, names and owners, not with every new shop."""
    ground = snapshot.ground.get(layer)
    if ground is None:
        return f"{snapshot.generation}.none"
    people = [snapshot.persons[staff] if staff else None for staff in ground.grids.staff_ids]
    known = repr((ground.grids.grid_ids, ground.grids.names, people, ground.valid_from))
    return f"{snapshot.generation}.{hashlib.blake2b(known.encode(), digest_size=8).hexdigest()}"


def cut_tile(
    tiles: TileBoard, *, adcode: Adcode, layer: Layer, z: int, x: int, y: int, as_of: datetime | None = None
) -> bytes:
    """Give a tile of the grids in force at `as_of` (default now); empty where no grid lies, or none is published.

    Raises `BadInput` for a tile that there is not.
    """
    if not (0 <= z <= DEEPEST_ZOOM and 0 <= x < 2**z and 0 <= y < 2**z):
        raise BadInput(f"there is no tile {z}/{x}/{y}; z goes from 0 to {DEEPEST_ZOOM}, x and y to 2^z - 1")
    snapshot = tiles.snapshot(adcode, as_of)
    tag = tile_tag(snapshot, layer)
    known = tiles._tiles.get((adcode, layer, tag, z, x, y))
    if known is not None:
        return known
    with tiles._lock:
        source = tiles._sources.get((adcode, layer, tag))
        if source is None:
            source = _source(snapshot, layer)
            tiles.keep(tiles._sources, (adcode, layer, tag), source, tiles.n_sources)
    rows = np.sort(source.tree.query(_box(z, x, y)))
    tile = b""
    if len(rows):
        with tiles.store.transaction(adcode) as tx:
            tile = tile_rows.cut_tile(
                tx, LAYER_NAME, z, x, y, [source.wkb[row] for row in rows], [source.properties[row] for row in rows]
            )
    with tiles._lock:
        tiles.keep(tiles._tiles, (adcode, layer, tag, z, x, y), tile, tiles.n_tiles)
    return tile


def _source(snapshot: DistrictSnapshot, layer: Layer) -> _Source:
    ground = snapshot.ground.get(layer)
    if ground is None:
        return _Source(np.zeros(0, dtype=object), shapely.STRtree([]), [], [])
    grids, units = ground.grids, ground.index.units
    n_grids = len(grids.grid_ids)
    drawn = shapes.dissolve(shapes.drawn_outlines(units.cell, units.outlines), grids.grid_of_unit, n_grids)
    outlines = np.array(drawn, dtype=object)
    colour = colours.assign(n_grids, shapes.touching(grids.grid_of_unit, units.border_a_b))
    properties = []
    for at in range(n_grids):
        staff_id = grids.staff_ids[at]
        owner = snapshot.persons[staff_id] if staff_id else None
        values = {
            "grid_id": grids.grid_ids[at], "number": grids.numbers[at], "name": grids.names[at], "colour": colour[at],
            "staff_code": owner.staff_code if owner else None, "owner_name": owner.name if owner else None,
            "org_unit": owner.org_unit if owner else None, "is_synthetic": snapshot.is_synthetic,
        }  # fmt: skip
        properties.append(json.dumps({name: value for name, value in values.items() if value is not None}))
    return _Source(outlines, shapely.STRtree(outlines), shapely.to_wkb(outlines).tolist(), properties)


def _box(z: int, x: int, y: int) -> BaseGeometry:
    """Give the extent of a tile in degrees, a little wider than its buffer."""
    size = 2 * _EARTH_HALF_M / 2**z
    west, north = x * size - _EARTH_HALF_M, _EARTH_HALF_M - y * size
    margin = size / 16
    lon = np.array([west - margin, west + size + margin]) / _EARTH_HALF_M * 180
    mercator = np.array([north - size - margin, north + margin]) / _EARTH_HALF_M * np.pi
    lat = np.degrees(2 * np.arctan(np.exp(mercator)) - np.pi / 2)
    return Polygon.from_bounds(float(lon[0]), float(lat[0]), float(lon[1]), float(lat[1]))
