"""A district's own tables from the terminal: shown as a file, set from one, refused with every fault."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from gridsvc.clock import FixedClock
from gridsvc.cluster import RunningDatabase
from gridsvc.domain.layers import Layer
from gridsvc.domain.workload import Workload
from gridsvc.domain.workload_tables import tables_of
from gridsvc.storage import Store, audit, retailers
from gridsvc.usecases.estimate_order_cycles import estimate_order_cycles
from gridsvc.usecases.import_orders import import_orders
from gridsvc.usecases.measure_load import measure_load
from gridsvc.usecases.measured_workload import measured_workload
from tests.fakes.small_district import MONDAY_NOON, SmallDistrict, build
from tests.gridsvc.cli.test_plans import Run, run  # noqa: F401
from tests.gridsvc.usecases.small_town import WGS84, shops, write_csv


@pytest.fixture(scope="module")
def district(database: RunningDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDistrict]:
    store = Store(database.app_url, pool_size=2)
    yield build(store, tmp_path_factory.mktemp("one"), shop_rows=shops(16))
    store.close()


def minutes(district: SmallDistrict, layer: Layer) -> float:
    with district.store.transaction(district.adcode) as tx:
        return float(measure_load(retailers.columns(tx), layer, measured_workload(tx)).sum())


def test_tables_are_shown_changed_and_given_back(
    run: Run,  # noqa: F811
    district: SmallDistrict,
    tmp_path: Path,
) -> None:
    shown = run("workload", "show")[1]
    assert tomllib.loads(shown) == tables_of(Workload())
    before = {layer: minutes(district, layer) for layer in Layer}
    (tmp_path / "own.toml").write_text("[visits_per_cycle]\nB = 4\n")
    code, said, _ = run("workload", "set", tmp_path / "own.toml")
    assert (code, "tables district-" in said) == (0, True)
    assert tomllib.loads(run("workload", "show")[1])["visits_per_cycle"] == {"A": 4, "B": 4, "C": 1}
    assert minutes(district, Layer.MARKETING) == pytest.approx(2 * before[Layer.MARKETING])
    assert minutes(district, Layer.DELIVERY) == before[Layer.DELIVERY]

    (tmp_path / "wrong.toml").write_text("[visits_per_cycle]\nD = 4\nA = -1\n")
    code, _, complained = run("workload", "set", tmp_path / "wrong.toml")
    assert code == 2
    assert "visits_per_cycle.D: unknown" in complained
    assert "visits_per_cycle.A: -1 is not a whole number from 0 to 28" in complained
    (tmp_path / "broken.toml").write_text("[visits")
    assert (run("workload", "set", tmp_path / "broken.toml")[0], run("workload", "set", tmp_path / "none")[0]) == (2, 2)
    assert tomllib.loads(run("workload", "show")[1])["visits_per_cycle"]["B"] == 4

    assert run("workload", "reset")[0] == 0
    assert {layer: minutes(district, layer) for layer in Layer} == before
    with district.store.transaction(district.adcode) as tx:
        told = [row.action for row in audit.rows_after(tx, 0, 1000)]
    assert told.count("workload.set") == 2


def test_orders_that_come_in_tell_how_often_a_shop_is_delivered_to(district: SmallDistrict, tmp_path: Path) -> None:
    last = date(2026, 11, 20)
    every = {"R0000": 7, "R0001": 14, "R0002": 28}
    rows = [
        {"retailer_code": code, "order_date": (last - timedelta(days=n * days)).isoformat(), "cartons": 20}
        for code, days in every.items()
        for n in range(5)
    ]
    rows.append({"retailer_code": "R0003", "order_date": "2026-01-05", "cartons": 20})
    path = write_csv(tmp_path / "orders.csv", rows)
    import_orders(district.store, FixedClock(MONDAY_NOON), **district.who, path=path, options=WGS84)
    with district.store.transaction(district.adcode) as tx:
        found = retailers.columns(tx)
        assert estimate_order_cycles(tx) == 0  # nothing more to learn from the same orders
    told = dict(zip(found.retailer_code.tolist(), found.order_cycle.tolist(), strict=True))
    expected = {"R0000": "weekly", "R0001": "fortnightly", "R0002": "monthly", "R0003": "none"}
    assert {code: told[code] for code in expected} == expected
    assert {told[code] for code in told.keys() - expected.keys()} == {"unknown"}
