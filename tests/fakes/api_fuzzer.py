"""Requests that nobody thought of: drawn from the OpenAPI document, as any role, with identifiers that answers gave.

A case is one request. Most parts of it follow the document's schema, some are broken on purpose; identifiers are taken
from the district and from earlier answers, so that later cases act on what earlier ones made. The same seed draws the
same cases.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx

WORDS = ("", " ", "M01", "I01", "R00001", "中山路", "x" * 300, "'; DROP TABLE plan; --", "\u0000", "\U0001f600",
         "../../etc", "=1+1", "null", "NaN", "%00", "-1", "0", "1e309", "a,b", "\u202e")  # fmt: skip
NUMBERS = (0, 1, -1, 2, 7, 26.58, 106.71, 1e308, -1e308, 2**31, 2**63, 2**64, 0.5, 1e-12)
ODD: tuple[Any, ...] = (None, True, [], {}, "x", 3, -3.5, [[]], {"a": 1}, [None], 10**30)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_MOST_REMEMBERED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One request and how it was answered, enough to send it again."""

    number: int
    role: str
    method: str
    path: str
    address: str
    query: Mapping[str, Any]
    headers: Mapping[str, str]
    body: Any
    status: int
    answer: str

    def __str__(self) -> str:
        body = json.dumps(self.body, default=str)[:500] if self.body is not None else ""
        return (
            f"#{self.number} {self.role}: {self.method.upper()} {self.address} {dict(self.query)} {dict(self.headers)} "
            f"{body} -> {self.status} {self.answer[:300]}"
        )


@dataclass(slots=True)
class Fuzzer:
    """Draws requests from a document and sends them.

    Parameters
    ----------
    document : OpenAPI 3.1
    roles : who may call
    sign_in : gives a client of a role; asked again after a 401, for a request may withdraw the key of its own role
    known : values by the name of a parameter, such as `plan_id`
    """

    document: dict[str, Any]
    roles: Sequence[str]
    sign_in: Callable[[str], httpx.Client]
    known: dict[str, list[Any]]
    seed: int
    _clients: dict[str, httpx.Client] = field(init=False, default_factory=dict)
    _random: random.Random = field(init=False)
    _seen: list[str] = field(init=False, default_factory=list)
    _tags: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def run(self, n_cases: int, *, only: Sequence[str] = ()) -> Iterator[Case]:
        """Send `n_cases` requests, operation by operation in turn, and give each with its answer."""
        listed = [
            (path, method, operation)
            for path, methods in self.document["paths"].items()
            for method, operation in methods.items()
            if path.startswith("/v1/") and (not only or any(part in path for part in only))
        ]
        for number in range(n_cases):
            path, method, operation = listed[number % len(listed)]
            yield self._case(number, path, method, operation)

    def faults(self, cases: Iterable[Case]) -> list[Case]:
        """Give the cases whose answer is a fault of the service: 5xx, or nothing that the document names."""
        found = []
        for case in cases:
            documented = self.document["paths"][case.path][case.method]["responses"]
            if case.status >= 500 or str(case.status) not in documented:
                found.append(case)
        return found

    # drawing

    def _case(self, number: int, path: str, method: str, operation: dict[str, Any]) -> Case:
        permitted = [role for role in operation.get("x-roles", ()) if role in self.roles]
        any_role = self._random.random() < 0.1 or not permitted
        role = self._random.choice(list(self.roles) if any_role else permitted)
        address, query, headers = path, {}, {}
        for parameter in operation.get("parameters", ()):
            name, place = parameter["name"], parameter["in"]
            if place == "path":
                value = self._path_value(name, parameter["schema"])
                address = address.replace("{" + name + "}", value)
            elif place == "query" and (parameter.get("required") or self._random.random() < 0.4):
                query[name] = self._text(self._value(parameter["schema"], name))
            elif place == "header" and self._random.random() < 0.8:
                headers[name] = self._header(address, parameter["schema"])
        if self._random.random() < 0.03:
            query["no_such_parameter"] = "1"
        body, media, sent = self._body(operation)
        typed = headers | ({"Content-Type": media} if media else {})
        if role not in self._clients:
            self._clients[role] = self.sign_in(role)
        try:
            answer = self._clients[role].request(method, address, params=query, headers=typed, **sent)
        except httpx.TransportError as error:  # no answer at all is the worst of answers
            answer = httpx.Response(599, text=repr(error))
        if answer.status_code == 401:
            del self._clients[role]
        self._learn(address, answer)
        return Case(
            number=number, role=role, method=method, path=path, address=address, query=query, headers=headers,
            body=body, status=answer.status_code, answer=answer.text if answer.status_code >= 400 else "",
        )  # fmt: skip

    def _path_value(self, name: str, schema: dict[str, Any]) -> str:
        if self._random.random() < 0.08:
            return self._random.choice(["x", "0", "%F0%9F%98%80", "a%20b", "-", "%00", "9" * 40, "..%2f"])
        if self.known.get(name) and self._random.random() < 0.85:
            return str(self._random.choice(self.known[name]))
        if self._seen and schema.get("format") == "uuid" and self._random.random() < 0.8:
            return self._random.choice(self._seen)
        value = self._text(self._value(schema, name)) or "x"
        return quote(value, safe="")

    def _header(self, address: str, schema: dict[str, Any]) -> str:
        if address in self._tags and self._random.random() < 0.8:
            return self._tags[address]
        value = self._text(self._value(schema, "header")).encode("ascii", "ignore").decode()
        return re.sub(r"[^\x20-\x7e]", "", value).strip() or '"1"'

    def _body(self, operation: dict[str, Any]) -> tuple[Any, str, dict[str, Any]]:
        """Give the body to be told of, its media type, and how httpx sends it."""
        content = operation.get("requestBody", {}).get("content", {})
        draw = self._random
        if "application/json" in content:
            body: Any = self._value(content["application/json"]["schema"], "body")
            raw = json.dumps(body).encode()
            if draw.random() < 0.03:
                raw = draw.choice([b"", b"{", b"\xff\xfe", b"[" * 2000, b'"x'])
                body = repr(raw[:20])
            return body, "application/json", {"content": raw}
        if "multipart/form-data" in content:
            name = draw.choice(["roster.csv", "roster.xlsx", "x", "a.exe"])
            raw = draw.choice([b"", b"a,b\n1,2\n", b"retailer_code,marketing_staff_code\nR00001,M02\n", b"PK\x03\x04"])
            return name, "", {"files": {"file": (name, raw)}}
        for media in content:
            raw = draw.choice([b"", b"a,b\n1,2\n", b"\x00\x01", b"{}\n[]\n"])
            return repr(raw), media, {"content": raw}
        return None, "", {}

    def _value(self, schema: dict[str, Any], name: str, depth: int = 0) -> Any:
        draw = self._random
        if draw.random() < 0.04 or depth > 8:
            return draw.choice(ODD)
        if "$ref" in schema:
            return self._value(self._resolve(schema["$ref"]), name, depth + 1)
        for several in ("anyOf", "oneOf", "allOf"):
            if several in schema:
                return self._value(draw.choice(schema[several]), name, depth + 1)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return draw.choice(schema["enum"])
        if name in self.known and draw.random() < 0.6:
            return draw.choice(self.known[name])
        kind = schema.get("type")
        if kind == "object" or "properties" in schema:
            return self._object(schema, depth)
        if kind == "array":
            return self._array(schema, name, depth)
        if kind == "integer":
            return self._number(schema, whole=True)
        if kind == "number":
            return self._number(schema, whole=False)
        if kind == "boolean":
            return draw.random() < 0.5
        if kind == "null":
            return None
        return self._string(schema) if kind == "string" else draw.choice(ODD)

    def _object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        required = set(schema.get("required", ()))
        made = {
            name: self._value(inner, name, depth + 1)
            for name, inner in schema.get("properties", {}).items()
            if (name in required and self._random.random() < 0.97) or self._random.random() < 0.5
        }
        if schema.get("additionalProperties") not in (None, False) and self._random.random() < 0.7:
            made |= self._random.choice([
                {"type": "Polygon", "coordinates": [[[106.7, 26.57], [106.73, 26.57], [106.73, 26.6], [106.7, 26.57]]]},
                {"type": "Polygon", "coordinates": [[[1e308, 0], [0, 1e308], [0, 0]]]}, {"type": "Polygon"},
                {"type": "Point", "coordinates": [1, 2]}, {"x": None},
            ])  # fmt: skip
        if self._random.random() < 0.03:
            made["unknown_field"] = 1
        return made

    def _array(self, schema: dict[str, Any], name: str, depth: int) -> list[Any]:
        n_items = max(self._random.choice([0, 1, 1, 2, 3]), schema.get("minItems", 0))
        singular = name.removesuffix("s")
        prefix = schema.get("prefixItems")
        if prefix:
            return [self._value(inner, singular, depth + 1) for inner in prefix]
        return [self._value(schema.get("items", {}), singular, depth + 1) for _ in range(n_items)]

    def _number(self, schema: dict[str, Any], *, whole: bool) -> Any:
        low, high = schema.get("minimum", -5), schema.get("maximum", schema.get("exclusiveMaximum", 300))
        if self._random.random() < 0.12:
            return self._random.choice(NUMBERS)
        low, high = max(low, -1000), min(high, 1000)
        return (
            self._random.randint(int(low), max(int(low), int(high) - 1)) if whole else self._random.uniform(low, high)
        )

    def _string(self, schema: dict[str, Any]) -> str:
        draw, form = self._random, schema.get("format")
        if draw.random() < 0.1:
            return draw.choice(WORDS)
        if form == "uuid":
            return draw.choice(self._seen) if self._seen else "018f0000-0000-7000-8000-000000000000"
        moment = datetime(2026, 11, 23, tzinfo=UTC) + timedelta(hours=draw.randint(-2000, 5000))
        if form == "date":
            return draw.choice([moment.date().isoformat(), "0001-01-01", "9999-12-31"])
        if form == "date-time":
            return draw.choice([moment.isoformat(), "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
        return draw.choice([*schema.get("examples", ()), "2026-11-23", "M01", "R00002", "word", "一个词"])

    def _text(self, value: Any) -> str:
        return value if isinstance(value, str) else json.dumps(value)

    def _resolve(self, reference: str) -> dict[str, Any]:
        found: Any = self.document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        return dict(found)

    def _learn(self, address: str, answer: httpx.Response) -> None:
        """Remember the identifiers and tags of an answer for later cases."""
        if answer.status_code < 300:
            self._seen += _UUID.findall(answer.text[:20_000])[:10]
            self._seen = self._seen[-_MOST_REMEMBERED:]
            if "etag" in answer.headers:
                self._tags[address] = answer.headers["etag"]
            if address.endswith("/plans") and "plan_id" in answer.text[:500]:
                self.known.setdefault("plan_id", []).extend(_UUID.findall(answer.text[:60]))
