"""Whoever asks gets the plan's answer: for every shop and every place, then, now and from when on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import h3
import numpy as np
import pytest
import shapely

from gridsvc.cluster import RunningDatabase
from gridsvc.domain.errors import BadInput, NotFound
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import ROLE_OF_LAYER, Layer
from gridsvc.domain.ownership import FallbackReason, LayerOwner, MatchedBy, OwnershipAnswer, OwnershipSource
from gridsvc.storage import Store, Transaction, plans
from gridsvc.usecases import ownership_snapshot
from gridsvc.usecases.find_ownership import find_ownership
from gridsvc.usecases.make_units import make_units
from gridsvc.usecases.ownership_snapshot import DistrictSnapshot, KnownParts
from tests.fakes.small_district import SmallDistrict, build
from tests.gridsvc.usecases.small_town import EAST, NORTH, SOUTH, WEST, shops


@pytest.fixture(scope="module")
def district(database: RunningDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDistrict]:
    """A town of 64 shops on cells of three sizes; each test publishes on top of what was published before."""
    store = Store(database.app_url, pool_size=4)
    built = build(store, tmp_path_factory.mktemp("town"), shop_rows=shops(64))
    made = make_units(store, built.clock, **built.who, coarsest=8, finest=10, split_above=2)
    assert set(made.n_by_size) == {8, 9, 10}
    built.unit_set_id = made.unit_set_id
    yield built
    store.close()


def ask(district: SmallDistrict, **question: object) -> OwnershipAnswer:
    return find_ownership(district.board, district.clock, **question)  # type: ignore[arg-type]


def of_layer(answer: OwnershipAnswer, layer: Layer) -> LayerOwner:
    return next(item for item in answer.layers if item.layer is layer)


def code_of(answer: OwnershipAnswer, layer: Layer = Layer.INSPECTION) -> str | None:
    owner = of_layer(answer, layer).owner
    return owner.staff_code if owner else None


def publish_next(district: SmallDistrict, seed: int, **wanted: Any) -> None:
    district.pass_time(days=1)
    district.draw_and_publish(seed=seed, **wanted)
    district.board.mark(district.adcode)


def test_before_any_plan_a_shop_has_its_imported_owner_and_a_place_has_the_department(district: SmallDistrict) -> None:
    shop = ask(district, retailer_code="R0003")
    assert [(item.owner.staff_code if item.owner else None, item.source, item.grid) for item in shop.layers] == [
        ("I2", OwnershipSource.IMPORTED, None), ("M2", OwnershipSource.IMPORTED, None),
        ("D2", OwnershipSource.IMPORTED, None),
    ]  # fmt: skip
    place = ask(district, lon=WEST + 0.01, lat=SOUTH + 0.01)
    for layer, item in zip(Layer, place.layers, strict=True):
        assert item.owner is None
        assert item.fallback_reason is FallbackReason.NO_GENERATION
        assert item.fallback_department == f"Office of {ROLE_OF_LAYER[layer]}"


def test_before_the_first_owners_nothing_was_ever_published(district: SmallDistrict) -> None:
    long_ago = district.clock.now() - timedelta(days=3650)
    answer = ask(district, retailer_code="R0003", as_of=long_ago)
    assert answer.generation is None
    assert {item.fallback_reason for item in answer.layers} == {FallbackReason.NO_GENERATION}


@pytest.mark.parametrize("seed", [1, 2])
def test_every_shop_is_answered_as_planned_by_code_licence_and_id(district: SmallDistrict, seed: int) -> None:
    publish_next(district, seed)
    survey = district.survey()
    shops_now = survey.retailers
    for row, unit in enumerate(survey.retailer_unit.tolist()):
        by_code = ask(district, adcode=district.adcode, retailer_code=shops_now.retailer_code[row])
        by_licence = ask(district, adcode=district.adcode, licence_no=shops_now.licence_no[row])
        by_id = ask(district, adcode=district.adcode, retailer_id=shops_now.retailer_id[row])
        at_place = ask(district, adcode=district.adcode, lon=shops_now.lon[row], lat=shops_now.lat[row])
        assert by_code.layers == by_licence.layers == by_id.layers
        assert (by_code.matched_by, by_licence.matched_by) == (MatchedBy.RETAILER_CODE, MatchedBy.LICENCE_NO)
        assert by_code.unit == at_place.unit == survey.units.ids[unit]
        for layer in Layer:
            grids = survey.grids_now[layer]
            position = int(grids.grid_of_unit[unit])
            for answer in (by_code, at_place):
                item = of_layer(answer, layer)
                assert item.owner is not None
                assert item.grid is not None
                assert item.owner.staff_id == grids.staff_ids[position]
                assert (item.grid.grid_id, item.grid.name) == (grids.grid_ids[position], grids.names[position])


def test_a_thousand_places_lie_in_the_grid_whose_exact_shape_holds_them(district: SmallDistrict) -> None:
    publish_next(district, seed=3)
    survey = district.survey()
    finest = [(row, child) for row, cell in enumerate(survey.units.ids) for child in h3.cell_to_children(cell, 10)]
    shapes = np.array([shapely.Polygon([(x, y) for y, x in h3.cell_to_boundary(child)]) for _, child in finest])
    rng = np.random.default_rng(7)
    lon, lat = rng.uniform(WEST - 0.003, EAST + 0.003, 1000), rng.uniform(SOUTH - 0.003, NORTH + 0.003, 1000)
    points = shapely.points(lon, lat)
    tree = shapely.STRtree(shapes)
    holding: dict[int, set[int]] = {}
    for point, shape in tree.query(shapely.buffer(points, 1e-6), predicate="intersects").T.tolist():
        holding.setdefault(point, set()).add(finest[shape][0])
    n_inside = n_outside = 0
    for number in range(1000):
        rows = holding.get(number, set())
        if len(rows) > 1:
            continue  # within a hand's breadth of a border
        if not rows:
            n_outside += 1
            with pytest.raises(NotFound):
                ask(district, lon=float(lon[number]), lat=float(lat[number]))
            continue
        n_inside += 1
        answer = ask(district, lon=float(lon[number]), lat=float(lat[number]))
        assert answer.unit == survey.units.ids[next(iter(rows))]
        for layer in Layer:
            grids = survey.grids_now[layer]
            owner = of_layer(answer, layer).owner
            assert owner is not None
            assert owner.staff_id == grids.staff_ids[int(grids.grid_of_unit[next(iter(rows))])]
    assert n_inside > 700
    assert n_outside > 0


def test_the_past_the_present_and_the_future_each_have_their_answer(district: SmallDistrict) -> None:
    publish_next(district, seed=4)
    before = {code: code_of(ask(district, retailer_code=code)) for code in ("R0000", "R0063")}
    n_before = ask(district, retailer_code="R0000").generation
    asked_at = district.clock.now()
    begins = asked_at + timedelta(days=9)
    publish_next(district, seed=44, effective_from=begins)
    with district.store.transaction(district.adcode) as tx:
        plan = plans.all_plans(tx)[0]
        grids = plans.grids_of(tx, plan.plan_version_id, Layer.INSPECTION, len(district.survey().units))
    survey = district.survey()
    planned = {
        str(code): grids.staff_ids[int(grids.grid_of_unit[unit])]
        for code, unit in zip(survey.retailers.retailer_code, survey.retailer_unit, strict=True)
    }
    assert any(
        ask(district, retailer_code=code).layers[0].owner.staff_id != owner  # type: ignore[union-attr]
        for code, owner in planned.items()
    ), "the plan moves nothing: another seed"
    for code, known in before.items():
        assert code_of(ask(district, retailer_code=code)) == known
        assert ask(district, retailer_code=code).generation == n_before
    for code, owner in planned.items():
        coming = ask(district, retailer_code=code, as_of=begins)
        assert coming.layers[0].owner is not None
        assert (coming.layers[0].owner.staff_id, coming.generation) == (owner, (n_before or 0) + 1)
    just_before = ask(district, retailer_code="R0000", as_of=begins - timedelta(microseconds=1))
    assert (code_of(just_before), just_before.generation) == (before["R0000"], n_before)
    # nobody marks the board now: it looks at the clock
    district.clock.instant = begins
    for code, owner in planned.items():
        switched = ask(district, retailer_code=code)
        assert switched.layers[0].owner is not None
        assert (switched.layers[0].owner.staff_id, switched.generation) == (owner, (n_before or 0) + 1)
    for code, known in before.items():
        assert code_of(ask(district, retailer_code=code, as_of=asked_at)) == known


def test_a_publication_is_seen_after_the_mark_by_every_thread(district: SmallDistrict) -> None:
    tags = {district.board.now(district.adcode).etag}
    publish_next(district, seed=5)
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(district.board.now(district.adcode).etag)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert tags.isdisjoint(found)


def test_an_instant_that_was_read_during_a_change_is_read_again(
    district: SmallDistrict, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The board must not keep a snapshot that was built from a transaction older than the newest mark."""
    district.board.mark(district.adcode)
    begins = district.clock.now() + timedelta(days=30)
    instant = begins + timedelta(days=1)
    real = ownership_snapshot.build_snapshot
    coming = [7]

    def interrupted(tx: Transaction, wanted: datetime, *parts: KnownParts) -> DistrictSnapshot:
        built = real(tx, wanted, *parts)
        if wanted == instant and coming:
            publish_next(district, seed=coming.pop(), effective_from=begins)
            district.board.now(district.adcode)
        return built

    monkeypatch.setattr(ownership_snapshot, "build_snapshot", interrupted)
    generation = ask(district, retailer_code="R0000", as_of=instant).generation
    assert ask(district, retailer_code="R0000", as_of=instant).generation == (generation or 0) + 1
    district.clock.instant = instant


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ({}, "by exactly one"),
        ({"lon": 106.71, "lat": 26.59, "retailer_code": "R0001"}, "by exactly one"),
        ({"retailer_code": "R0001", "licence_no": "1"}, "by exactly one"),
        ({"lon": 106.71}, "both lat and lon"),
        ({"lon": 206.71, "lat": 95.0}, "lat is 95.0; it has to lie in -90 .. 90\n  - lon is 206.71"),
        ({"lon": float("nan"), "lat": 26.6}, "lon is nan"),
        ({"retailer_code": "R0001", "as_of": datetime(2026, 11, 1)}, "as_of needs an offset from UTC"),  # noqa: DTZ001
    ],
)
def test_a_question_that_is_none_gets_the_way_to_ask(
    district: SmallDistrict, question: dict[str, object], words: str
) -> None:
    with pytest.raises(BadInput) as caught:
        ask(district, **question)
    assert words in str(caught.value)


def test_what_is_not_known_is_named(district: SmallDistrict) -> None:
    with pytest.raises(NotFound, match="no retailer with retailer_code R9999 in district 520103"):
        ask(district, retailer_code="R9999")
    with pytest.raises(NotFound, match=r"the point 121\.000000, 31\.000000 lies outside district 520103"):
        ask(district, lon=121.0, lat=31.0)
    with pytest.raises(NotFound, match="there is no district 999999"):
        ask(district, adcode=Adcode("999999"), retailer_code="R0001")
