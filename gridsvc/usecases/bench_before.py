"""The bench of a plan that came into force: the same district with the owners whom the plan replaced."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from datetime import timedelta

import numpy as np

from gridsvc.domain.ids import RetailerId
from gridsvc.domain.layers import Layer
from gridsvc.domain.plans import Plan, PlanState
from gridsvc.storage import Transaction, generations, ownership
from gridsvc.usecases.carried_grids import carried_grids
from gridsvc.usecases.draft_bench import DraftBench

IN_FORCE = frozenset({PlanState.PUBLISHED, PlanState.SUPERSEDED})
_JUST_BEFORE = timedelta(microseconds=1)  # the finest step of the database's clock


def was_published(plan: Plan) -> bool:
    """Whether a plan is, was or will be in force: it is compared with what it replaced, any other one with today."""
    return plan.state in IN_FORCE and plan.effective_from is not None


def bench_before(tx: Transaction, bench: DraftBench, plan: Plan) -> DraftBench:
    """Give the bench that a plan is compared with: today's for a draft, for a published plan that of just before it."""
    if plan.effective_from is None or not was_published(plan):
        return bench
    instant = plan.effective_from - _JUST_BEFORE
    owner_of = {key: staff_id for key, (staff_id, _) in ownership.owner_ids_at(tx, instant).items()}
    shops = [RetailerId(shop) for shop in bench.survey.retailers.retailer_id]
    layers = {}
    for layer, of_layer in bench.layers.items():
        owners = (owner_of.get((shop, layer)) for shop in shops)
        positions = [bench.staff_position.get(owner, -1) if owner else -1 for owner in owners]
        layers[layer] = replace(of_layer, owner=np.array(positions, dtype=np.int32))
    then = {
        layer: carried_grids(tx, version, layer, bench.survey.units)
        for layer, version in generations.versions_in_force(tx, instant).items()
    }
    grids = {layer: carried for layer, carried in then.items() if carried is not None}
    survey = replace(bench.survey, owner_of=owner_of, grids_now=grids, drawn_on_units=frozenset(Layer) & grids.keys())
    return replace(bench, survey=survey, layers=layers, _problems=OrderedDict())
