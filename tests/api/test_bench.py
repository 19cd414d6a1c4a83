"""The columns that a planner's browser counts with give the service's own sums."""

from __future__ import annotations

import numpy as np
import pytest

from gridsvc.domain.permissions import AccountRole
from tests.api.conftest import Served


@pytest.mark.parametrize("layer", ["inspection", "marketing", "delivery"])
def test_the_sums_of_the_bench_are_those_of_the_draft(served: Served, layer: str) -> None:
    with served.as_key(AccountRole.PLANNER) as client:
        plan_id = client.post("/v1/plans", json={"title": "sums", "start": "current"}).json()["plan_id"]
        answer = client.get(f"/v1/plans/{plan_id}/bench", params={"layer": layer})
        bench = answer.json()
        draft = client.get(f"/v1/plans/{plan_id}/draft", params={"layer": layer}).json()
        held = client.get(
            f"/v1/plans/{plan_id}/bench", params={"layer": layer}, headers={"If-None-Match": answer.headers["etag"]}
        )
    assert held.status_code == 304
    grid_of_shop = np.array(draft["grid_of_unit"])[bench["unit"]]
    minutes = np.bincount(grid_of_shop, bench["minutes"], len(draft["grids"]))
    assert minutes == pytest.approx([grid["load_min_per_day"] for grid in draft["grids"]], abs=1e-3)
    owners = {person["staff_id"]: at for at, person in enumerate(bench["staff"])}
    of_grid = np.array([owners[grid["staff_id"]] for grid in draft["grids"]])
    assert int((of_grid[grid_of_shop] != np.array(bench["owner"])).sum()) == draft["metrics"]["n_moved"]
    assert {other["layer"] for other in bench["others"]} == {"inspection", "marketing", "delivery"} - {layer}
    assert set(bench["office_of_unit"]) <= set(range(-1, len(bench["offices"])))


def test_a_layer_that_the_plan_lacks_is_named(served: Served) -> None:
    with served.as_key(AccountRole.PLANNER) as client:
        body = {"title": "one layer", "start": "current", "layers": ["delivery"]}
        plan_id = client.post("/v1/plans", json=body).json()["plan_id"]
        answer = client.get(f"/v1/plans/{plan_id}/bench", params={"layer": "marketing"})
    assert answer.status_code == 422
    assert "the plan has no marketing layer" in answer.json()["detail"]
