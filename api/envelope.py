"""What every response carries: a request id, the security headers, and a last answer when all else failed.

HEAD is answered here too, once for every address.
"""

from __future__ import annotations

import logging
import re
import threading
import uuid
from time import perf_counter
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.deps import EXTRA_HEADERS
from api.errors import problem_of, problem_response
from api.metrics import Metrics

log = logging.getLogger("gridsvc.api")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


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


class Envelope:
    """ASGI layer around the whole application.

    While the process drains, every response closes its connection, so that a client's next request goes to another
    process. An incoming `X-Request-Id` is kept when it is a plain word, so that a proxy's log and ours tell the same
    story.
    """

    def __init__(
        self, app: ASGIApp, *, metrics: Metrics, draining: threading.Event, tile_url: str | None = None
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._draining = draining
        always = {
            "Content-Security-Policy": content_security_policy(tile_url),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "strict-origin-when-cross-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "geolocation=(self), camera=(), microphone=()",
        }
        self._headers = [(name.lower().encode(), value.encode()) for name, value in always.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"").decode("latin-1")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        scope["request_id"] = request_id
        has_started = False
        began = perf_counter()

        async def send_enveloped(message: Message) -> None:
            nonlocal has_started
            if message["type"] == "http.response.start":
                has_started = True
                headers = list(message.get("headers", ()))
                given = {name for name, _ in headers}
                headers += [entry for entry in self._headers if entry[0] not in given]
                headers.append((b"x-request-id", request_id.encode()))
                headers += scope.get(EXTRA_HEADERS, ())
                if self._draining.is_set():
                    headers.append((b"connection", b"close"))
                message = {**message, "headers": headers}
                self._metrics.count(scope, message["status"], perf_counter() - began)
            await send(message)

        try:
            await self._app(scope, receive, send_enveloped)
        except Exception as error:
            log.exception("request %s failed", request_id)
            if has_started:
                raise
            response = problem_response(Request(scope), problem_of(error))
            await response(scope, receive, send_enveloped)
