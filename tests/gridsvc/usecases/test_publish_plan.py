"""A publication hands shops over in one step, forgets nothing, and is refused with every reason."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from gridsvc.domain.errors import BadInput, Conflict, RuleBroken
from gridsvc.domain.ids import GridId, RetailerId
from gridsvc.domain.layers import Layer
from gridsvc.domain.ownership import FallbackReason, OwnershipSource
from gridsvc.domain.plans import BaseOutdated, PlanState
from gridsvc.storage import Store, audit, districts, generations, ownership, plans, staff, tables
from gridsvc.storage.plans import Grids
from gridsvc.usecases.find_ownership import find_ownership
from tests.fakes.small_district import SmallDistrict, build, owner_rows
from tests.gridsvc.usecases.small_town import shops

_adcodes = iter(range(520201, 520299))


@pytest.fixture
def district(store: Store, tmp_path: Path) -> SmallDistrict:
    """A town of its own for every test, in the module's database."""
    return build(store, tmp_path, adcode=str(next(_adcodes)), shop_rows=shops(64))


def grids_of(district: SmallDistrict, plan_id: str, layer: Layer) -> Grids:
    n_units = len(district.survey().units)
    with district.store.transaction(district.adcode) as tx:
        return plans.grids_of(tx, plans.find(tx, plan_id).plan_version_id, layer, n_units)


def redraw(district: SmallDistrict, plan_id: str, layer: Layer, **changed: object) -> None:
    """Put another division in a draft."""
    grids = grids_of(district, plan_id, layer)
    values = {name: getattr(grids, name) for name in grids.__dataclass_fields__} | changed
    with district.store.transaction(district.adcode) as tx:
        plans.write_layer(
            tx,
            district.clock,
            plans.find(tx, plan_id).plan_version_id,
            layer,
            Grids(**values),
        )


@pytest.mark.parametrize("seed", range(1, 4))
def test_every_shop_has_exactly_the_owner_that_the_plan_gives_it(district: SmallDistrict, seed: int) -> None:
    for turn in (0, 1, 2):
        district.pass_time(days=1)
        plan_id = district.draw(seed=10 * seed + turn)
        district.approve(plan_id)
        district.publish(plan_id, reason="drawn by hand")
        survey = district.survey()
        with district.store.transaction(district.adcode) as tx:
            owners = ownership.owners_at(tx, district.clock.now())
            assert ownership.overlapping(tx) == []
        for layer in Layer:
            grids = grids_of(district, plan_id, layer)
            for shop, unit in zip(survey.retailers.retailer_id, survey.retailer_unit.tolist(), strict=True):
                position = int(grids.grid_of_unit[unit])
                owner = owners.pop((RetailerId(shop), layer))
                assert (owner.staff_id, owner.grid_id) == (grids.staff_ids[position], grids.grid_ids[position])
                assert (owner.source, owner.valid_to) == (OwnershipSource.PLAN, None)
        assert owners == {}


def test_the_past_is_told_as_it_was_after_every_publication(district: SmallDistrict) -> None:
    told = {}
    for seed in (1, 2, 3):
        with district.store.transaction(district.adcode) as tx:
            told[district.clock.now()] = ownership.owners_at(tx, district.clock.now())
        district.pass_time(hours=5)
        district.draw_and_publish(seed=seed)
        district.pass_time(hours=5)
    for instant, before in told.items():
        with district.store.transaction(district.adcode) as tx:
            now = ownership.owners_at(tx, instant)
        assert {key: (o.staff_id, o.grid_id) for key, o in now.items()} == {
            key: (o.staff_id, o.grid_id) for key, o in before.items()
        }


def test_the_counts_say_how_many_shops_change_hands(district: SmallDistrict) -> None:
    with district.store.transaction(district.adcode) as tx:
        before = ownership.owners_at(tx, district.clock.now())
    publication = district.draw_and_publish(seed=4)
    with district.store.transaction(district.adcode) as tx:
        after = ownership.owners_at(tx, district.clock.now())
    for layer in Layer:
        changed = [key for key, owner in after.items() if key[1] is layer and before[key].staff_id != owner.staff_id]
        assert publication.n_changed[layer] == len(changed) > 0
        assert publication.n_kept[layer] == 64 - len(changed)


def test_a_publication_leaves_one_event_one_generation_and_one_audit_row(district: SmallDistrict) -> None:
    plan_id = district.draw()
    district.approve(plan_id)
    with district.store.transaction(district.adcode) as tx:
        revision = districts.find(tx).revision
    publication = district.publish(plan_id, reason="drawn by hand")
    with district.store.transaction(district.adcode) as tx:
        assert (publication.generation, publication.revision) == (1, revision + 1)
        told = tx.execute(sa.select(tables.event.c.kind, tables.event.c.content).order_by(tables.event.c.event_no))
        assert [(row.kind, row.content["generation"]) for row in told] == [
            ("generation_published", 0), ("generation_published", 1)
        ]  # fmt: skip
        newest = generations.all_generations(tx)[-1]
        assert (newest.number, newest.plan_id, newest.published_by) == (1, plan_id, "planner")
        assert newest.faults == {"warnings": list(publication.warnings), "reason": "drawn by hand"}
        assert plans.find(tx, plan_id).state is PlanState.PUBLISHED
        assert audit.first_broken(tx) is None


def test_a_plan_of_one_layer_leaves_the_others_in_force(district: SmallDistrict) -> None:
    district.draw_and_publish(seed=1)
    with district.store.transaction(district.adcode) as tx:
        first = generations.versions_in_force(tx, district.clock.now())
    district.pass_time(days=1)
    district.draw_and_publish([Layer.DELIVERY], seed=2)
    with district.store.transaction(district.adcode) as tx:
        second = generations.versions_in_force(tx, district.clock.now())
        states = {plan.layers: plan.state for plan in plans.all_plans(tx)}
    assert {layer for layer in Layer if second[layer] != first[layer]} == {Layer.DELIVERY}
    assert states[tuple(Layer)] is PlanState.PUBLISHED
    district.pass_time(days=1)
    district.draw_and_publish(seed=3)
    with district.store.transaction(district.adcode) as tx:
        assert [plan.state for plan in plans.all_plans(tx)] == [
            PlanState.PUBLISHED, PlanState.SUPERSEDED, PlanState.SUPERSEDED
        ]  # fmt: skip


@pytest.mark.parametrize("state", [PlanState.DRAFT, PlanState.SUBMITTED])
def test_only_an_approved_plan_is_published(district: SmallDistrict, state: PlanState) -> None:
    plan_id = district.draw()
    if state is PlanState.SUBMITTED:
        district.approve(other := district.draw(title="Other"))
        district.publish(other, reason="first")
    with pytest.raises(Conflict, match="only an approved plan can be published"):
        district.publish(plan_id, reason="x")


def test_the_past_is_never_edited(district: SmallDistrict) -> None:
    plan_id = district.draw()
    district.approve(plan_id)
    with pytest.raises(BadInput, match="the past is never edited"):
        district.publish(plan_id, effective_from=district.clock.now() - timedelta(seconds=1))


def test_an_outdated_base_is_refused_with_what_happened_since(district: SmallDistrict) -> None:
    old = district.draw(seed=1, title="Old idea")
    district.approve(old)
    district.draw_and_publish(seed=2)
    with pytest.raises(BaseOutdated) as caught:
        district.publish(old, reason="x")
    assert caught.value.detail == (
        "plan Old idea was drawn from generation 0, but generation 1 was published by planner on 2026-11-23 04:00 UTC; "
        "rebase it, or draw it again from there"
    )
    (newer,) = caught.value.newer
    assert (newer.generation, newer.title, newer.published_by) == (1, "By hand", "planner")
    with district.store.transaction(district.adcode) as tx:
        moved = ownership.changed_at(tx, newer.effective_from, tuple(Layer))
    told = {(layer.layer, one.retailer_id) for layer in newer.layers for one in layer.retailers}
    assert told == {(row.layer, row.retailer_id) for row in moved}
    assert {layer.units for layer in newer.layers} == {None}  # generation 0 has owners and no units


def test_a_newer_plan_on_the_same_units_is_told_unit_by_unit(district: SmallDistrict) -> None:
    district.draw_and_publish(seed=1)
    district.pass_time(days=1)
    old, other = district.draw(seed=2, title="Old idea"), district.draw(seed=3, title="Other idea")
    district.approve(other)
    district.publish(other, reason="first")
    with pytest.raises(BaseOutdated) as caught:
        district.approve(old)  # already the submission is refused
    (newer,) = caught.value.newer
    for layer in newer.layers:
        now, mine = grids_of(district, other, layer.layer), grids_of(district, old, layer.layer)
        assert layer.units
        with district.store.transaction(district.adcode) as tx:
            codes = {one.staff_id: one.staff_code for one in staff.all_staff(tx)} | {None: None}
        for moved in layer.units:
            assert moved.after == codes[now.staff_ids[now.grid_of_unit[moved.unit]]] != moved.before
            assert moved.is_yours_too is (codes[mine.staff_ids[mine.grid_of_unit[moved.unit]]] != moved.before)
    with district.store.transaction(district.adcode) as tx:
        assert plans.find(tx, old).state is PlanState.DRAFT


def test_of_two_who_publish_at_once_one_is_told_to_draw_again(district: SmallDistrict) -> None:
    drafts = [district.draw(seed=seed, title=f"Idea {seed}") for seed in (1, 2)]
    for draft in drafts:
        district.approve(draft)
    begin = threading.Barrier(2)
    outcomes: list[object] = []

    def publish(plan_id: str) -> None:
        begin.wait()
        try:
            outcomes.append(district.publish(plan_id, reason="hurry").generation)
        except Exception as error:
            outcomes.append(error)

    threads = [threading.Thread(target=publish, args=(draft,)) for draft in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = [outcome for outcome in outcomes if outcome != 1]
    assert len(refused) == 1
    assert isinstance(refused[0], Conflict), refused[0]


def test_two_plans_cannot_begin_at_the_same_future_instant(district: SmallDistrict) -> None:
    begins = district.clock.now() + timedelta(days=3)
    district.draw_and_publish(seed=1, effective_from=begins)
    later = district.draw(seed=2)
    district.approve(later)
    for instant in (begins - timedelta(hours=1), begins):
        with pytest.raises(Conflict, match="generation 1 is scheduled for 2026-11-26T04:00:00"):
            district.publish(later, reason="x", effective_from=instant)
    assert district.publish(later, reason="x", effective_from=begins + timedelta(seconds=1)).generation == 2


def test_warnings_want_a_reason(district: SmallDistrict) -> None:
    plan_id = district.draw(seed=3)
    redraw(district, plan_id, Layer.MARKETING, staff_ids=(None, district.survey().staff[Layer.MARKETING][0].staff_id))
    district.approve(plan_id)
    with pytest.raises(RuleBroken, match="publish it with a reason") as caught:
        district.publish(plan_id)
    assert "marketing: nobody owns M01; the department answers there" in caught.value.violations
    warnings = district.publish(plan_id, reason="the post is advertised").warnings
    assert warnings == caught.value.violations


def test_a_hard_rule_is_refused_whatever_the_reason_and_nothing_is_written(district: SmallDistrict) -> None:
    plan_id = district.draw(seed=5)
    grid_of_unit = grids_of(district, plan_id, Layer.INSPECTION).grid_of_unit
    survey = district.survey()
    edges = survey.units.edges
    home, other = np.flatnonzero(grid_of_unit == 0), np.flatnonzero(grid_of_unit == 1)
    beside_home = set(edges[np.isin(edges, home).any(axis=1)].ravel().tolist())
    lonely = next(unit for unit in other.tolist() if unit not in beside_home)
    broken = grid_of_unit.copy()
    broken[lonely] = 0
    broken[home[0]] = plans.NO_GRID
    redraw(district, plan_id, Layer.INSPECTION, grid_of_unit=broken)
    district.approve(plan_id)
    with pytest.raises(RuleBroken, match="breaks hard rules and cannot be published") as caught:
        district.publish(plan_id, reason="I insist")
    assert any("piece" in words for words in caught.value.violations)
    with district.store.transaction(district.adcode) as tx:
        assert len(generations.all_generations(tx)) == 1
        assert plans.find(tx, plan_id).state is PlanState.APPROVED
        assert {owner.source for owner in ownership.owners_at(tx, district.clock.now()).values()} == {
            OwnershipSource.IMPORTED
        }


def test_a_grid_that_lost_its_owner_leaves_its_shops_to_the_department(district: SmallDistrict) -> None:
    plan_id = district.draw(seed=3)
    survey = district.survey()
    of_shop = grids_of(district, plan_id, Layer.MARKETING).grid_of_unit[survey.retailer_unit]
    lost = int(np.bincount(of_shop).argmax())
    left = survey.staff[Layer.MARKETING][0].staff_id
    redraw(district, plan_id, Layer.MARKETING, staff_ids=(None, left) if lost == 0 else (left, None))
    district.approve(plan_id)
    district.publish(plan_id, reason="the post is advertised")
    vacant = {RetailerId(shop) for shop in survey.retailers.retailer_id[of_shop == lost]}
    assert vacant
    with district.store.transaction(district.adcode) as tx:
        owned = {shop for shop, layer in ownership.owners_at(tx, district.clock.now()) if layer is Layer.MARKETING}
    assert owned.isdisjoint(vacant)
    for shop in vacant:
        answer = find_ownership(district.board, district.clock, adcode=district.adcode, retailer_id=shop)
        of_layer = {item.layer: item for item in answer.layers}[Layer.MARKETING]
        assert (of_layer.owner, of_layer.fallback_reason) == (None, FallbackReason.VACANCY)
        assert of_layer.fallback_department == "Office of customer_manager"


def test_a_shop_that_lies_in_no_unit_keeps_its_owner(store: Store, tmp_path: Path) -> None:
    nowhere = {"lon": "", "lat": "", "address": "not known"}
    rows = [shop | (nowhere if number == 7 else {}) for number, shop in enumerate(shops(64))]
    district = build(store, tmp_path, adcode=str(next(_adcodes)), shop_rows=rows, owners=owner_rows(rows))
    with store.transaction(district.adcode) as tx:
        before = ownership.owners_at(tx, district.clock.now())
    district.draw_and_publish()
    with store.transaction(district.adcode) as tx:
        after = ownership.owners_at(tx, district.clock.now())
    unlocated = {key: owner for key, owner in after.items() if owner.source is OwnershipSource.IMPORTED}
    assert len(unlocated) == 3
    assert all(before[key] == owner for key, owner in unlocated.items())


def test_a_plan_waits_for_owners_who_were_imported_from_a_future_day_on(store: Store, tmp_path: Path) -> None:
    rows = shops(64)
    owners = [
        row | {"valid_from": "2026-12-01" if number == 5 else "2026-01-01"}
        for number, row in enumerate(owner_rows(rows))
    ]
    district = build(store, tmp_path, adcode=str(next(_adcodes)), shop_rows=rows, owners=owners)
    plan_id = district.draw()
    district.approve(plan_id)
    with pytest.raises(Conflict, match=r"1 present owners begin only after .*2026-11-30T16:00:00"):
        district.publish(plan_id, reason="x")
    district.publish(plan_id, reason="x", effective_from=district.clock.now() + timedelta(days=20))
    district.pass_time(days=30)
    with store.transaction(district.adcode) as tx:
        assert ownership.overlapping(tx) == []
        assert {owner.source for owner in ownership.owners_at(tx, district.clock.now()).values()} == {
            OwnershipSource.PLAN
        }


def test_a_grid_id_is_of_this_layer_and_stays(district: SmallDistrict) -> None:
    """Whoever keeps the grid keeps the row: nothing is closed and opened again without a change."""
    plan_id = district.draw(seed=1)
    district.approve(plan_id)
    district.publish(plan_id, reason="drawn by hand")
    kept = grids_of(district, plan_id, Layer.DELIVERY)
    district.pass_time(days=1)
    again = district.draw([Layer.DELIVERY], seed=9)
    redraw(district, again, Layer.DELIVERY, **{name: getattr(kept, name) for name in kept.__dataclass_fields__})
    district.approve(again)
    publication = district.publish(again, reason="the same once more")
    assert publication.n_changed[Layer.DELIVERY] == 0
    with district.store.transaction(district.adcode) as tx:
        rows = ownership.owners_at(tx, district.clock.now())
    assert {row.valid_from for row in rows.values()} == {district.clock.now() - timedelta(days=1)}
    assert {GridId(str(row.grid_id)) for key, row in rows.items() if key[1] is Layer.DELIVERY} == set(kept.grid_ids)
