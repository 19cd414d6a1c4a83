"""Measure the ways between basic units, so that grids can be compact along them."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from geo_data.projection import LocalProjection
from gridsvc.clock import Clock
from gridsvc.domain.distances import Distance
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode, UnitSetId
from gridsvc.engines import ways
from gridsvc.storage import Store, Transaction, audit, districts, unit_ways
from gridsvc.storage import units as unit_rows
from gridsvc.storage.unit_ways import MeasuredWays
from gridsvc.storage.units import StoredUnits
from gridsvc.usecases.measure_travel import Travel, measure_travel
from gridsvc.usecases.survey_district import unit_centres


def measure_ways(
    store: Store, clock: Clock, *, adcode: Adcode, actor: str, unit_set_id: str | None, distance: Distance
) -> MeasuredWays:
    """Measure the ways of a unit set (the newest without a name) and keep them, in place of an earlier measure.

    A few seconds for a district. What is drawn on the units counts the new ways from then on.

    Raises
    ------
    BadInput
        straight lines need no measure; no units; streets are wanted and none are known.
    """
    if distance is Distance.STRAIGHT:
        raise BadInput("straight lines need no measure; name barrier or street")
    with store.transaction(adcode) as tx:
        units = unit_rows.load(tx, _chosen(tx, unit_set_id))
        travel = measure_travel(tx, None)
    measured = _measured(units, travel, distance)
    with store.transaction(adcode) as tx:
        unit_ways.save(tx, clock, units.unit_set_id, distance, measured)
        districts.bump_revision(tx)
        content = {"distance": str(distance), "stress_straight": measured.stress_straight, "stress": measured.stress}
        audit.add(tx, clock, actor=actor, action="units.ways", subject=units.unit_set_id, content=content)
    return measured


def ensure_ways(
    store: Store, clock: Clock, *, adcode: Adcode, actor: str, unit_set_id: str | None, distance: Distance
) -> None:
    """Measure the ways of a unit set where a distance needs them and they are not measured yet."""
    if distance is Distance.STRAIGHT:
        return
    with store.transaction(adcode) as tx:
        chosen = _chosen(tx, unit_set_id)
        is_known = distance in unit_ways.of_set(tx, chosen)
    if not is_known:
        measure_ways(store, clock, adcode=adcode, actor=actor, unit_set_id=chosen, distance=distance)


def carry_ways(tx: Transaction, clock: Clock, before: StoredUnits, after: StoredUnits) -> None:
    """Give units that were made of others the ways of those, each that of the nearest; nothing is measured anew."""
    known = unit_ways.of_set(tx, before.unit_set_id)
    missing = known.keys() - unit_ways.of_set(tx, after.unit_set_id).keys()
    if not missing:
        return
    plane = LocalProjection.around(*unit_centres(before))
    nearest = cKDTree(plane.xy_m(*unit_centres(before))).query(plane.xy_m(*unit_centres(after)))[1]
    rows = np.asarray(nearest, dtype=np.int64)
    for distance in sorted(missing):
        ways_of = known[distance]
        carried = MeasuredWays(
            shift_km=ways_of.shift_km[rows], stress_straight=ways_of.stress_straight, stress=ways_of.stress
        )
        unit_ways.save(tx, clock, after.unit_set_id, distance, carried)


def _chosen(tx: Transaction, unit_set_id: str | None) -> UnitSetId:
    chosen = UnitSetId(unit_set_id) if unit_set_id else unit_rows.newest(tx)
    if chosen is None:
        raise BadInput("the district has no basic units yet; make them with `units make`")
    return chosen


def _measured(units: StoredUnits, travel: Travel, distance: Distance) -> MeasuredWays:
    lon, lat = unit_centres(units)
    xy_km = LocalProjection.around(lon, lat).xy_m(lon, lat) / 1000
    if distance is Distance.BARRIER:
        bent = ways.around_barriers(xy_km, units.edges)
    else:
        landmark = ways.landmarks(xy_km)
        bent = ways.along_streets(xy_km, landmark, travel.ways_s(lon, lat, landmark), units.edges)
    return MeasuredWays(shift_km=bent.xy_km - xy_km, stress_straight=bent.stress_straight, stress=bent.stress)
