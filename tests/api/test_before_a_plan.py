"""A district that was created, and nothing more: what the API answers before the first generation."""

from __future__ import annotations

from contextlib import closing

import httpx

from api.app import create_app
from gridsvc.clock import FixedClock
from gridsvc.cluster import RunningDatabase
from gridsvc.domain.permissions import AccountRole
from gridsvc.settings import Settings
from gridsvc.storage import Store
from gridsvc.usecases.create_key import create_key
from gridsvc.wiring import Service
from tests.api.conftest import MONDAY, PATIENCE_S, serving
from tests.fakes.seeded_district import ADCODE, LAT, LON, seed_empty


def test_before_the_first_generation_the_tag_says_none(database: RunningDatabase) -> None:
    clock, store = FixedClock(MONDAY), Store(database.app_url)
    seed_empty(store, clock, rings=3)
    key = create_key(store, clock, adcode=ADCODE, actor="test", name="erp", role=AccountRole.SYSTEM)
    headers = {"Authorization": f"Bearer {key}"}
    with (
        closing(store),
        serving(create_app(Service(Settings(), clock, store, database))) as address,
        httpx.Client(base_url=address, headers=headers, timeout=PATIENCE_S) as client,
    ):
        answer = client.get(f"/v1/ownership?lat={LAT}&lon={LON}")
        layer = client.get("/v1/layers/inspection")
    assert answer.json()["generation"] is None
    assert answer.headers["etag"].startswith('W/"none.')
    assert layer.headers["etag"] == f'"none.{answer.json()["revision"]}"'
