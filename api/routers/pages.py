"""The pages, and signing in and out of them."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Form, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.attempts import SignInGuard
from api.deps import (
    SESSION_COOKIE,
    ServiceOf,
    begin_session,
    find_caller,
    is_from_other_site,
    known_callers,
    service_of,
)
from api.openapi import operations
from api.web.pages import page
from api.web.visits import app_page, local_path, visit_of
from api.web.words import LANGUAGE_COOKIE, LANGUAGES
from gridsvc.domain.accounts import NotSignedIn, TooManyAttempts
from gridsvc.domain.errors import NotPermitted
from gridsvc.domain.permissions import Action
from gridsvc.usecases.check_database import check_database
from gridsvc.usecases.secrets_and_hashes import token_hash
from gridsvc.usecases.sign_in import sign_in
from gridsvc.usecases.sign_out import sign_out

router = APIRouter(include_in_schema=False)
_FORM_BYTES = 16_384
_YEAR_S = 31_536_000


@router.get("/")
async def home(request: Request) -> Response:
    """Show the map, or the sign-in form to whoever is not signed in."""
    service = service_of(request)
    try:
        await find_caller(request)
    except NotSignedIn:
        n_districts = await run_in_threadpool(check_database, service.store)
        return sign_in_page(request, is_preparing=n_districts == 0)
    visit = await visit_of(request, Action.GRIDS_READ)
    return app_page(request, visit, "map.html", active="map", areas=("map",))


@router.get("/login")
def show_sign_in(request: Request, service: ServiceOf, to: Annotated[str, Query(max_length=2000)] = "/") -> Response:
    """Show the sign-in form; before there is a district nobody has an account yet, and the page says so."""
    return sign_in_page(request, is_preparing=check_database(service.store) == 0, to=local_path(to))


def sign_in_page(
    request: Request,
    *,
    status: int = 200,
    fault: str | None = None,
    wait_s: int = 0,
    user_name: str = "",
    is_preparing: bool = False,
    to: str = "/",
) -> Response:
    """Render the form, with the fault of the last attempt; `to` is the page that was asked for."""
    headers = {"Retry-After": str(wait_s)} if wait_s else None
    return page(
        request,
        "login.html",
        status=status,
        headers=headers,
        fault=fault,
        wait_s=wait_s,
        user_name=user_name,
        is_preparing=is_preparing,
        to=to,
        has_provider=request.app.state.identity_provider is not None,
    )


@router.post("/login", max_body_size=_FORM_BYTES)
def do_sign_in(
    request: Request,
    service: ServiceOf,
    user_name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    to: Annotated[str, Form()] = "/",
) -> Response:
    """Check the password, begin a session, and go to the page that was asked for."""
    if is_from_other_site(request):
        raise NotPermitted("a page of another site sent this form; nothing was done")
    guard = cast(SignInGuard, request.app.state.sign_in_guard)
    to = local_path(to)
    address = request.client.host if request.client else ""
    now = service.clock.now()
    try:
        guard.check(user_name, address, now)
        hours = service.settings.session_hours
        session = sign_in(service.store, service.clock, user_name=user_name, password=password, session_hours=hours)
    except TooManyAttempts as error:
        return sign_in_page(request, status=429, fault="fault_wait", wait_s=error.wait_s, user_name=user_name, to=to)
    except NotSignedIn:
        guard.fail(user_name, address, now)
        return sign_in_page(request, status=401, fault="fault_password", user_name=user_name, to=to)
    guard.succeed(user_name)
    response = RedirectResponse(to, 303)
    begin_session(response, service, session.token)
    return response


@router.post("/logout")
def do_sign_out(request: Request, service: ServiceOf) -> Response:
    """End the session and forget its cookie."""
    if is_from_other_site(request):
        raise NotPermitted("a page of another site asked for this in your name; nothing was done")
    token = request.cookies.get(SESSION_COOKIE)
    if token:
        sign_out(service.store, token=token)
        known_callers(request).forget(token_hash("session " + token))
    response = RedirectResponse("/login", 303)
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


@router.get("/language")
def choose_language(
    request: Request,
    to: Annotated[str, Query(pattern=f"^({'|'.join(LANGUAGES)})$")],
    back: Annotated[str, Query(max_length=2000)] = "/",
) -> Response:
    """Remember the language and show the page again in it."""
    response = RedirectResponse(local_path(back), 303)
    response.set_cookie(LANGUAGE_COOKIE, to, max_age=_YEAR_S, path="/", httponly=True, samesite="lax")
    return response


@router.get("/docs")
def show_api(request: Request) -> Response:
    """Show the description of the API, from the same document that machines read."""
    listed = operations(request.app)
    return page(request, "docs.html", operations=listed, description=request.app.description)
