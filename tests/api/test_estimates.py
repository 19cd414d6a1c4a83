"""Minutes of grids as they would be: at once, and with how far they are off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest
import sqlalchemy as sa
from numpy.typing import NDArray

from geo_data.projection import LocalProjection
from gridsvc.cluster import RunningDatabase
from gridsvc.domain.layers import Layer
from gridsvc.domain.permissions import AccountRole
from gridsvc.storage import districts, tables
from tests.api.conftest import Served, serving_district

PATH = "/v1/estimates/route-minutes"


@pytest.fixture(scope="module")
def served(database: RunningDatabase) -> Iterator[Served]:
    """A district with twelve grids a layer, as many as a calibration needs."""
    with serving_district(database, rings=8, n_shops=600, n_grids=12) as known:
        yield known


@pytest.fixture(scope="module")
def planner(served: Served) -> Iterator[httpx.Client]:
    with served.as_key(AccountRole.PLANNER) as client:
        yield client


def ask(planner: httpx.Client, grids: list[dict[str, Any]], **values: Any) -> dict[str, Any]:
    answer = planner.post(PATH, json={"layer": "marketing", "grids": grids} | values)
    assert answer.status_code == 200, answer.text
    known: dict[str, Any] = answer.json()
    return known


def a_days_minutes(xy_m: NDArray[np.float64], office_m: NDArray[np.float64]) -> float:
    """Give the minutes of a twentieth of a tour always to the nearest shop left, and of the way to the office."""
    left, at, length_m = list(range(1, len(xy_m))), 0, 0.0
    while left:
        distance_m = np.hypot(*(xy_m[left] - xy_m[at]).T)
        length_m += float(distance_m.min())
        at = left.pop(int(distance_m.argmin()))
    haul_m = 2 * float(np.hypot(*(xy_m - office_m).T).mean())
    return (length_m / 20 + haul_m) / 300


def write_a_solved_cycle(served: Served) -> dict[str, float]:
    """Give every person stops and the travel of a tour; return the minutes a day by staff code."""
    seeded, truth = served.seeded, {}
    rng = np.random.default_rng(3)
    with served.service.store.transaction(seeded.adcode) as tx:
        cycle_id = tx.execute(sa.select(tables.cycle.c.cycle_id)).scalar_one()
        xy_m = LocalProjection.around(seeded.lon, seeded.lat).xy_m(seeded.lon, seeded.lat)
        owner = np.argmin(np.hypot(*(xy_m[:, None] - xy_m[None, :12]).transpose(2, 0, 1)), axis=1)
        metrics = {}
        for number, person in enumerate(seeded.staff[Layer.MARKETING]):
            shops = np.flatnonzero(owner == number)
            for shop in shops:
                tx.execute(
                    tables.cycle_stop.insert().values(
                        adcode=seeded.adcode, cycle_id=cycle_id, task_type="visit", day=seeded.day,
                        retailer_id=seeded.retailer_ids[int(shop)], staff_id=person.staff_id, service_min=10.0,
                        cartons=0.0, is_sealed=False,
                    )
                )  # fmt: skip
            office_m = LocalProjection.around(seeded.lon, seeded.lat).xy_m([person.office_lon], [person.office_lat])
            truth[person.staff_code] = a_days_minutes(xy_m[shops], office_m[0])
            total_min = 20 * truth[person.staff_code] * float(rng.uniform(0.97, 1.03))
            metrics[person.staff_id] = {"work_min": [400.0] * 20, "travel_min": total_min}
        tx.execute(tables.cycle.update().values(metrics=metrics))
        districts.bump_revision(tx)
    return truth


def test_before_a_cycle_is_solved_travel_is_the_assumed_way_and_says_so(served: Served, planner: httpx.Client) -> None:
    found = ask(planner, [{"key": "a", "retailers": served.seeded.retailer_ids[:50]}])
    assert (found["cycle_first_day"], found["mean_error_share"], found["n_samples"]) == (None, None, 0)
    assert "assumed" in found["words"]
    grid = found["grids"][0]
    assert (grid["key"], grid["n_retailers"]) == ("a", 50)
    assert grid["route_min_per_day"] == pytest.approx(
        grid["service_min_per_day"] + grid["travel_min_per_day"], abs=0.11
    )


def test_units_and_their_shops_are_estimated_alike(served: Served, planner: httpx.Client) -> None:
    layer = planner.get("/v1/layers/marketing").json()
    grid = layer["grids"][0]
    position = [g["grid_id"] for g in layer["grids"]].index(grid["grid_id"])
    units = np.flatnonzero(np.array(layer["grid_of_unit"]) == position).tolist()
    shops = [shop["retailer_id"] for shop in planner.get(f"/v1/grids/{grid['grid_id']}").json()["retailers"]]
    both = [{"key": "units", "units": units}, {"key": "shops", "retailers": shops}]
    found = ask(planner, both, unit_set_id=served.seeded.unit_set_id)["grids"]
    assert found[0] | {"key": ""} == found[1] | {"key": ""}
    assert found[0]["n_retailers"] == grid["n_retailers"]


def test_single_shops_join_and_leave_the_shops_of_units(served: Served, planner: httpx.Client) -> None:
    layer = planner.get("/v1/layers/marketing").json()
    position = 0
    units = np.flatnonzero(np.array(layer["grid_of_unit"]) == position).tolist()
    here, there = (
        [shop["retailer_id"] for shop in planner.get(f"/v1/grids/{grid['grid_id']}").json()["retailers"]]
        for grid in layer["grids"][:2]
    )
    given = {"key": "mixed", "units": units, "retailers": [*there[:2], here[5]], "without": here[:3]}
    same = {"key": "listed", "retailers": [*here[3:], *there[:2]]}
    mixed, listed = ask(planner, [given, same], unit_set_id=served.seeded.unit_set_id)["grids"]
    assert mixed | {"key": ""} == listed | {"key": ""}
    assert mixed["n_retailers"] == len(here) - 3 + 2


def test_a_calibration_on_the_solved_cycle_is_near_the_truth(served: Served, planner: httpx.Client) -> None:
    truth = write_a_solved_cycle(served)
    seeded = served.seeded
    xy_m = LocalProjection.around(seeded.lon, seeded.lat).xy_m(seeded.lon, seeded.lat)
    owner = np.argmin(np.hypot(*(xy_m[:, None] - xy_m[None, :12]).transpose(2, 0, 1)), axis=1)
    grids = [
        {
            "key": person.staff_code,
            "staff": person.staff_code,
            "retailers": [seeded.retailer_ids[int(shop)] for shop in np.flatnonzero(owner == number)],
        }
        for number, person in enumerate(seeded.staff[Layer.MARKETING])
    ]
    found = ask(planner, grids)
    assert found["cycle_first_day"] is not None
    assert found["n_samples"] == 12
    assert 0 <= found["mean_error_share"] <= found["worst_error_share"]
    assert "mean error" in found["words"]
    travel = {grid["key"]: grid["travel_min_per_day"] for grid in found["grids"]}
    assert all(minutes > 0 for minutes in travel.values())
    # tiers ask for more stops a day than the twentieth that was solved, so the level differs; the order does not
    assert np.corrcoef([truth[key] for key in travel], list(travel.values()))[0, 1] > 0.8
    assert found["mean_error_share"] < 0.25


def test_an_empty_grid_takes_no_time(planner: httpx.Client) -> None:
    grid = ask(planner, [{"key": "none", "retailers": []}])["grids"][0]
    assert (grid["n_retailers"], grid["route_min_per_day"]) == (0, 0)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"grids": [{"key": "a", "units": [0]}]}, "unit_set_id"),
        ({"grids": [{"key": "a"}]}, "its units, its retailers or both"),
        ({"grids": [{"key": "a", "retailers": ["01a214e4-7e97-7f5b-acf3-351a7caab58c"]}]}, "no active shop"),
        ({"grids": [{"key": "a", "retailers": [], "staff": "I01"}]}, "not of the marketing layer"),
        ({"grids": [{"key": "a", "retailers": []}] * 2}, "have to differ"),
        ({"grids": []}, "grids"),
        ({"grids": [{"key": "a", "units": [-1]}]}, "units"),
    ],
)
def test_what_is_unknown_is_named(planner: httpx.Client, body: dict[str, Any], place: str) -> None:
    answer = planner.post(PATH, json={"layer": "marketing"} | body)
    assert answer.status_code == 422
    assert place in str(answer.json()["violations"])


def test_a_unit_beyond_the_set_is_named(served: Served, planner: httpx.Client) -> None:
    body = {"layer": "delivery", "unit_set_id": served.seeded.unit_set_id, "grids": [{"key": "g", "units": [5, 10**6]}]}
    answer = planner.post(PATH, json=body)
    assert (answer.status_code, answer.json()["violations"]) == (422, ["grids.g.units: there is no unit 1000000"])
