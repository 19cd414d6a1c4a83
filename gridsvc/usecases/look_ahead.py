"""Say what approving some licence applications would do: to the plan's cells, to distances, and to grids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from geo_data.projection import LocalProjection
from geo_data.roads.walking import Door, WalkingStreets
from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput, NotFound
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Layer
from gridsvc.domain.layout import Application, GridAhead, JudgedApplication, LookAhead, Neighbour
from gridsvc.domain.workload import WORKING_DAYS_PER_CYCLE, RetailerFacts, UrbanForm
from gridsvc.storage import Store, Transaction, districts, generations, plans, units
from gridsvc.storage.retailers import RetailerColumns
from gridsvc.usecases.measure_load import measure_load
from gridsvc.usecases.measured_workload import measured_workload
from gridsvc.usecases.survey_layout import LayoutSurvey, survey_layout, walking_streets

_SEARCH_M = 300.0  # no licence rule reaches further
_N_NEAR = 5  # shops around an application that say what its surroundings are like
_NEW_TIER, _NEW_STAR = "B", 3  # what a new shop counts as until it has a record


def look_ahead(store: Store, clock: Clock, *, adcode: Adcode, application_nos: Sequence[str]) -> LookAhead:
    """Judge applications by the rules of their cells, and count each grid with them.

    Distances are the shortest passable ways on foot between doors. A new shop counts as tier B with three stars, weekly
    deliveries, and the surroundings of its neighbours. Nothing is decided or written here.

    Raises `BadInput` without or with repeated numbers, `NotFound` for numbers or a district that do not exist.
    """
    wanted = list(application_nos)
    if not wanted or len(set(wanted)) < len(wanted):
        raise BadInput("name one or more applications, each once")
    with store.transaction(adcode) as tx:
        districts.find(tx)
        survey = survey_layout(tx)
        row_of = {a.application_no: row for row, a in enumerate(survey.applications)}
        unknown = [number for number in wanted if number not in row_of]
        if unknown:
            raise NotFound(f"there is no application {', '.join(unknown)}")
        rows = [row_of[number] for number in wanted]
        judged = _judge(survey, rows, walking_streets(tx))
        return LookAhead(applications=judged, grids=_grids(tx, clock, survey, rows), over_plan=_over_plan(survey, rows))


def _over_plan(survey: LayoutSurvey, rows: list[int]) -> tuple[str, ...]:
    more = Counter(int(survey.cell_of_application[row]) for row in rows if survey.cell_of_application[row] >= 0)
    words = []
    for cell, state in enumerate(survey.state().cells):
        if more[cell] > max(state.remaining, 0):
            then = state.actual + more[cell]
            words.append(f"cell {state.name} would hold {then} shops, {state.planned} are planned")
    return tuple(words)


def _judge(survey: LayoutSurvey, rows: list[int], walking: WalkingStreets | None) -> tuple[JudgedApplication, ...]:
    shops = survey.shops.take(survey.shops.is_located)
    chosen = [survey.applications[row] for row in rows]
    queue_of = {number: place for c in survey.state().cells for place, number in enumerate(c.queue, start=1)}
    judged = []
    for row, application in zip(rows, chosen, strict=True):
        cell = survey.cells[survey.cell_of_application[row]] if survey.cell_of_application[row] >= 0 else None
        spacing_m, school_m = (cell.spacing_m, cell.school_spacing_m) if cell else (0.0, 0.0)
        others = [a for a in chosen if a is not application and a.lon is not None]
        shop = school = rival = None
        if walking is not None and application.lon is not None and application.lat is not None:
            door = walking.doors(application.lon, application.lat)[0]
            shop = _nearest(walking, door, application, list(shops.retailer_code), shops.lon, shops.lat, spacing_m)
            e = survey.entrances
            school = _nearest(walking, door, application, list(e.name), e.lon, e.lat, school_m)
            rival = _nearest(
                walking, door, application, [a.application_no for a in others],
                np.array([a.lon for a in others], dtype=np.float64),
                np.array([a.lat for a in others], dtype=np.float64), spacing_m,
            )  # fmt: skip
        judged.append(
            JudgedApplication(
                application=application, cell_code=cell.cell_code if cell else None,
                place_in_queue=queue_of.get(application.application_no), shop=shop, school=school, rival=rival,
                faults=_faults(application, cell is not None, walking is not None, shop, school, rival),
            )
        )  # fmt: skip
    return tuple(judged)


def _nearest(
    walking: WalkingStreets, door: Door, application: Application, labels: list[str], lon: NDArray[np.float64],
    lat: NDArray[np.float64], required_m: float,
) -> Neighbour | None:  # fmt: skip
    """Give who is nearest on foot within the search, None for nobody."""
    if not labels or application.lon is None or application.lat is None:
        return None
    plane = LocalProjection.around([application.lon], [application.lat])
    here = plane.xy_m([application.lon], [application.lat])[0]
    near = np.flatnonzero(np.hypot(*(plane.xy_m(lon, lat) - here).T) <= _SEARCH_M)
    if not len(near):
        return None
    ways_m = walking.distances_m(door, walking.doors(lon[near], lat[near]), _SEARCH_M)
    best = int(np.argmin(ways_m))
    if not np.isfinite(ways_m[best]):
        return None
    return Neighbour(label=labels[int(near[best])], way_m=round(float(ways_m[best]), 2), required_m=required_m)


def _faults(
    application: Application, has_cell: bool, has_streets: bool, shop: Neighbour | None, school: Neighbour | None,
    rival: Neighbour | None,
) -> tuple[str, ...]:  # fmt: skip
    if application.lon is None:
        return ("it has no point; nothing can be judged",)
    faults = [] if has_cell else ["it lies in no layout cell"]
    if not has_streets:
        faults.append("no streets are imported, so no distance on foot is known")
    for what, near in (("shop", shop), ("entrance of", school), ("application", rival)):
        if near is not None and near.is_too_near:
            faults.append(f"{what} {near.label} is {near.way_m:.2f} m away on foot, {near.required_m:g} m are required")
    return tuple(faults)


def _grids(tx: Transaction, clock: Clock, survey: LayoutSurvey, rows: list[int]) -> tuple[GridAhead, ...]:
    """Count shops and minutes of every grid that an application falls into."""
    chosen = [survey.applications[row] for row in rows if survey.applications[row].lon is not None]
    if not chosen:
        return ()
    workload = measured_workload(tx)
    lon = np.array([a.lon for a in chosen], dtype=np.float64)
    lat = np.array([a.lat for a in chosen], dtype=np.float64)
    forms = _surroundings(survey.shops, lon, lat)
    ahead = []
    for layer, version in generations.versions_in_force(tx, clock.now()).items():
        unit_set = units.load(tx, version.unit_set_id)
        grids = plans.grids_of(tx, version.plan_version_id, layer, len(unit_set))
        shop_grid = _grid_rows(grids.grid_of_unit, unit_set.rows_of_points(survey.shops.lon, survey.shops.lat))
        new_grid = _grid_rows(grids.grid_of_unit, unit_set.rows_of_points(lon, lat))
        load_min = measure_load(survey.shops, layer, workload)
        for grid in sorted({int(g) for g in new_grid if g >= 0}):
            mine, new = shop_grid == grid, np.flatnonzero(new_grid == grid)
            more_min = sum(workload.minutes_per_cycle(_new_shop(forms[k]), layer) for k in new)
            ahead.append(
                GridAhead(
                    layer=Layer(layer), grid=grids.names[grid], n_shops=int(mine.sum()),
                    n_shops_then=int(mine.sum()) + len(new),
                    minutes_per_day=float(load_min[mine].sum()) / WORKING_DAYS_PER_CYCLE,
                    minutes_per_day_then=(float(load_min[mine].sum()) + more_min) / WORKING_DAYS_PER_CYCLE,
                )
            )  # fmt: skip
    return tuple(ahead)


def _grid_rows(grid_of_unit: NDArray[np.int32], rows: NDArray[np.int32]) -> NDArray[np.int64]:
    return np.where(rows >= 0, grid_of_unit[np.maximum(rows, 0)], -1).astype(np.int64)


def _new_shop(form: UrbanForm) -> RetailerFacts:
    return RetailerFacts(tier=_NEW_TIER, integrity_star=_NEW_STAR, urban_form=form, order_cartons=1.0)


def _surroundings(shops: RetailerColumns, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> list[UrbanForm]:
    """Give the urban form that most of the nearest shops have; new town where there is none."""
    known = shops.take(shops.is_located)
    if not len(known):
        return [UrbanForm.NEW_TOWN] * len(lon)
    squeeze = np.cos(np.radians(lat))
    forms = []
    for x, y, narrow in zip(lon, lat, squeeze, strict=True):
        near = np.argsort(((known.lon - x) * narrow) ** 2 + (known.lat - y) ** 2, kind="stable")[:_N_NEAR]
        forms.append(UrbanForm(Counter(known.urban_form[near].tolist()).most_common(1)[0][0]))
    return forms
