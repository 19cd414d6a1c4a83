"""Render an ownership answer, for the route and for the fast path alike."""

from __future__ import annotations

from hashlib import blake2b

import orjson

from api.respond import REVALIDATE, version_of
from gridsvc.domain.ownership import OwnershipAnswer

_DIGEST_BYTES = 8
Headers = list[tuple[bytes, bytes]]


def rendered(answer: OwnershipAnswer, if_none_match: str) -> tuple[int, Headers, bytes]:
    """Give status, headers and body: 304 without a body for a caller who holds this answer already.

    The tag is weak and covers everything but `as_of`, which is another at every question about now.
    """
    body = orjson.dumps(answer)
    content = body.replace(orjson.dumps(answer.as_of), b"", 1)
    digest = blake2b(content, digest_size=_DIGEST_BYTES).hexdigest()
    tag = f'"{version_of(answer.generation, answer.revision)}.{digest}"'
    headers = [
        (b"etag", b"W/" + tag.encode()),
        (b"cache-control", REVALIDATE.encode()),
        (b"vary", b"Accept, Cookie, Authorization"),
    ]
    if if_none_match:
        held = {known.strip().removeprefix("W/") for known in if_none_match.split(",")}
        if tag in held or "*" in held:
            return 304, headers, b""
    headers += [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/json")]
    return 200, headers, body
