"""What every response carries: a request id, the security headers, and a last answer when all else failed.

HEAD is answered here too, once for every address.
"""

from __future__ import annotations

import logging
import os
import re
import threading
from collections.abc import Iterable
from http import HTTPStatus
from time import perf_counter
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.deps import EXTRA_HEADERS
from api.errors import problem_of, problem_response
from api.metrics import Metrics

log = logging.getLogger("gridsvc.api")
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
Headers = list[tuple[bytes, bytes]]


def content_security_policy(tile_url: str | None) -> str:
    """Give the policy of the pages: nothing inline, nothing from another host but the configured basemap's images."""
    images = "img-src 'self' data:"
    if tile_url:
        parts = urlsplit(tile_url)
        host = parts.netloc.replace("{s}", "*")
        images += f" {parts.scheme}://{host}"
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            images,
            "connect-src 'self'",
            "font-src 'self'",
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    )


class HeadAsGet:
    """ASGI layer that answers HEAD as GET with the same headers and no body (RFC 9110, 9.3.2), for every address."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self._app({**scope, "method": "GET"}, receive, send_without_body)


def request_id_of(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Give the id of a request: the caller's where it is a plain word, so that a proxy's log tells the same story."""
    for name, value in headers:
        if name == b"x-request-id":
            return value if _REQUEST_ID.fullmatch(value) else os.urandom(16).hex().encode()
    return os.urandom(16).hex().encode()


class Dress:
    """The headers that every response carries besides its own, and the count of what was answered.

    While the process drains, every response closes its connection, so that a client's next request goes to another
    process.
    """

    def __init__(self, *, metrics: Metrics, draining: threading.Event, tile_url: str | None = None) -> None:
        self.metrics = metrics
        self._draining = draining
        always = {
            "Content-Security-Policy": content_security_policy(tile_url),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "strict-origin-when-cross-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "geolocation=(self), camera=(), microphone=()",
        }
        self.always: Headers = [(name.lower().encode(), value.encode()) for name, value in always.items()]

    @property
    def is_draining(self) -> bool:
        """Whether every response closes its connection now."""
        return self._draining.is_set()

    def closing(self, request_id: bytes) -> Headers:
        """Give the headers that differ from request to request."""
        if self._draining.is_set():
            return [(b"x-request-id", request_id), (b"connection", b"close")]
        return [(b"x-request-id", request_id)]


_TOO_LARGE = HTTPException(413, "the body is larger than this address takes")


def _is_limit(message: Message) -> bool:
    """Whether this is the framework's own refusal of a large body, in plain text."""
    headers = message.get("headers", ())
    return message["status"] == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and not any(
        name == b"content-type" and value == b"application/problem+json" for name, value in headers
    )


class Envelope:
    """ASGI layer around the whole application: it dresses every response, and answers when all else failed."""

    def __init__(self, app: ASGIApp, *, dress: Dress) -> None:
        self._app = app
        self._dress = dress

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = request_id_of(scope["headers"])
        scope["request_id"] = request_id.decode()
        has_started = is_cut = False
        began = perf_counter()

        async def send_enveloped(message: Message) -> None:
            nonlocal has_started, is_cut
            if is_cut:
                return
            if message["type"] == "http.response.start":
                if not has_started and _is_limit(message):
                    response = problem_response(Request(scope), problem_of(_TOO_LARGE))
                    await response(scope, receive, send_enveloped)
                    is_cut = True
                    return
                has_started = True
                headers = list(message.get("headers", ()))
                given = {name for name, _ in headers}
                headers += [entry for entry in self._dress.always if entry[0] not in given]
                headers += scope.get(EXTRA_HEADERS, ())
                headers += self._dress.closing(request_id)
                if message["status"] == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:  # what is still on its way is not read
                    headers.append((b"connection", b"close"))
                message = {**message, "headers": headers}
                template = getattr(scope.get("route"), "path", None) or "unknown"
                self._dress.metrics.count(scope["method"], template, message["status"], perf_counter() - began)
            await send(message)

        try:
            await self._app(scope, receive, send_enveloped)
        except Exception as error:
            problem = problem_of(error)
            if has_started or problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                log.exception("request %s failed", request_id.decode())
            if has_started:
                raise
            response = problem_response(Request(scope), problem)
            await response(scope, receive, send_enveloped)
