"""Answer the plainest look-ups where the server has just read their headers: no task, no events, one write.

A server that speaks ASGI makes a task, a cycle of events and a dictionary for every request. For an answer that waits
for nothing, that took more than the answer. This protocol asks `FastLookup` first; what it leaves, and whatever is
unusual about the connection, takes uvicorn's way unchanged.
"""

from __future__ import annotations

from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from api.fast_lookup import PATH, FastLookup

_BEGIN = f"{PATH}?".encode()
_UNUSUAL = frozenset((b"content-length", b"transfer-encoding", b"expect", b"upgrade"))


class LookUpProtocol(HttpToolsProtocol):
    """HTTP/1.1 of one connection.

    The application has to hold its `FastLookup` as `state.fast_lookup`.
    """

    def __init__(self, config: Config, server_state: ServerState, app_state: dict[str, Any], _loop: Any = None) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._fast: FastLookup = config.app.state.fast_lookup  # type: ignore[union-attr]
        self._is_answered = False

    def on_headers_complete(self) -> None:
        """Answer at once, or let the application begin."""
        self._is_answered = self._is_plain() and self._answer()
        if not self._is_answered:
            self._unset_keepalive_if_required()  # set by an answer to what came in the same packet
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of a body; a request that is answered has none."""
        if not self._is_answered:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Note the end of a request."""
        if not self._is_answered:
            super().on_message_complete()

    def _is_plain(self) -> bool:
        """Tell whether nothing about the request or the connection asks for more than an answer."""
        return (
            self.url.startswith(_BEGIN)
            and b"#" not in self.url
            and self.parser.get_method() == b"GET"
            and self.parser.get_http_version() == "1.1"
            and (self.cycle is None or self.cycle.response_complete)
            and not self.pipeline
            and not self.flow.write_paused
            and not self.config.access_log
            and self.limit_concurrency is None
            and not self._fast.is_draining
            and self.parser.should_keep_alive()
            and not any(_is_unusual(name, value) for name, value in self.headers)
        )

    def _answer(self) -> bool:
        try:
            answer = self._fast.respond(self.url[len(_BEGIN) :], self.headers)
        except Exception:  # whatever it is, the application meets it again, where errors are told and logged
            return False
        if answer is None:
            return False
        status, headers, body = answer
        lines = [STATUS_LINE[status]]
        for name, value in (*self.server_state.default_headers, *headers):
            lines += (name, b": ", value, b"\r\n")
        lines += (b"\r\n", body)
        self.transport.write(b"".join(lines))
        self.server_state.total_requests += 1
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)
        return True


def _is_unusual(name: bytes, value: bytes) -> bool:
    """Tell whether a header announces a body or asks something of the connection."""
    return name in _UNUSUAL or (name == b"connection" and value.lower() != b"keep-alive")
