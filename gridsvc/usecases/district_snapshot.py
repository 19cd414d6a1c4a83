"""The ownership of a district in memory: one consistent generation, answered without the database.

A look-up never runs an optimiser and never meets a half-published plan: it reads a snapshot that was built from one
transaction and is replaced as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import isnan
from typing import TypedDict

import numpy as np
import shapely
from numpy.typing import NDArray

from geo_data.cells import cell_name, centres, descendants, parent
from gridsvc.domain.errors import BadInput, NotFound
from gridsvc.domain.ids import RetailerId, StaffId
from gridsvc.domain.layers import ROLE_OF_LAYER, Layer
from gridsvc.domain.ownership import (
    AddressMatch,
    Alternative,
    FallbackReason,
    GridRef,
    LayerOwner,
    MatchedBy,
    OwnershipAnswer,
    Person,
    RetailerRef,
)
from gridsvc.storage.districts import District
from gridsvc.storage.ownership import Owner
from gridsvc.storage.plans import Grids
from gridsvc.storage.retailers import RetailerColumns
from gridsvc.storage.units import FINEST_RESOLUTION
from gridsvc.usecases.layer_ground import LayerGround
from gridsvc.usecases.layer_offices import LayerOffices
from gridsvc.usecases.owner_table import OwnerTable
from gridsvc.usecases.unit_index import Plane, UnitIndex

COARSEST_CELL = 6  # 2,401 cells of resolution 10
_LAYERS = tuple(Layer)
FloatArray = NDArray[np.float64]


class _Deputies(TypedDict):
    deputies: tuple[Person, ...]
    are_deputies_declared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictSnapshot:
    """Everything that answers ownership questions of one district at one instant.

    `is_synthetic` holds where the district or any value of its shops was invented. `changes_at` is the next instant at
    which an answer changes by itself, None when nothing is scheduled. `declared_deputies` are those whom the
    organisation named, by whom they stand in for. `departments` gives per layer the departments and their offices.
    `stale_since` is set where the database does not answer.
    """

    district: District
    is_synthetic: bool
    generation: int | None
    instant: datetime
    changes_at: datetime | None
    ground: dict[Layer, LayerGround]
    persons: dict[StaffId, Person]
    declared_deputies: Mapping[StaffId, tuple[Person, ...]]
    departments: dict[Layer, LayerOffices]
    retailers: RetailerColumns
    row_of: dict[MatchedBy, dict[str, int]]
    owners: OwnerTable
    acting: Mapping[tuple[RetailerId, Layer], tuple[StaffId, str]]
    stale_since: datetime | None = None
    derived: dict[tuple[str, Layer, int], bytes] = field(default_factory=dict)
    _grid_position: dict[Layer, dict[str, int]] = field(default_factory=dict)
    _deputies: dict[tuple[Layer, int], tuple[Person, ...]] = field(default_factory=dict)
    _covered: dict[tuple[Layer, int], list[int]] = field(default_factory=dict)
    _shared: dict[tuple[Layer, int], LayerOwner] = field(default_factory=dict)
    _depends: dict[Layer, NDArray[np.bool_]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for layer, ground in self.ground.items():
            self._grid_position[layer] = {str(grid): at for at, grid in enumerate(ground.grids.grid_ids)}
        for shop, layer in self.acting:
            owner, row = self.owners.get((shop, layer)), self.row_of[MatchedBy.RETAILER_ID].get(shop)
            position = self._grid_position.get(layer, {}).get(str(owner.grid_id), -1) if owner else -1
            if position >= 0 and row is not None:
                self._covered.setdefault((layer, position), []).append(row)

    @property
    def units(self) -> dict[Layer, UnitIndex]:
        """The units of every layer that a plan answers for."""
        return {layer: ground.index for layer, ground in self.ground.items()}

    @property
    def grids(self) -> dict[Layer, Grids]:
        """The grids of every layer that a plan answers for."""
        return {layer: ground.grids for layer, ground in self.ground.items()}

    @property
    def etag(self) -> str:
        """The version of every answer: generation.revision."""
        return f"{0 if self.generation is None else self.generation}.{self.district.revision}"

    def at_point(self, lon: float, lat: float, *, as_of: datetime, accuracy_m: float | None = None) -> OwnershipAnswer:
        """Answer for a place in the district; raises `NotFound` for one outside.

        With `accuracy_m` the place is taken as equally likely anywhere within that radius; the owner is still that of
        the given place, and its certainty and the alternatives are told.
        """
        rows = self._unit_rows(lon, lat)
        self._require_inside(rows, lon, lat)
        cloud = self._plane().disc(lon, lat, accuracy_m) if accuracy_m else None
        return self._place_answer(MatchedBy.POINT, rows, as_of, lon, lat, cloud=cloud, uncertainty_m=accuracy_m or None)

    def of_address(
        self, match: AddressMatch, lon: float, lat: float, cloud: tuple[FloatArray, FloatArray], *, as_of: datetime
    ) -> OwnershipAnswer:
        """Answer for the place of an address; `cloud` holds places, equally likely, where it may really be.

        An address whose place is not exact is owned by who owns most of the cloud, not by who owns its middle.
        """
        rows = self._unit_rows(lon, lat)
        self._require_inside(rows, lon, lat)
        return self._place_answer(
            MatchedBy.ADDRESS, rows, as_of, lon, lat, cloud=cloud, uncertainty_m=match.uncertainty_m, address=match
        )

    def of_cell(self, cell: int, resolution: int, *, as_of: datetime) -> OwnershipAnswer:
        """Answer for an H3 cell: one finer than resolution 10 as its ancestor there, a coarser one by its parts.

        A coarse cell is owned by who owns most of its resolution-10 parts; the others are alternatives with their
        share. Raises `NotFound` for a cell outside the district and `BadInput` for one coarser than resolution 6.
        """
        if resolution < COARSEST_CELL:
            raise BadInput(f"cell {cell_name(cell)} is too coarse; ask for resolution {COARSEST_CELL} or finer")
        fine = parent(cell, FINEST_RESOLUTION) if resolution > FINEST_RESOLUTION else cell
        parts = np.array([fine], dtype=np.uint64) if resolution >= FINEST_RESOLUTION else descendants(cell)
        x, y = centres(np.array([cell], dtype=np.uint64))
        lon, lat = float(x[0]), float(y[0])
        spread = self._rows_of_parts(parts)
        rows = {layer: self.ground[layer].row_of_most(of_parts) for layer, of_parts in spread.items()}
        self._require_inside(rows, lon, lat)
        return self._place_answer(
            MatchedBy.CELL, rows, as_of, lon, lat, spread=spread if len(parts) > 1 else None, unit=cell_name(cell)
        )

    def _rows_of_parts(self, parts: NDArray[np.uint64]) -> dict[Layer, NDArray[np.int32]]:
        middles = centres(parts)
        return {
            layer: ground.index.rows_of_cells(parts) if ground.index.tree is None else ground.index.rows(*middles)
            for layer, ground in self.ground.items()
        }

    def of_retailer(self, matched_by: MatchedBy, value: str, *, as_of: datetime) -> OwnershipAnswer:
        """Answer for a retailer by its id, code or licence; raises `NotFound`."""
        row = self.row_of[matched_by].get(value)
        if row is None:
            raise NotFound(f"there is no retailer with {matched_by} {value} in district {self.district.adcode}")
        return self.of_retailer_row(matched_by, row, as_of=as_of)

    def of_retailer_row(self, matched_by: MatchedBy, row: int, *, as_of: datetime) -> OwnershipAnswer:
        """Answer for the retailer in a row of `retailers`."""
        shops = self.retailers
        lon, lat = float(shops.lon[row]), float(shops.lat[row])
        is_located = not (isnan(lon) or isnan(lat))
        retailer = RetailerRef(
            retailer_id=RetailerId(shops.retailer_id[row]),
            retailer_code=shops.retailer_code[row],
            licence_no=shops.licence_no[row],
            name=shops.name[row],
            address=shops.address[row],
            lon=lon if is_located else None,
            lat=lat if is_located else None,
            precision_class=shops.precision_class[row],
        )
        rows = self._unit_rows(lon, lat) if is_located else {}
        away = self._distances(rows, lon, lat) if is_located else {}
        layers = tuple(self._layer_of(layer, retailer, row, rows.get(layer, -1), away.get(layer)) for layer in _LAYERS)
        return self._answer(
            matched_by, layers, as_of, retailer.lon, retailer.lat, retailer=retailer, unit=self._unit(rows)
        )

    def of_grid(self, grid_id: str) -> LayerOwner:
        """Answer for a grid in force; raises `NotFound` for any other."""
        for layer in self.ground:
            position = self._grid_position[layer].get(grid_id)
            if position is not None:
                return self.owner_of_grid(layer, position)
        raise NotFound(f"there is no grid {grid_id} in force in district {self.district.adcode}")

    def owner_of_grid(self, layer: Layer, position: int) -> LayerOwner:
        """Give the answer that all places of a grid share; made once a snapshot."""
        known = self._shared.get((layer, position))
        if known is None:
            known = self._shared[(layer, position)] = self._make_shared(layer, position)
        return known

    def _make_shared(self, layer: Layer, position: int) -> LayerOwner:
        ground = self.ground[layer]
        grid, staff_id = ground.grid_ref(position), ground.grids.staff_ids[position]
        if staff_id is None:
            return self._fallback(layer, FallbackReason.VACANCY, None, None, grid, position)
        return LayerOwner(
            layer=layer,
            role=ROLE_OF_LAYER[layer],
            grid=grid,
            owner=self.persons[staff_id],
            valid_from=ground.valid_from,
            valid_to=ground.valid_to,
            **self._deputies_for(staff_id, layer, position),
        )

    def warm(self) -> None:
        """Find now what answers would otherwise find when first asked: exact borders and neighbours."""
        for ground in self.ground.values():
            ground.surroundings.warm()

    @property
    def is_warm(self) -> bool:
        """Whether no answer has to wait for the borders of a whole district."""
        return all(ground.surroundings.is_warm for ground in self.ground.values())

    def answer_of(self, layers: tuple[LayerOwner, ...], *, as_of: datetime, crs: str) -> OwnershipAnswer:
        """Give the whole answer that places of the same grids share, without the place."""
        return replace(self._answer(MatchedBy.POINT, layers, as_of, None, None), crs=crs)

    def depends_on_place(self, layer: Layer) -> NDArray[np.bool_]:
        """Tell per grid, and last for no grid, whether an answer there depends on the very place in it.

        So it does where the nearest department answers, or whoever acts for the nearest covered shop.
        """
        if layer not in self._depends:
            staff_ids = self.ground[layer].grids.staff_ids
            own = [staff is None or (layer, at) in self._covered for at, staff in enumerate(staff_ids)]
            self._depends[layer] = np.array([*own, True])
        return self._depends[layer]

    def _plane(self) -> Plane:
        ground = next(iter(self.ground.values()), None)
        return ground.index.plane if ground else Plane.around(np.array([self.district.boundary]))

    def _unit_rows(self, lon: float, lat: float) -> dict[Layer, int]:
        """Give the unit of a place per layer; layers over the same units are asked once."""
        known: dict[int, int] = {}
        rows: dict[Layer, int] = {}
        for layer, ground in self.ground.items():
            key = id(ground.index)
            if key not in known:
                known[key] = ground.index.row(lon, lat)
            rows[layer] = known[key]
        return rows

    def _require_inside(self, rows: Mapping[Layer, int], lon: float, lat: float) -> None:
        if max(rows.values(), default=-1) < 0 and not shapely.intersects_xy(self.district.boundary, lon, lat):
            raise NotFound(f"the point {lon:.6f}, {lat:.6f} lies outside district {self.district.adcode}")

    def _unit(self, rows: Mapping[Layer, int]) -> str | None:
        return next((self.ground[layer].index.units.ids[row] for layer, row in rows.items() if row >= 0), None)

    def _distances(self, rows: Mapping[Layer, int], lon: float, lat: float) -> dict[Layer, float]:
        """Give how far the border of its grid is from a place, per layer where it lies in a grid; metres."""
        found = {layer: self.ground[layer].distance_m(row, lon, lat) for layer, row in rows.items()}
        return {layer: away for layer, away in found.items() if away is not None}

    def _place_answer(
        self,
        matched_by: MatchedBy,
        rows: Mapping[Layer, int],
        as_of: datetime,
        lon: float,
        lat: float,
        *,
        cloud: tuple[FloatArray, FloatArray] | None = None,
        spread: Mapping[Layer, NDArray[np.int32]] | None = None,
        uncertainty_m: float | None = None,
        address: AddressMatch | None = None,
        unit: str | None = None,
    ) -> OwnershipAnswer:
        away = self._distances(rows, lon, lat) if matched_by is not MatchedBy.CELL else {}
        if cloud is not None:
            spread = {layer: ground.index.rows(*cloud) for layer, ground in self.ground.items()}
        if address is not None and spread is not None:
            rows = {layer: self.ground[layer].row_of_most(of_cloud) for layer, of_cloud in spread.items()}
        cloud_of = spread or {}
        sureness = 1.0 if address is None else address.confidence
        layers = tuple(
            self.layer_at(layer, rows.get(layer, -1), lon, lat, away.get(layer), cloud_of.get(layer), sureness)
            for layer in _LAYERS
        )
        return self._answer(
            matched_by,
            layers,
            as_of,
            lon,
            lat,
            unit=unit or self._unit(rows),
            uncertainty_m=uncertainty_m,
            address=address,
        )

    def _answer(
        self,
        matched_by: MatchedBy,
        layers: tuple[LayerOwner, ...],
        as_of: datetime,
        lon: float | None,
        lat: float | None,
        *,
        retailer: RetailerRef | None = None,
        unit: str | None = None,
        uncertainty_m: float | None = None,
        address: AddressMatch | None = None,
    ) -> OwnershipAnswer:
        since = [layer.valid_from for layer in layers if layer.valid_from is not None]
        return OwnershipAnswer(
            adcode=self.district.adcode,
            district=self.district.name,
            is_synthetic=self.is_synthetic,
            generation=self.generation,
            revision=self.district.revision,
            as_of=as_of,
            valid_from=max(since) if since else None,
            valid_to=self.changes_at,
            is_stale=self.stale_since is not None,
            stale_since=self.stale_since,
            matched_by=matched_by,
            lon=lon,
            lat=lat,
            retailer=retailer,
            unit=unit,
            certainty=min(layer.certainty for layer in layers),
            uncertainty_m=uncertainty_m,
            address=address,
            layers=layers,
        )

    def layer_at(
        self,
        layer: Layer,
        unit_row: int,
        lon: float,
        lat: float,
        away_m: float | None = None,
        cloud: NDArray[np.int32] | None = None,
        sureness: float = 1.0,
    ) -> LayerOwner:
        """Answer one layer for a place in a unit (-1: in none)."""
        ground = self.ground.get(layer)
        if ground is None:
            return self._fallback(layer, FallbackReason.NO_GENERATION, lon, lat)
        position = ground.position_of_unit(unit_row)
        certainty, alternatives = (
            ground.spread(position, cloud, sureness, self.persons) if cloud is not None else (1.0, ())
        )
        grid = ground.grid_ref(position) if position >= 0 else None
        staff_id = ground.grids.staff_ids[position] if position >= 0 else None
        if staff_id is None:
            reason = FallbackReason.NO_GRID if grid is None else FallbackReason.VACANCY
            return self._fallback(layer, reason, lon, lat, grid, position, away_m, certainty, alternatives)
        acting = self._acting_near(layer, position, lon, lat)
        return LayerOwner(
            layer=layer,
            role=ROLE_OF_LAYER[layer],
            grid=grid,
            owner=self.persons[staff_id],
            acting_owner=self.persons[acting[0]] if acting else None,
            acting_reason=acting[1] if acting else None,
            valid_from=ground.valid_from,
            valid_to=ground.valid_to,
            **self._deputies_for(staff_id, layer, position),
            distance_to_border_m=away_m,
            certainty=certainty,
            alternatives=alternatives,
        )

    def _layer_of(
        self, layer: Layer, retailer: RetailerRef, row: int, unit_row: int, away_m: float | None
    ) -> LayerOwner:
        owner = self.owners.at(row, layer)
        if owner is None:
            return self._unowned(layer, retailer, unit_row, away_m)
        position = self._grid_position.get(layer, {}).get(str(owner.grid_id), -1)
        acting = self.acting.get((retailer.retailer_id, layer)) if self.acting else None
        return LayerOwner(
            layer=layer,
            role=ROLE_OF_LAYER[layer],
            grid=self.ground[layer].grid_ref(position) if position >= 0 else None,
            owner=self.persons[owner.staff_id],
            acting_owner=self.persons[acting[0]] if acting else None,
            acting_reason=acting[1] if acting else None,
            source=owner.source,
            valid_from=owner.valid_from,
            valid_to=owner.valid_to,
            **self._deputies_for(owner.staff_id, layer, position),
            distance_to_border_m=away_m,
        )

    def _unowned(self, layer: Layer, retailer: RetailerRef, unit_row: int, away_m: float | None) -> LayerOwner:
        if retailer.lon is not None and retailer.lat is not None and layer in self.ground:
            return self.layer_at(layer, unit_row, retailer.lon, retailer.lat, away_m)
        reason = FallbackReason.NO_GENERATION if self.generation is None else FallbackReason.UNOWNED_RETAILER
        return self._fallback(layer, reason, retailer.lon, retailer.lat)

    def _deputies_for(self, owner: StaffId, layer: Layer, position: int) -> _Deputies:
        """Give whom to ask instead of an owner: the declared deputies, else the owners beside the grid."""
        declared = self.declared_deputies.get(owner)
        if declared:
            return {"deputies": declared, "are_deputies_declared": True}
        beside = self._deputies_of(layer, position) if position >= 0 else ()
        return {"deputies": beside, "are_deputies_declared": False}

    def _deputies_of(self, layer: Layer, position: int) -> tuple[Person, ...]:
        known = self._deputies.get((layer, position))
        if known is None:
            known = self._deputies[(layer, position)] = self.ground[layer].owners_beside(position, self.persons)
        return known

    def _acting_near(self, layer: Layer, position: int, lon: float, lat: float) -> tuple[StaffId, str] | None:
        """Give who acts for the owner of a grid at a place: who acts for the nearest of its shops that is covered."""
        covered = self._covered.get((layer, position)) if self._covered else None
        if not covered:
            return None
        x, y = self.retailers.lon[covered], self.retailers.lat[covered]
        away = np.where(np.isfinite(x), ((x - lon) * np.cos(np.radians(lat))) ** 2 + (y - lat) ** 2, np.inf)
        return self.acting[(RetailerId(self.retailers.retailer_id[covered[int(away.argmin())]]), layer)]

    def _fallback(
        self,
        layer: Layer,
        reason: FallbackReason,
        lon: float | None,
        lat: float | None,
        grid: GridRef | None = None,
        position: int = -1,
        away_m: float | None = None,
        certainty: float = 1.0,
        alternatives: tuple[Alternative, ...] = (),
    ) -> LayerOwner:
        department = self.departments[layer].nearest(lon, lat) or f"{self.district.name} {layer}"
        return LayerOwner(
            layer=layer,
            role=ROLE_OF_LAYER[layer],
            grid=grid,
            owner=None,
            fallback_department=department,
            fallback_reason=reason,
            deputies=self._deputies_of(layer, position) if position >= 0 else (),
            distance_to_border_m=away_m,
            certainty=certainty,
            alternatives=alternatives,
        )


__all__ = ["DistrictSnapshot", "LayerGround", "Owner"]
