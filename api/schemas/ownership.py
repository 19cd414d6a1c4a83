"""The ownership answer as it goes out: with its positions in the datum that the caller asked in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from api.schemas.datums import in_datum
from geo_data.datums import Datum
from gridsvc.domain.layers import Layer
from gridsvc.domain.ownership import AddressMatch, LayerOwner, MatchedBy, OwnershipAnswer, RetailerRef

EXAMPLE_BATCH = {
    "items": [
        {"lon": 106.7135, "lat": 26.5783},
        {"lon": 106.7135, "lat": 26.5783, "accuracy_m": 300},
        {"retailer_code": "R00001"},
        {"licence_no": "000000000002"},
        {"cell": "8941ac4d68bffff"},
    ]
}


def in_terms_of(answer: OwnershipAnswer, crs: Datum, layers: Collection[Layer]) -> OwnershipAnswer:
    """Give the answer in `crs`, with the named layers only; no name means all."""
    if layers:
        chosen = tuple(owner for owner in answer.layers if owner.layer in layers)
        answer = replace(answer, layers=chosen, certainty=min(owner.certainty for owner in chosen))
    if crs is Datum.WGS84:
        return answer
    lon, lat = in_datum(answer.lon, answer.lat, crs)
    retailer, address = answer.retailer, answer.address
    if retailer is not None:
        x, y = in_datum(retailer.lon, retailer.lat, crs)
        retailer = replace(retailer, lon=x, lat=y)
    if address is not None:
        candidates = []
        for candidate in address.candidates:
            x, y = in_datum(candidate.lon, candidate.lat, crs)
            candidates.append(replace(candidate, lon=x, lat=y))
        address = replace(address, candidates=tuple(candidates))
    return replace(answer, crs=crs.value, lon=lon, lat=lat, retailer=retailer, address=address)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDetail:
    """What is told of a question that was not a plain place, beside its owners."""

    item: int
    matched_by: MatchedBy
    lon: float | None
    lat: float | None
    retailer: RetailerRef | None
    unit: str | None
    certainty: float
    uncertainty_m: float | None
    address: AddressMatch | None
    valid_from: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemProblem:
    """Why one question of a batch failed."""

    item: int
    status: int
    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOut:
    """Answers to many questions, all from one generation.

    Parameters
    ----------
    owners : per layer the distinct answers; many places share one
    owner_of_item : per layer and question the number of its answer in `owners`, -1 where the question failed
    details : of the questions that were not plain places
    problems : the questions that failed
    distance_to_border_m : per layer and question, only where `distances` was asked for
    """

    adcode: str
    district: str
    is_synthetic: bool
    generation: int | None
    revision: int
    as_of: datetime
    valid_to: datetime | None
    is_stale: bool
    stale_since: datetime | None
    crs: Datum
    n_items: int
    owners: dict[Layer, list[LayerOwner]]
    owner_of_item: dict[Layer, list[int]]
    details: list[ItemDetail]
    problems: list[ItemProblem]
    distance_to_border_m: dict[Layer, list[float | None]]
