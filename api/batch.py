"""Read and render batches of ownership questions: JSON by columns, or lines of JSON."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from api.errors import problem_of
from api.schemas.ownership import in_terms_of
from geo_data.datums import Datum, from_wgs84, to_wgs84
from gridsvc.domain.errors import BadInput, GridsvcError
from gridsvc.domain.layers import Layer
from gridsvc.domain.ownership import LayerOwner
from gridsvc.usecases.find_ownership import OwnershipQuestion
from gridsvc.usecases.find_ownership_batch import BatchAnswer, questions_of_items

NDJSON = "application/x-ndjson"
_COLUMNS = {"lon", "lat"}
_NO_PLACE = b'"lon":null,"lat":null'
_DETAIL = ("matched_by", "lon", "lat", "retailer", "unit", "certainty", "uncertainty_m", "address", "valid_from")


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Questions as `find_ownership_batch` takes them, in WGS-84, and whether they came as lines."""

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    others: dict[int, OwnershipQuestion | GridsvcError]
    is_lines: bool


def read_batch(body: bytes, content_type: str, crs: Datum) -> Batch:
    """Read the questions of a request's body; raises `BadInput` for one that is no batch."""
    is_lines = content_type.partition(";")[0].strip().lower() == NDJSON
    items = _lines(body) if is_lines else _loads(body)
    if not is_lines:
        if not isinstance(items, dict) or items.keys() not in ({"items"}, _COLUMNS):
            raise BadInput('send {"items": [...]} or {"lon": [...], "lat": [...]}; the options are query parameters')
        if items.keys() == _COLUMNS:
            lon, lat = _columns(items)
            lon, lat = to_wgs84(lon, lat, crs) if crs is not Datum.WGS84 else (lon, lat)
            return Batch(lon=lon, lat=lat, others={}, is_lines=False)
        items = items["items"]
    if not isinstance(items, list):
        raise BadInput("items has to be a list")
    lon, lat, others = questions_of_items(items)
    if crs is not Datum.WGS84:
        lon, lat = to_wgs84(lon, lat, crs)
        others = {number: _in_wgs84(question, crs) for number, question in others.items()}
    return Batch(lon=lon, lat=lat, others=others, is_lines=is_lines)


def _loads(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadInput(f"the body is no JSON: {error}") from None


def _lines(body: bytes) -> list[object]:
    items: list[object] = []
    for number, line in enumerate(body.splitlines(), start=1):
        if line.strip():
            try:
                items.append(orjson.loads(line))
            except orjson.JSONDecodeError as error:
                raise BadInput(f"line {number} is no JSON: {error}") from None
    return items


def _columns(body: dict[str, Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    columns = []
    for name in ("lon", "lat"):
        values = body[name]
        if not isinstance(values, list) or not set(map(type, values)) <= {float, int}:
            raise BadInput(f"{name} has to be a list of numbers")
        columns.append(np.array(values, dtype=np.float64))
    if len(columns[0]) != len(columns[1]):
        raise BadInput(f"lon has {len(columns[0])} numbers, lat has {len(columns[1])}")
    return columns[0], columns[1]


def _in_wgs84(question: OwnershipQuestion | GridsvcError, crs: Datum) -> OwnershipQuestion | GridsvcError:
    if isinstance(question, GridsvcError) or question.lon is None or question.lat is None:
        return question
    lon, lat = to_wgs84(question.lon, question.lat, crs)
    return replace(question, lon=float(lon), lat=float(lat))


def render_batch(found: BatchAnswer, batch: Batch, crs: Datum, layers: tuple[Layer, ...]) -> tuple[bytes, str]:
    """Give the body and its media type."""
    chosen = layers or tuple(Layer)
    if batch.is_lines:
        return _render_lines(found, batch, crs, chosen), NDJSON
    snapshot = found.snapshot
    others = ((item, in_terms_of(whole, crs, layers)) for item, whole in found.others.items())
    head = {
        "adcode": snapshot.district.adcode, "district": snapshot.district.name, "is_synthetic": snapshot.is_synthetic,
        "generation": snapshot.generation, "revision": snapshot.district.revision, "as_of": found.as_of,
        "valid_to": snapshot.changes_at, "is_stale": snapshot.stale_since is not None,
        "stale_since": snapshot.stale_since, "crs": crs.value, "n_items": len(batch.lon),
        "owners": {layer.value: _owners(found, layer) for layer in chosen},
        "owner_of_item": {layer.value: found.owner_of_item[layer] for layer in chosen},
        "details": [{"item": item, **{name: getattr(whole, name) for name in _DETAIL}} for item, whole in others],
        "problems": [{"item": item, **_problem(failure)} for item, failure in sorted(found.failures.items())],
        "distance_to_border_m": {layer.value: m for layer, m in found.distance_m.items() if layer in chosen},
    }  # fmt: skip
    return orjson.dumps(head, option=orjson.OPT_SERIALIZE_NUMPY), "application/json"


def _owners(found: BatchAnswer, layer: Layer) -> list[orjson.Fragment | LayerOwner]:
    """Give the distinct answers of a layer; a grid's is rendered once a snapshot."""
    known, owners = found.snapshot.derived, found.owners[layer]
    grids = found.grid_of_owner.get(layer, [])
    rendered: list[orjson.Fragment | LayerOwner] = []
    for position, owner in zip(grids, owners, strict=False):
        text = known.get(("owner", layer, position))
        if text is None:
            text = known[("owner", layer, position)] = orjson.dumps(owner)
        rendered.append(orjson.Fragment(text))
    return rendered + owners[len(grids) :]


def _problem(failure: GridsvcError) -> dict[str, Any]:
    problem = problem_of(failure)
    return {"status": problem.status, "code": problem.code, "detail": problem.detail}


def _render_lines(found: BatchAnswer, batch: Batch, crs: Datum, layers: tuple[Layer, ...]) -> bytes:
    """Give one complete line per question; what places share is rendered once and gets each place put in."""
    lon, lat = from_wgs84(batch.lon, batch.lat, crs) if crs is not Datum.WGS84 else (batch.lon, batch.lat)
    numbers = list(zip(*(found.owner_of_item[layer].tolist() for layer in layers), strict=True))
    shared: dict[tuple[int, ...], list[bytes]] = {}
    lines: list[bytes] = []
    for item in range(len(batch.lon)):
        failure, whole = found.failures.get(item), found.others.get(item)
        if failure is not None:
            lines.append(orjson.dumps({"item": item, **_problem(failure)}))
            continue
        if whole is not None:
            answer = orjson.dumps(in_terms_of(whole, crs, layers))
        else:
            parts = shared.get(numbers[item])
            if parts is None:
                owners = tuple(found.owners[layer][at] for layer, at in zip(layers, numbers[item], strict=True))
                plain = found.snapshot.answer_of(owners, as_of=found.as_of, crs=crs.value)
                parts = shared[numbers[item]] = orjson.dumps(plain).split(_NO_PLACE, 1)
            answer = (b'"lon":%b,"lat":%b' % (orjson.dumps(float(lon[item])), orjson.dumps(float(lat[item])))).join(
                parts
            )
        lines.append(b'{"item":%d,"status":200,"answer":%b}' % (item, answer))
    return b"\n".join(lines) + b"\n" if lines else b""


def batch_body(example: dict[str, Any]) -> dict[str, Any]:
    """Describe the body for the OpenAPI document."""
    numbers = {"type": "array", "items": {"type": "number"}}
    item = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            **{name: {"type": "number"} for name in ("lon", "lat", "accuracy_m")},
            **{name: {"type": "string"} for name in ("retailer_id", "retailer_code", "licence_no", "cell", "address")},
        },
    }
    by_items = {
        "type": "object", "required": ["items"], "additionalProperties": False,
        "properties": {"items": {"type": "array", "items": item}},
    }  # fmt: skip
    by_columns = {
        "type": "object", "required": ["lon", "lat"], "additionalProperties": False,
        "properties": {"lon": numbers, "lat": numbers},
    }  # fmt: skip
    return {
        "required": True,
        "content": {
            "application/json": {"schema": {"oneOf": [by_items, by_columns]}, "example": example},
            NDJSON: {"schema": {"type": "string"}, "example": "\n".join(map(_line, example["items"]))},
        },
    }


def _line(item: object) -> str:
    return orjson.dumps(item).decode()
