"""What tests of use-cases share: a store on the module's database, and a clock that stands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from gridsvc.clock import FixedClock
from gridsvc.cluster import RunningDatabase
from gridsvc.storage import Store


@pytest.fixture(scope="module")
def store(database: RunningDatabase) -> Iterator[Store]:
    """The module's database as the application role sees it."""
    opened = Store(database.app_url, pool_size=2)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands at noon of a Monday in China."""
    return FixedClock(datetime(2026, 11, 23, 4, 0, tzinfo=UTC))
