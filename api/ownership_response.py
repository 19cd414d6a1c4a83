"""Render an ownership answer, for the route and for the fast path alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b

import orjson

from api.respond import REVALIDATE, version_of
from api.schemas.ownership import in_terms_of
from geo_data.datums import Datum
from gridsvc.domain.layers import Layer
from gridsvc.domain.ownership import OwnershipAnswer
from gridsvc.usecases.district_snapshot import DistrictSnapshot
from gridsvc.usecases.plain_places import PlainPlaces

_DIGEST_BYTES = 8
_MOST_TEMPLATES = 20_000
_MARK = -987_654_321.125  # no coordinate and no distance
_MARK_UNIT = "\u0001unit"
_MARK_INSTANT = datetime(1, 2, 3, 4, 5, 6, 7, UTC)
Headers = list[tuple[bytes, bytes]]
Rendering = tuple[int, Headers, bytes]  # status, headers, body
_LAYERS = tuple(Layer)
_ALWAYS = ((b"cache-control", REVALIDATE.encode()), (b"vary", b"Accept, Cookie, Authorization"))
_JSON = (b"content-type", b"application/json")


class PlaceTemplates:
    """The answers about places of one snapshot, rendered but for what differs from place to place of the same grids.

    Every place of the same three grids has the same answer but for its instant, its coordinates, its unit and its
    distances from the borders. So it is rendered once, with marks in their stead, and put together per request.
    """

    def __init__(self, snapshot: DistrictSnapshot) -> None:
        self.snapshot = snapshot
        self._version = version_of(snapshot.generation, snapshot.district.revision)
        self._places = PlainPlaces(snapshot)
        self._parts: dict[tuple[tuple[int, ...], Layer | None], list[bytes]] = {}

    def render(self, lon: float, lat: float, layer: Layer | None, as_of: datetime, if_none_match: str) -> Rendering:
        """Give status, headers and body, as `rendered` does."""
        place = self._places.find(lon, lat)
        if place is None:
            answer = self.snapshot.at_point(lon, lat, as_of=as_of)
            return rendered(in_terms_of(answer, Datum.WGS84, () if layer is None else (layer,)), if_none_match)
        parts = self._parts.get((place.positions, layer))
        if parts is None:
            if len(self._parts) >= _MOST_TEMPLATES:
                self._parts.clear()
            answer = self.snapshot.at_point(lon, lat, as_of=_MARK_INSTANT)
            parts = self._parts[(place.positions, layer)] = _template(answer, layer)
        away = place.distance_m if layer is None else (place.distance_m[_LAYERS.index(layer)],)
        pieces = [parts[1], orjson.dumps(lon), parts[2], orjson.dumps(lat), parts[3], orjson.dumps(place.unit)]
        for part, distance in zip(parts[4:], away, strict=False):
            pieces += (part, orjson.dumps(distance))
        rest = b"".join((*pieces, parts[-1]))
        return _finish((parts[0], rest), orjson.dumps(as_of).join((parts[0], rest)), self._version, if_none_match)


def _template(answer: OwnershipAnswer, layer: Layer | None) -> list[bytes]:
    """Render an answer and cut it at its instant, lon, lat, unit and distances."""
    chosen = [owner for owner in answer.layers if layer is None or owner.layer is layer]
    marked = replace(
        answer,
        lon=_MARK - 1,
        lat=_MARK - 2,
        unit=_MARK_UNIT,
        layers=tuple(replace(owner, distance_to_border_m=_MARK - 3 - at) for at, owner in enumerate(chosen)),
    )
    text = orjson.dumps(marked)
    marks = (_MARK_INSTANT, _MARK - 1, _MARK - 2, _MARK_UNIT, *(_MARK - 3 - at for at in range(len(chosen))))
    parts = []
    for mark in marks:
        before, found, text = text.partition(orjson.dumps(mark))
        assert found
        parts.append(before)
    return [*parts, text]


def rendered(answer: OwnershipAnswer, if_none_match: str) -> Rendering:
    """Give status, headers and body: 304 without a body for a caller who holds this answer already.

    The tag is weak and covers everything but `as_of`, which is another at every question about now.
    """
    body = orjson.dumps(answer)
    content = body.replace(orjson.dumps(answer.as_of), b"", 1)
    return _finish((content,), body, version_of(answer.generation, answer.revision), if_none_match)


def _finish(content: Iterable[bytes], body: bytes, version: str, if_none_match: str) -> Rendering:
    digest = blake2b(digest_size=_DIGEST_BYTES)
    for piece in content:
        digest.update(piece)
    tag = f'"{version}.{digest.hexdigest()}"'
    headers = [(b"etag", b"W/" + tag.encode()), *_ALWAYS]
    if if_none_match:
        held = {known.strip().removeprefix("W/") for known in if_none_match.split(",")}
        if tag in held or "*" in held:
            return 304, headers, b""
    headers += [(b"content-length", b"%d" % len(body)), _JSON]
    return 200, headers, body
