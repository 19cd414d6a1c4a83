"""A snapshot is of one instant: what others commit while it is read is not half in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from gridsvc.clock import FixedClock
from gridsvc.cluster import RunningDatabase
from gridsvc.storage import Store
from gridsvc.usecases.ownership_snapshot import KnownParts, OwnershipBoard, build_snapshot
from tests.fakes.small_district import SmallDistrict, build
from tests.gridsvc.usecases.small_town import shops


class Interrupted(KnownParts):
    """Parts that let somebody publish in the middle of the first reading."""

    def __init__(self, between: Callable[[], None]) -> None:
        super().__init__()
        self._between: Callable[[], None] | None = between

    def get(self, key: tuple[Any, ...], read: Callable[[], Any]) -> Any:
        between, self._between = self._between, None
        if between is not None:
            between()
        return super().get(key, read)


@pytest.fixture
def district(database: RunningDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDistrict]:
    store = Store(database.app_url, pool_size=4)
    yield build(store, tmp_path_factory.mktemp("town"), shop_rows=shops(64))
    store.close()


def test_a_publication_in_the_middle_of_a_reading_is_wholly_in_it_or_not_at_all(district: SmallDistrict) -> None:
    district.draw_and_publish(seed=1)
    district.pass_time(days=1)
    board = OwnershipBoard(district.store, FixedClock(district.clock.now() + timedelta(days=1)))

    def publish() -> None:
        district.draw_and_publish(seed=2)

    with district.store.snapshot(district.adcode) as tx:
        torn = build_snapshot(tx, board.clock.now(), Interrupted(publish))
    after = board.now(district.adcode)
    assert (torn.generation, after.generation) == (1, 2)
    for snapshot in (torn, after):
        for (shop, layer), owner in snapshot.owners.items():
            grids = snapshot.grids[layer]
            assert owner.grid_id in grids.grid_ids, (snapshot.generation, shop)
            assert owner.staff_id == grids.staff_ids[grids.grid_ids.index(owner.grid_id)]
