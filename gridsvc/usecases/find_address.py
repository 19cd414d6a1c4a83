"""Find the place of an address offline, for look-ups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo_data.geocoding import AddressQuery, GeocodeResult, error_cloud, match_probability
from gridsvc.domain.errors import NotFound
from gridsvc.domain.ids import Adcode
from gridsvc.domain.ownership import AddressMatch, PlaceCandidate
from gridsvc.usecases.address_book import AddressBook

_N_CANDIDATES = 5
_N_PLACES = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAddress:
    """The place of an address, how it was found, and places, equally likely, where it may really be."""

    match: AddressMatch
    lon: float
    lat: float
    cloud: tuple[NDArray[np.float64], NDArray[np.float64]]


def find_address(book: AddressBook, *, adcode: Adcode, address: str) -> FoundAddress:
    """Give where an address lies, by the district's own shops, streets and areas; raises `NotFound` with the reason."""
    result = book.gazetteer(adcode).geocode([AddressQuery(text=address)])[0]
    if not result.is_located:
        raise NotFound(f"the address {address} was not found: {result.reason}")
    cloud = error_cloud(result, _N_PLACES)
    return FoundAddress(match=_match(address, result), lon=result.lon, lat=result.lat, cloud=cloud)


def _match(address: str, result: GeocodeResult) -> AddressMatch:
    return AddressMatch(
        address=address,
        label=result.candidates[0].label if result.candidates else address,
        confidence=round(match_probability(result), 4),
        precision=result.precision.value,
        uncertainty_m=round(result.uncertainty_m, 1),
        reason=result.reason,
        candidates=tuple(
            PlaceCandidate(
                label=other.label, lon=other.lon, lat=other.lat, score=round(other.score, 4),
                precision=other.precision.value, uncertainty_m=round(other.uncertainty_m, 1),
            )
            for other in result.candidates[1:_N_CANDIDATES]
        ),
    )  # fmt: skip
