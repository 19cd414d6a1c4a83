"""What every route under /v1 passes: who is calling, and whether the role permits the action."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import Annotated, cast
from urllib.parse import urlsplit

from fastapi import Depends
from fastapi.dependencies.models import Dependant
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.limits import RateLimiter
from gridsvc.domain.accounts import Caller, NotSignedIn
from gridsvc.domain.errors import BadInput, NotPermitted, Unavailable
from gridsvc.domain.permissions import Action, Reach, Scope
from gridsvc.usecases.identify_caller import identify_caller
from gridsvc.usecases.narrow_reach import narrow_reach
from gridsvc.usecases.secrets_and_hashes import token_hash
from gridsvc.wiring import Service

SESSION_COOKIE = "gridsvc_session"
EXTRA_HEADERS = "gridsvc.headers"  # of the scope: what the envelope adds to the response
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# A key that is revoked, or a session that is ended elsewhere, is still answered for so long by this process.
REMEMBERED_S = 5.0
TRUSTED_S = 24 * 3600.0
ONE_VALUE = ("Idempotency-Key", "Content-Type")
_MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A permitted action: who, in which role and district, how far."""

    caller: Caller
    action: Action
    scope: Scope

    @property
    def reach(self) -> Reach:
        """How far the action goes: what use-cases that touch people's records ask for."""
        return self.caller.reach(self.action)


class KnownCallers:
    """Remembers callers by the hash of their secret, so that a busy system is not looked up on every request.

    While the database does not answer, whoever was known within the last `TRUSTED_S` may go on reading.
    """

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[Caller, float]] = {}

    def find(self, key: bytes) -> Caller | None:
        """Give a caller that was identified within the last `REMEMBERED_S`."""
        found = self._known.get(key)
        return found[0] if found is not None and found[1] > time.monotonic() else None

    def find_trusted(self, key: bytes) -> Caller | None:
        """Give a caller that was identified within the last `TRUSTED_S`, for when nobody can be identified."""
        found = self._known.get(key)
        return found[0] if found is not None and found[1] + TRUSTED_S > time.monotonic() else None

    def remember(self, key: bytes, caller: Caller) -> None:
        """Remember a caller; when too many are known, all are forgotten."""
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()
        self._known[key] = (caller, time.monotonic() + REMEMBERED_S)

    def forget(self, key: bytes) -> None:
        """Forget a caller who signed out."""
        self._known.pop(key, None)


def service_of(request: Request) -> Service:
    """Give the service that the application was made for."""
    return cast(Service, request.app.state.service)


def begin_session(response: Response, service: Service, token: str) -> None:
    """Let a browser keep the secret of its session, out of reach of scripts and of other sites' requests."""
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=service.settings.session_hours * 3600,
        path="/",
        secure=service.settings.cookie_secure,
        httponly=True,
        samesite="lax",
    )


def known_callers(request: Request) -> KnownCallers:
    """Give the application's memory of callers."""
    return cast(KnownCallers, request.app.state.known_callers)


def is_from_other_site(request: Request) -> bool:
    """Whether a browser says that another site's page made this request (Fetch Metadata, else Origin).

    A client that is no browser sends neither and is not the victim of a forged request.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")


async def find_caller(request: Request) -> Caller:
    """Give who is calling, by `Authorization: Bearer` or else by the session cookie; raises `NotSignedIn`."""
    if len(request.headers.getlist("authorization")) > 1:  # a proxy and we may each read another one
        raise NotSignedIn("send one Authorization header")
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme and (scheme.lower() != "bearer" or not key.strip()):
        raise NotSignedIn("send `Authorization: Bearer` followed by a key")
    secret = key.strip() or request.cookies.get(SESSION_COOKIE)
    if not secret:
        raise NotSignedIn
    if not key and request.method not in SAFE_METHODS and is_from_other_site(request):
        raise NotPermitted("a page of another site asked for this in your name; nothing was done")
    digest = token_hash(("key " if key else "session ") + secret)
    service = service_of(request)
    caller = known_callers(request).find(digest)
    if caller is None:
        caller = await _identify(request, digest, {"api_key" if key else "session_token": secret})
    if caller.valid_until is not None and caller.valid_until <= service.clock.now():
        raise NotSignedIn("the session or key has ended; sign in again")
    return caller


async def _identify(request: Request, digest: bytes, secret: dict[str, str]) -> Caller:
    service = service_of(request)
    try:
        provider = request.app.state.identity_provider
        caller = await run_in_threadpool(identify_caller, service.store, service.clock, provider=provider, **secret)
    except NotSignedIn:
        known_callers(request).forget(digest)
        raise
    except Unavailable:
        trusted = known_callers(request).find_trusted(digest)
        if trusted is None or request.method not in SAFE_METHODS:
            raise
        return trusted
    known_callers(request).remember(digest, caller)
    return caller


class Require:
    """The dependency that lets a route's handler run: it names the action, and tests find it by its class."""

    def __init__(self, action: Action) -> None:
        self.action = action

    async def __call__(self, request: Request) -> Grant:
        caller = await find_caller(request)
        limiter = cast(RateLimiter, request.app.state.rate_limiter)
        request.scope[EXTRA_HEADERS] = limiter.take(limit_key(caller))
        scope = caller.permitted(self.action)
        narrow_reach(caller.reach(self.action))
        _refuse_doubtful_parameters(request)
        return Grant(caller=caller, action=self.action, scope=scope)


def limit_key(caller: Caller) -> bytes:
    """Give what the rate limit counts by: the key or account, whatever secrets it uses."""
    return f"{caller.adcode} {caller.kind} {caller.name}".encode()


def require(action: Action) -> Require:
    """Give the dependency that lets only callers through whose role permits `action`."""
    return Require(action)


def _query_names(dependant: Dependant) -> set[str]:
    names = {field.alias for field in dependant.query_params}
    return names.union(*(_query_names(inner) for inner in dependant.dependencies))


def _refuse_doubtful_parameters(request: Request) -> None:
    """Raise `BadInput` for a misspelt or repeated parameter.

    An ignored `csr=gcj02`, or the last of two values of `lat`, would name the neighbour as the owner.
    """
    known = _query_names(request.scope["route"].dependant)
    listed = ", ".join(sorted(known)) or "none"
    counts = Counter(name for name, _ in request.query_params.multi_items())
    unknown = tuple(f"query.{name}: unknown; known are {listed}" for name in sorted(counts.keys() - known))
    repeated = tuple(
        f"query.{name}: given {n} times; give it once" for name, n in sorted(counts.items()) if name in known and n > 1
    )
    repeated += tuple(
        f"header.{name}: given more than once" for name in ONE_VALUE if len(request.headers.getlist(name)) > 1
    )
    if unknown or repeated:
        words = [words for found, words in ((unknown, "does not know"), (repeated, "takes once only")) if found]
        raise BadInput(
            f"the request has parameters that this address {' or '.join(words)}", violations=unknown + repeated
        )


ServiceOf = Annotated[Service, Depends(service_of)]
