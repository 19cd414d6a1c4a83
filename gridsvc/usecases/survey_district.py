"""Survey a district for its planners: units, shops, staff, present owners, and each layer as the engine's problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo_data.projection import LocalProjection
from gridsvc.clock import Clock, today
from gridsvc.domain.borders import MOST_AREAS, BorderMode, KeptBorder, borders_of
from gridsvc.domain.crews import Crews
from gridsvc.domain.distances import Distance
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import RetailerId, StaffId, UnitSetId
from gridsvc.domain.layers import ROLE_OF_LAYER, Layer
from gridsvc.domain.workload import Workload
from gridsvc.engines import territory
from gridsvc.storage import Transaction, districts, generations, plans, unit_ways
from gridsvc.storage import ownership as ownership_rows
from gridsvc.storage import retailers as retailer_rows
from gridsvc.storage import staff as staff_rows
from gridsvc.storage import units as unit_rows
from gridsvc.storage.plans import Grids
from gridsvc.storage.retailers import RetailerColumns
from gridsvc.storage.staff import StaffMember
from gridsvc.storage.unit_ways import MeasuredWays
from gridsvc.storage.units import StoredUnits
from gridsvc.usecases.balanced_loads import balanced_loads
from gridsvc.usecases.carried_grids import carried_grids
from gridsvc.usecases.keep_borders import UnitAreas, jurisdictions, priced_pairs, read_unit_areas
from gridsvc.usecases.measure_load import measure_load
from gridsvc.usecases.measured_workload import measured_workload
from gridsvc.usecases.minutes_factor import minutes_factor


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignRules:
    """What a design has to keep and what it should like.

    Parameters
    ----------
    minutes_tolerance_share : hard limit on each grid's minutes, as a share of the mean
    second_tolerance_share : hard limit on the second load: shops (inspection, marketing), cartons (delivery); wider,
        because where service minutes differ between old town and hills, equal minutes and equal counts exclude each
        other
    carton_tolerance_share : hard limit on cartons; with it both shops and cartons count beside minutes, in every layer
    minutes_factor : by layer, what to multiply each unit's tabled minutes with so that travel is that of the design:
        {"values": factors, "of_unit": row of each unit in them}; None = the tables as they are
    keep_owner_km2 : squared km that one shop's change of owner costs; 0 = redraw freely
    borders : what the borders of offices and bureaus count; levels left out have their default
    distance : what compactness is measured along
    crews : who assists whom on inspections; None = as in the newest cycle
    seed : of every random choice
    max_iterations, max_seconds : limits of the search per layer; with iterations alone the result is repeatable
    bound_steps : of the bound for any centres that the certificate holds beside the one for these; 0 = without it
    engine : "ortools" runs on OR-Tools alone
    """

    minutes_tolerance_share: float = 0.05
    second_tolerance_share: float = 0.25
    carton_tolerance_share: float | None = None
    keep_owner_km2: float = 0.0
    seed: int = 1
    max_iterations: int | None = None
    max_seconds: float | None = None
    bound_steps: int = 0
    engine: territory.Engine = "auto"
    minutes_factor: Mapping[str, Mapping[str, Any]] | None = None
    borders: tuple[KeptBorder, ...] = ()
    distance: Distance = Distance.STRAIGHT
    crews: Crews | None = None

    def factor(self, layer: Layer, n_units: int) -> NDArray[np.float64]:
        """Give (n_units,) what to multiply each unit's minutes with; 1 where nothing is known."""
        return minutes_factor(self.minutes_factor, layer, n_units)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Everything that a design or a check reads, in one snapshot.

    `retailers` are the active shops inside a unit; `retailer_unit` is each one's unit_row. `grids_now` is the layer's
    grids in force, `drawn_on_units` names the layers whose grids can be drawn on this unit set: they are made of these
    units, or of coarser cells that these units divide. Active shops without a point or outside every unit are counted
    in `n_left_out`. `unit_areas` are the offices and bureaus by level, `ways` what is measured of the unit set.
    """

    base_generation: int
    units: StoredUnits
    retailers: RetailerColumns
    retailer_unit: NDArray[np.int32]
    n_left_out: int
    staff: dict[Layer, list[StaffMember]]
    owner_of: dict[tuple[RetailerId, Layer], StaffId]
    grids_now: dict[Layer, Grids]
    drawn_on_units: frozenset[Layer]
    greatest_number: dict[Layer, int]
    workload: Workload
    unit_areas: Mapping[str, UnitAreas]
    ways: Mapping[Distance, MeasuredWays]


def survey_district(
    tx: Transaction, clock: Clock, *, layers: Sequence[Layer], unit_set_id: str | None = None
) -> Survey:
    """Read what a design of `layers` needs, on the named unit set or the newest one.

    Raises
    ------
    BadInput
        the district has no unit set.
    """
    now = clock.now()
    district = districts.find(tx)
    chosen = UnitSetId(unit_set_id) if unit_set_id else unit_rows.newest(tx)
    if chosen is None:
        raise BadInput("the district has no basic units yet; make them with `units make`")
    units = unit_rows.load(tx, chosen)
    shops = retailer_rows.columns(tx)
    row_of_shop = units.rows_of_points(shops.lon, shops.lat)
    inside = row_of_shop >= 0
    day = today(clock, district.time_zone)
    grids_now: dict[Layer, Grids] = {}
    drawn_here: set[Layer] = set()
    for layer, version in generations.versions_in_force(tx, now).items():
        carried = carried_grids(tx, version, layer, units)
        if carried is not None:
            grids_now[layer] = carried
            drawn_here.add(layer)
            continue
        n_units = len(unit_rows.load(tx, version.unit_set_id))
        grids_now[layer] = plans.grids_of(tx, version.plan_version_id, layer, n_units)
    return Survey(
        base_generation=district.generation or 0,
        units=units,
        retailers=shops.take(inside),
        retailer_unit=row_of_shop[inside].astype(np.int32),
        n_left_out=int((~inside).sum()),
        staff={layer: staff_rows.all_staff(tx, role=ROLE_OF_LAYER[layer], on=day) for layer in layers},
        owner_of={key: staff_id for key, (staff_id, _) in ownership_rows.owner_ids_at(tx, now).items()},
        grids_now=grids_now,
        drawn_on_units=frozenset(drawn_here),
        greatest_number={layer: plans.greatest_number(tx, layer) for layer in layers},
        workload=measured_workload(tx),
        unit_areas=read_unit_areas(tx, units),
        ways=unit_ways.of_set(tx, chosen),
    )


def border_faults(survey: Survey, borders: Sequence[KeptBorder]) -> list[str]:
    """Say which borders cannot be kept in a district."""
    levels = [border.level for border in borders]
    faults = [f"{level} is named twice" for level in sorted({level for level in levels if levels.count(level) > 1})]
    for border in borders:
        fault = border.fault()
        if border.level not in survey.unit_areas and border.mode is not BorderMode.FREE:
            known = ", ".join(sorted(survey.unit_areas)) or "none are imported"
            fault = (
                f"there are no areas of level {border.level} to keep to (at most {MOST_AREAS} areas); known: {known}"
            )
        faults += [fault] if fault else []
    return faults


def kept_borders(survey: Survey, layer: Layer, borders: Sequence[KeptBorder]) -> tuple[KeptBorder, ...]:
    """Give what the borders of offices and bureaus count in a layer of this district."""
    return borders_of(layer, borders, survey.unit_areas)


def layer_request(survey: Survey, layer: Layer, n_grids: int, rules: DesignRules) -> territory.DesignRequest:
    """State one layer for the engine: minutes and the loads beside them (`balanced_loads`), present owners, borders.

    Where ways count in place of straight lines, units and their shops lie where the measured ways put them.

    Raises `BadInput` where the ways that the rules name are not measured for this unit set.
    """
    units, shops = survey.units, survey.retailers
    projection = LocalProjection.around(shops.lon, shops.lat)
    shift_km = _shift_km(survey, rules.distance)
    centre_lon, centre_lat = unit_centres(units)
    others = balanced_loads(
        shops, layer, count_tolerance=rules.second_tolerance_share, carton_tolerance=rules.carton_tolerance_share
    )
    borders = kept_borders(survey, layer, rules.borders)
    peopled_km2 = float(units.area_km2[np.unique(survey.retailer_unit)].sum())
    priced, price_km2 = priced_pairs(
        survey.unit_areas,
        borders,
        units.border_a_b,
        units.border_m / 1000,
        territory.disc_km2(peopled_km2, n_grids),
    )
    problem = territory.layer_problem(
        territory.LayerInput(
            n_grids=n_grids,
            retailer_unit=survey.retailer_unit,
            retailer_xy_km=projection.xy_m(shops.lon, shops.lat) / 1000 + shift_km[survey.retailer_unit],
            retailer_minutes=measure_load(shops, layer, survey.workload)
            * rules.factor(layer, len(units))[survey.retailer_unit],
            other_loads={load.measure: (load.of_shop, load.tolerance_share) for load in others},
            unit_xy_km=projection.xy_m(centre_lon, centre_lat) / 1000 + shift_km,
            area_km2=units.area_km2,
            perimeter_km=units.perimeter_m / 1000,
            passable=units.edges,
            borders=units.border_a_b,
            border_km=units.border_m / 1000,
            previous=present_grids(survey, layer, n_grids),
            churn_weight_km2=rules.keep_owner_km2,
            minutes_tolerance_share=rules.minutes_tolerance_share,
            jurisdiction=jurisdictions(survey.unit_areas, borders, len(units)),
            priced=priced,
            price_km2=price_km2,
        )
    )
    return territory.DesignRequest(
        problem=problem,
        seed=rules.seed,
        max_iterations=rules.max_iterations,
        max_seconds=rules.max_seconds,
        engine=rules.engine,
    )


def _shift_km(survey: Survey, distance: Distance) -> NDArray[np.float64]:
    if distance is Distance.STRAIGHT:
        return np.zeros((len(survey.units), 2))
    if distance not in survey.ways:
        raise BadInput(
            f"the {distance} ways of these units are not measured: `plan rules --distance {distance}` on the draft, or "
            f"`units ways --distance {distance}` for the newest units, measures them"
        )
    return survey.ways[distance].shift_km


def unit_centres(units: StoredUnits) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the longitudes and latitudes of the units' centres, (n,) each."""
    centres = shapely.centroid(units.outlines)
    return shapely.get_x(centres), shapely.get_y(centres)


def owned_shops(survey: Survey, layer: Layer, n_grids: int) -> NDArray[np.float64]:
    """Give (n_units, n_grids) the shops of each unit that each member of staff owns now; column g is staff g's."""
    position_of = {member.staff_id: position for position, member in enumerate(survey.staff[layer][:n_grids])}
    owned = np.zeros((len(survey.units), n_grids))
    for retailer_id, unit_row in zip(survey.retailers.retailer_id, survey.retailer_unit, strict=True):
        owner = survey.owner_of.get((RetailerId(retailer_id), layer))
        if owner in position_of:
            owned[unit_row, position_of[owner]] += 1
    return owned


def present_grids(survey: Survey, layer: Layer, n_grids: int) -> NDArray[np.int32]:
    """Give (n_units,) the present grid of each unit as a position in the layer's staff, -1 for none.

    It is the grid in force where the layer's plan is drawn on these units; elsewhere that of the owner of most of the
    unit's shops, ties to the first in staff order.
    """
    owned = owned_shops(survey, layer, n_grids)
    winner: NDArray[np.int32] = owned.argmax(axis=1).astype(np.int32)
    winner[owned.max(axis=1, initial=0.0) == 0] = -1
    if layer in survey.drawn_on_units:
        grids = survey.grids_now[layer]
        position_of = {member.staff_id: position for position, member in enumerate(survey.staff[layer][:n_grids])}
        of_grid = [position_of.get(staff_id, -1) if staff_id else -1 for staff_id in grids.staff_ids]
        drawn = np.array([*of_grid, -1], dtype=np.int32)[grids.grid_of_unit]
        winner = np.where(drawn >= 0, drawn, winner)
    return winner
