"""Estimate what a moved border does to route time: minutes a day for changed sets of shops, without a solve.

A board keeps a district's shops and calibrations in memory, so that an answer follows a brush stroke at once. It is
calibrated on the newest solved cycle, layer by layer, and says how far it is off on territories left out of the fit.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from geo_data.projection import LocalProjection
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode, StaffId, UnitSetId
from gridsvc.domain.layers import ROLE_OF_LAYER, Layer
from gridsvc.domain.workload import WORKING_DAYS_PER_CYCLE, RetailerFacts, UrbanForm, Workload
from gridsvc.engines.route_estimates import Calibration, SolvedTerritory, calibrate, estimate_travel_min
from gridsvc.storage import Store, Transaction, cycles, districts, visits
from gridsvc.storage import retailers as retailer_rows
from gridsvc.storage import staff as staff_rows
from gridsvc.storage import units as unit_rows
from gridsvc.storage.cycles import Cycle
from gridsvc.storage.retailers import RetailerColumns
from gridsvc.usecases.measured_workload import measured_workload

Floats = NDArray[np.float64]
_MOST_UNIT_SETS = 4
_MOST_LISTED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopSet:
    """A grid as it would be: its units' rows, or its shops by identifier; the office is that of `staff` if named."""

    key: str
    units: Sequence[int] | None = None
    retailers: Sequence[str] | None = None
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
    shops: RetailerColumns
    row_of: dict[str, int]
    xy_m: Floats
    offices: dict[Layer, dict[str, Floats]]  # by staff code and by staff_id
    work: dict[Layer, _Work]
    cycle_first_day: date | None
    calibrations: dict[Layer, Calibration | None]
    shops_of_unit: dict[UnitSetId, list[NDArray[np.int64]]] = field(default_factory=dict)


class RouteEstimates:
    """Estimates for every district of a process; safe to use from several threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
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
        known = ground.calibrations[layer]
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
            ground = _read(tx, self._known.get(adcode))
            if unit_set_id is not None and unit_set_id not in ground.shops_of_unit:
                while len(ground.shops_of_unit) >= _MOST_UNIT_SETS:
                    ground.shops_of_unit.pop(next(iter(ground.shops_of_unit)))
                ground.shops_of_unit[unit_set_id] = _shops_of_units(tx, unit_set_id, ground.shops)
            self._known[adcode] = ground
            return ground


def _read(tx: Transaction, known: _Ground | None) -> _Ground:
    """Give what is known while nothing changed, else read it anew."""
    district = districts.find(tx)
    latest = cycles.latest(tx)
    _, measured_at = visits.estimates(tx)
    stamp = (district.revision, measured_at, latest and (latest[0].cycle_id, latest[1]))
    if known is not None and known.stamp == stamp:
        return known
    columns = retailer_rows.columns(tx)
    shops = columns.take(columns.is_located)
    workload = measured_workload(tx)
    plane = LocalProjection.around(shops.lon, shops.lat) if len(shops) else None
    xy_m = plane.xy_m(shops.lon, shops.lat) if plane else np.zeros((0, 2))
    ground = _Ground(
        stamp=stamp,
        shops=shops,
        row_of={str(value): row for row, value in enumerate(shops.retailer_id)},
        xy_m=xy_m,
        offices=_offices(tx, plane),
        work={layer: _work(shops, workload, layer) for layer in Layer},
        cycle_first_day=latest[0].first_day if latest else None,
        calibrations=dict.fromkeys(Layer),
    )
    if latest is not None:
        ground.calibrations = _calibrations(tx, latest[0], ground)
    return ground


def _offices(tx: Transaction, plane: LocalProjection | None) -> dict[Layer, dict[str, Floats]]:
    found: dict[Layer, dict[str, Floats]] = {layer: {} for layer in Layer}
    for layer in Layer if plane else ():
        for member in staff_rows.all_staff(tx, role=ROLE_OF_LAYER[layer]):
            assert plane is not None
            at = plane.xy_m([member.office_lon], [member.office_lat])[0]
            found[layer][member.staff_code] = found[layer][member.staff_id] = at
    return found


def _work(shops: RetailerColumns, workload: Workload, layer: Layer) -> _Work:
    stops, service, way = np.zeros(len(shops)), np.zeros(len(shops)), np.zeros(len(shops))
    share = workload.delivery_travel_share if layer is Layer.DELIVERY else 1.0
    for row in range(len(shops)):
        facts = RetailerFacts(
            tier=shops.tier[row],
            integrity_star=int(shops.integrity_star[row]),
            urban_form=UrbanForm(shops.urban_form[row]),
            order_cartons=float(shops.order_cartons[row]),
        )
        stops[row] = workload.frequency(facts, layer) / WORKING_DAYS_PER_CYCLE
        service[row] = stops[row] * workload.service_min(facts, layer)
        way[row] = workload.travel_min[facts.urban_form] * share
    return _Work(stops_per_day=stops, service_min_per_day=service, way_min=way)


def _calibrations(tx: Transaction, cycle: Cycle, ground: _Ground) -> dict[Layer, Calibration | None]:
    """Fit each layer to its own people; to everybody where a layer has too few."""
    shops_of_staff = cycles.shops_of_staff(tx, cycle.cycle_id)
    solved: dict[Layer, list[SolvedTerritory]] = {layer: [] for layer in Layer}
    for layer in Layer:
        for staff_id, office in ground.offices[layer].items():
            travel_min = [t for t in cycle.metrics.get(staff_id, {}).get("travel_min", ()) if t > 0]
            known = {
                ground.row_of[r]: n for r, n in shops_of_staff.get(StaffId(staff_id), {}).items() if r in ground.row_of
            }
            if travel_min and known:
                territory = SolvedTerritory(
                    xy_m=ground.xy_m[list(known)],
                    office_xy_m=office,
                    n_a_day=sum(known.values()) / len(travel_min),
                    travel_min=float(np.mean(travel_min)),
                )
                solved[layer].append(territory)
    everybody = calibrate([territory for layer in Layer for territory in solved[layer]])
    return {layer: calibrate(solved[layer]) or everybody for layer in Layer}


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
    if given.staff is not None and given.staff not in ground.offices[layer]:
        faults.append(f"{place}.staff: {given.staff} is not of the {layer} layer")
    if (given.units is None) == (given.retailers is None):
        faults.append(f"{place}: name either its units or its retailers")
        return np.zeros(0, dtype=np.int64)
    if given.retailers is not None:
        unknown = [code for code in given.retailers if code not in ground.row_of]
        faults.extend(f"{place}.retailers: {code} is no active shop with a point" for code in unknown)
        return np.unique([ground.row_of[code] for code in given.retailers if code in ground.row_of]).astype(np.int64)
    if shops_of_unit is None:
        faults.append(f"{place}.units: name their unit_set_id")
        return np.zeros(0, dtype=np.int64)
    units = sorted(set(given.units or ()))
    faults.extend(f"{place}.units: there is no unit {unit}" for unit in units if not 0 <= unit < len(shops_of_unit))
    rows = [shops_of_unit[unit] for unit in units if 0 <= unit < len(shops_of_unit)]
    return np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64)


def _minutes(ground: _Ground, layer: Layer, given: ShopSet, rows: NDArray[np.int64]) -> RouteMinutes:
    work, calibration = ground.work[layer], ground.calibrations[layer]
    rows = rows[work.stops_per_day[rows] > 0]
    n_a_day, service = float(work.stops_per_day[rows].sum()), float(work.service_min_per_day[rows].sum())
    if calibration is None:
        travel = float(work.stops_per_day[rows] @ work.way_min[rows])
    else:
        travel = estimate_travel_min(ground.xy_m[rows], _office(ground, layer, given, rows), n_a_day, calibration)
    return RouteMinutes(
        key=given.key,
        n_retailers=len(rows),
        stops_per_day=round(n_a_day, 2),
        service_min_per_day=round(service, 1),
        travel_min_per_day=round(travel, 1),
        route_min_per_day=round(service + travel, 1),
    )


def _office(ground: _Ground, layer: Layer, given: ShopSet, rows: NDArray[np.int64]) -> Floats:
    """Give the office of the person named, else the layer's nearest to the middle of the shops."""
    offices = ground.offices[layer]
    if given.staff is not None:
        return offices[given.staff]
    if not len(rows) or not offices:
        return np.zeros(2)
    middle = ground.xy_m[rows].mean(axis=0)
    return min(offices.values(), key=lambda at: float(np.hypot(*(at - middle))))
