"""An import that fails half-way leaves nothing behind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gridsvc.clock import FixedClock
from gridsvc.storage import Store, audit, districts, imports, retailers, reviews
from gridsvc.usecases.import_retailers import import_retailers
from tests.gridsvc.usecases.small_town import WGS84, make_town, shop, shops, write_csv


class PowerCut(Exception):
    """The machine stops."""


@dataclass
class FailingClock:
    """Gives the time `n_answers` times, then fails: everything that is written asks it."""

    n_answers: int

    def now(self) -> datetime:
        if self.n_answers == 0:
            raise PowerCut
        self.n_answers -= 1
        return datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize("n_answers", [1, 2, 3, 4])
def test_nothing_is_half_written(store: Store, clock: FixedClock, tmp_path: Path, n_answers: int) -> None:
    adcode = make_town(store, clock, "110001", tmp_path)
    path = write_csv(tmp_path / "shops.csv", [*shops(5), shop(9, name="")])
    with pytest.raises(PowerCut):
        import_retailers(store, FailingClock(n_answers), adcode=adcode, actor="test", path=path, options=WGS84)
    with store.transaction(adcode) as tx:
        assert not len(retailers.columns(tx))
        assert imports.last(tx, "retailers") is None
        assert reviews.listed(tx, state=None) == []
        assert districts.find(tx).revision == 0
        assert audit.first_broken(tx) is None
