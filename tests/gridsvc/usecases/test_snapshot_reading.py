"""A snapshot is of one instant: what others commit while it is read is not half in it."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from gridsvc.clock import FixedClock, new_id
from gridsvc.cluster import RunningDatabase
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Layer
from gridsvc.storage import Store, districts, ownership, plans
from gridsvc.usecases.cover_absence import cover_absence
from gridsvc.usecases.follow_changes import follow_changes
from gridsvc.usecases.ownership_snapshot import KnownParts, OwnershipBoard, build_snapshot
from gridsvc.usecases.put_retailer import put_retailer
from tests.fakes.small_district import SmallDistrict, build
from tests.gridsvc.usecases.small_town import shops

PATIENCE_S = 60.0
_ADCODES = (f"5202{number:02d}" for number in itertools.count(1))


class Interrupted(KnownParts):
    """Parts that let somebody publish in the middle of the first reading."""

    def __init__(self, between: Callable[[], None]) -> None:
        super().__init__()
        self._between: Callable[[], None] | None = between

    def get(self, key: tuple[Any, ...], read: Callable[[], Any], *is_good: Callable[[Any], bool]) -> Any:
        between, self._between = self._between, None
        if between is not None:
            between()
        return super().get(key, read, *is_good)


@pytest.fixture
def district(database: RunningDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDistrict]:
    store = Store(database.app_url, pool_size=4)
    yield build(store, tmp_path_factory.mktemp("town"), adcode=next(_ADCODES), shop_rows=shops(64))
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


def _as_the_rows_stand(district: SmallDistrict) -> tuple[object, ...]:
    """Say who owns what and who acts, from the rows alone."""
    now = district.clock.now()
    with district.store.transaction(district.adcode) as tx:
        return ownership.owners_at(tx, now), ownership.acting_at(tx, now)[0], ownership.next_change_after(tx, now)


def _as_kept(district: SmallDistrict) -> tuple[object, ...]:
    """Say the same from the board of a process, which reads again only what has changed."""
    district.board.mark(district.adcode)
    snapshot = district.board.now(district.adcode)
    return dict(snapshot.owners), snapshot.acting, snapshot.changes_at


@pytest.mark.parametrize("seed", [1, 2])
def test_a_process_that_reads_only_what_changed_answers_as_the_rows_stand(district: SmallDistrict, seed: int) -> None:
    rng = np.random.default_rng(seed)
    town: dict[str, Any] = {"store": district.store, "clock": district.clock, **district.who}
    stated = {"name": "新店", "licence_no": "N1", "lon": 106.711, "lat": 26.581}

    def publish_later() -> None:
        in_an_hour = district.clock.now() + timedelta(hours=1)
        district.draw_and_publish(seed=int(rng.integers(99)), effective_from=in_an_hour)
        assert _as_kept(district) == _as_the_rows_stand(district)
        district.pass_time(minutes=30)
        assert _as_kept(district) == _as_the_rows_stand(district)
        district.pass_time(minutes=30)

    def cover() -> None:
        today = district.clock.now().date()
        with suppress(BadInput):  # somebody may have no shop in the grid that chance gave
            cover_absence(**town, staff_code_or_id=f"M{rng.integers(1, 3)}", first_day=today, last_day=today)

    changes: list[Callable[[], object]] = [
        lambda: district.draw_and_publish(seed=int(rng.integers(99))),
        lambda: district.draw_and_publish([Layer.MARKETING], seed=int(rng.integers(99))),
        publish_later,
        lambda: put_retailer(**town, retailer_code=f"N{rng.integers(10**6)}", stated=stated | {"licence_no": new_id()}),
        lambda: put_retailer(**town, retailer_code="R0001", stated={"tier": "ABC"[rng.integers(3)]}),
        lambda: put_retailer(
            **town, retailer_code="R0002", stated={"status": ("suspended", "active")[district.clock.now().hour % 2]}
        ),
        cover,
    ]
    district.draw_and_publish(seed=seed)
    for number in (*rng.permutation(len(changes)).tolist(), 0, 3, 6, 1):
        district.pass_time(days=1, hours=1)
        assert _as_kept(district) == _as_the_rows_stand(district)
        changes[number]()
        assert _as_kept(district) == _as_the_rows_stand(district)
        yesterday = district.clock.now() - timedelta(days=1)
        with district.store.transaction(district.adcode) as tx:
            assert dict(district.board.at(district.adcode, yesterday).owners) == ownership.owners_at(tx, yesterday)


def test_a_leave_cover_and_a_publication_are_read_without_a_row_of_owners(
    district: SmallDistrict, monkeypatch: pytest.MonkeyPatch
) -> None:
    district.draw_and_publish(seed=1)
    district.board.now(district.adcode)
    district.pass_time(days=1)
    district.draw_and_publish(seed=2)
    monkeypatch.setattr(ownership, "packed_owners_at", None)  # whoever reads rows, fails
    district.board.mark(district.adcode)
    published = district.board.now(district.adcode)
    assert published.generation == 2
    assert len(published.owners) == 3 * 64
    today = district.clock.now().date()
    monkeypatch.undo()
    cover_absence(
        district.store, district.clock, **district.who, staff_code_or_id="M1", first_day=today, last_day=today
    )
    monkeypatch.setattr(ownership, "held_owners_at", None)
    district.board.mark(district.adcode)
    covered = district.board.now(district.adcode)
    assert covered.owners is published.owners
    assert covered.acting


def test_what_an_approved_plan_will_put_in_force_is_known_when_it_is_published(
    district: SmallDistrict, monkeypatch: pytest.MonkeyPatch
) -> None:
    district.draw_and_publish(seed=1)
    district.pass_time(days=1)
    before = district.board.now(district.adcode)
    plan_id = district.draw(seed=2)
    district.approve(plan_id)
    district.board.look_ahead(district.adcode)
    assert district.board.now(district.adcode) is before
    district.publish(plan_id, reason="drawn by hand")
    monkeypatch.setattr(plans, "layers_of", None)  # whoever reads grids again, fails
    district.board.mark(district.adcode)
    after = district.board.now(district.adcode)
    assert (before.generation, after.generation) == (1, 2)
    assert after.is_warm
    assert {layer: grids.grid_ids for layer, grids in after.grids.items()} != {
        layer: grids.grid_ids for layer, grids in before.grids.items()
    }


def test_workers_are_told_of_an_approval_and_look_ahead(district: SmallDistrict) -> None:
    listening, looked = threading.Event(), threading.Event()

    class Board(OwnershipBoard):
        def mark_all(self) -> None:
            super().mark_all()
            listening.set()

        def look_ahead(self, adcode: Adcode) -> None:
            super().look_ahead(adcode)
            looked.set()

    plan_id = district.draw(seed=2)
    board = Board(district.store, district.clock)
    board.now(district.adcode)
    with follow_changes(board):
        assert listening.wait(PATIENCE_S)
        assert not looked.is_set()
        district.approve(plan_id)
        assert looked.wait(PATIENCE_S)


def test_a_process_reads_its_own_changes_with_the_commit_and_nothing_rolled_back(
    district: SmallDistrict,
) -> None:
    """Nobody listens to the database here: the news need not have come round."""
    district.draw_and_publish(seed=1)
    adcode, board, heard = district.adcode, OwnershipBoard(district.store, district.clock), list[Adcode]()
    district.store.on_change(board.mark)
    district.store.on_change(heard.append)
    before = board.now(adcode)
    with suppress(RuntimeError), district.store.transaction(adcode) as tx:
        districts.bump_revision(tx)
        raise RuntimeError
    assert (heard, board.ready(adcode)) == ([], before)
    with district.store.transaction(adcode) as tx:
        districts.bump_revision(tx)
        assert heard == []
    assert (heard, board.ready(adcode)) == ([adcode], None)
    assert board.now(adcode).district.revision == before.district.revision + 1
