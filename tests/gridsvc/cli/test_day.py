"""A day at the terminal: what is sealed is shown to nobody who has not asked for it under their name."""

from __future__ import annotations

import re

import pytest

from gridsvc.clock import SystemClock
from gridsvc.cluster import RunningDatabase
from gridsvc.domain.layers import Layer
from gridsvc.storage import Store
from gridsvc.usecases.list_audit import list_audit
from gridsvc.usecases.read_day import read_day
from tests.fakes.seeded_district import Seeded, seed
from tests.gridsvc.cli.test_plans import Run, run  # noqa: F401

CLOCK = re.compile(r"\d\d:\d\d")


@pytest.fixture(scope="module")
def seeded(database: RunningDatabase) -> Seeded:
    """One planned day; the third stop of I01 is sealed."""
    store = Store(database.app_url, pool_size=2)
    made = seed(store, SystemClock())
    store.close()
    return made


def test_an_inspectors_day_shows_no_sealed_stop_unless_it_is_asked_for_and_written_down(
    run: Run,  # noqa: F811
    database: RunningDatabase,
    seeded: Seeded,
) -> None:
    store, day = Store(database.app_url, pool_size=2), seeded.day.isoformat()
    whole = read_day(store, SystemClock(), adcode=seeded.adcode, staff_code_or_id="I01", day=seeded.day)
    sealed = next(stop.retailer for stop in whole.stops if stop.is_sealed)
    kept = [stop.retailer for stop in whole.stops if not stop.is_sealed]

    code, shown, _ = run("day", "show", "I01", "--day", day)
    assert code == 0
    assert sealed.address not in shown
    assert all(shop.address in shown for shop in kept)
    assert not CLOCK.search(shown)
    assert "travel" not in shown
    assert _reads(store, seeded) == []

    code, shown, _ = run("day", "show", "I01", "--own", "--day", day)
    assert (code, sealed.address in shown, bool(CLOCK.search(shown))) == (0, True, True)
    assert _reads(store, seeded) == [{"staff": "I01", "day": day}]
    assert run("day", "show", "I09", "--own", "--day", day)[0] == 2
    assert len(_reads(store, seeded)) == 1
    store.close()


def test_other_roles_days_show_their_times(run: Run, seeded: Seeded) -> None:  # noqa: F811
    for layer in (Layer.MARKETING, Layer.DELIVERY):
        member = seeded.staff[layer][0]
        code, shown, _ = run("day", "show", member.staff_code, "--day", seeded.day.isoformat())
        assert (code, bool(CLOCK.search(shown)), "from the office" in shown) == (0, True, True)


def _reads(store: Store, seeded: Seeded) -> list[object]:
    entries = list_audit(store, adcode=seeded.adcode)
    return [entry.content for entry in entries if entry.action == "day.read_whole"]
