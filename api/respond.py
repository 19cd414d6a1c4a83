"""Render values as JSON, and answer 304 to whoever holds the newest already."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

JSON = "application/json"
GEOJSON = "application/geo+json"
# asked again every time, stored by the browser only, answered with 304 while nothing changed
REVALIDATE = "private, no-cache"


def json_bytes(value: Any) -> bytes:
    """Render dataclasses, enums, instants (RFC 3339) and arrays; a NaN becomes null."""
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)


def json_response(value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Give a JSON response that nobody stores."""
    return Response(json_bytes(value), status, {"Cache-Control": "no-store", **(headers or {})}, JSON)


def etag(*parts: object) -> str:
    """Give a strong entity tag of parts that change whenever the content does."""
    return '"' + ".".join(str(part) for part in parts) + '"'


def conditional(request: Request, tag: str, render: Callable[[], bytes], *, media_type: str = JSON) -> Response:
    """Give 304 when the caller's copy bears this tag, else the rendered body."""
    headers = {"ETag": tag, "Cache-Control": REVALIDATE, "Vary": "Accept, Cookie, Authorization"}
    held = {known.strip().removeprefix("W/") for known in request.headers.get("if-none-match", "").split(",")}
    if tag in held or "*" in held:
        return Response(None, 304, headers)
    return Response(render(), 200, headers, media_type)
