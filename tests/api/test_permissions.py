"""Every route of the OpenAPI document has an action, and keeps out whoever lacks it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import h3
import httpx
import pytest

from api.openapi import describe
from gridsvc.domain.ids import Adcode
from gridsvc.domain.permissions import PERMISSIONS, AccountRole, Action
from gridsvc.usecases.create_key import create_key
from tests.api.conftest import PATIENCE_S, Served
from tests.fakes.seeded_district import seed_empty

OPEN_TO_ANYONE = {"/healthz", "/readyz"}


@pytest.fixture(scope="module")
def clients(served: Served) -> Iterator[dict[AccountRole, httpx.Client]]:
    known = {role: served.as_role(role) for role in AccountRole}
    yield known
    for client in known.values():
        client.close()


def operations(served: Served) -> Iterator[tuple[str, str, str, Action]]:
    """Give method, path, a path that exists, and the action of every operation."""
    seeded = served.seeded
    values = {
        "retailer_id": seeded.retailer_ids[0],
        "grid_id": "none",
        "layer": "inspection",
        "unit_set_id": seeded.unit_set_id,
        "plan_id": seeded.plan_id,
        "user_name": "nobody",
        "job_id": seeded.plan_id,
        "visit_id": seeded.plan_id,
        "review_item_id": seeded.plan_id,
        "proposal_id": seeded.plan_id,
        "collaboration_id": seeded.plan_id,
        "notice_id": seeded.plan_id,
        "leave_cover_id": seeded.plan_id,
        "api_key_id": seeded.plan_id,
        "retailer_code": "R99999",
        "collection_id": "grids-inspection",
        "z": "12",
        "x": "3261",
        "y": "1735",
        "webhook_id": seeded.plan_id,
        "first": "0",
        "second": "1",
        "staff": "I01",
        "cell": h3.latlng_to_cell(seeded.lat[0], seeded.lon[0], 10),
        "day": seeded.day.isoformat(),
    }
    for path, methods in describe(served.app)["paths"].items():
        for method, operation in methods.items():
            if path not in OPEN_TO_ANYONE:
                yield (
                    method,
                    path,
                    path.format_map(defaultdict(lambda: seeded.plan_id, values)),
                    Action(operation["x-action"]),
                )


def test_every_documented_route_but_the_health_checks_names_its_action(served: Served) -> None:
    named = {path for _, path, _, _ in operations(served)}
    assert named == {path for path in describe(served.app)["paths"] if path not in OPEN_TO_ANYONE}
    assert len(named) >= 14


def test_nobody_gets_in_without_signing_in(served: Served) -> None:
    with httpx.Client(timeout=PATIENCE_S, base_url=served.address) as client:
        for method, _, path, _ in operations(served):
            answer = client.request(method, path)
            assert (path, answer.status_code) == (path, 401)
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("role", AccountRole)
def test_a_role_passes_exactly_the_routes_of_its_actions(
    served: Served, clients: dict[AccountRole, httpx.Client], role: AccountRole
) -> None:
    for method, _, path, action in operations(served):
        answer = clients[role].request(method, path)
        if action in PERMISSIONS[role]:
            assert answer.status_code in {200, 201, 202, 403, 404, 409, 422, 428}, path
            if answer.status_code == 403:  # of the action's scope, not of the action
                assert "own" in answer.json()["detail"]
        else:
            assert (path, answer.status_code) == (path, 403)
            assert str(action) in answer.json()["detail"]


def test_a_field_role_sees_its_own_days_only(clients: dict[AccountRole, httpx.Client], served: Served) -> None:
    day = served.seeded.day.isoformat()
    inspector = clients[AccountRole.MARKET_INSPECTOR]
    assert inspector.get(f"/v1/staff/I01/days/{day}").status_code == 200
    assert inspector.get(f"/v1/staff/I02/days/{day}").status_code == 403
    assert inspector.get(f"/v1/staff/M01/days?first={day}&last={day}").status_code == 403
    assert [member["staff_code"] for member in inspector.get("/v1/staff").json()["items"]] == ["I01"]
    assert len(clients[AccountRole.PLANNER].get("/v1/staff").json()["items"]) == 9


@pytest.mark.parametrize("staff", ["M01", "I02", "I99"])
@pytest.mark.parametrize("asked", ["days/2026-11-23", "days/2031-01-01", "days?first=2026-11-23&last=2031-01-01"])
def test_a_refusal_does_not_tell_who_exists_or_goes_out(
    clients: dict[AccountRole, httpx.Client], staff: str, asked: str
) -> None:
    answer = clients[AccountRole.MARKET_INSPECTOR].get(f"/v1/staff/{staff}/{asked}")
    assert (answer.status_code, answer.json()["detail"]) == (403, "your role sees its own days only")


def test_a_route_without_an_action_is_found_before_the_service_starts() -> None:
    from fastapi import APIRouter
    from fastapi.routing import APIRoute

    from api.openapi import action_of

    router = APIRouter()
    router.add_api_route("/v1/open", lambda: {"open": True})
    route = router.routes[0]
    assert isinstance(route, APIRoute)
    with pytest.raises(LookupError, match="requires no action"):
        action_of(route)


def test_elsewhere_nothing_of_this_district_is_seen_or_changed(served: Served) -> None:
    """An administrator of another district asks every route with this district's identifiers."""
    other = Adcode("520199")
    store, clock = served.service.store, served.clock
    seed_empty(store, clock, adcode=other, rings=1)
    key = create_key(store, clock, adcode=other, actor="test", name="elsewhere", role=AccountRole.ADMIN)
    seeded = served.seeded
    ids = {seeded.plan_id, seeded.unit_set_id, *seeded.retailer_ids}
    ids |= {member.staff_id for members in seeded.staff.values() for member in members}
    with served.as_key(AccountRole.ADMIN) as here:
        before = here.get(f"/v1/plans/{seeded.plan_id}").json()
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(timeout=PATIENCE_S, base_url=served.address, headers=headers) as client:
        for method, template, path, _ in operations(served):
            answer = client.request(method, path)
            assert answer.status_code < 500, path
            if answer.status_code < 300:
                assert not [known for known in ids if known in answer.text], path
            if "{plan_id}" in template:
                assert answer.status_code in {404, 422}, path
    with served.as_key(AccountRole.ADMIN) as here:
        assert here.get(f"/v1/plans/{seeded.plan_id}").json() == before


def test_every_action_has_a_row_and_is_asked_for_by_a_route(served: Served) -> None:
    asked = {action for _, _, _, action in operations(served)}
    permitted = {action for actions in PERMISSIONS.values() for action in actions}
    assert permitted == set(Action)
    assert set(AccountRole) == set(PERMISSIONS)
    assert asked == set(Action)
