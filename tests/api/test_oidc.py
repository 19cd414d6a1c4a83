"""People sign in with an identity provider on the loopback; systems bring its tokens; forged ones bring nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from gridsvc.domain.permissions import AccountRole
from gridsvc.usecases.close_account import close_account
from gridsvc.usecases.create_account import create_account
from gridsvc.usecases.identity_provider import IdentityProvider
from gridsvc.usecases.link_account import link_account
from tests.api.conftest import PATIENCE_S, Served


class Provider:
    """A small identity provider: discovery, keys, codes and tokens."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.codes: dict[str, dict[str, str]] = {}
        self.n_asked: dict[str, int] = {}
        self.subject = "p-17"
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                """Say nothing."""

            def do_GET(self) -> None:
                asked = urlsplit(self.path)
                provider.n_asked[asked.path] = provider.n_asked.get(asked.path, 0) + 1
                if asked.path == "/authorize":
                    given = {name: values[0] for name, values in parse_qs(asked.query).items()}
                    code = f"code-{len(provider.codes)}"
                    provider.codes[code] = given
                    self.send_response(302)
                    back = urlencode({"code": code, "state": given["state"]})
                    self.send_header("Location", f"{given['redirect_uri']}?{back}")
                    self.end_headers()
                    return
                self.give(200, provider.document(asked.path))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                given = provider.codes.pop(form.get("code", ""), None)
                digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
                fits = given and base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == given["code_challenge"]
                if not given or not fits or form.get("client_secret") != "s3cret":
                    self.give(400, {"error": "invalid_grant"})
                    return
                self.give(200, {"id_token": provider.token(nonce=given["nonce"])})

            def give(self, status: int, document: dict[str, Any]) -> None:
                data = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def document(self, path: str) -> dict[str, Any]:
        if path == "/keys":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            return {"keys": [public | {"kid": "1", "use": "sig", "alg": "RS256"}]}
        return {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys", "token_endpoint": f"{self.issuer}/token",
                "authorization_endpoint": f"{self.issuer}/authorize"}  # fmt: skip

    def token(self, key: Any = None, *, algorithm: str = "RS256", **claims: Any) -> str:
        stated = {"iss": self.issuer, "aud": "gridsvc", "sub": self.subject, "exp": self.expires} | claims
        headers = {"kid": "1"}
        return jwt.encode({k: v for k, v in stated.items() if v is not None}, key or self.key, algorithm, headers)

    expires = 0


@pytest.fixture(scope="module")
def provider(served: Served) -> Iterator[Provider]:
    made = Provider()
    made.expires = int((served.clock.instant + timedelta(hours=1)).timestamp())
    who: dict[str, Any] = {"adcode": served.seeded.adcode, "actor": "test"}
    store, clock = served.service.store, served.clock
    create_account(store, clock, **who, user_name="zhang.san", role=AccountRole.PLANNER)
    link_account(store, clock, **who, user_name="zhang.san", issuer=made.issuer, subject="p-17")
    served.app.state.identity_provider = IdentityProvider(made.issuer, client_id="gridsvc", client_secret="s3cret")
    yield made
    made.server.shutdown()
    made.server.server_close()
    served.app.state.identity_provider = None


def ask(served: Served, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{served.address}/v1/plans", headers=headers, timeout=PATIENCE_S).status_code


def test_a_person_goes_there_and_comes_back_signed_in(served: Served, provider: Provider) -> None:
    with httpx.Client(base_url=served.address, timeout=PATIENCE_S) as browser:
        away = browser.get("/login/oidc")
        assert away.status_code == 303
        back = httpx.get(away.headers["location"], timeout=PATIENCE_S).headers["location"]
        home = browser.get(back)
        assert (home.status_code, home.headers["location"]) == (303, "/")
        assert browser.get("/v1/plans").status_code == 200
        assert browser.get(back).status_code == 401  # a code is good for one sign-in
    with httpx.Client(base_url=served.address, timeout=PATIENCE_S) as stranger:
        fresh = httpx.get(away.headers["location"], timeout=PATIENCE_S).headers["location"]
        assert stranger.get(fresh).status_code == 401  # begun in another browser


def test_a_token_is_verified_once_and_believed_until_it_expires(served: Served, provider: Provider) -> None:
    token = provider.token()
    assert [ask(served, token) for _ in range(5)] == [200] * 5
    assert provider.n_asked["/keys"] <= 1
    begin = served.clock.instant
    served.clock.instant += timedelta(hours=2)
    assert ask(served, token) == 401
    served.clock.instant = begin


def test_forged_foreign_and_unknown_tokens_bring_nothing(served: Served, provider: Provider) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    shared = b"a secret that both sides would have to know"
    for token in (
        provider.token(other), provider.token(aud="other"), provider.token(iss="http://127.0.0.1:1"),
        provider.token(sub="nobody"), provider.token(exp=1), provider.token(exp=None),
        provider.token(shared, algorithm="HS256"), provider.token()[:-4] + "AAAA",
        jwt.encode({"iss": provider.issuer, "aud": "gridsvc", "sub": "p-17", "exp": provider.expires}, "", "none"),
        "a.b.c",
    ):  # fmt: skip
        assert ask(served, token) == 401


def test_a_closed_account_is_closed_for_its_tokens(served: Served, provider: Provider) -> None:
    token = provider.token(jti="2")
    assert ask(served, token) == 200
    who: dict[str, Any] = {"adcode": served.seeded.adcode, "actor": "test", "user_name": "zhang.san"}
    close_account(served.service.store, served.clock, **who)
    served.app.state.known_callers._known.clear()
    assert ask(served, token) == 401
    close_account(served.service.store, served.clock, **who, is_closed=False)


def test_without_a_provider_the_way_there_is_closed(served: Served) -> None:
    provider, served.app.state.identity_provider = served.app.state.identity_provider, None
    assert httpx.get(f"{served.address}/login/oidc", timeout=PATIENCE_S).status_code == 404
    served.app.state.identity_provider = provider
