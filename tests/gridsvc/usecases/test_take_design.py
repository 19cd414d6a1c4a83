"""Whoever accepts the engine's proposal whole gets the travel that it learnt and its certificate with it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from gridsvc.domain.drafts import MoveUnits
from gridsvc.domain.errors import BadInput, Conflict
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Layer
from gridsvc.engines.pool import EnginePool
from gridsvc.storage import Store, plans
from gridsvc.usecases.design_draft import design_draft
from gridsvc.usecases.draft_bench import DraftBoard, DraftLayer, read_draft_layer
from gridsvc.usecases.edit_draft import edit_draft
from gridsvc.usecases.minutes_factor import KEY
from gridsvc.usecases.start_plan import Start, start_plan
from gridsvc.usecases.survey_district import DesignRules
from gridsvc.usecases.take_design import TakenDesign, take_design
from gridsvc.usecases.verify_plan import verify_plan
from tests.fakes.small_district import SmallDistrict, build
from tests.gridsvc.usecases.small_town import member, shops

LAYER = Layer.MARKETING


@pytest.fixture(scope="module")
def pool() -> Iterator[EnginePool]:
    with EnginePool(1) as opened:
        yield opened


@pytest.fixture(scope="module")
def town(store: Store, tmp_path_factory: pytest.TempPathFactory) -> SmallDistrict:
    people = [member(f"M{number}", "customer_manager") for number in (1, 2, 3)]
    return build(
        store, tmp_path_factory.mktemp("town"), adcode="520601", shop_rows=shops(128), staff_rows=people, owners=None,
        coarsest=9,
    )  # fmt: skip


def layer_of(town: SmallDistrict, plan_id: str) -> DraftLayer:
    with town.store.transaction(town.adcode) as tx:
        return read_draft_layer(tx, plans.find(tx, plan_id), LAYER, len(town.survey([LAYER]).units))


def revision_of(town: SmallDistrict, plan_id: str) -> int:
    with town.store.transaction(town.adcode) as tx:
        return plans.find(tx, plan_id).revision


def proposed(town: SmallDistrict, pool: EnginePool) -> tuple[str, str]:
    """A draft drawn by hand, and its copy after a design."""
    plan_id = town.draw([LAYER], seed=1, n_grids=3)
    copy = start_plan(town.store, town.clock, **town.who, title="Proposal", start=Start(plan_id=plan_id)).plan_id
    design_draft(town.store, town.clock, pool, **town.who, plan_id=copy, rules=DesignRules(max_iterations=60))
    learn(town.store, town.adcode, copy, LAYER)
    return plan_id, copy


def learn(store: Store, adcode: Adcode, plan_id: str, layer: Layer) -> None:
    """Let a designed plan have learnt of travel that every second unit takes a quarter more than tabled."""
    with store.transaction(adcode) as tx:
        plan = plans.find(tx, plan_id)
        stated = plans.findings_of(tx, plan.plan_version_id).certificate
        n_units = len(stated["rules"][KEY][layer]["of_unit"])
        learnt = {
            **stated["rules"][KEY],
            layer: {"values": [1.0, 1.25], "of_unit": [row % 2 for row in range(n_units)]},
        }
        rules = {**stated["rules"], KEY: learnt}
        plans.write_certificate(tx, plan.plan_version_id, {**stated, "rules": rules})


def accept(town: SmallDistrict, plan_id: str, copy: str, *, but: int = 0) -> None:
    """Move the units of the draft where the copy has them, all `but` some."""
    here, there = layer_of(town, plan_id).grids, layer_of(town, copy).grids
    units = np.flatnonzero(here.grid_of_unit != there.grid_of_unit)[but:].tolist()
    edits = [MoveUnits(units=(unit,), to=there.grid_ids[there.grid_of_unit[unit]]) for unit in units]
    edit_draft(
        town.store, town.clock, DraftBoard(), **town.who, plan_id=plan_id, base_revision=revision_of(town, plan_id),
        layer=LAYER, edits=edits,
    )  # fmt: skip


def take(town: SmallDistrict, plan_id: str, copy: str) -> TakenDesign:
    return take_design(
        town.store, town.clock, DraftBoard(), **town.who, plan_id=plan_id, layer=LAYER, design_of=copy
    )  # fmt: skip


def verdict(town: SmallDistrict, plan_id: str) -> tuple[bool, tuple[str, ...]]:
    found = verify_plan(town.store, town.clock, adcode=town.adcode, wanted=plan_id)
    return found.holds, found.words[1:]


def test_a_proposal_that_is_taken_whole_brings_its_travel_and_its_certificate(
    town: SmallDistrict, pool: EnginePool
) -> None:
    plan_id, copy = proposed(town, pool)
    learnt = layer_of(town, copy).minutes_factor
    assert learnt[:2] == (1.0, 1.25)
    assert layer_of(town, plan_id).minutes_factor == ()
    assert not verdict(town, plan_id)[0]
    accept(town, plan_id, copy)
    before = revision_of(town, plan_id)
    taken = take(town, plan_id, copy)
    assert taken.revision == before + 1 == revision_of(town, plan_id)
    assert layer_of(town, plan_id).minutes_factor == learnt
    assert verdict(town, plan_id) == verdict(town, copy)
    with town.store.transaction(town.adcode) as tx:
        stored = plans.findings_of(tx, plans.find(tx, plan_id).plan_version_id).metrics
    assert stored[LAYER] == dict(taken.metrics)


def test_a_proposal_that_is_taken_in_part_brings_neither(town: SmallDistrict, pool: EnginePool) -> None:
    plan_id, copy = proposed(town, pool)
    accept(town, plan_id, copy, but=1)
    before = layer_of(town, plan_id), revision_of(town, plan_id), verdict(town, plan_id)
    with pytest.raises(Conflict, match="other grids or owners"):
        take(town, plan_id, copy)
    after = layer_of(town, plan_id), revision_of(town, plan_id), verdict(town, plan_id)
    assert after[1:] == before[1:]
    assert after[0].minutes_factor == before[0].minutes_factor


def test_a_plan_that_no_engine_designed_has_nothing_to_take(town: SmallDistrict) -> None:
    first, second = (town.draw([LAYER], seed=1, n_grids=3) for _ in range(2))
    with pytest.raises(BadInput, match="no engine designed it"):
        take(town, first, second)


def test_somebody_else_who_saw_the_version_before_may_still_edit(town: SmallDistrict, pool: EnginePool) -> None:
    plan_id, copy = proposed(town, pool)
    accept(town, plan_id, copy)
    seen = revision_of(town, plan_id)
    take(town, plan_id, copy)
    grids = layer_of(town, plan_id).grids
    done = edit_draft(
        town.store, town.clock, DraftBoard(), **town.who, plan_id=plan_id, base_revision=seen, layer=LAYER,
        edits=[MoveUnits(units=(0,), to=grids.grid_ids[(grids.grid_of_unit[0] + 1) % 3])],
    )  # fmt: skip
    assert [over.kind for over in done.rebased_over] == ["take_design"]
