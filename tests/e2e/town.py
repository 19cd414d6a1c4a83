"""A small town behind a real server, with people who can sign in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from api.app import create_app
from gridsvc.cluster import RunningDatabase
from gridsvc.domain.permissions import AccountRole
from gridsvc.settings import Settings
from gridsvc.usecases.create_account import FIELD_ROLES, create_account
from gridsvc.usecases.create_key import create_key
from gridsvc.wiring import Service
from tests.api.conftest import PASSWORD, Served, serving
from tests.fakes.seeded_district import Seeded
from tests.fakes.small_district import SmallDistrict


@contextmanager
def serving_town(
    town: SmallDistrict, database: RunningDatabase, roles: Mapping[AccountRole, str | None]
) -> Iterator[Served]:
    """Serve a town; each role gets an account under its own name, of the named member of staff where one is named."""
    keys = {}
    who: dict[str, Any] = {"adcode": town.adcode, "actor": "test"}
    for role, staff_code in roles.items():
        create_account(
            town.store, town.clock, **who, user_name=role.value, role=role, password=PASSWORD, staff_code=staff_code
        )
        if role not in FIELD_ROLES:
            keys[role] = create_key(town.store, town.clock, **who, name=role.value, role=role)
    service = Service(Settings(), town.clock, town.store, database)
    app = create_app(service, is_prepared=False)
    nothing: Any = None
    seeded = Seeded(
        adcode=town.adcode, unit_set_id=town.unit_set_id, plan_id=nothing, staff={}, retailer_ids=[],
        retailer_codes=[], lon=nothing, lat=nothing, published_at=town.clock.now(), day=town.clock.now().date(),
    )  # fmt: skip
    with serving(app) as address:
        yield Served(address, app, service, town.clock, seeded, keys)
