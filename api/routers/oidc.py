"""Sign in with the identity provider that is configured: there and back, with a code that only this browser can use."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Annotated, cast

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.deps import ServiceOf, begin_session
from gridsvc.domain.accounts import NotSignedIn
from gridsvc.domain.errors import NotFound
from gridsvc.usecases.identity_provider import IdentityProvider
from gridsvc.usecases.sign_in_by_identity import sign_in_by_identity

router = APIRouter(include_in_schema=False)
COOKIE = "gridsvc_oidc"
_MINUTES = 10


def provider_of(request: Request) -> IdentityProvider:
    """Give the provider; raises `NotFound` where none is configured."""
    provider = cast("IdentityProvider | None", request.app.state.identity_provider)
    if provider is None:
        raise NotFound("no identity provider is configured; sign in with a password")
    return provider


def _redirect(request: Request) -> str:
    return str(request.url_for("end_oidc"))


@router.get("/login/oidc")
def begin_oidc(request: Request, service: ServiceOf) -> Response:
    """Send the browser to the provider, and keep in it what the answer has to fit."""
    provider = provider_of(request)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    address = provider.sign_in_address(state=state, nonce=nonce, challenge=challenge, redirect=_redirect(request))
    response = RedirectResponse(address, 303)
    response.set_cookie(
        COOKIE,
        f"{state}.{nonce}.{verifier}",
        max_age=_MINUTES * 60,
        path="/login/oidc",
        secure=service.settings.cookie_secure,
        httponly=True,
        samesite="lax",
    )
    return response


@router.get("/login/oidc/callback", name="end_oidc")
def end_oidc(
    request: Request,
    service: ServiceOf,
    code: Annotated[str, Query(max_length=4096)] = "",
    state: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Take the code for a token, verify it, and begin a session for the account that is tied to the person."""
    provider = provider_of(request)
    kept = request.cookies.get(COOKIE, "").split(".")
    if len(kept) != 3 or not code or not hmac.compare_digest(kept[0].encode(), state.encode()):
        raise NotSignedIn("this sign-in was not begun in this browser, or too long ago; begin again")
    token = provider.exchange(code, verifier=kept[2], redirect=_redirect(request))
    known = provider.verify(token, service.clock.now(), nonce=kept[1])
    hours = service.settings.session_hours
    session = sign_in_by_identity(service.store, service.clock, known=known, session_hours=hours)
    response = RedirectResponse("/", 303)
    response.delete_cookie(COOKIE, path="/login/oidc")
    begin_session(response, service, session.token)
    return response
