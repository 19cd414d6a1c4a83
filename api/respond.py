"""Render values as JSON, and answer 304 to whoever holds the newest already."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

JSON = "application/json"
GEOJSON = "application/geo+json"
# asked again every time, stored by the browser only, answered with 304 while nothing changed
REVALIDATE = "private, no-cache"


class GeoJSONResponse(Response):
    """Tells the OpenAPI document which media type a route answers with."""

    media_type = GEOJSON


def json_bytes(value: Any) -> bytes:
    """Render dataclasses, enums, instants (RFC 3339) and arrays; a NaN becomes null."""
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)


def held_tags(request: Request) -> str:
    """Give `If-None-Match`: what several headers of it list is one list (RFC 9110, 5.3)."""
    return ", ".join(request.headers.getlist("if-none-match"))


def json_response(value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Give a JSON response that nobody stores."""
    return Response(json_bytes(value), status, {"Cache-Control": "no-store", **(headers or {})}, JSON)


def etag(*parts: object) -> str:
    """Give a strong entity tag of parts that change whenever the content does."""
    return '"' + ".".join(str(part) for part in parts) + '"'


def version_of(generation: int | None, revision: int) -> str:
    """Give `generation.revision`, `none.revision` before the first generation: generation 0 is a generation."""
    return f"{'none' if generation is None else generation}.{revision}"


class Rendered:
    """The last bodies that were rendered, by district, address and tag: many people look at the same map."""

    def __init__(self, n_kept: int = 64) -> None:
        self._bodies: OrderedDict[tuple[str, ...], bytes] = OrderedDict()
        self._newest: dict[tuple[str, ...], tuple[str, bytes]] = {}
        self._n_kept = n_kept
        self._lock = threading.Lock()

    def get(self, key: tuple[str, ...], render: Callable[[], bytes]) -> bytes:
        """Give the body of `key`, rendered now when it is not known."""
        with self._lock:
            known = self._bodies.get(key)
            if known is not None:
                self._bodies.move_to_end(key)
                return known
        body = render()
        with self._lock:
            self._bodies[key] = body
            while len(self._bodies) > self._n_kept:
                self._bodies.popitem(last=False)
        return body

    def newest(self, key: tuple[str, ...], tag: str, render: Callable[[], bytes]) -> bytes:
        """Give what was rendered last under `key`, where it was with this tag; it takes no other body's place."""
        with self._lock:
            known = self._newest.get(key)
        if known is not None and known[0] == tag:
            return known[1]
        body = render()
        with self._lock:
            self._newest[key] = tag, body
        return body


def shared(request: Request, adcode: str, tag: str, render: Callable[[], bytes], *, media_type: str = JSON) -> Response:
    """Answer like `conditional`, and keep the body for every caller of the district who is permitted this address.

    Only for bodies that depend on the district, the address and what the tag counts, and on nothing of the caller.
    """
    rendered: Rendered = request.app.state.rendered
    key = (adcode, request.url.path, request.url.query, tag)
    return conditional(request, tag, lambda: rendered.get(key, render), media_type=media_type)


def conditional(request: Request, tag: str, render: Callable[[], bytes], *, media_type: str = JSON) -> Response:
    """Give 304 when the caller's copy bears this tag (weak comparison, RFC 9110, 13.1.2), else the rendered body."""
    headers = {"ETag": tag, "Cache-Control": REVALIDATE, "Vary": "Accept, Cookie, Authorization"}
    held = {known.strip().removeprefix("W/") for known in held_tags(request).split(",")}
    if tag.removeprefix("W/") in held or "*" in held:
        return Response(None, 304, headers)
    return Response(render(), 200, headers, media_type)
