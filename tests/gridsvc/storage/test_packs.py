"""What look-ups read in one value is what stands in the rows, and is not read once the rows differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import numpy as np
import pytest
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.exc import IntegrityError

from gridsvc.cluster import RunningDatabase
from gridsvc.domain.ids import PlanVersionId, RetailerId
from gridsvc.domain.layers import Layer
from gridsvc.storage import Store, Transaction, look_up_parts, owner_packs, ownership, plans, tables, version_packs
from gridsvc.storage.look_up_parts import PartCounts
from gridsvc.storage.ownership import Handover, hand_over, uuid_keys
from tests.fakes.small_district import MONDAY_NOON, SmallDistrict, build
from tests.gridsvc.usecases.small_town import shops

NOBODY = RetailerId("018f0000-0000-7000-8000-000000000000")


@pytest.fixture(scope="module")
def district(database: RunningDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDistrict]:
    store = Store(database.app_url, pool_size=3)
    built = build(store, tmp_path_factory.mktemp("town"), shop_rows=shops(48))
    built.pass_time(days=1)
    built.draw_and_publish(seed=3)
    built.pass_time(hours=1)
    yield built
    store.close()


@contextmanager
def undone(district: SmallDistrict) -> Iterator[Transaction]:
    """Have a transaction that is rolled back: what others test stays as it was."""
    with suppress(ZeroDivisionError), district.store.transaction(district.adcode) as tx:
        yield tx
        raise ZeroDivisionError


def in_order(rows: NDArray[np.void]) -> list[tuple[object, ...]]:
    return sorted(rows.tolist())


def version_in_force(tx: Transaction) -> PlanVersionId:
    newest = sa.select(tables.generation_layer.c.plan_version_id).order_by(tables.generation_layer.c.generation.desc())
    return PlanVersionId(tx.execute(newest.limit(1)).scalar_one())


def test_a_frozen_version_is_packed_as_its_rows_stand(district: SmallDistrict) -> None:
    with district.store.transaction(district.adcode) as tx:
        version = version_in_force(tx)
        n_units = len(district.survey().units)
        packed = version_packs.find(tx, version, tuple(Layer), n_units)
        rows = plans.layers_by_row(tx, version, n_units, tuple(Layer))
    assert packed is not None
    for layer in Layer:
        assert (packed[layer].grid_of_unit == rows[layer].grid_of_unit).all()
        assert len(packed[layer].grid_of_unit) == n_units
        for name in ("grid_ids", "names", "numbers", "staff_ids"):
            assert getattr(packed[layer], name) == getattr(rows[layer], name)


@pytest.mark.parametrize(
    ("table", "verb"),
    [
        (tables.grid_unit, "insert"),
        (tables.grid_unit, "update"),
        (tables.grid_unit, "delete"),
        (tables.grid_staff, "update"),
        (tables.grid_staff, "delete"),
    ],
)
def test_a_frozen_version_cannot_be_changed_in_the_database(
    district: SmallDistrict, table: sa.Table, verb: str
) -> None:
    with district.store.transaction(district.adcode) as tx:
        version = version_in_force(tx)
        here = sa.and_(table.c.adcode == tx.adcode, table.c.plan_version_id == version)
        row = dict(tx.execute(sa.select(table).where(here)).mappings().first() or {})
    statements: dict[str, sa.Executable] = {
        "insert": table.insert().values({**row, "unit_row": 10_000} if "unit_row" in row else row),
        "update": table.update().where(here).values({list(row)[-1]: list(row.values())[-1]}),
        "delete": table.delete().where(here),
    }
    with pytest.raises(IntegrityError, match="frozen version"), district.store.transaction(district.adcode) as tx:
        tx.execute(statements[verb])


def test_a_publication_leaves_the_owners_packed_as_their_rows_stand(district: SmallDistrict) -> None:
    now = district.clock.now()
    with district.store.transaction(district.adcode) as tx:
        packed = owner_packs.find(tx, now)
        assert packed is not None
        assert in_order(packed[0]) == in_order(ownership.packed_owners_at(tx, now))
        assert len(packed[0]) == 3 * 48
        assert owner_packs.find(tx, packed[1] - timedelta(microseconds=1)) is None


@pytest.mark.parametrize("change", ["end", "hand over"])
def test_a_pack_is_not_read_once_a_row_has_changed(district: SmallDistrict, change: str) -> None:
    now = district.clock.now()
    with undone(district) as tx:
        owned = ownership.owners_at(tx, now)
        shop = RetailerId(next(iter(owned))[0])
        if change == "end":
            ownership.end_rows(tx, [(shop, Layer.MARKETING)], now)
            assert owner_packs.find(tx, now) is None
        else:
            key = uuid_keys([shop])
            whose = owned[shop, Layer.MARKETING]
            new = Handover(
                layer=Layer.MARKETING, ended=key, opened=key, staff_ids=uuid_keys([whose.staff_id]),
                grid_ids=uuid_keys([None]), sources=np.array([2]),
            )  # fmt: skip
            hand_over(tx, [new], now, 9, ownership.held_owners_at(tx, now))
            packed = owner_packs.find(tx, now)
            assert packed is not None
            assert in_order(packed[0]) == in_order(ownership.packed_owners_at(tx, now))
        held = ownership.held_owners_at(tx, now)
        assert in_order(held.rows) == in_order(ownership.packed_owners_at(tx, now))
    with district.store.transaction(district.adcode) as tx:
        assert owner_packs.find(tx, now) is not None


def test_handing_nothing_over_is_fine(district: SmallDistrict) -> None:
    now = district.clock.now()
    with district.store.transaction(district.adcode) as tx:
        before = ownership.owners_at(tx, now)
        hand_over(tx, [], now, 9, ownership.held_owners_at(tx, now))
        assert ownership.owners_at(tx, now) == before
        assert owner_packs.find(tx, now) is not None


def _touch(table: sa.Table) -> Callable[[Transaction], object]:
    column = next(c for c in table.c if c.name == "name")
    return lambda tx: tx.execute(table.update().where(table.c.adcode == tx.adcode).values({column: column}))


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("retailers", _touch(tables.retailer)),
        ("staff", _touch(tables.staff)),
        ("staff", _touch(tables.org_unit)),
        ("owners", lambda tx: ownership.end_rows(tx, [(NOBODY, Layer.MARKETING)], MONDAY_NOON)),
    ],
)
def test_every_change_is_counted_for_its_part_alone_when_it_commits(
    district: SmallDistrict, part: str, change: Callable[[Transaction], object]
) -> None:
    def counts() -> PartCounts:
        with district.store.transaction(district.adcode) as tx:
            return look_up_parts.counts(tx)

    before = counts()
    with undone(district) as tx:
        change(tx)
    assert counts() == before
    with district.store.transaction(district.adcode) as one, district.store.transaction(district.adcode) as two:
        # two writers at once wait for each other at no counter
        change(one)
        assert look_up_parts.counts(two) == before
    after = counts()
    assert getattr(after, part) > getattr(before, part)
    others = {name: getattr(after, name) for name in ("retailers", "staff", "owners") if name != part}
    assert others == {name: getattr(before, name) for name in others}
