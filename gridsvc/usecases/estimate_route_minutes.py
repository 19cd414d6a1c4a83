"""Estimate what a moved border does to route time: minutes a day for changed sets of shops, without a solve.

A board keeps a district's shops and calibrations in memory, so that an answer follows a brush stroke at once. It is
calibrated on the newest solved cycle, layer by layer, and says how far it is off on territories left out of the fit.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo_data.roads.neighbours import nearest_places
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode, StaffId, UnitSetId
from gridsvc.domain.layers import ROLE_OF_LAYER, Layer
from gridsvc.domain.workload import WORKING_DAYS_PER_CYCLE, Workload
from gridsvc.engines.route_estimates import (
    Calibration,
    Closeness,
    SolvedTerritory,
    calibrate,
    estimate_travel_min,
)
from gridsvc.storage import Store, Transaction, cycles, districts, visits
from gridsvc.storage import retailers as retailer_rows
from gridsvc.storage import staff as staff_rows
from gridsvc.storage import units as unit_rows
from gridsvc.storage.cycles import Cycle
from gridsvc.storage.retailers import RetailerColumns
from gridsvc.usecases.measure_travel import URBAN_SPEED_KMPH, Travel, TravelBoard
from gridsvc.usecases.measured_workload import measured_workload
from gridsvc.usecases.shop_facts import shop_facts

Floats = NDArray[np.float64]
_MOST_UNIT_SETS = 4
_MOST_LISTED = 10
N_NEAREST = 48  # of each shop, whichever grid they are in: a set holds three of them unless it is scattered


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopSet:
    """A grid as it would be: the shops of its units and single ones by identifier; the office is that of `staff`.

    Parameters
    ----------
    units : rows of the unit set
    retailers : shops that are the grid's wherever they lie
    without : shops of `units` that are not the grid's
    """

    key: str
    units: Sequence[int] | None = None
    retailers: Sequence[str] | None = None
    without: Sequence[str] = ()
    staff: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteMinutes:
    """Minutes per working day of one set of shops: regular duties only, enforcement inspections are not counted."""

    key: str
    n_retailers: int
    stops_per_day: float
    service_min_per_day: float
    travel_min_per_day: float
    route_min_per_day: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteEstimate:
    """The estimates, and how good they are.

    Parameters
    ----------
    cycle_first_day : of the solved cycle that they are calibrated on; None = on none, then travel is the assumed way
        per stop
    n_samples : solved territories
    mean_error_share, worst_error_share : of travel, on solved territories left out of the fit; None = unknown
    """

    layer: Layer
    cycle_first_day: date | None
    n_samples: int
    mean_error_share: float | None
    worst_error_share: float | None
    words: str
    grids: list[RouteMinutes]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What the shops ask of one layer: (n_shops,) stops and service minutes a day, and the assumed way a stop."""

    stops_per_day: Floats
    service_min_per_day: Floats
    way_min: Floats


@dataclass(slots=True, kw_only=True)
class _Ground:
    stamp: tuple[object, ...]
    travel: Travel
    shops: RetailerColumns
    row_of: dict[str, int]
    closeness: Closeness
    haul_s: dict[Layer, dict[str, Floats]]  # (n_shops,) from the office and back, by staff code and by staff_id
    work: dict[Layer, _Work]
    cycle_first_day: date | None
    calibrations: Mapping[Layer, Calibration]
    shops_of_unit: dict[UnitSetId, list[NDArray[np.int64]]] = field(default_factory=dict)


class RouteEstimates:
    """Estimates for every district of a process; safe to use from several threads."""

    def __init__(self, store: Store, travel: TravelBoard) -> None:
        self._store, self._travel = store, travel
        self._known: dict[Adcode, _Ground] = {}
        self._lock = threading.Lock()

    def estimate(
        self, *, adcode: Adcode, layer: Layer, sets: Sequence[ShopSet], unit_set_id: str | None = None
    ) -> RouteEstimate:
        """Estimate the minutes a working day of every set, in its order.

        Parameters
        ----------
        unit_set_id : of the units that sets are made of; required where a set names units

        Raises
        ------
        BadInput
            With every unknown unit, shop and staff member.
        NotFound
            Unknown unit set.
        """
        ground = self._ground(adcode, UnitSetId(unit_set_id) if unit_set_id else None)
        shops_of_unit = ground.shops_of_unit.get(UnitSetId(unit_set_id)) if unit_set_id else None
        faults: list[str] = []
        rows = [_rows(ground, layer, given, shops_of_unit, faults) for given in sets]
        if faults:
            listed = (*faults[:_MOST_LISTED], *([f"and {len(faults) - _MOST_LISTED} more"] * (len(faults) > 10)))
            raise BadInput("the sets cannot be estimated", violations=listed)
        found = [_minutes(ground, layer, given, its) for given, its in zip(sets, rows, strict=True)]
        known = ground.calibrations.get(layer)
        return RouteEstimate(
            layer=layer,
            cycle_first_day=ground.cycle_first_day if known else None,
            n_samples=known.n_samples if known else 0,
            mean_error_share=known.mean_error_share if known else None,
            worst_error_share=known.worst_error_share if known else None,
            words=known.words if known else "assumed way per stop: no cycle is solved yet to calibrate on",
            grids=found,
        )

    def _ground(self, adcode: Adcode, unit_set_id: UnitSetId | None) -> _Ground:
        with self._lock, self._store.transaction(adcode) as tx:
            ground = _read(tx, self._travel, self._known.get(adcode))
            if unit_set_id is not None and unit_set_id not in ground.shops_of_unit:
                while len(ground.shops_of_unit) >= _MOST_UNIT_SETS:
                    ground.shops_of_unit.pop(next(iter(ground.shops_of_unit)))
                ground.shops_of_unit[unit_set_id] = _shops_of_units(tx, unit_set_id, ground.shops)
            self._known[adcode] = ground
            return ground


def _read(tx: Transaction, board: TravelBoard, known: _Ground | None) -> _Ground:
    """Give what is known while nothing changed, else read it anew; shops that stayed where they are stay as near."""
    district = districts.find(tx)
    latest = cycles.latest(tx)
    _, measured_at = visits.estimates(tx)
    travel = board.travel(tx)
    stamp = (district.revision, measured_at, id(travel), latest and (latest[0].cycle_id, latest[1]))
    if known is not None and known.stamp == stamp:
        return known
    columns = retailer_rows.columns(tx)
    shops = columns.take(columns.is_located)
    workload = measured_workload(tx)
    is_near_as_before = (
        known is not None
        and known.travel is travel
        and np.array_equal(known.shops.lon, shops.lon)
        and np.array_equal(known.shops.lat, shops.lat)
    )
    ground = _Ground(
        stamp=stamp,
        travel=travel,
        shops=shops,
        row_of={str(value): row for row, value in enumerate(shops.retailer_id)},
        closeness=known.closeness if known is not None and is_near_as_before else _closeness(travel, shops),
        haul_s=_hauls(tx, travel, shops),
        work={layer: _work(shops, workload, layer) for layer in Layer},
        cycle_first_day=latest[0].first_day if latest else None,
        calibrations={},
    )
    if latest is not None:
        ground.calibrations = _calibrations(tx, latest[0], ground)
    return ground


def _closeness(travel: Travel, shops: RetailerColumns) -> Closeness:
    near = nearest_places(
        shops.lon, shops.lat, N_NEAREST, network=travel.network, prepared=travel.prepared, speed_kmph=URBAN_SPEED_KMPH
    )
    return Closeness(row=near.row, seconds=near.seconds)


def _hauls(tx: Transaction, travel: Travel, shops: RetailerColumns) -> dict[Layer, dict[str, Floats]]:
    """Measure the way from every office to every shop and back, once per office.

    From the office for those who begin at home, too: estimates of chosen shops would tell others where that is.
    """
    found: dict[Layer, dict[str, Floats]] = {layer: {} for layer in Layer}
    measured: dict[tuple[float, float], Floats] = {}
    for layer in Layer:
        for member in staff_rows.all_staff(tx, role=ROLE_OF_LAYER[layer]):
            office = (member.office_lon, member.office_lat)
            if office not in measured:
                measured[office] = travel.there_and_back_s(*office, shops.lon, shops.lat)
            found[layer][member.staff_code] = found[layer][member.staff_id] = measured[office]
    return found


def _work(shops: RetailerColumns, workload: Workload, layer: Layer) -> _Work:
    stops, service, way = np.zeros(len(shops)), np.zeros(len(shops)), np.zeros(len(shops))
    share = workload.delivery_travel_share if layer is Layer.DELIVERY else 1.0
    for row in range(len(shops)):
        facts = shop_facts(shops, row)
        stops[row] = workload.frequency(facts, layer) / WORKING_DAYS_PER_CYCLE
        service[row] = stops[row] * workload.service_min(facts, layer)
        way[row] = workload.travel_min[facts.urban_form] * share
    return _Work(stops_per_day=stops, service_min_per_day=service, way_min=way)


def _calibrations(tx: Transaction, cycle: Cycle, ground: _Ground) -> Mapping[Layer, Calibration]:
    """Calibrate on everybody's solved cycle."""
    shops_of_staff = cycles.shops_of_staff(tx, cycle.cycle_id)
    solved = []
    for layer in Layer:
        for staff_id, haul_s in ground.haul_s[layer].items():
            n_days, total_min = _travelled(cycle.metrics.get(staff_id, {}))
            counted = shops_of_staff.get(StaffId(staff_id), {})
            known = {ground.row_of[shop]: n for shop, n in counted.items() if shop in ground.row_of}
            if n_days and known:
                rows = np.array(list(known), dtype=np.int64)
                territory = SolvedTerritory(
                    layer=layer,
                    rows=rows,
                    haul_s=haul_s[rows],
                    n_a_day=sum(known.values()) / n_days,
                    travel_min=total_min / n_days,
                )
                solved.append(territory)
    return calibrate(ground.closeness, solved)


def _travelled(metrics: Mapping[str, Any]) -> tuple[int, float]:
    """Give the days that a person works in a solved cycle, and the minutes of travel on all of them together."""
    n_days = sum(minutes > 0 for minutes in metrics.get("work_min", ()))
    return n_days, float(np.sum(metrics.get("travel_min", 0.0)))


def _shops_of_units(tx: Transaction, unit_set_id: UnitSetId, shops: RetailerColumns) -> list[NDArray[np.int64]]:
    units = unit_rows.load(tx, unit_set_id)
    unit_of_shop = units.rows_of_points(shops.lon, shops.lat)
    order = np.argsort(unit_of_shop, kind="stable")
    ends = np.searchsorted(unit_of_shop[order], np.arange(len(units) + 1))
    return [order[ends[unit] : ends[unit + 1]] for unit in range(len(units))]


def _rows(
    ground: _Ground,
    layer: Layer,
    given: ShopSet,
    shops_of_unit: list[NDArray[np.int64]] | None,
    faults: list[str],
) -> NDArray[np.int64]:
    """Give the rows of a set's shops, each once; what is unknown goes to the faults."""
    place = f"grids.{given.key}"
    if given.staff is not None and given.staff not in ground.haul_s[layer]:
        faults.append(f"{place}.staff: {given.staff} is not of the {layer} layer")
    if given.units is None and given.retailers is None:
        faults.append(f"{place}: name its units, its retailers or both")
        return np.zeros(0, dtype=np.int64)
    if given.units is not None and shops_of_unit is None:
        faults.append(f"{place}.units: name their unit_set_id")
        return np.zeros(0, dtype=np.int64)
    units, known = sorted(set(given.units or ())), shops_of_unit or []
    faults.extend(f"{place}.units: there is no unit {unit}" for unit in units if not 0 <= unit < len(known))
    of_units = [known[unit] for unit in units if 0 <= unit < len(known)]
    own, away = (
        _shop_rows(ground, f"{place}.{name}", shops, faults)
        for name, shops in (("retailers", given.retailers or ()), ("without", given.without))
    )
    return np.union1d(np.setdiff1d(np.concatenate([*of_units, away[:0]]), away), own)


def _shop_rows(ground: _Ground, place: str, shops: Sequence[str], faults: list[str]) -> NDArray[np.int64]:
    faults.extend(f"{place}: {shop} is no active shop with a point" for shop in shops if shop not in ground.row_of)
    return np.array([ground.row_of[shop] for shop in shops if shop in ground.row_of], dtype=np.int64)


def _minutes(ground: _Ground, layer: Layer, given: ShopSet, rows: NDArray[np.int64]) -> RouteMinutes:
    work, calibration = ground.work[layer], ground.calibrations.get(layer)
    rows = rows[work.stops_per_day[rows] > 0]
    n_a_day, service = float(work.stops_per_day[rows].sum()), float(work.service_min_per_day[rows].sum())
    if calibration is None:
        travel = float(work.stops_per_day[rows] @ work.way_min[rows])
    else:
        haul_s = _haul_s(ground, layer, given, rows)
        travel = estimate_travel_min(ground.closeness, rows, haul_s, n_a_day, calibration)
    return RouteMinutes(
        key=given.key,
        n_retailers=len(rows),
        stops_per_day=round(n_a_day, 2),
        service_min_per_day=round(service, 1),
        travel_min_per_day=round(travel, 1),
        route_min_per_day=round(service + travel, 1),
    )


def _haul_s(ground: _Ground, layer: Layer, given: ShopSet, rows: NDArray[np.int64]) -> Floats:
    """Give the way from the office of the person named, else from the layer's office that is nearest to the shops."""
    hauls = ground.haul_s[layer]
    if given.staff is not None:
        return hauls[given.staff][rows]
    if not len(rows) or not hauls:
        return np.zeros(len(rows))
    return min((haul[rows] for haul in hauls.values()), key=lambda haul: float(haul.mean()))
