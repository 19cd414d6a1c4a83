"""Layers designed apart, coupled or identical: fewer trios for less freedom."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gridsvc.domain.drafts import SetRules
from gridsvc.domain.errors import BadInput
from gridsvc.domain.layers import Layer
from gridsvc.engines.pool import EnginePool
from gridsvc.storage import Store, plans
from gridsvc.usecases.couple_layers import Coupling
from gridsvc.usecases.design_draft import design_draft
from gridsvc.usecases.draft_bench import DraftBoard
from gridsvc.usecases.edit_draft import edit_draft
from gridsvc.usecases.measure_plan import measure_plan
from gridsvc.usecases.start_plan import Start, start_plan
from gridsvc.usecases.survey_district import DesignRules
from tests.fakes.small_district import build
from tests.gridsvc.usecases.small_town import shops


def test_identical_layers_have_as_many_trios_as_grids_and_coupled_ones_few(store: Store, tmp_path: Path) -> None:
    town = build(store, tmp_path, adcode="520701", shop_rows=shops(96), owners=None, coarsest=9)
    n_trios = {}
    with EnginePool(1) as pool:
        for coupling in Coupling:
            designed = town.design(pool, coupling=coupling)
            with store.transaction(town.adcode) as tx:
                survey = town.survey()
                drawn = [
                    plans.grids_of(tx, designed.plan.plan_version_id, layer, len(survey.units)).grid_of_unit
                    for layer in Layer
                ]
            used = np.column_stack(drawn)[survey.retailer_unit]
            n_trios[coupling] = len(np.unique(used, axis=0))
            assert designed.words[-1].startswith(f"{n_trios[coupling]} different trios")
            assert all(layer.is_feasible for layer in designed.layers), [x.violations for x in designed.layers]
        with pytest.raises(BadInput, match="the same number of grids"):
            town.design(pool, coupling=Coupling.IDENTICAL, n_grids={Layer.DELIVERY: 3})
    assert n_trios[Coupling.IDENTICAL] == 2
    assert n_trios[Coupling.COUPLED] == 2  # the same borders keep every rule here


def test_coupled_layers_with_as_many_grids_share_their_borders(store: Store, tmp_path: Path) -> None:
    town = build(store, tmp_path, adcode="520703", shop_rows=shops(96), owners=None, coarsest=9)
    with EnginePool(1) as pool:
        designed = town.design(pool, coupling=Coupling.COUPLED, n_grids={Layer.DELIVERY: 3})
    assert all(layer.is_feasible for layer in designed.layers), [x.violations for x in designed.layers]
    with store.transaction(town.adcode) as tx:
        n_units = len(town.survey().units)
        inspection, marketing, delivery = (
            plans.grids_of(tx, designed.plan.plan_version_id, layer, n_units).grid_of_unit
            for layer in (Layer.INSPECTION, Layer.MARKETING, Layer.DELIVERY)
        )
    pairs = np.unique(np.column_stack([inspection, marketing]), axis=0)
    assert len(pairs) == 2
    assert len(np.unique(delivery)) == 3


def test_a_draft_is_redesigned_coupled_and_identical_too(store: Store, tmp_path: Path) -> None:
    town = build(store, tmp_path, adcode="520702", shop_rows=shops(96), owners=None, coarsest=9)
    n_trios = {}
    with EnginePool(1) as pool:
        for coupling in Coupling:
            plan_id = start_plan(
                store, town.clock, **town.who, title=str(coupling), layers=tuple(Layer), start=Start(is_empty=True)
            ).plan_id
            for layer in Layer:
                with store.transaction(town.adcode) as tx:
                    revision = plans.find(tx, plan_id).revision
                edit_draft(
                    store, town.clock, DraftBoard(), **town.who, plan_id=plan_id, base_revision=revision, layer=layer,
                    edits=[SetRules(tolerance=0.12, count_tolerance=0.6)],
                )  # fmt: skip
            found = design_draft(
                store, town.clock, pool, **town.who, plan_id=plan_id, rules=DesignRules(max_iterations=40),
                coupling=coupling,
            )  # fmt: skip
            assert all(layer.is_feasible for layer in found.layers), [layer.warnings for layer in found.layers]
            measured = measure_plan(store, town.clock, DraftBoard(), adcode=town.adcode, plan_id=plan_id)
            n_trios[coupling] = measured.n_trios
    assert n_trios[Coupling.IDENTICAL] == 2
    assert n_trios[Coupling.COUPLED] == 2
