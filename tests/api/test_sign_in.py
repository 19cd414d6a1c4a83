"""Signing in, keys, and what keeps others out."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
import sqlalchemy as sa

from api.deps import SESSION_COOKIE
from gridsvc.domain.errors import BadInput, Conflict
from gridsvc.domain.permissions import AccountRole
from gridsvc.storage import accounts, audit, tables
from gridsvc.usecases.create_account import create_account
from gridsvc.usecases.create_key import create_key
from gridsvc.usecases.revoke_key import revoke_key
from gridsvc.usecases.set_password import set_password
from tests.api.conftest import PASSWORD, PATIENCE_S, Served


def test_the_session_cookie_is_opaque_http_only_and_same_site(served: Served) -> None:
    with httpx.Client(timeout=PATIENCE_S, base_url=served.address) as client:
        answer = client.post("/login", data={"user_name": "admin", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "max-age=43200" in cookie
    token = answer.cookies[SESSION_COOKIE]
    with served.service.store.directory() as tx:
        stored = tx.execute(sa.select(tables.session.c.token_hash)).scalars().all()
    assert token.encode() not in stored
    assert all(len(bytes(hashed)) == 32 for hashed in stored)


def test_a_wrong_password_and_an_unknown_name_are_answered_alike(served: Served) -> None:
    with httpx.Client(timeout=PATIENCE_S, base_url=served.address) as client:
        wrong = client.post("/login", data={"user_name": "planner", "password": "no"})
        unknown = client.post("/login", data={"user_name": "planner", "password": "no"} | {"user_name": "nobody"})
        strange = client.post("/login", data={"user_name": "x\x00y' or 1=1", "password": "no"})
    assert wrong.status_code == unknown.status_code == strange.status_code == 401
    assert "用户名或密码不正确" in wrong.text
    assert wrong.text.replace("planner", "nobody") == unknown.text


def test_signing_in_leads_to_the_page_that_was_asked_for(served: Served) -> None:
    with httpx.Client(timeout=PATIENCE_S, base_url=served.address, headers={"Accept": "text/html"}) as client:
        form = client.get("/login", params={"to": "/plans?layer=marketing"})
        assert 'name="to" value="/plans?layer=marketing"' in form.text
        data = {"user_name": "admin", "password": PASSWORD, "to": "/plans?layer=marketing"}
        answer = client.post("/login", data=data)
        assert (answer.status_code, answer.headers["location"]) == (303, "/plans?layer=marketing")
        chosen = client.get("/language", params={"to": "en", "back": "/plans?layer=marketing"})
        assert chosen.headers["location"] == "/plans?layer=marketing"


@pytest.mark.parametrize(
    "to", ["https://evil.example/", "//evil.example/", "/\\evil.example", "evil", "/\t/evil.example", ""]
)
def test_nobody_is_led_to_another_site(served: Served, to: str) -> None:
    with httpx.Client(timeout=PATIENCE_S, base_url=served.address) as client:
        answer = client.post("/login", data={"user_name": "admin", "password": PASSWORD, "to": to})
        assert answer.headers["location"] == "/"
        assert client.get("/language", params={"to": "en", "back": to}).headers["location"] == "/"


def test_guessing_a_password_has_to_wait_longer_and_longer(served: Served) -> None:
    with httpx.Client(timeout=PATIENCE_S, base_url=served.address) as client:
        answers = [client.post("/login", data={"user_name": "approver", "password": "no"}) for _ in range(5)]
        assert [a.status_code for a in answers] == [401] * 5
        refused = client.post("/login", data={"user_name": "approver", "password": PASSWORD})
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
        served.clock.instant += timedelta(seconds=3)
        assert client.post("/login", data={"user_name": "approver", "password": PASSWORD}).status_code == 303


def test_a_session_ends_by_signing_out_by_time_and_by_a_new_password(served: Served) -> None:
    adcode = served.seeded.adcode
    with served.as_person("hotline") as client:
        assert client.get("/v1/districts").status_code == 200
        token = client.cookies[SESSION_COOKIE]
        assert client.post("/logout").headers["location"] == "/login"
        client.cookies.set(SESSION_COOKIE, token)
        assert client.get("/v1/districts").status_code == 401
    with served.as_person("hotline") as client:
        client.get("/v1/districts")
        begun = served.clock.instant
        served.clock.instant = begun + timedelta(hours=13)
        assert client.get("/v1/districts").status_code == 401
        served.clock.instant = begun
    store = served.service.store
    before = served.as_person("hotline")
    set_password(store, served.clock, adcode=adcode, actor="test", user_name="hotline", password=PASSWORD)
    with before:
        assert before.get("/v1/districts").status_code == 401


def test_a_page_of_another_site_can_do_nothing_in_a_persons_name(served: Served) -> None:
    with served.as_person("planner") as client:
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
            assert client.post("/logout", headers=headers).status_code == 403
            assert (
                client.post("/login", data={"user_name": "planner", "password": PASSWORD}, headers=headers).status_code
                == 403
            )
        assert client.get("/v1/districts").status_code == 200


def test_a_key_is_shown_once_expires_and_can_be_revoked(served: Served) -> None:
    store, clock, adcode = served.service.store, served.clock, served.seeded.adcode
    until = clock.now() + timedelta(days=1)
    key = create_key(store, clock, adcode=adcode, actor="test", name="erp", role=AccountRole.SYSTEM, expires_at=until)
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(timeout=PATIENCE_S, base_url=served.address, headers=headers) as client:
        assert client.get("/v1/districts").status_code == 200
        clock.instant += timedelta(days=2)
        assert client.get("/v1/districts").status_code == 401
        clock.instant -= timedelta(days=2)
    assert revoke_key(store, clock, adcode=adcode, actor="test", name="erp") == 1
    with store.directory() as tx:
        from gridsvc.usecases.secrets_and_hashes import token_hash

        assert accounts.caller_of_key(tx, token_hash(key), clock.now()) is None
        assert key not in str(tx.execute(sa.select(tables.api_key)).all())


@pytest.mark.parametrize("header", ["Bearer", "Basic YTpi", "Bearer not-a-key", "gsk_x"])
def test_a_strange_authorization_header_is_refused(served: Served, header: str) -> None:
    answer = httpx.get(f"{served.address}/v1/districts", timeout=PATIENCE_S, headers={"Authorization": header})
    assert answer.status_code == 401


def test_accounts_follow_the_rules(served: Served) -> None:
    store, clock, adcode = served.service.store, served.clock, served.seeded.adcode

    def add(user_name: str, role: AccountRole, password: str | None = None, staff_code: str | None = None) -> str:
        return create_account(
            store,
            clock,
            adcode=adcode,
            actor="test",
            user_name=user_name,
            role=role,
            password=password,
            staff_code=staff_code,
        )

    with pytest.raises(Conflict, match="taken"):
        add("admin", AccountRole.ADMIN)
    with pytest.raises(BadInput, match="10 to 1,024"):
        add("short", AccountRole.ADMIN, password="short")
    with pytest.raises(BadInput, match="lower-case"):
        add("Not Allowed", AccountRole.ADMIN)
    with pytest.raises(BadInput, match="name the staff_code"):
        add("inspector2", AccountRole.MARKET_INSPECTOR)
    with pytest.raises(BadInput, match="cannot be a market_inspector"):
        add("inspector2", AccountRole.MARKET_INSPECTOR, staff_code="M02")
    generated = add("second-admin", AccountRole.ADMIN)
    assert len(generated) >= 20
    with served.service.store.transaction(adcode) as tx:
        stored = accounts.find_account(tx, "second-admin")
        assert stored is not None
        assert stored.password_hash.startswith("$argon2id$")
        assert audit.first_broken(tx) is None
        actions = set(tx.execute(sa.select(tables.audit.c.action)).scalars())
    assert {"create_account", "sign_in"} <= actions
