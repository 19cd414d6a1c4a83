"""Answer the plainest look-ups before the framework: a key, and a place, a code or a licence, about now.

`GET /v1/ownership` is asked far more often than everything else, and three quarters of its time went into the
framework. This layer answers only what it understands completely: a caller who is known, permitted and within the
limit, well-formed parameters, and a snapshot in force. Whatever else comes goes on to the route unchanged, with nothing
counted or remembered; so the route alone decides about errors, and a test proves both alike over every role.
"""

from __future__ import annotations

import re
from time import perf_counter

from starlette.types import ASGIApp, Receive, Scope, Send

from api.deps import ONE_VALUE, KnownCallers, limit_key
from api.envelope import Dress, Headers, request_id_of
from api.limits import RateLimiter
from api.ownership_response import PlaceTemplates, Rendering, rendered
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
_NUMBER = re.compile(rb"-?[0-9]{1,3}(?:\.[0-9]{1,15})?")
_PLACE = re.compile(
    rb"lat=(?P<lat>-?[0-9]{1,3}(?:\.[0-9]{1,15})?)&lon=(?P<lon>-?[0-9]{1,3}(?:\.[0-9]{1,15})?)(?:&layer=(?P<layer>[a-z]+))?"
)
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_ONCE = frozenset(name.lower().encode() for name in ("Authorization", *ONE_VALUE))
_LAYERS = {layer.value: layer for layer in Layer}
_WAYS = {"retailer_code": MatchedBy.RETAILER_CODE, "licence_no": MatchedBy.LICENCE_NO}


class FastLookup:
    """What answers at once; asked by `FastLookupLayer`, and before the framework by `LookUpProtocol`."""

    def __init__(
        self, *, board: OwnershipBoard, clock: Clock, callers: KnownCallers, limiter: RateLimiter, dress: Dress
    ) -> None:
        self._board = board
        self._clock = clock
        self._callers = callers
        self._limiter = limiter
        self._dress = dress
        self._templates: dict[Adcode, PlaceTemplates] = {}

    @property
    def is_draining(self) -> bool:
        """Whether every answer closes its connection now."""
        return self._dress.is_draining

    def respond(self, query: bytes, sent: Headers) -> tuple[int, Headers, bytes] | None:
        """Give the whole response, or None where the route has to answer; only what is answered is counted.

        Parameters
        ----------
        query : what stands behind the question mark
        sent : the request's headers, their names in small letters
        """
        began, held = perf_counter(), b""
        given: dict[bytes, bytes] = {}
        for name, value in sent:
            if name in _ONCE:
                if name in given:
                    return None
                given[name] = value
            elif name == b"if-none-match":
                held = held + b", " + value if held else value
        key = given.get(b"authorization")
        caller = None if key is None else self._caller(key)
        found = None if caller is None else self._answer(caller, query, held.decode("latin-1"))
        if caller is None or found is None:
            return None
        limits = self._limiter.take_if_room(limit_key(caller))
        if limits is None:
            return None
        status, headers, body = found
        headers += self._dress.always
        headers += limits
        headers += self._dress.closing(request_id_of(sent))
        self._dress.metrics.count("GET", PATH, status, perf_counter() - began)
        return status, headers, body

    def _caller(self, authorization: bytes) -> Caller | None:
        """Give the caller of a key that was identified a moment ago and may ask, else None."""
        if not authorization.startswith(b"Bearer "):
            return None
        caller = self._callers.find(token_hash("key " + authorization[7:].decode("latin-1").strip()))
        if caller is None or not caller.may(Action.OWNERSHIP_READ):
            return None
        is_over = caller.valid_until is not None and caller.valid_until <= self._clock.now()
        return None if is_over else caller

    def _answer(self, caller: Caller, query: bytes, held: str) -> Rendering | None:
        snapshot = self._board.ready(caller.adcode)
        if snapshot is None or not snapshot.is_warm:
            return None
        try:
            place = _PLACE.fullmatch(query)
            if place is not None:
                return self._place(snapshot, place["lat"], place["lon"], place["layer"], held)
            return self._asked(snapshot, _parameters(query), held)
        except GridsvcError:
            return None

    def _asked(self, snapshot: DistrictSnapshot, asked: dict[str, str] | None, held: str) -> Rendering | None:
        """Answer parameters in any order; None for what is not plain."""
        if asked is None:
            return None
        name = asked.pop("layer", None)
        if name is not None and name not in _LAYERS:
            return None
        if asked.keys() == {"lat", "lon"}:
            lat, lon = asked["lat"].encode(), asked["lon"].encode()
            if not (_NUMBER.fullmatch(lat) and _NUMBER.fullmatch(lon)):
                return None
            return self._place(snapshot, lat, lon, None if name is None else name.encode(), held)
        return self._retailer(snapshot, asked, None if name is None else _LAYERS[name], held)

    def _place(
        self, snapshot: DistrictSnapshot, north: bytes, east: bytes, name: bytes | None, held: str
    ) -> Rendering | None:
        lat, lon = float(north), float(east)
        layer = None if name is None else _LAYERS.get(name.decode())
        if not (abs(lat) <= 90 and abs(lon) <= 180) or (name is not None and layer is None):
            return None
        templates = self._templates.get(snapshot.district.adcode)
        if templates is None or templates.snapshot is not snapshot:
            templates = self._templates[snapshot.district.adcode] = PlaceTemplates(snapshot)
        return templates.render(lon, lat, layer, self._clock.now(), held)

    def _retailer(
        self, snapshot: DistrictSnapshot, asked: dict[str, str], layer: Layer | None, held: str
    ) -> Rendering | None:
        if len(asked) != 1:
            return None
        ((name, value),) = asked.items()
        if name not in _WAYS or not _WORD.fullmatch(value):
            return None
        answer = snapshot.of_retailer(_WAYS[name], value, as_of=self._clock.now())
        return rendered(in_terms_of(answer, Datum.WGS84, () if layer is None else (layer,)), held)


class FastLookupLayer:
    """ASGI layer outside everything else."""

    def __init__(self, app: ASGIApp, *, fast: FastLookup) -> None:
        self._app = app
        self._fast = fast

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "GET":
            answer = self._fast.respond(scope["query_string"], scope["headers"])
            if answer is not None:
                status, headers, body = answer
                await send({"type": "http.response.start", "status": status, "headers": headers})
                await send({"type": "http.response.body", "body": body})
                return
        await self._app(scope, receive, send)


def _parameters(query: bytes) -> dict[str, str] | None:
    """Give the parameters of a plain query; None where something is encoded, repeated or without a value."""
    if not query or not query.isascii() or b"%" in query or b"+" in query:
        return None
    pairs = [part.partition("=") for part in query.decode("ascii").split("&")]
    found = {name: value for name, _, value in pairs}
    return found if len(found) == len(pairs) and all(found.values()) else None
