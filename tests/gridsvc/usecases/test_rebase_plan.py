"""A draft is laid over what was published meanwhile, on finer cells too; what cannot be both is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gridsvc.domain.drafts import MoveUnits
from gridsvc.domain.layers import Layer
from gridsvc.domain.plans import BaseOutdated
from gridsvc.storage import Store, plans, units
from gridsvc.usecases.draft_bench import DraftBoard
from gridsvc.usecases.edit_draft import edit_draft
from gridsvc.usecases.rebase_plan import rebase_plan
from gridsvc.usecases.split_units import split_units
from gridsvc.usecases.start_plan import Start, start_plan
from tests.fakes.small_district import SmallDistrict, build
from tests.gridsvc.usecases.small_town import shops

LAYER = Layer.MARKETING


@pytest.fixture
def town(store: Store, tmp_path: Path, request: pytest.FixtureRequest) -> SmallDistrict:
    """A town in two grids that are in force."""
    adcode = {"split": "520801", "finer": "520802"}[request.node.name.split("_")[1]]
    town = build(store, tmp_path, adcode=adcode, shop_rows=shops(64), owners=None)
    town.draw_and_publish([LAYER])
    town.pass_time(days=1)
    return town


def copy(town: SmallDistrict) -> str:
    return start_plan(town.store, town.clock, **town.who, title="copy", layers=[LAYER], start=Start()).plan_id


def drawn(town: SmallDistrict, plan_id: str) -> tuple[int, dict[str, str | None]]:
    """The revision of a draft, and the grid of each of its cells."""
    with town.store.transaction(town.adcode) as tx:
        plan = plans.find(tx, plan_id)
        unit_set = units.load(tx, plan.unit_set_id)
        grids = plans.grids_of(tx, plan.plan_version_id, LAYER, len(unit_set))
    ids = (*grids.grid_ids, None)
    return plan.revision, {cell: ids[at] for cell, at in zip(unit_set.ids, grids.grid_of_unit.tolist(), strict=True)}


def give(town: SmallDistrict, plan_id: str, cell: str, to: Any) -> None:
    revision, grid_of = drawn(town, plan_id)
    edit_draft(
        town.store, town.clock, DraftBoard(), **town.who, plan_id=plan_id, base_revision=revision, layer=LAYER,
        edits=[MoveUnits(units=(list(grid_of).index(cell),), to=to)],
    )  # fmt: skip


def split(town: SmallDistrict, plan_id: str, cell: str) -> list[str]:
    revision, _ = drawn(town, plan_id)
    cut = split_units(
        town.store, town.clock, **town.who, plan_id=plan_id, base_revision=revision, cells=[cell]
    )  # fmt: skip
    return list(cut.cells)


def publish(town: SmallDistrict, plan_id: str) -> None:
    town.approve(plan_id)
    town.publish(plan_id, reason="by hand")
    town.pass_time(hours=1)


def border(town: SmallDistrict) -> list[tuple[str, str]]:
    """Neighbouring cells of the two grids in force."""
    survey = town.survey([LAYER])
    grid_of = survey.grids_now[LAYER].grid_of_unit
    pairs = [(a, b) for a, b in survey.units.edges.tolist() if grid_of[a] != grid_of[b]]
    return [(survey.units.ids[a], survey.units.ids[b]) for a, b in pairs]


def test_split_cells_stay_split_over_what_was_published_meanwhile(town: SmallDistrict) -> None:
    mine, theirs = copy(town), copy(town)
    _, before = drawn(town, mine)
    (cell, beside), *others = border(town)
    parts = split(town, mine, cell)
    give(town, mine, parts[0], before[beside])
    theirs_cell, to = next((a, before[b]) for a, b in others if a not in (cell, beside))
    give(town, theirs, theirs_cell, to)
    publish(town, theirs)
    rebased = rebase_plan(town.store, town.clock, **town.who, plan_id=mine)
    _, after = drawn(town, mine)
    assert rebased.base_generation == 2
    expected = {name: before[cell if name in parts else name] for name in after}
    assert after == expected | {parts[0]: before[beside], theirs_cell: to}
    assert set(parts) <= set(after)
    town.approve(mine)  # what is drawn on an older base is refused


def test_finer_cells_that_were_published_are_a_clash_for_a_draft_on_coarser_ones(town: SmallDistrict) -> None:
    mine, theirs = copy(town), copy(town)
    (cell, _), (other, beside), *_ = border(town)
    _, before = drawn(town, mine)
    split(town, theirs, cell)
    give(town, mine, other, before[beside])
    publish(town, theirs)
    with pytest.raises(BaseOutdated) as refused:
        rebase_plan(town.store, town.clock, **town.who, plan_id=mine)
    assert refused.value.violations[0] == "marketing: its grids were published on units that the plan's do not divide"
    assert drawn(town, mine)[1] == before | {other: before[beside]}
