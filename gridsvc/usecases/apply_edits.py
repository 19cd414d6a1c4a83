"""Apply edits to a working copy in memory: what they touch, what changes, and every reason to refuse."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import shapely
import shapely.geometry
from numpy.typing import NDArray

from gridsvc.domain.drafts import (
    EXCEPTION_REASON_LENGTH,
    AddGrid,
    Edit,
    ForbidUnits,
    LayerRules,
    LinkedUnits,
    LockGrid,
    MovePolygon,
    MoveRetailers,
    MoveUnits,
    PinUnits,
    RemoveGrid,
    SetOwner,
    SetRules,
    StaffBase,
    UnitRule,
)
from gridsvc.domain.errors import BadInput, RuleBroken
from gridsvc.domain.grids import grid_name
from gridsvc.domain.ids import GridId, RetailerId, StaffId
from gridsvc.domain.layers import ROLE_OF_LAYER, Layer
from gridsvc.storage.drafts import OwnerException
from gridsvc.usecases.balanced_loads import carton_faults
from gridsvc.usecases.draft_bench import DraftBench, DraftLayer, position_of
from gridsvc.usecases.survey_district import border_faults

NEW_GRID = GridId("new")  # stands for a grid that gets its identifier when it is written
_MOST_VERTICES = 20_000


@dataclass(slots=True)
class Touched:
    """What edits name: two edits that name the same thing clash."""

    units: set[int] = field(default_factory=set)
    retailers: set[RetailerId] = field(default_factory=set)
    grids: set[GridId] = field(default_factory=set)
    rules: bool = False

    def document(self) -> dict[str, Any]:
        """Give it as the log stores it."""
        return {
            "units": sorted(self.units),
            "retailers": sorted(self.retailers),
            "grids": sorted(self.grids),
            "rules": self.rules,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The working copy after the edits, and what they touched.

    `added` are new grids by position of `draft.grids` (their identifiers are still `NEW_GRID`), `removed` those taken
    out; both come with edits of their own.
    """

    draft: DraftLayer
    touched: Touched
    added: tuple[int, ...]
    removed: tuple[GridId, ...]


def apply_edits(
    bench: DraftBench, layer: Layer, draft: DraftLayer, edits: Sequence[Edit], *, next_number: int
) -> Applied:
    """Give the working copy after all edits, in order; nothing is written.

    Raises
    ------
    BadInput
        an edit names a unit, cell, shop, grid or person that is not there, or its polygon is none: all of them listed.
    RuleBroken
        an edit would change a locked grid, move a pinned unit or put a unit where it must not be: all of them listed.
    """
    work = _Work(bench, layer, draft, next_number)
    for number, edit in enumerate(edits):
        work.apply(number, edit)
    if work.faults:
        raise BadInput("the edits cannot be used; nothing was changed", violations=tuple(work.faults))
    if work.refusals:
        raise RuleBroken("the edits break rules of this draft; nothing was changed", violations=tuple(work.refusals))
    return Applied(draft=work.draft, touched=work.touched, added=tuple(work.added), removed=tuple(work.removed))


class _Work:
    def __init__(self, bench: DraftBench, layer: Layer, draft: DraftLayer, next_number: int) -> None:
        self.bench, self.layer, self.draft = bench, layer, draft
        self.next_number = next_number
        self.touched = Touched()
        self.faults: list[str] = []
        self.refusals: list[str] = []
        self.added: list[int] = []
        self.removed: list[GridId] = []

    def apply(self, number: int, edit: Edit) -> None:
        place = f"edits.{number}"
        if isinstance(edit, MoveUnits):
            self._move(place, self._rows(place, edit.units, edit.cells), edit.to)
        elif isinstance(edit, MovePolygon):
            self._move(place, self._inside(place, edit.polygon), edit.to)
        elif isinstance(edit, MoveRetailers):
            self._keep_shops(place, edit)
        elif isinstance(edit, LockGrid):
            self._lock(place, edit)
        elif isinstance(edit, PinUnits):
            self._pin(place, edit)
        elif isinstance(edit, ForbidUnits):
            self._forbid(place, edit)
        elif isinstance(edit, SetRules):
            self._set_rules(place, edit)
        elif isinstance(edit, SetOwner):
            self._set_owner(place, edit)
        elif isinstance(edit, AddGrid):
            self._add_grid(place, edit)
        else:
            self._remove_grid(place, edit)

    # what edits name

    def _rows(self, place: str, units: Iterable[int], cells: Iterable[str] = ()) -> list[int]:
        rows = list(units)
        outside = [row for row in rows if not 0 <= row < self.bench.n_units]
        unknown = [cell for cell in cells if cell not in self.bench.unit_row]
        self.faults += [f"{place}.units: there is no unit {row}; rows are 0 to {self.bench.n_units - 1}"
                        for row in outside[:20]]  # fmt: skip
        self.faults += [f"{place}.cells: {cell[:40]} is no unit of this draft" for cell in unknown[:20]]
        if outside or unknown:
            return []
        named = dict.fromkeys([*rows, *(self.bench.unit_row[cell] for cell in cells)])
        return list(named)

    def _inside(self, place: str, polygon: Mapping[str, Any]) -> list[int]:
        shape = read_polygon(polygon)
        if isinstance(shape, str):
            self.faults.append(f"{place}.polygon: {shape}")
            return []
        shapely.prepare(shape)
        rows: NDArray[np.int64] = np.flatnonzero(shapely.intersects(shape, self.bench.centres))
        if not len(rows):
            self.faults.append(f"{place}.polygon: no unit's centre lies inside it")
        return [int(row) for row in rows]

    def _grid(self, place: str, grid_id: GridId) -> int | None:
        position = position_of(self.draft, grid_id)
        if position is None:
            self.faults.append(f"{place}: there is no grid {grid_id} in the {self.layer} layer of this draft")
        return position

    # what edits do

    def _move(self, place: str, rows: list[int], to: GridId | None) -> None:
        target = -1 if to is None else self._grid(place, to)
        if target is None:
            return
        grids, rules = self.draft.grids, self.draft.rules
        grid_of_unit = grids.grid_of_unit.copy()
        pins = {pin.unit: pin.grid_id for pin in (*rules.bases, *rules.pins)}
        bans = {(ban.unit, ban.grid_id) for ban in rules.forbidden}
        locked = {position for position, grid_id in enumerate(grids.grid_ids) if grid_id in rules.locks}
        names = self.bench.survey.units.ids
        leaving = {int(grid_of_unit[row]) for row in rows if grid_of_unit[row] != target} & locked
        for position in sorted(leaving):
            self.refusals.append(f"{place}: grid {grids.names[position]} is locked; unlock it to take units away")
        if target in locked and any(grid_of_unit[row] != target for row in rows):
            self.refusals.append(f"{place}: grid {grids.names[target]} is locked; unlock it to add units")
        for row in rows:
            if row in pins and pins[row] != to:
                kept = grids.names[grids.grid_ids.index(pins[row])] if pins[row] in grids.grid_ids else pins[row]
                self.refusals.append(f"{place}: unit {names[row]} is pinned to grid {kept}")
            if to is not None and (row, to) in bans:
                self.refusals.append(f"{place}: unit {names[row]} must not lie in grid {grids.names[target]}")
        grid_of_unit[rows] = target
        self.touched.units.update(rows)
        self._change(grids=replace(grids, grid_of_unit=grid_of_unit))

    def _keep_shops(self, place: str, edit: MoveRetailers) -> None:
        target = None if edit.to is None else self._grid(place, edit.to)
        unknown = [shop for shop in edit.retailer_ids if shop not in self.bench.shop_row]
        self.faults += [f"{place}.retailer_ids: no active shop {shop} lies inside the units" for shop in unknown[:20]]
        if unknown or (edit.to is not None and target is None):
            return
        staff_id = self.draft.grids.staff_ids[target] if target is not None else None
        if target is not None and staff_id is None:
            name = self.draft.grids.names[target]
            self.refusals.append(f"{place}: grid {name} has no owner; a shop is kept with a person")
        if target is not None and not edit.reason.strip():
            self.faults.append(f"{place}.reason: say why these shops are kept with another owner")
        if len(edit.reason) > EXCEPTION_REASON_LENGTH:
            self.faults.append(f"{place}.reason: at most {EXCEPTION_REASON_LENGTH} characters")
        exceptions = dict(self.draft.exceptions)
        of_unit = self.draft.grids.grid_of_unit
        for shop in edit.retailer_ids:
            home = int(of_unit[self.bench.survey.retailer_unit[self.bench.shop_row[shop]]])
            exceptions.pop(shop, None)
            if staff_id is not None and home != target:
                exceptions[shop] = OwnerException(retailer_id=shop, staff_id=staff_id, reason=edit.reason.strip())
            self.touched.retailers.add(shop)
        self._change(exceptions=exceptions)

    def _lock(self, place: str, edit: LockGrid) -> None:
        if self._grid(place, edit.grid_id) is None:
            return
        locks = [grid_id for grid_id in self.draft.rules.locks if grid_id != edit.grid_id]
        self.touched.grids.add(edit.grid_id)
        self._rule(locks=(*locks, edit.grid_id) if edit.locked else tuple(locks))

    def _pin(self, place: str, edit: PinUnits) -> None:
        rows = self._rows(place, edit.units)
        if edit.to is not None and self._grid(place, edit.to) is None:
            return
        pins = [pin for pin in self.draft.rules.pins if pin.unit not in set(rows)]
        if edit.to is not None:
            self._move(place, rows, edit.to)
            pins += [UnitRule(unit=row, grid_id=edit.to) for row in rows]
        self.touched.units.update(rows)
        self._rule(pins=tuple(pins))

    def _forbid(self, place: str, edit: ForbidUnits) -> None:
        rows = self._rows(place, edit.units)
        position = self._grid(place, edit.grid_id)
        if position is None:
            return
        bans = [b for b in self.draft.rules.forbidden if not (b.grid_id == edit.grid_id and b.unit in set(rows))]
        if edit.forbidden:
            names = self.bench.survey.units.ids
            for row in rows:
                if self.draft.grids.grid_of_unit[row] == position:
                    grid = self.draft.grids.names[position]
                    self.refusals.append(f"{place}: unit {names[row]} lies in grid {grid} now; move it first")
            bans += [UnitRule(unit=row, grid_id=edit.grid_id) for row in rows]
        self.touched.units.update(rows)
        self._rule(forbidden=tuple(bans))

    def _set_rules(self, place: str, edit: SetRules) -> None:
        for name in ("tolerance", "count_tolerance"):
            value = getattr(edit, name)
            if value is not None and not (math.isfinite(value) and 0 <= value < 1):
                self.faults.append(f"{place}.{name}: a fraction from 0 to below 1, not {value}")
        changed: dict[str, Any] = {
            name: getattr(edit, name) for name in ("tolerance", "count_tolerance") if getattr(edit, name) is not None
        }
        if edit.carton_tolerance is not None:
            self._set_cartons(place, edit.carton_tolerance, changed)
        if edit.churn_budget is not None:
            changed["churn_budget"] = edit.churn_budget if edit.churn_budget >= 0 else None
        if edit.barriers is not None:
            touching = {tuple(pair) for pair in self.bench.survey.units.border_a_b.tolist()}
            pairs = [(min(pair), max(pair)) for pair in edit.barriers]
            self.faults += [f"{place}.barriers: units {a} and {b} do not touch" for a, b in pairs
                            if (a, b) not in touching][:20]  # fmt: skip
            changed["barriers"] = tuple(sorted(set(pairs)))
        if edit.borders is not None:
            changed["borders"] = edit.borders
            self.faults += [f"{place}.borders: {fault}" for fault in border_faults(self.bench.survey, edit.borders)]
        if edit.distance is not None:
            changed["distance"] = edit.distance
        if edit.crews is not None:
            changed["crews"] = edit.crews
        if edit.links is not None:
            changed["links"] = self._linked(place, edit.links)
        if edit.bases is not None:
            changed["bases"] = self._based(place, edit.bases)
        self.touched.rules = True
        self._rule(**changed)

    def _linked(self, place: str, links: Sequence[LinkedUnits]) -> tuple[tuple[int, ...], ...]:
        groups = []
        seen: set[int] = set()
        for number, link in enumerate(links):
            where = f"{place}.links.{number}"
            n_faults = len(self.faults)
            rows = sorted(set(self._rows(where, link.units, link.cells)))
            if len(rows) < 2 and len(self.faults) == n_faults:
                self.faults.append(f"{where}: a group has two units at least")
            twice = [self.bench.survey.units.ids[row] for row in rows if row in seen]
            self.faults += [f"{where}: unit {unit} is in two groups; make them one" for unit in twice[:20]]
            seen.update(rows)
            groups.append(tuple(rows))
        return tuple(groups)

    def _based(self, place: str, bases: Sequence[StaffBase]) -> tuple[UnitRule, ...]:
        found: dict[int, UnitRule] = {}
        for number, base in enumerate(bases):
            where = f"{place}.bases.{number}"
            rows = self._rows(where, () if base.unit is None else (base.unit,), (base.cell,) if base.cell else ())
            grid_id = base.grid_id if base.grid_id is not None else self._grid_of_owner(where, base.staff_code)
            if len(rows) != 1 or grid_id is None or self._grid(where, grid_id) is None:
                self.faults += [f"{where}: name one unit, by row or by name"] if len(rows) > 1 else []
                continue
            if rows[0] in found and found[rows[0]].grid_id != grid_id:
                unit = self.bench.survey.units.ids[rows[0]]
                self.faults.append(f"{where}: unit {unit} cannot be the base of two grids")
            found[rows[0]] = UnitRule(unit=rows[0], grid_id=grid_id)
        return tuple(found.values())

    def _grid_of_owner(self, place: str, staff_code: str) -> GridId | None:
        for grid_id, staff_id in zip(self.draft.grids.grid_ids, self.draft.grids.staff_ids, strict=True):
            if staff_id is not None and self.bench.people[staff_id].staff_code == staff_code:
                return grid_id
        self.faults.append(f"{place}: {staff_code or 'nobody'} owns no grid in the {self.layer} layer of this draft")
        return None

    def _set_cartons(self, place: str, tolerance: float, changed: dict[str, Any]) -> None:
        wanted = tolerance if tolerance >= 0 else None
        if not (math.isfinite(tolerance) and tolerance < 1):
            self.faults.append(f"{place}.carton_tolerance: a fraction below 1, or -1 for none, not {tolerance}")
        self.faults += [
            f"{place}.carton_tolerance: {fault}" for fault in carton_faults(self.bench.survey.retailers, wanted)
        ]
        changed["carton_tolerance"] = wanted

    def _set_owner(self, place: str, edit: SetOwner) -> None:
        position = self._grid(place, edit.grid_id)
        if position is None or not self._may_own(place, edit.staff_id, but=position):
            return
        staff_ids = list(self.draft.grids.staff_ids)
        staff_ids[position] = edit.staff_id
        self.touched.grids.add(edit.grid_id)
        self._change(grids=replace(self.draft.grids, staff_ids=tuple(staff_ids)))

    def _may_own(self, place: str, staff_id: StaffId | None, but: int | None = None) -> bool:
        if staff_id is None:
            return True
        person = self.bench.people.get(staff_id)
        if person is None:
            self.faults.append(f"{place}.staff_id: there is no member of staff {staff_id}")
            return False
        if person.role is not ROLE_OF_LAYER[self.layer]:
            self.refusals.append(f"{place}: {person.staff_code} is a {person.role} and cannot own in {self.layer}")
            return False
        for position, other in enumerate(self.draft.grids.staff_ids):
            if other == staff_id and position != but:
                name = self.draft.grids.names[position]
                self.refusals.append(f"{place}: {person.staff_code} owns grid {name} already; one grid a person")
                return False
        return True

    def _add_grid(self, place: str, edit: AddGrid) -> None:
        if not self._may_own(place, edit.staff_id):
            return
        grids = self.draft.grids
        if self.added:
            self.faults.append(f"{place}: add one grid at a time")
            return
        self.added.append(len(grids.grid_ids))
        self.touched.grids.add(NEW_GRID)
        self._change(
            grids=replace(
                grids,
                grid_ids=(*grids.grid_ids, NEW_GRID),
                names=(*grids.names, grid_name(self.layer, self.next_number)),
                numbers=(*grids.numbers, self.next_number),
                staff_ids=(*grids.staff_ids, edit.staff_id),
            )
        )

    def _remove_grid(self, place: str, edit: RemoveGrid) -> None:
        position = self._grid(place, edit.grid_id)
        if position is None:
            return
        grids, rules = self.draft.grids, self.draft.rules
        if edit.grid_id in rules.locks:
            self.refusals.append(f"{place}: grid {grids.names[position]} is locked; unlock it to remove it")
        units = np.flatnonzero(grids.grid_of_unit == position)
        shifted = np.where(grids.grid_of_unit > position, grids.grid_of_unit - 1, grids.grid_of_unit)
        shifted[units] = -1

        def without(values: Sequence[Any]) -> tuple[Any, ...]:
            return (*values[:position], *values[position + 1 :])

        self.touched.grids.add(edit.grid_id)
        self.touched.units.update(int(unit) for unit in units)
        self.removed.append(edit.grid_id)
        self._rule(
            pins=tuple(pin for pin in rules.pins if pin.grid_id != edit.grid_id),
            forbidden=tuple(ban for ban in rules.forbidden if ban.grid_id != edit.grid_id),
            bases=tuple(base for base in rules.bases if base.grid_id != edit.grid_id),
        )
        self._change(
            grids=replace(
                grids,
                grid_ids=without(grids.grid_ids),
                names=without(grids.names),
                numbers=without(grids.numbers),
                staff_ids=without(grids.staff_ids),
                grid_of_unit=shifted.astype(np.int32),
            )
        )

    def _change(self, **values: Any) -> None:
        self.draft = replace(self.draft, **values)

    def _rule(self, **values: Any) -> None:
        rules: LayerRules = replace(self.draft.rules, **values)
        self._change(rules=rules)


def read_polygon(document: Mapping[str, Any]) -> shapely.Polygon | shapely.MultiPolygon | str:
    """Read a GeoJSON Polygon or MultiPolygon in WGS-84, or give the words of what is wrong with it."""
    geometry = document.get("geometry") if document.get("type") == "Feature" else document
    if not isinstance(geometry, Mapping) or geometry.get("type") not in ("Polygon", "MultiPolygon"):
        return "a GeoJSON Polygon or MultiPolygon is needed"
    try:
        shape = shapely.geometry.shape(dict(geometry))
    except Exception:  # shapely raises whatever numpy did not like
        return "its coordinates cannot be read"
    assert isinstance(shape, shapely.Polygon | shapely.MultiPolygon)
    return _fault_of(shape) or shape


def _fault_of(shape: shapely.Polygon | shapely.MultiPolygon) -> str | None:
    if shape.is_empty:
        return "it is empty"
    if shapely.count_coordinates(shape) > _MOST_VERTICES:
        return f"it has more than {_MOST_VERTICES:,} vertices"
    west, south, east, north = shape.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):  # false for NaN too
        return "its coordinates are not degrees of longitude and latitude"
    return None if shape.is_valid else f"it is not valid: {shapely.is_valid_reason(shape)}"
