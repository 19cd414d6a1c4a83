"""The ownership of a district in memory: one consistent generation, answered without the database.

A look-up never runs an optimiser and never meets a half-published plan: it reads a snapshot that was built from one
transaction and is replaced as a whole. A process keeps its snapshots on a board, which listens to the database and also
looks at the clock, because acting owners and scheduled plans change answers by themselves.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import shapely
from h3.api import basic_int as h3
from numpy.typing import NDArray

from gridsvc.clock import Clock
from gridsvc.domain.errors import NotFound
from gridsvc.domain.ids import Adcode, RetailerId, StaffId
from gridsvc.domain.layers import ROLE_OF_LAYER, Layer
from gridsvc.domain.ownership import (
    FallbackReason,
    GridRef,
    LayerOwner,
    MatchedBy,
    OwnershipAnswer,
    Person,
    RetailerRef,
)
from gridsvc.storage import Store, Transaction, districts, generations, plans
from gridsvc.storage import ownership as ownership_rows
from gridsvc.storage import retailers as retailer_rows
from gridsvc.storage import staff as staff_rows
from gridsvc.storage import units as unit_rows
from gridsvc.storage.districts import District
from gridsvc.storage.ownership import Owner
from gridsvc.storage.plans import Grids
from gridsvc.storage.retailers import RetailerColumns
from gridsvc.storage.staff import StaffMember
from gridsvc.storage.units import COARSEST_RESOLUTION, FINEST_RESOLUTION, StoredUnits


@dataclass(frozen=True, slots=True)
class UnitIndex:
    """Finds the unit of one point in microseconds: a dictionary of cells, or a tree of polygons."""

    units: StoredUnits
    row_of_cell: dict[int, int]
    tree: shapely.STRtree | None

    @classmethod
    def of(cls, units: StoredUnits) -> UnitIndex:
        """Build the index of a unit set."""
        if units.kind == "h3":
            return cls(units, {int(cell): row for row, cell in enumerate(units.cell.tolist())}, None)
        return cls(units, {}, shapely.STRtree(units.outlines))

    def row(self, lon: float, lat: float) -> int:
        """Give the row of the unit that holds the point, -1 for none; on a shared border the lower row holds it."""
        if self.tree is not None:
            rows = self.tree.query(shapely.Point(lon, lat), predicate="intersects")
            return int(rows.min()) if len(rows) else -1
        cell = h3.latlng_to_cell(lat, lon, FINEST_RESOLUTION)
        for resolution in range(FINEST_RESOLUTION, COARSEST_RESOLUTION - 1, -1):
            row = self.row_of_cell.get(h3.cell_to_parent(cell, resolution))
            if row is not None:
                return row
        return -1


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictSnapshot:
    """Everything that answers ownership questions of one district at one instant.

    `is_synthetic` holds where the district or any value of its shops was invented. `changes_at` is the next instant at
    which an answer changes by itself, None when nothing is scheduled.
    """

    district: District
    is_synthetic: bool
    generation: int | None
    instant: datetime
    changes_at: datetime | None
    units: dict[Layer, UnitIndex]
    grids: dict[Layer, Grids]
    grid_position: dict[Layer, dict[str, int]]
    persons: dict[StaffId, Person]
    departments: dict[Layer, tuple[list[str], NDArray[np.float64]]]  # name and office lon, lat of each member's
    retailers: RetailerColumns
    row_of: dict[MatchedBy, dict[str, int]]
    owners: dict[tuple[RetailerId, Layer], Owner]
    acting: dict[tuple[RetailerId, Layer], tuple[StaffId, str]]

    @property
    def etag(self) -> str:
        """The version of every answer: generation.revision."""
        return f"{0 if self.generation is None else self.generation}.{self.district.revision}"

    def at_point(self, lon: float, lat: float, *, as_of: datetime) -> OwnershipAnswer:
        """Answer for a place in the district; raises `NotFound` for one outside."""
        found = {layer: index.row(lon, lat) for layer, index in self.units.items()}
        if not any(row >= 0 for row in found.values()) and not self.district.boundary.intersects(
            shapely.Point(lon, lat)
        ):
            raise NotFound(f"the point {lon:.6f}, {lat:.6f} lies outside district {self.district.adcode}")
        layers = tuple(self._layer_at(layer, found.get(layer, -1), lon, lat) for layer in Layer)
        named = next(((layer, row) for layer, row in found.items() if row >= 0), None)
        unit = self.units[named[0]].units.ids[named[1]] if named else None
        return self._answer(MatchedBy.POINT, layers, as_of, lon, lat, None, unit)

    def of_retailer(self, matched_by: MatchedBy, value: str, *, as_of: datetime) -> OwnershipAnswer:
        """Answer for a retailer by its id, code or licence; raises `NotFound`."""
        row = self.row_of[matched_by].get(value)
        if row is None:
            raise NotFound(f"there is no retailer with {matched_by} {value} in district {self.district.adcode}")
        shops = self.retailers
        lon, lat = float(shops.lon[row]), float(shops.lat[row])
        is_located = bool(np.isfinite(lon) and np.isfinite(lat))
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
        layers = tuple(self._layer_of(layer, retailer) for layer in Layer)
        rows = {layer: index.row(lon, lat) for layer, index in self.units.items()} if is_located else {}
        unit = next((self.units[layer].units.ids[row] for layer, row in rows.items() if row >= 0), None)
        return self._answer(matched_by, layers, as_of, retailer.lon, retailer.lat, retailer, unit)

    def of_grid(self, grid_id: str) -> LayerOwner:
        """Answer for a grid in force; raises `NotFound` for any other."""
        for layer, grids in self.grids.items():
            position = self.grid_position[layer].get(grid_id)
            if position is None:
                continue
            grid, staff_id = self._grid_ref(layer, position), grids.staff_ids[position]
            if staff_id is None:
                return self._fallback(layer, FallbackReason.VACANCY, None, None, grid)
            return LayerOwner(layer=layer, role=ROLE_OF_LAYER[layer], grid=grid, owner=self.persons[staff_id])
        raise NotFound(f"there is no grid {grid_id} in force in district {self.district.adcode}")

    def _answer(
        self,
        matched_by: MatchedBy,
        layers: tuple[LayerOwner, ...],
        as_of: datetime,
        lon: float | None,
        lat: float | None,
        retailer: RetailerRef | None,
        unit: str | None,
    ) -> OwnershipAnswer:
        return OwnershipAnswer(
            adcode=self.district.adcode,
            district=self.district.name,
            is_synthetic=self.is_synthetic,
            generation=self.generation,
            revision=self.district.revision,
            as_of=as_of,
            matched_by=matched_by,
            lon=lon,
            lat=lat,
            retailer=retailer,
            unit=unit,
            layers=layers,
        )

    def _layer_at(self, layer: Layer, unit_row: int, lon: float, lat: float) -> LayerOwner:
        grids = self.grids.get(layer)
        if grids is None:
            return self._fallback(layer, FallbackReason.NO_GENERATION, lon, lat)
        position = int(grids.grid_of_unit[unit_row]) if unit_row >= 0 else -1
        if position < 0:
            return self._fallback(layer, FallbackReason.NO_GRID, lon, lat)
        grid = self._grid_ref(layer, position)
        staff_id = grids.staff_ids[position]
        if staff_id is None:
            return self._fallback(layer, FallbackReason.VACANCY, lon, lat, grid)
        return LayerOwner(layer=layer, role=ROLE_OF_LAYER[layer], grid=grid, owner=self.persons[staff_id])

    def _layer_of(self, layer: Layer, retailer: RetailerRef) -> LayerOwner:
        key = (retailer.retailer_id, layer)
        row = self.owners.get(key)
        if row is None:
            if retailer.lon is not None and retailer.lat is not None and layer in self.grids:
                return self._layer_at(
                    layer, self.units[layer].row(retailer.lon, retailer.lat), retailer.lon, retailer.lat
                )
            reason = FallbackReason.NO_GENERATION if self.generation is None else FallbackReason.UNOWNED_RETAILER
            return self._fallback(layer, reason, retailer.lon, retailer.lat)
        position = self.grid_position.get(layer, {}).get(str(row.grid_id), -1)
        acting = self.acting.get(key)
        return LayerOwner(
            layer=layer,
            role=ROLE_OF_LAYER[layer],
            grid=self._grid_ref(layer, position) if position >= 0 else None,
            owner=self.persons[row.staff_id],
            acting_owner=self.persons[acting[0]] if acting else None,
            acting_reason=acting[1] if acting else None,
            source=row.source,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
        )

    def _grid_ref(self, layer: Layer, position: int) -> GridRef:
        grids = self.grids[layer]
        return GridRef(grid_id=grids.grid_ids[position], name=grids.names[position], number=grids.numbers[position])

    def _fallback(
        self, layer: Layer, reason: FallbackReason, lon: float | None, lat: float | None, grid: GridRef | None = None
    ) -> LayerOwner:
        names, offices = self.departments[layer]
        department = names[0] if names else f"{self.district.name} {layer}"
        if names and lon is not None and lat is not None:
            squeeze = np.cos(np.radians(lat))
            away = ((offices[:, 0] - lon) * squeeze) ** 2 + (offices[:, 1] - lat) ** 2
            department = names[int(away.argmin())]
        return LayerOwner(
            layer=layer,
            role=ROLE_OF_LAYER[layer],
            grid=grid,
            owner=None,
            fallback_department=department,
            fallback_reason=reason,
        )


def build_snapshot(tx: Transaction, instant: datetime) -> DistrictSnapshot:
    """Read one district as it stood, stands or will stand at `instant`, from one transaction."""
    indices: dict[str, UnitIndex] = {}
    units: dict[Layer, UnitIndex] = {}
    grids: dict[Layer, Grids] = {}
    for layer, version in generations.versions_in_force(tx, instant).items():
        if version.unit_set_id not in indices:
            indices[version.unit_set_id] = UnitIndex.of(unit_rows.load(tx, version.unit_set_id))
        units[layer] = indices[version.unit_set_id]
        grids[layer] = plans.grids_of(tx, version.plan_version_id, layer, len(units[layer].units))
    staff = staff_rows.all_staff(tx)
    retailers = retailer_rows.columns(tx, statuses=retailer_rows.STATUSES)
    current = generations.current(tx, instant)
    return DistrictSnapshot(
        district=districts.find(tx),
        is_synthetic=districts.holds_invented(tx),
        generation=current.number if current else None,
        instant=instant,
        changes_at=ownership_rows.next_change_after(tx, instant),
        units=units,
        grids=grids,
        grid_position={
            layer: {str(grid_id): position for position, grid_id in enumerate(known.grid_ids)}
            for layer, known in grids.items()
        },
        persons={member.staff_id: _person(member) for member in staff},
        departments={layer: _departments(staff, layer) for layer in Layer},
        retailers=retailers,
        row_of={
            matched_by: {str(value): row for row, value in enumerate(values.tolist())}
            for matched_by, values in (
                (MatchedBy.RETAILER_ID, retailers.retailer_id),
                (MatchedBy.RETAILER_CODE, retailers.retailer_code),
                (MatchedBy.LICENCE_NO, retailers.licence_no),
            )
        },
        owners=ownership_rows.owners_at(tx, instant),
        acting=ownership_rows.acting_at(tx, instant),
    )


def _person(member: StaffMember) -> Person:
    return Person(
        staff_id=member.staff_id, staff_code=member.staff_code, name=member.name, org_unit=member.org_unit_name
    )


def _departments(staff: Sequence[StaffMember], layer: Layer) -> tuple[list[str], NDArray[np.float64]]:
    members = [member for member in staff if member.role is ROLE_OF_LAYER[layer] and member.org_unit_name]
    offices = np.array([[member.office_lon, member.office_lat] for member in members]).reshape(-1, 2)
    return [member.org_unit_name or "" for member in members], offices


@dataclass(slots=True)
class OwnershipBoard:
    """The snapshots of one process; safe to ask from several threads.

    A snapshot is rebuilt when its district is marked (by the listener, after a commit) and when its own time has come.
    Past and future instants are built when asked and the last few are kept, because callers page through one instant.
    """

    store: Store
    clock: Clock
    n_kept_instants: int = 8
    _now: dict[Adcode, DistrictSnapshot] = field(default_factory=dict)
    _read_at: dict[Adcode, int] = field(default_factory=dict)  # the mark that each snapshot was read after
    _mark_of: dict[Adcode, int] = field(default_factory=dict)
    _marks: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _instants: dict[tuple[Adcode, datetime], DistrictSnapshot] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def mark(self, adcode: Adcode) -> None:
        """Say that a district changed: every question from now on is answered from a newer reading."""
        self._mark_of[adcode] = next(self._marks)

    def mark_all(self) -> None:
        """Say that anything may have changed, for example after the listener lost its connection."""
        for adcode in list(self._now):
            self.mark(adcode)

    def adcodes(self) -> list[Adcode]:
        """List the districts there are."""
        with self.store.directory() as tx:
            return [district.adcode for district in districts.all_districts(tx)]

    def now(self, adcode: Adcode) -> DistrictSnapshot:
        """Give the snapshot in force; raises `NotFound` for an unknown district."""
        known = self._now.get(adcode)
        if known is not None and self._is_fresh(adcode, known):
            return known
        with self._lock:
            known = self._now.get(adcode)
            if known is not None and self._is_fresh(adcode, known):
                return known
            mark = self._mark_of.get(adcode, 0)  # one that comes while the database is read is not lost
            with self.store.transaction(adcode) as tx:
                self._now[adcode] = build_snapshot(tx, self.clock.now())
            self._read_at[adcode] = mark
            self._instants = {key: value for key, value in self._instants.items() if key[0] != adcode}
            return self._now[adcode]

    def _is_fresh(self, adcode: Adcode, snapshot: DistrictSnapshot) -> bool:
        return self._read_at.get(adcode) == self._mark_of.get(adcode, 0) and not self._is_over(snapshot)

    def _is_over(self, snapshot: DistrictSnapshot) -> bool:
        return snapshot.changes_at is not None and self.clock.now() >= snapshot.changes_at

    def at(self, adcode: Adcode, instant: datetime) -> DistrictSnapshot:
        """Give the snapshot of another instant, past or future."""
        self.now(adcode)  # notices a change, and that the district exists
        key = (adcode, instant)
        with self._lock:
            known = self._instants.get(key)
            mark = self._mark_of.get(adcode, 0)
        if known is not None:
            return known
        with self.store.transaction(adcode) as tx:
            built = build_snapshot(tx, instant)
        with self._lock:
            if mark == self._mark_of.get(adcode, 0):
                self._instants[key] = built
            while len(self._instants) > self.n_kept_instants:
                self._instants.pop(next(iter(self._instants)))
        return built
