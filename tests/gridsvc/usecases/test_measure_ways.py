"""Grids can be compact along ways: around barriers, or on the streets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from gridsvc.domain.distances import Distance
from gridsvc.domain.drafts import SetRules
from gridsvc.domain.errors import BadInput
from gridsvc.domain.layers import Layer
from gridsvc.engines.pool import EnginePool
from gridsvc.storage import Store, unit_ways
from gridsvc.usecases.draft_bench import DraftBoard
from gridsvc.usecases.edit_draft import edit_draft
from gridsvc.usecases.import_barriers import import_barriers
from gridsvc.usecases.import_streets import import_streets
from gridsvc.usecases.make_units import make_units
from gridsvc.usecases.measure_ways import measure_ways
from gridsvc.usecases.read_plan import read_plan
from gridsvc.usecases.survey_district import DesignRules, layer_request
from gridsvc.usecases.verify_plan import verify_plan
from tests.fakes.small_district import SmallDistrict, build
from tests.gridsvc.usecases.small_town import EAST, NORTH, SOUTH, WEST, WGS84, shops, write_csv, write_geojson

_adcodes = iter(range(520601, 520699))
MIDDLE = (SOUTH + NORTH) / 2


@pytest.fixture(scope="module")
def pool() -> Iterator[EnginePool]:
    with EnginePool(1) as opened:
        yield opened


def town_on_a_river(store: Store, folder: Path) -> SmallDistrict:
    """Give a town with a river from its western border nearly to the eastern one, where it can be passed."""
    made = build(store, folder, adcode=str(next(_adcodes)), shop_rows=shops(128), owners=None)
    river = shapely.LineString([(WEST - 0.01, MIDDLE), (EAST - 0.006, MIDDLE)])
    path = write_geojson(folder / "river.geojson", [({"kind": "river", "name": "river"}, river)])
    import_barriers(store, made.clock, adcode=made.adcode, actor="planner", path=path, options=WGS84)
    make_units(store, made.clock, adcode=made.adcode, actor="planner", coarsest=9)
    return made


def rows_by_side(survey: Any) -> tuple[np.ndarray, np.ndarray]:
    """Give the westernmost unit rows north and south of the river, nearest to it first."""
    centres = shapely.get_coordinates(shapely.centroid(survey.units.outlines))
    west = centres[:, 0] < WEST + 0.01
    north, south = np.flatnonzero(west & (centres[:, 1] > MIDDLE)), np.flatnonzero(west & (centres[:, 1] < MIDDLE))
    return north[np.argsort(centres[north, 1])], south[np.argsort(-centres[south, 1])]


def test_a_design_along_barriers_measures_them_once_and_parts_the_banks(
    store: Store, pool: EnginePool, tmp_path: Path
) -> None:
    district = town_on_a_river(store, tmp_path)
    rules = DesignRules(
        minutes_tolerance_share=0.2, second_tolerance_share=0.5, max_iterations=20, distance=Distance.BARRIER
    )
    designed = district.design(pool, rules=rules, layers=(Layer.MARKETING,))
    survey = district.survey()
    assert set(survey.ways) == {Distance.BARRIER}
    ways = survey.ways[Distance.BARRIER]
    assert ways.stress < ways.stress_straight
    straight, around = (
        layer_request(survey, Layer.MARKETING, 2, DesignRules(max_iterations=0, distance=distance)).problem.xy_km
        for distance in (Distance.STRAIGHT, Distance.BARRIER)
    )
    north, south = rows_by_side(survey)
    apart = [float(np.hypot(*(xy_km[north[0]] - xy_km[south[0]]))) for xy_km in (straight, around)]
    assert apart[1] > 1.3 * apart[0]
    kept = read_plan(store, adcode=district.adcode, plan_id=designed.plan.plan_id).rules[Layer.MARKETING]
    assert kept.distance is Distance.BARRIER
    assert verify_plan(store, district.clock, adcode=district.adcode, wanted=designed.plan.plan_id).holds
    with store.transaction(district.adcode) as tx:
        assert unit_ways.of_set(tx, survey.units.unit_set_id).keys() == {Distance.BARRIER}


def test_a_rule_of_a_draft_measures_what_it_needs_and_states_the_layer_along_ways(store: Store, tmp_path: Path) -> None:
    district = town_on_a_river(store, tmp_path)
    district = SmallDistrict(
        store=store, clock=district.clock, adcode=district.adcode, folder=tmp_path,
        unit_set_id=district.survey().units.unit_set_id, owners=None,
    )  # fmt: skip
    plan_id, board = district.draw(), DraftBoard()
    for distance, revision in ((Distance.BARRIER, 0), (Distance.STRAIGHT, 1)):
        edited = edit_draft(
            store, district.clock, board, **district.who, plan_id=plan_id, base_revision=revision,
            layer=Layer.DELIVERY, edits=[SetRules(distance=distance)],
        )  # fmt: skip
        inertia = edited.metrics.after["inertia_km2"]
        before = edited.metrics.before["inertia_km2"]
        assert inertia != before
        assert edited.revision == revision + 1
    assert district.survey().ways.keys() == {Distance.BARRIER}


def test_streets_count_by_time_and_places_without_any_are_refused_in_words(store: Store, tmp_path: Path) -> None:
    district = build(store, tmp_path, adcode=str(next(_adcodes)), shop_rows=shops(64), owners=None)
    measure: dict[str, Any] = {"unit_set_id": None, "distance": Distance.STREET} | district.who
    with pytest.raises(BadInput, match="no streets to measure along"):
        measure_ways(store, district.clock, **measure)
    with pytest.raises(BadInput, match="straight lines need no measure"):
        measure_ways(store, district.clock, **(measure | {"distance": Distance.STRAIGHT}))
    survey = district.survey()
    with pytest.raises(BadInput, match="units ways --distance street"):
        layer_request(survey, Layer.DELIVERY, 2, DesignRules(max_iterations=0, distance=Distance.STREET))
    _lattice_of_streets(store, district)
    measured = measure_ways(store, district.clock, **measure)
    assert np.isfinite(measured.shift_km).all()
    assert measured.stress < measured.stress_straight
    again = measure_ways(store, district.clock, **measure)
    np.testing.assert_array_equal(measured.shift_km, again.shift_km)


def _lattice_of_streets(store: Store, district: SmallDistrict) -> None:
    """Take in a lattice whose northern half is driven at a third of the speed."""
    n = 12
    nodes = [
        {"node": f"{c}-{r}", "lon": WEST + (EAST - WEST) * c / (n - 1), "lat": SOUTH + (NORTH - SOUTH) * r / (n - 1)}
        for c in range(n)
        for r in range(n)
    ]
    edges = [
        {"u": f"{c}-{r}", "v": f"{c + dc}-{r + dr}", "length_m": "", "speed_kmph": 10 if r >= n // 2 else 30}
        for c in range(n)
        for r in range(n)
        for dc, dr in ((1, 0), (0, 1))
        if c + dc < n and r + dr < n
    ]
    import_streets(
        store, district.clock, **district.who, path=write_csv(district.folder / "edges.csv", edges),
        nodes=write_csv(district.folder / "nodes.csv", nodes), options=WGS84,
    )  # fmt: skip
