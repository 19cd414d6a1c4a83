"""Keys are shown once, limited, rotated and taken away; accounts are closed; the record tells all of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from gridsvc.domain.permissions import AccountRole
from tests.api.conftest import PATIENCE_S, Served


@pytest.fixture(scope="module")
def admin(served: Served) -> Iterator[httpx.Client]:
    with served.as_key(AccountRole.ADMIN) as client:
        yield client


def ask(served: Served, key: str, path: str) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.get(f"{served.address}{path}", headers=headers, timeout=PATIENCE_S).status_code


def forget_callers(served: Served) -> None:
    """Let the seconds pass for which a process answers a caller that it knows."""
    served.app.state.known_callers._known.clear()


def test_a_key_is_limited_to_its_scopes_and_never_shown_again(admin: httpx.Client, served: Served) -> None:
    made = admin.post("/v1/keys", json={"name": "erp", "role": "system", "scopes": ["ownership:read"], "days": 30})
    assert made.status_code == 201, made.text
    key = made.json()["key"]
    assert ask(served, key, "/v1/ownership?retailer_code=R00001") == 200
    assert ask(served, key, "/v1/grids?layer=inspection") == 403
    other = admin.post("/v1/keys", json={"name": "map", "role": "system", "scopes": ["grids:read"]}).json()["key"]
    assert [
        ask(served, other, f"/v1/{path}")
        for path in ("grids?layer=inspection", "ownership?retailer_code=R00001", "ownership?retailer_code=R00001")
    ] == [200, 403, 403]
    listed = admin.get("/v1/keys")
    mine = next(item for item in listed.json()["items"] if item["name"] == "erp")
    assert mine["scopes"] == ["ownership:read"]
    assert key not in listed.text
    for wrong in ({"scopes": ["plans:write"]}, {"scopes": []}, {"scopes": ["all"]}, {"role": "market_inspector"}):
        assert admin.post("/v1/keys", json={"name": "x", "role": "system"} | wrong).status_code == 422


def test_a_rotated_key_has_a_grace_and_a_revoked_one_has_none(admin: httpx.Client, served: Served) -> None:
    old = admin.post("/v1/keys", json={"name": "crm", "role": "hotline", "scopes": ["ownership:read"]}).json()["key"]
    old_id = next(item["api_key_id"] for item in admin.get("/v1/keys").json()["items"] if item["name"] == "crm")
    new = admin.post(f"/v1/keys/{old_id}:rotate", json={"grace_hours": 1})
    assert new.status_code == 201, new.text
    place = "/v1/ownership?retailer_code=R00002"
    assert [ask(served, key, place) for key in (old, new.json()["key"])] == [200, 200]
    assert ask(served, new.json()["key"], "/v1/grids?layer=inspection") == 403  # the scopes are those of the old one
    forget_callers(served)
    served.clock.instant += timedelta(hours=2)
    assert [ask(served, key, place) for key in (old, new.json()["key"])] == [401, 200]
    assert admin.post(f"/v1/keys/{old_id}:rotate").status_code == 409
    mine = [item["api_key_id"] for item in admin.get("/v1/keys").json()["items"] if item["name"] == "crm"]
    (new_id,) = set(mine) - {old_id}
    assert admin.post(f"/v1/keys/{new_id}:revoke").json()["revoked_at"] is not None
    forget_callers(served)
    assert ask(served, new.json()["key"], place) == 401


def test_an_account_is_closed_with_its_sessions_and_opened_again(admin: httpx.Client, served: Served) -> None:
    made = admin.post("/v1/accounts", json={"user_name": "li.wei", "role": "planner"})
    assert made.status_code == 201, made.text
    password = made.json()["password"]
    form = {"user_name": "li.wei", "password": password}
    signed_in = httpx.post(f"{served.address}/login", data=form, timeout=PATIENCE_S)
    assert signed_in.status_code == 303
    assert admin.post("/v1/accounts", json={"user_name": "li.wei", "role": "planner"}).status_code == 409
    assert admin.post("/v1/accounts/li.wei:close").json()["disabled_at"] is not None
    with httpx.Client(base_url=served.address, cookies=signed_in.cookies, timeout=PATIENCE_S) as person:
        assert person.get("/v1/plans").status_code == 401
    assert httpx.post(f"{served.address}/login", data=form, timeout=PATIENCE_S).status_code != 303
    assert admin.post("/v1/accounts/li.wei:open").json()["disabled_at"] is None
    assert httpx.post(f"{served.address}/login", data=form, timeout=PATIENCE_S).status_code == 303
    assert "password" not in admin.get("/v1/accounts").text
    assert admin.post("/v1/accounts/nobody:close").status_code == 404


def test_the_record_tells_of_all_this_and_holds(admin: httpx.Client) -> None:
    rows = []
    after = "0"
    while after is not None:
        page = admin.get("/v1/audit", params={"after": after, "limit": 7}).json()
        rows += page["items"]
        after = page["next"]
    assert [row["audit_no"] for row in rows] == list(range(1, len(rows) + 1))
    assert {"create_key", "rotate_key", "revoke_key", "close_account"} <= {row["action"] for row in rows}
    assert admin.get("/v1/audit:verify").json() == {"holds": True, "first_broken": None}


@pytest.mark.parametrize("role", [AccountRole.PLANNER, AccountRole.APPROVER, AccountRole.SYSTEM, AccountRole.HOTLINE])
def test_only_administrators_see_keys_accounts_and_the_record(served: Served, role: AccountRole) -> None:
    with served.as_key(role) as client:
        assert {client.get(f"/v1/{path}").status_code for path in ("keys", "accounts", "audit", "audit:verify")} == {
            403
        }
