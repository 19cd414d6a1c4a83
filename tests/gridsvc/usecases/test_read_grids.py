"""The map counts minutes as the plan in force does."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np

from gridsvc.domain.layers import Layer
from gridsvc.storage import Store, plans
from gridsvc.usecases.read_grids import read_grids
from gridsvc.usecases.survey_district import DesignRules
from tests.fakes.small_district import build
from tests.gridsvc.usecases.small_town import shops


def test_the_map_counts_the_travel_that_the_design_expects(store: Store, tmp_path: Path) -> None:
    district = build(store, tmp_path, adcode="520401", shop_rows=shops(64))
    district.pass_time(days=1)
    plan_id = district.draw((Layer.MARKETING,))
    n_units = len(district.survey().units)
    with store.transaction(district.adcode) as tx:
        version = plans.find(tx, plan_id).plan_version_id
        grids = plans.grids_of(tx, version, Layer.MARKETING, n_units)
        of_unit = (grids.grid_of_unit == 1).astype(int).tolist()
        factor = {"marketing": {"values": [1.0, 1.5], "of_unit": of_unit}}
        rules = asdict(DesignRules(max_iterations=0, minutes_factor=factor))
        plans.write_findings(tx, version, metrics={}, violations={}, certificate={"rules": rules})
    district.approve(plan_id)
    district.publish(plan_id, reason="drawn by hand")
    counted = read_grids(district.board, district.clock, adcode=district.adcode, layer=Layer.MARKETING).grids.grids
    district.pass_time(days=1)
    district.draw_and_publish((Layer.MARKETING,))  # the same grids without a factor
    district.board.mark(district.adcode)
    plain = read_grids(district.board, district.clock, adcode=district.adcode, layer=Layer.MARKETING).grids.grids
    ratio = [one.load_min_per_day / other.load_min_per_day for one, other in zip(counted, plain, strict=True)]
    assert np.allclose(ratio, [1.0, 1.5])
