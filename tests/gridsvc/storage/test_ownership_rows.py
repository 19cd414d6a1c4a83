"""What an ownership row points to exists: refused otherwise, and kept from being removed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from gridsvc.clock import FixedClock
from gridsvc.cluster import RunningDatabase
from gridsvc.domain.ids import RetailerId, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.domain.ownership import OwnershipSource
from gridsvc.storage import Store, Transaction, ownership, tables
from gridsvc.storage.ownership import Handover, NewOwnership, hand_over, uuid_keys
from tests.fakes.seeded_district import ADCODE, Seeded, seed

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
NOBODY = "018f0000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def known(database: RunningDatabase) -> Iterator[tuple[Store, Seeded]]:
    store = Store(database.app_url)
    yield store, seed(store, FixedClock(NOW), rings=2, n_shops=12)
    store.close()


@pytest.mark.parametrize("wrong", ["retailer_id", "staff_id", "grid_id"])
def test_a_row_that_points_to_nothing_is_refused(known: tuple[Store, Seeded], wrong: str) -> None:
    store, _ = known
    with store.transaction(ADCODE) as tx:
        shop, owner = next(iter(ownership.owners_at(tx, NOW).items()))
    row: dict[str, Any] = {"retailer_id": shop[0], "staff_id": owner.staff_id, "grid_id": owner.grid_id}
    new = NewOwnership(
        layer=shop[1], valid_from=NOW, generation=2, source=OwnershipSource.PLAN, **(row | {wrong: NOBODY})
    )
    with pytest.raises(IntegrityError, match="does not exist"), store.transaction(ADCODE) as tx:
        _replace(tx, shop, new)


def _replace(tx: Transaction, shop: tuple[RetailerId, Layer], new: NewOwnership) -> None:
    ownership.end_rows(tx, [shop], NOW)
    ownership.insert_rows(tx, [new])


@pytest.mark.parametrize("table", [tables.retailer, tables.staff, tables.grid])
def test_what_owns_or_is_owned_cannot_be_removed(known: tuple[Store, Seeded], table: sa.Table) -> None:
    store, _ = known
    with pytest.raises(IntegrityError), store.transaction(ADCODE) as tx:
        tx.execute(table.delete().where(table.c.adcode == ADCODE))


def test_a_handover_ends_and_opens_exactly_the_named_rows(known: tuple[Store, Seeded]) -> None:
    store, seeded = known
    layer, other = Layer.MARKETING, Layer.DELIVERY
    first, second, third = seeded.retailer_ids[:3]
    staff, driver = (StaffId(seeded.staff[of][1].staff_id) for of in (layer, other))
    plan, exception = (tuple(OwnershipSource).index(one) for one in (OwnershipSource.PLAN, OwnershipSource.EXCEPTION))
    with store.transaction(ADCODE) as tx:
        before = ownership.owners_at(tx, NOW)
        changes = [
            Handover(
                layer=layer, ended=uuid_keys([first, second]), opened=uuid_keys([first]), staff_ids=uuid_keys([staff]),
                grid_ids=uuid_keys([None]), sources=np.array([exception]),
            ),
            Handover(
                layer=other, ended=uuid_keys([third]), opened=uuid_keys([third]), staff_ids=uuid_keys([driver]),
                grid_ids=uuid_keys([before[RetailerId(third), other].grid_id]), sources=np.array([plan]),
            ),
        ]  # fmt: skip
        hand_over(tx, changes, NOW, 2, ownership.held_owners_at(tx, NOW))
        after = ownership.owners_at(tx, NOW)
    owner = after[RetailerId(first), layer]
    assert (owner.staff_id, owner.grid_id, owner.source, owner.valid_from) == (
        staff, None, OwnershipSource.EXCEPTION, NOW,
    )  # fmt: skip
    assert (after[RetailerId(third), other].staff_id, after[RetailerId(third), other].source) == (driver, "plan")
    assert (RetailerId(second), layer) not in after
    changed = {(RetailerId(first), layer), (RetailerId(second), layer), (RetailerId(third), other)}
    assert {key: value for key, value in after.items() if key not in changed} == {
        key: value for key, value in before.items() if key not in changed
    }
    assert (RetailerId(third), layer) in after
