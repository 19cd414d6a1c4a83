"""Every error, once: what happened inside becomes a status and an RFC 9457 problem document.

A person who asked for a page gets the same words as a page.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.web.pages import error_page
from gridsvc.domain.accounts import NotSignedIn, TooManyAttempts, TooManyRequests
from gridsvc.domain.drafts import VersionMissing, VersionUnknown
from gridsvc.domain.errors import (
    BadInput,
    Conflict,
    GridsvcError,
    NotFound,
    NotPermitted,
    RuleBroken,
    Unavailable,
)

log = logging.getLogger("gridsvc.api")

# the most specific class wins; a subclass that is not named has its parent's status
STATUS_OF: dict[type[GridsvcError], int] = {
    NotSignedIn: 401,
    TooManyAttempts: 429,
    TooManyRequests: 429,
    NotPermitted: 403,
    NotFound: 404,
    Conflict: 409,
    VersionUnknown: 412,
    VersionMissing: 428,
    RuleBroken: 422,
    BadInput: 422,
    Unavailable: 503,
    GridsvcError: 500,
}
PROBLEM_TYPE = "urn:gridsvc:problem:"
_CODE_OF_STATUS = {
    400: "unreadable",
    401: "not_signed_in",
    403: "not_permitted",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    412: "version_unknown",
    413: "too_large",
    422: "unprocessable",
    428: "version_missing",
    429: "too_many_attempts",
    500: "internal",
    503: "unavailable",
}
_CODE_OF_ERROR: dict[type[GridsvcError], str] = {TooManyRequests: "rate_limited"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What goes out when a request fails."""

    status: int
    detail: str
    violations: Sequence[str] = ()
    headers: dict[str, str] | None = None
    members: Mapping[str, Any] = field(default_factory=dict)
    named: str | None = None

    @property
    def code(self) -> str:
        """The stable, machine-readable name of the problem."""
        return self.named or _CODE_OF_STATUS.get(self.status, f"http_{self.status}")

    @property
    def title(self) -> str:
        """The status in words."""
        return HTTPStatus(self.status).phrase


def status_of(error: GridsvcError) -> int:
    """Give the status of an error: that of its nearest named class."""
    return next(STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF)


def problem_of(error: Exception) -> Problem:
    """Translate any exception; one that nobody foresaw says nothing of the inside."""
    if isinstance(error, GridsvcError):
        status = status_of(error)
        headers = {"WWW-Authenticate": 'Bearer realm="gridsvc"'} if status == HTTPStatus.UNAUTHORIZED else None
        if isinstance(error, TooManyAttempts):
            headers = {"Retry-After": str(error.wait_s)}
        if isinstance(error, TooManyRequests):
            told = {name.decode(): value.decode() for name, value in error.headers}
            headers = {"Retry-After": str(error.wait_s), **told}
        if isinstance(error, Unavailable):
            headers = {"Retry-After": "2"}
        named = _CODE_OF_ERROR.get(type(error))
        return Problem(
            status=status,
            detail=error.detail,
            violations=error.violations,
            headers=headers,
            members=error.members,
            named=named,
        )
    if isinstance(error, RequestValidationError):
        return Problem(
            status=422, detail="the request cannot be used as it stands", violations=_violations(error.errors())
        )
    if isinstance(error, HTTPException):
        return Problem(status=error.status_code, detail=str(error.detail), headers=dict(error.headers or {}))
    if isinstance(error, OverflowError):  # a day after the last one, a number beyond any
        return Problem(status=422, detail="a day, instant or number in the request is out of range")
    return Problem(status=500, detail="the service failed on this request; its log tells why, under this request id")


def _violations(found: Sequence[Any]) -> tuple[str, ...]:
    return tuple(f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in found)


def problem_response(request: Request, problem: Problem) -> Response:
    """Render a problem: a page for a person who asked for a page, problem+json for everybody else.

    A person who is not signed in is led to the sign-in form, and from there to the page.
    """
    request_id = str(request.scope.get("request_id", ""))
    if _wants_page(request):
        if problem.status == HTTPStatus.UNAUTHORIZED and request.method == "GET":
            asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"/login?to={quote(asked, safe='')}", HTTPStatus.SEE_OTHER)
        return error_page(request, problem.status, problem.title, problem.detail, request_id, problem.headers)
    body = {
        "type": PROBLEM_TYPE + problem.code,
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        "violations": list(problem.violations),
        "instance": request.url.path,
        "request_id": request_id,
        **problem.members,
    }
    headers = {"Cache-Control": "no-store", **(problem.headers or {})}
    return Response(orjson.dumps(body), problem.status, headers, "application/problem+json")


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/v1/")


def install(app: FastAPI) -> None:
    """Translate every exception that a route, a dependency or the router itself raises."""

    async def translate(request: Request, error: Exception) -> Response:
        problem = problem_of(error)
        if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            log.error("request %s failed", request.scope.get("request_id"), exc_info=error)
        return problem_response(request, problem)

    for kind in (GridsvcError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, translate)
