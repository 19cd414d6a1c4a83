"""Read one layer as people see it: grids, owners, work and balance at an instant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode, GridId, RetailerId, StaffId
from gridsvc.domain.layer_grids import DEFAULT_TOLERANCE_SHARE, GridSummary, LayerGrids
from gridsvc.domain.layers import Layer
from gridsvc.domain.workload import WORKING_DAYS_PER_CYCLE
from gridsvc.domain.workload_tables import workload_of
from gridsvc.maps import colours, shapes
from gridsvc.storage.ownership import Owner
from gridsvc.storage.retailers import RetailerColumns
from gridsvc.storage.units import StoredUnits
from gridsvc.usecases.measure_load import measure_load
from gridsvc.usecases.ownership_snapshot import DistrictSnapshot, OwnershipBoard


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """A grid of the plan in force, or an owner where there is none."""

    grid_id: GridId | None
    number: int
    name: str
    staff_id: StaffId | None
    rows: list[int]  # of the retailers


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerMap:
    """A layer's grids with their outlines for drawing, in the same order, and the shops of each.

    `rows[i]` are rows of `shops`. An outline is the union of the grid's units as they are drawn: exact for areas
    and adaptive cells, smooth for cells of one resolution; ownership is decided by units, never by this outline.
    """

    grids: LayerGrids
    outlines: list[BaseGeometry]
    shops: RetailerColumns
    rows: list[list[int]]


def read_grids(
    board: OwnershipBoard, clock: Clock, *, adcode: Adcode, layer: Layer, as_of: datetime | None = None
) -> LayerMap:
    """Give the grids of `layer` at `as_of` (default now) with their owners, loads and deviations.

    All of it comes from one snapshot, so from one generation. The shops that count are today's active ones, under the
    owners of the instant. A layer that no plan answers for lists its imported owners instead of grids.
    """
    instant = as_of or clock.now()
    snapshot = board.now(adcode) if as_of is None else board.at(adcode, as_of)
    shops = snapshot.retailers.take(snapshot.retailers.status == "active")
    groups = _groups(snapshot, layer, shops)
    unit_set = snapshot.units[layer].units if layer in snapshot.units else None
    grid_of_unit = snapshot.grids[layer].grid_of_unit if unit_set else np.empty(0, dtype=np.int32)
    workload = workload_of(snapshot.district.rules.get("workload", {}))
    load_min = measure_load(shops, layer, workload) / WORKING_DAYS_PER_CYCLE * _factor(snapshot, layer, shops)
    loads = np.array([float(load_min[group.rows].sum()) for group in groups])
    mean = float(loads.mean()) if len(loads) else 0.0
    deviations = loads / mean - 1.0 if mean > 0 else np.zeros(len(loads))
    looks = _looks(unit_set, grid_of_unit, len(groups))
    district = snapshot.district
    grids = LayerGrids(
        adcode=adcode,
        district=district.name,
        is_synthetic=district.is_synthetic or bool(shops.is_synthetic.any()),
        layer=layer,
        generation=snapshot.generation,
        revision=district.revision,
        as_of=instant,
        is_planned=unit_set is not None,
        tolerance_share=float(district.rules.get("tolerance_share", DEFAULT_TOLERANCE_SHARE)),
        max_deviation_share=float(np.abs(deviations).max()) if len(deviations) else 0.0,
        mean_load_min_per_day=mean,
        n_retailers=len(shops),
        n_unowned=len(shops) - sum(len(group.rows) for group in groups),
        n_trios=_count_trios(shops, snapshot.owners),
        unit_set_id=unit_set.unit_set_id if unit_set else None,
        grids=tuple(
            GridSummary(
                grid_id=group.grid_id,
                number=group.number,
                name=group.name,
                owner=snapshot.persons.get(group.staff_id) if group.staff_id else None,
                n_retailers=len(group.rows),
                load_min_per_day=float(loads[at]),
                deviation_share=float(deviations[at]),
                n_units=looks.n_units[at],
                n_pieces=looks.n_pieces[at],
                area_km2=looks.area_km2[at],
                colour=looks.colour[at],
                label_lon=looks.label[at][0],
                label_lat=looks.label[at][1],
            )
            for at, group in enumerate(groups)
        ),
        grid_of_unit=tuple(grid_of_unit.tolist()),
    )
    return LayerMap(grids=grids, outlines=looks.outlines, shops=shops, rows=[group.rows for group in groups])


def _factor(snapshot: DistrictSnapshot, layer: Layer, shops: RetailerColumns) -> NDArray[np.float64]:
    """Give (r,) what the plan in force multiplies each shop's minutes with: the map counts as the design did."""
    if layer not in snapshot.ground:
        return np.ones(len(shops))
    ground = snapshot.ground[layer]
    unit_row = ground.index.units.rows_of_points(shops.lon, shops.lat)
    return np.where(unit_row >= 0, ground.minutes_factor[unit_row], 1.0)


def _groups(snapshot: DistrictSnapshot, layer: Layer, shops: RetailerColumns) -> list[_Group]:
    owner_of_row = [snapshot.owners.get((RetailerId(shop), layer)) for shop in shops.retailer_id]
    if layer not in snapshot.grids:
        return _by_owner(snapshot, owner_of_row)
    rows_of_grid: dict[GridId | None, list[int]] = defaultdict(list)
    for row, owner in enumerate(owner_of_row):
        if owner is not None:
            rows_of_grid[owner.grid_id].append(row)
    grids = snapshot.grids[layer]
    return [
        _Group(grid_id=grid_id, number=number, name=name, staff_id=staff_id, rows=rows_of_grid[grid_id])
        for grid_id, number, name, staff_id in zip(
            grids.grid_ids, grids.numbers, grids.names, grids.staff_ids, strict=True
        )
    ]


def _by_owner(snapshot: DistrictSnapshot, owner_of_row: list[Owner | None]) -> list[_Group]:
    rows_of_staff: dict[StaffId, list[int]] = defaultdict(list)
    for row, owner in enumerate(owner_of_row):
        if owner is not None:
            rows_of_staff[owner.staff_id].append(row)
    ordered = sorted(rows_of_staff, key=lambda staff_id: snapshot.persons[staff_id].staff_code)
    return [
        _Group(grid_id=None, number=n, name=snapshot.persons[s].name, staff_id=s, rows=rows_of_staff[s])
        for n, s in enumerate(ordered, start=1)
    ]


@dataclass(frozen=True, slots=True)
class _Looks:
    n_units: list[int]
    n_pieces: list[int]
    area_km2: list[float]
    colour: list[str]
    label: Sequence[tuple[float | None, float | None]]
    outlines: list[BaseGeometry]


def _looks(unit_set: StoredUnits | None, grid_of_unit: NDArray[np.int32], n_grids: int) -> _Looks:
    if unit_set is None:
        nothing = [0] * n_grids
        return _Looks(
            nothing,
            nothing,
            [0.0] * n_grids,
            colours.assign(n_grids, []),
            [(None, None)] * n_grids,
            [shapely.Polygon()] * n_grids,
        )
    owned = grid_of_unit >= 0
    outlines = shapes.dissolve(shapes.drawn_outlines(unit_set.cell, unit_set.outlines), grid_of_unit, n_grids)
    return _Looks(
        n_units=np.bincount(grid_of_unit[owned], minlength=n_grids).tolist(),
        n_pieces=shapes.pieces(grid_of_unit, unit_set.edges, n_grids).tolist(),
        area_km2=np.bincount(grid_of_unit[owned], unit_set.area_km2[owned], minlength=n_grids).tolist(),
        colour=colours.assign(n_grids, shapes.touching(grid_of_unit, unit_set.border_a_b)),
        label=[shapes.label_point(outline) or (None, None) for outline in outlines],
        outlines=outlines,
    )


def _count_trios(shops: RetailerColumns, owners: Mapping[tuple[RetailerId, Layer], Owner]) -> int | None:
    if {layer for _, layer in owners} != set(Layer):
        return None
    trios = {tuple(_staff_id(owners.get((RetailerId(shop), layer))) for layer in Layer) for shop in shops.retailer_id}
    return len({trio for trio in trios if None not in trio})


def _staff_id(owner: Owner | None) -> StaffId | None:
    return owner.staff_id if owner else None
