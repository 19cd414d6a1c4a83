"""Answer the plainest look-ups before the framework: a key, and a place, a code or a licence, about now.

`GET /v1/ownership` is asked far more often than everything else, and three quarters of its time went into the
framework. This layer answers only what it understands completely: a caller who is known, permitted and within the
limit, well-formed parameters, and a snapshot in force. Whatever else comes goes on to the route unchanged, with nothing
counted or remembered; so the route alone decides about errors, and a test proves both alike over every role.
"""

from __future__ import annotations

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from api.deps import EXTRA_HEADERS, KnownCallers, limit_key
from api.limits import RateLimiter
from api.ownership_response import Headers, PlaceTemplates, finished, rendered
from api.respond import version_of
from api.schemas.ownership import in_terms_of
from geo_data.datums import Datum
from gridsvc.clock import Clock
from gridsvc.domain.accounts import Caller
from gridsvc.domain.errors import GridsvcError
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Layer
from gridsvc.domain.ownership import MatchedBy
from gridsvc.domain.permissions import Action
from gridsvc.usecases.district_snapshot import DistrictSnapshot
from gridsvc.usecases.ownership_snapshot import OwnershipBoard
from gridsvc.usecases.secrets_and_hashes import token_hash

PATH = "/v1/ownership"
_NUMBER = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{1,15})?")
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_LAYERS = {layer.value: layer for layer in Layer}
_WAYS = {"retailer_code": MatchedBy.RETAILER_CODE, "licence_no": MatchedBy.LICENCE_NO}


class FastLookup:
    """ASGI layer inside the envelope, outside the framework."""

    def __init__(
        self, app: ASGIApp, *, board: OwnershipBoard, clock: Clock, callers: KnownCallers, limiter: RateLimiter
    ) -> None:
        self._app = app
        self._board = board
        self._clock = clock
        self._callers = callers
        self._limiter = limiter
        self._templates: dict[Adcode, PlaceTemplates] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        keys = [value for name, value in scope["headers"] if name == b"authorization"]
        caller = self._caller(keys[0]) if len(keys) == 1 else None
        held = b", ".join([value for name, value in scope["headers"] if name == b"if-none-match"]).decode("latin-1")
        found = self._answer(caller, scope["query_string"], held) if caller is not None else None
        if caller is None or found is None or not self._limiter.has_room(limit_key(caller)):
            await self._app(scope, receive, send)
            return
        scope[EXTRA_HEADERS] = self._limiter.take(limit_key(caller))
        scope["template"] = PATH
        status, headers, body = found
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _caller(self, authorization: bytes) -> Caller | None:
        """Give the caller of a key that was identified a moment ago and may ask, else None."""
        if not authorization.startswith(b"Bearer "):
            return None
        caller = self._callers.find(token_hash("key " + authorization[7:].decode("latin-1").strip()))
        if caller is None or not caller.may(Action.OWNERSHIP_READ):
            return None
        is_over = caller.valid_until is not None and caller.valid_until <= self._clock.now()
        return None if is_over else caller

    def _answer(self, caller: Caller, query: bytes, held: str) -> tuple[int, Headers, bytes] | None:
        asked = _parameters(query)
        snapshot = self._board.ready(caller.adcode) if asked else None
        if not asked or snapshot is None or not snapshot.is_warm:
            return None
        name = asked.pop("layer", None)
        if name is not None and name not in _LAYERS:
            return None
        layer = None if name is None else _LAYERS[name]
        try:
            if asked.keys() == {"lat", "lon"}:
                return self._place(snapshot, asked, layer, held)
            return self._retailer(snapshot, asked, layer, held)
        except GridsvcError:
            return None

    def _place(
        self, snapshot: DistrictSnapshot, asked: dict[str, str], layer: Layer | None, held: str
    ) -> tuple[int, Headers, bytes] | None:
        if not (_NUMBER.fullmatch(asked["lat"]) and _NUMBER.fullmatch(asked["lon"])):
            return None
        lat, lon = float(asked["lat"]), float(asked["lon"])
        if not (abs(lat) <= 90 and abs(lon) <= 180):
            return None
        templates = self._templates.get(snapshot.district.adcode)
        if templates is None or templates.snapshot is not snapshot:
            templates = self._templates[snapshot.district.adcode] = PlaceTemplates(snapshot)
        now = self._clock.now()
        found = templates.render(lon, lat, layer, now)
        if found is None:
            answer = snapshot.at_point(lon, lat, as_of=now)
            return rendered(in_terms_of(answer, Datum.WGS84, () if layer is None else (layer,)), held)
        return finished(*found, version_of(snapshot.generation, snapshot.district.revision), held)

    def _retailer(
        self, snapshot: DistrictSnapshot, asked: dict[str, str], layer: Layer | None, held: str
    ) -> tuple[int, Headers, bytes] | None:
        if len(asked) != 1:
            return None
        ((name, value),) = asked.items()
        if name not in _WAYS or not _WORD.fullmatch(value):
            return None
        answer = snapshot.of_retailer(_WAYS[name], value, as_of=self._clock.now())
        return rendered(in_terms_of(answer, Datum.WGS84, () if layer is None else (layer,)), held)


def _parameters(query: bytes) -> dict[str, str] | None:
    """Give the parameters of a plain query; None where something is encoded, repeated or without a value."""
    if not query or not query.isascii() or b"%" in query or b"+" in query:
        return None
    pairs = [part.partition("=") for part in query.decode("ascii").split("&")]
    found = {name: value for name, _, value in pairs}
    return found if len(found) == len(pairs) and all(found.values()) else None
