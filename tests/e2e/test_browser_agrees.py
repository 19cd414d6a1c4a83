"""The browser and the service count alike: sums, churn, trios, pieces and who lies beside whom."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from playwright.sync_api import Browser

from gridsvc.domain.layers import Layer
from gridsvc.maps import shapes
from gridsvc.storage import plans
from gridsvc.usecases.draft_bench import DraftBoard, read_draft_layer
from gridsvc.usecases.measure_draft import measure_draft
from tests.api.conftest import Served
from tests.e2e.editor_page import editing

N_PLANS = 200

COUNT = """async (drawn) => {
  const { state } = await import('/static/js/planner/state.js');
  const m = state.model;
  return drawn.map((gridOfUnit) => {
    gridOfUnit.forEach((grid, unit) => m.set(unit, grid));
    const pieces = m.pieces();
    return { shops: [...m.shops], minutes: [...m.minutes], pieces: [...pieces.count], moved: m.nMoved,
      unassigned: m.nUnassigned, trios: m.trios.size, deviation: m.grids.map((_, grid) => m.deviation(grid)),
      cartons: m.grids.map((_, grid) => m.countDeviation(grid, 'cartons')) };
  });
}"""
PAIRS = """async () => {
  const { sidesOf } = await import('/static/js/topology.js');
  const shapes = await (await fetch('/v1/unit-sets/' + JSON.parse(document.getElementById('setup').textContent).plan.unit_set_id)).json();
  return sidesOf(shapes.topology, shapes.topology.corners.length / 2).pairs;
}"""  # noqa: E501


def test_two_hundred_random_plans_are_counted_alike(browser: Browser, served: Served) -> None:
    """Each plan is scattered or grown from seeds, some units are nobody's; the figures of all are compared."""
    rng = np.random.default_rng(6)
    service = served.service
    with editing(browser, served) as editor:
        with service.store.transaction(served.seeded.adcode) as tx:
            plan = plans.find(tx, editor.plan_id)
            bench = DraftBoard().bench(tx, served.clock, plan.unit_set_id)
            draft = read_draft_layer(tx, plan, Layer.INSPECTION, bench.n_units)
        n_grids = len(draft.grids.grid_ids)
        centres = np.array([(point.x, point.y) for point in bench.centres])
        drawn = [random_plan(rng, centres, n_grids, scattered=number % 4 == 0) for number in range(N_PLANS)]
        counted = editor.page.evaluate(COUNT, [grid_of_unit.tolist() for grid_of_unit in drawn])
        pairs = {tuple(sorted(pair)) for pair in editor.page.evaluate(PAIRS)}
    assert pairs == {tuple(sorted(pair)) for pair in bench.survey.units.border_a_b.tolist()}
    owners_elsewhere = [bench.layers[layer].owner for layer in Layer if layer is not Layer.INSPECTION]
    for grid_of_unit, browser_found in zip(drawn, counted, strict=True):
        grids = replace(draft.grids, grid_of_unit=grid_of_unit)
        changed = replace(draft, grids=grids, rules=replace(draft.rules, carton_tolerance=0.3))
        measured = measure_draft(bench, Layer.INSPECTION, changed)
        assert browser_found["shops"] == [grid.n_retailers for grid in measured.grids]
        assert np.allclose(browser_found["minutes"], [grid.load_min_per_day for grid in measured.grids], atol=2e-3)
        assert np.allclose(browser_found["deviation"], [grid.deviation_share for grid in measured.grids], atol=1e-5)
        assert np.allclose(
            browser_found["cartons"], [grid.carton_deviation_share for grid in measured.grids], atol=1e-5
        )
        assert browser_found["pieces"] == shapes.pieces(grid_of_unit, bench.survey.units.edges, n_grids).tolist()
        assert browser_found["moved"] == measured.metrics["n_moved"]
        assert browser_found["unassigned"] == measured.metrics["n_unassigned_units"]
        owner = bench.owner_of_shop(changed, bench.grid_of_shop(changed))
        trios = set(zip(owner.tolist(), *(one.tolist() for one in owners_elsewhere), strict=True))
        assert browser_found["trios"] == len({trio for trio in trios if min(trio) >= 0})


def random_plan(rng: np.random.Generator, centres: np.ndarray, n_grids: int, *, scattered: bool) -> np.ndarray:
    """Give a plan: every unit drawn by lot, or the grid of the nearest of random seeds; about 3 % are nobody's."""
    n_units = len(centres)
    if scattered:
        grid_of_unit = rng.integers(0, n_grids, n_units)
    else:
        seeds = centres[rng.choice(n_units, n_grids, replace=False)]
        grid_of_unit = ((centres[:, None, :] - seeds[None, :, :]) ** 2).sum(axis=2).argmin(axis=1)
    grid_of_unit[rng.random(n_units) < 0.03] = -1
    return np.asarray(grid_of_unit, dtype=np.int32)
