"""A search over a draft keeps the draft's own rules, writes one revision, and never overwrites somebody's edit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gridsvc.domain.drafts import LinkedUnits, LockGrid, MoveUnits, PinUnits, SetRules, StaffBase
from gridsvc.domain.errors import BadInput, Conflict, RuleBroken
from gridsvc.domain.layers import Layer
from gridsvc.engines.pool import EnginePool, SolveStopped
from gridsvc.storage import Store, plans
from gridsvc.usecases.design_draft import design_draft
from gridsvc.usecases.draft_bench import DraftBoard, read_draft_layer
from gridsvc.usecases.edit_draft import edit_draft
from gridsvc.usecases.measure_draft import measure_draft
from gridsvc.usecases.price_moves import price_moves
from gridsvc.usecases.repair_draft import repair_draft
from gridsvc.usecases.search_draft import SearchedDraft
from gridsvc.usecases.spend_moves import spend_moves
from gridsvc.usecases.start_plan import Start, start_plan
from gridsvc.usecases.survey_district import DesignRules
from tests.fakes.small_district import SmallDistrict, build, grown, owner_rows
from tests.gridsvc.usecases.small_town import member, shops

LAYER = Layer.MARKETING
RULES = DesignRules(max_iterations=60)


@pytest.fixture(scope="module")
def pool() -> Iterator[EnginePool]:
    with EnginePool(1) as opened:
        yield opened


@pytest.fixture(scope="module")
def town(store: Store, tmp_path_factory: pytest.TempPathFactory) -> SmallDistrict:
    people = [member(f"M{number}", "customer_manager") for number in (1, 2, 3)]
    folder: Path = tmp_path_factory.mktemp("town")
    return build(
        store, folder, adcode="520601", shop_rows=shops(128), staff_rows=people, owners=None, coarsest=9,
    )  # fmt: skip


def uneven_seed(town: SmallDistrict) -> int:
    """Give a seed that draws three grids by hand which are uneven, not hopeless."""
    survey = town.survey([LAYER])
    for seed in range(1000):
        grids = grown(len(survey.units), survey.units.edges, 3, np.random.default_rng(seed))
        n_shops = np.bincount(grids[survey.retailer_unit], minlength=3)
        if 0.3 < np.abs(n_shops / n_shops.mean() - 1).max() < 0.6:
            return seed
    raise AssertionError("no seed is good")


def drawn(town: SmallDistrict, **rules: Any) -> str:
    """Draw three uneven grids by hand, with the rules of the layer as wanted."""
    seed = uneven_seed(town)
    plan_id = town.draw([LAYER], seed=seed, n_grids=3)
    edit(town, plan_id, SetRules(tolerance=rules.pop("tolerance", 0.12), count_tolerance=0.6, **rules))
    return plan_id


def edit(town: SmallDistrict, plan_id: str, *edits: Any) -> None:
    with town.store.transaction(town.adcode) as tx:
        revision = plans.find(tx, plan_id).revision
    edit_draft(
        town.store, town.clock, DraftBoard(), **town.who, plan_id=plan_id, base_revision=revision, layer=LAYER,
        edits=edits,
    )  # fmt: skip


def grids_of(town: SmallDistrict, plan_id: str) -> plans.Grids:
    with town.store.transaction(town.adcode) as tx:
        plan = plans.find(tx, plan_id)
        return plans.grids_of(tx, plan.plan_version_id, LAYER, len(town.survey([LAYER]).units))


def spread(searched: SearchedDraft, when: str) -> float:
    return float(getattr(searched.layers[0], when)["minutes_deviation_share"] or 0)


def test_a_design_balances_the_draft_and_keeps_its_locks_and_pins(town: SmallDistrict, pool: EnginePool) -> None:
    plan_id = drawn(town, tolerance=0.3)
    before = grids_of(town, plan_id)
    sizes = np.bincount(before.grid_of_unit, minlength=3)
    locked, other = int(sizes.argmin()), int(sizes.argmax())
    pinned = int(np.flatnonzero(before.grid_of_unit == other)[0])
    edit(
        town, plan_id, LockGrid(grid_id=before.grid_ids[locked], locked=True),
        PinUnits(units=(pinned,), to=before.grid_ids[other]),
    )  # fmt: skip
    found = design_draft(town.store, town.clock, pool, **town.who, plan_id=plan_id, rules=RULES)
    after = grids_of(town, plan_id)
    assert after.grid_ids == before.grid_ids
    assert ((after.grid_of_unit == locked) == (before.grid_of_unit == locked)).all()
    assert after.grid_of_unit[pinned] == other
    assert found.revision == 3
    assert found.layers[0].n_units_changed == int((after.grid_of_unit != before.grid_of_unit).sum())


def test_a_design_keeps_groups_together_and_bases_in_their_grids(town: SmallDistrict, pool: EnginePool) -> None:
    plan_id = drawn(town, tolerance=0.3)
    before = grids_of(town, plan_id)
    edges = town.survey([LAYER]).units.edges
    parted = next((a, b) for a, b in edges.tolist() if before.grid_of_unit[a] != before.grid_of_unit[b])
    base = int(np.flatnonzero(before.grid_of_unit == 1)[0])
    rules = SetRules(links=(LinkedUnits(units=parted),), bases=(StaffBase(unit=base, grid_id=before.grid_ids[2]),))
    edit(town, plan_id, rules)
    with town.store.transaction(town.adcode) as tx:
        plan = plans.find(tx, plan_id)
        bench = DraftBoard().bench(tx, town.clock, plan.unit_set_id)
        broken = measure_draft(bench, LAYER, read_draft_layer(tx, plan, LAYER, bench.n_units)).findings
    hard = {finding.rule: finding.words for finding in broken if finding.is_hard}
    assert set(hard) == {"must_link", "pin"}
    apart = " and ".join(before.names[grid] for grid in sorted(before.grid_of_unit[list(parted)]))
    assert hard["must_link"].endswith(f"must stay together but lie in grids {apart.replace(' and ', ', ')}.")
    assert f"The staff base of {before.names[2]} is unit " in hard["pin"]
    found = design_draft(town.store, town.clock, pool, **town.who, plan_id=plan_id, rules=RULES)
    after = grids_of(town, plan_id)
    assert after.grid_of_unit[parted[0]] == after.grid_of_unit[parted[1]]
    assert after.grid_of_unit[base] == 2
    assert not any("must" in words or "base" in words for words in found.layers[0].warnings)


def test_groups_and_bases_that_cannot_be_are_all_named(town: SmallDistrict) -> None:
    plan_id = drawn(town)
    grids = grids_of(town, plan_id)
    one, other = grids.grid_ids[:2]
    with pytest.raises(BadInput) as refused:
        edit(
            town, plan_id,
            SetRules(
                links=(LinkedUnits(units=(0,)), LinkedUnits(units=(1, 2)), LinkedUnits(units=(2, 3))),
                bases=(
                    StaffBase(unit=0, grid_id=one), StaffBase(unit=0, grid_id=other),
                    StaffBase(unit=1, staff_code="X9"), StaffBase(cell="nowhere", grid_id=one),
                ),
            ),
        )  # fmt: skip
    words = "; ".join(refused.value.violations)
    for fault in ("links.0: a group has two units", "is in two groups", "cannot be the base of two grids",
                  "X9 owns no grid", "nowhere is no unit"):  # fmt: skip
        assert fault in words


def test_a_repair_mends_what_a_brush_broke_and_little_else(town: SmallDistrict, pool: EnginePool) -> None:
    plan_id = drawn(town)
    design_draft(town.store, town.clock, pool, **town.who, plan_id=plan_id, rules=RULES)
    whole = grids_of(town, plan_id)
    first = np.flatnonzero(whole.grid_of_unit == 0)
    n_shops = np.bincount(town.survey([LAYER]).retailer_unit, minlength=len(whole.grid_of_unit))[first].cumsum()
    painted = first[: int(np.searchsorted(n_shops, n_shops[-1] / 3)) + 1]  # a third of its shops
    edit(town, plan_id, MoveUnits(units=tuple(painted.tolist()), to=whole.grid_ids[1]))
    found = repair_draft(town.store, town.clock, pool, **town.who, plan_id=plan_id, rules=RULES)
    assert found.layers[0].is_feasible, found.layers[0].warnings
    assert spread(found, "after") <= 0.12 < spread(found, "before")
    assert found.layers[0].after["n_broken_grids"] == 0


def test_spending_moves_keeps_the_cap_and_never_makes_it_less_even(town: SmallDistrict, pool: EnginePool) -> None:
    plan_id = drawn(town)
    before = grids_of(town, plan_id)
    found = spend_moves(town.store, town.clock, pool, **town.who, plan_id=plan_id, n_moves=15, rules=RULES)
    after = grids_of(town, plan_id)
    unit_of_shop = town.survey([LAYER]).retailer_unit
    assert (before.grid_of_unit[unit_of_shop] != after.grid_of_unit[unit_of_shop]).sum() <= 15
    assert spread(found, "after") < spread(found, "before")


def test_the_curve_never_rises_and_stays_above_what_is_proven(town: SmallDistrict, pool: EnginePool) -> None:
    plan_id = drawn(town)
    revision = grids_of(town, plan_id)
    (curve,) = price_moves(town.store, town.clock, pool, adcode=town.adcode, plan_id=plan_id, budgets=(0, 5, 15, 40))
    spreads = [point.spread_share for point in curve.points]
    assert spreads == sorted(spreads, reverse=True)
    assert spreads[-1] < spreads[0]
    assert all(point.n_moved <= point.n_budget for point in curve.points)
    assert all(point.least_share <= point.spread_share + 1e-4 for point in curve.points)
    assert "buy" in curve.words
    assert np.array_equal(grids_of(town, plan_id).grid_of_unit, revision.grid_of_unit)
    again = spend_moves(town.store, town.clock, pool, **town.who, plan_id=plan_id, n_moves=15, rules=RULES)
    assert spread(again, "after") <= curve.points[2].spread_share + 0.02


def test_a_churn_budget_of_the_draft_is_a_hard_cap(store: Store, tmp_path: Path, pool: EnginePool) -> None:
    town = build(store, tmp_path, adcode="520602", shop_rows=shops(64), coarsest=9, owners=None)
    town.draw_and_publish([LAYER], seed=2)
    plan_id = town.draw([LAYER], seed=2)
    edit(town, plan_id, SetRules(tolerance=0.1, count_tolerance=0.6, churn_budget=10))
    found = design_draft(town.store, town.clock, pool, **town.who, plan_id=plan_id, rules=RULES)
    assert int(found.layers[0].after["n_moved"] or 0) <= 10


def test_what_cannot_be_searched_is_refused(town: SmallDistrict, pool: EnginePool) -> None:
    plan_id = drawn(town)
    who: dict[str, Any] = town.who | {"plan_id": plan_id, "rules": RULES}
    with pytest.raises(BadInput, match="cannot be searched"):
        design_draft(town.store, town.clock, pool, **who, layers=[Layer.DELIVERY])
    with pytest.raises(BadInput, match="one move or more"):
        spend_moves(town.store, town.clock, pool, **who, n_moves=0)
    town.approve(plan_id)
    with pytest.raises(Conflict, match="can no longer be edited"):
        repair_draft(town.store, town.clock, pool, **who)


def test_an_edit_during_the_search_is_not_overwritten(town: SmallDistrict, pool: EnginePool) -> None:
    plan_id = drawn(town)
    seen = grids_of(town, plan_id)
    is_first = True

    def meanwhile(share: float, words: str) -> None:
        nonlocal is_first
        if is_first:
            is_first = False
            edit(town, plan_id, MoveUnits(units=(0,), to=seen.grid_ids[(seen.grid_of_unit[0] + 1) % 3]))

    with pytest.raises(Conflict, match="was changed while the search ran"):
        design_draft(town.store, town.clock, pool, **town.who, plan_id=plan_id, rules=RULES, on_progress=meanwhile)


def test_the_budget_holds_where_making_grids_whole_alone_would_break_it(
    store: Store, tmp_path: Path, pool: EnginePool
) -> None:
    """Two people own the shops of a street by turns: any grid in one piece moves half of them."""
    people = [member(f"M{number}", "customer_manager") for number in (1, 2)]
    rows = shops(64)
    owners = owner_rows(rows)
    town = build(
        store, tmp_path, adcode="520604", shop_rows=rows, staff_rows=people, coarsest=9,
        owners=[row for row in owners if row["layer"] == LAYER.value],
    )  # fmt: skip
    plan_id = start_plan(town.store, town.clock, **town.who, title="tight", layers=[LAYER], start=Start()).plan_id
    edit(town, plan_id, SetRules(tolerance=0.1, count_tolerance=0.9, churn_budget=3))
    found = design_draft(town.store, town.clock, pool, **town.who, plan_id=plan_id, rules=RULES)
    assert int(found.layers[0].after["n_moved"] or 0) <= 3
    assert not found.layers[0].is_feasible


def test_a_repair_that_would_spend_more_than_the_budget_is_refused(
    store: Store, tmp_path: Path, pool: EnginePool
) -> None:
    town = build(store, tmp_path, adcode="520605", shop_rows=shops(64), coarsest=9, owners=None)
    seed = 2
    town.draw_and_publish([LAYER], seed=seed)
    plan_id = town.draw([LAYER], seed=seed)
    edit(town, plan_id, SetRules(tolerance=0.02, count_tolerance=0.9, churn_budget=1))
    before = grids_of(town, plan_id)
    with pytest.raises(RuleBroken, match="over the budget of 1"):
        repair_draft(town.store, town.clock, pool, **town.who, plan_id=plan_id, rules=RULES)
    assert np.array_equal(grids_of(town, plan_id).grid_of_unit, before.grid_of_unit)


def test_a_cancelled_design_keeps_the_best_so_far(town: SmallDistrict, pool: EnginePool) -> None:
    plan_id = drawn(town)
    before = grids_of(town, plan_id)
    seen: list[str] = []

    def watch(share: float, words: str) -> None:
        seen.append(words)

    def is_cancelled() -> bool:
        return any("iterations" in words for words in seen)  # as soon as a first plan is told of

    found = design_draft(
        town.store, town.clock, pool, **town.who, plan_id=plan_id, rules=DesignRules(max_iterations=50_000_000),
        on_progress=watch, is_cancelled=is_cancelled,
    )  # fmt: skip
    after = grids_of(town, plan_id)
    assert found.layers[0].is_feasible
    assert (before.grid_of_unit != after.grid_of_unit).any()
    assert spread(found, "after") <= 0.12


def test_a_design_that_is_cancelled_before_anything_is_found_leaves_the_draft(
    town: SmallDistrict, pool: EnginePool
) -> None:
    plan_id = drawn(town, tolerance=0.001)
    before = grids_of(town, plan_id)
    with pytest.raises(SolveStopped, match="stays as it is"):
        design_draft(
            town.store, town.clock, pool, **town.who, plan_id=plan_id, rules=DesignRules(max_iterations=50_000_000),
            is_cancelled=lambda: True,
        )  # fmt: skip
    assert np.array_equal(grids_of(town, plan_id).grid_of_unit, before.grid_of_unit)
