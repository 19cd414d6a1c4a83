"""State what a geocoder is asked and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo_data.datums import Datum

# A match below this score rests on a name that is only alike.
CERTAIN_SCORE = 0.85
# A misspelt short name can mean many streets; more than this many tell a person nothing.
N_CANDIDATES = 8


class Precision(Enum):
    """Says what a point stands for, finest first."""

    GIVEN = "given"
    ADDRESS = "address"
    INTERPOLATED = "interpolated"
    ESTATE = "estate"
    STREET = "street"
    AREA = "area"
    NONE = "none"

    @property
    def is_certain(self) -> bool:
        """Return whether such points are fine enough to name an owner."""
        return self in (Precision.GIVEN, Precision.ADDRESS, Precision.INTERPOLATED)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressQuery:
    """Asks for the point of one address.

    Parameters
    ----------
    text : address as written
    area_code : street office, town or postcode that the row claims, empty for none
    lon, lat : WGS-84 position that came with the row, NaN for none
    name : of the shop or landmark, empty for none
    """

    text: str
    area_code: str = ""
    lon: float = np.nan
    lat: float = np.nan
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Holds one possible point of an address.

    Parameters
    ----------
    label : what was matched, in words
    lon, lat : WGS-84
    score : 0 to 1, likeness of what was matched to what was asked
    uncertainty_m : radius within which 90 % of such points are expected to lie
    precision : what the point stands for
    """

    label: str
    lon: float
    lat: float
    score: float
    uncertainty_m: float
    precision: Precision


@dataclass(frozen=True, slots=True, kw_only=True)
class GeocodeResult:
    """Answers one query: a point that says how sure it is, or the reason why there is none.

    Parameters
    ----------
    lon, lat : WGS-84, NaN where no point is known
    precision : what the point stands for
    method : name of the geocoder that answered
    score : 0 to 1; 0 without a point
    uncertainty_m : radius within which 90 % of such points are expected to lie; inf without a point
    source_datum : datum of the source before it was converted
    reason : in words, how the point was found or why there is none; never empty
    candidates : best first, the answer itself among them
    """

    lon: float
    lat: float
    precision: Precision
    method: str
    score: float
    uncertainty_m: float
    source_datum: Datum
    reason: str
    candidates: tuple[Candidate, ...] = ()

    @property
    def is_located(self) -> bool:
        """Return whether there is a point."""
        return self.precision is not Precision.NONE

    @property
    def is_certain(self) -> bool:
        """Return whether the point may name an owner without a look: fine, well matched, and without a rival."""
        return self.precision.is_certain and self.score >= CERTAIN_SCORE and not self.is_ambiguous

    @property
    def is_ambiguous(self) -> bool:
        """Return whether a second candidate is nearly as good and lies elsewhere."""
        if len(self.candidates) < 2:
            return False
        first, second = self.candidates[:2]
        order = list(Precision)
        is_as_fine = order.index(second.precision) <= order.index(first.precision)
        return second.score >= 0.95 * first.score and is_as_fine


class Geocoder(Protocol):
    """Finds points of addresses; answers every query, in order, and raises for none of them."""

    @property
    def name(self) -> str: ...

    def geocode(self, queries: Sequence[AddressQuery]) -> list[GeocodeResult]:
        """Return one result per query."""
        ...


def not_found(method: str, reason: str) -> GeocodeResult:
    """Return the answer that there is no point, with its reason."""
    return GeocodeResult(
        lon=np.nan, lat=np.nan, precision=Precision.NONE, method=method, score=0.0, uncertainty_m=np.inf,
        source_datum=Datum.WGS84, reason=reason,
    )  # fmt: skip


def from_candidates(method: str, candidates: Sequence[Candidate], reason: str) -> GeocodeResult:
    """Return the answer of the best candidate.

    Parameters
    ----------
    candidates : at least one; ordered here by score, then by uncertainty
    """
    ranked = sorted(candidates, key=lambda candidate: (-candidate.score, candidate.uncertainty_m))
    best = ranked[0]
    return GeocodeResult(
        lon=best.lon, lat=best.lat, precision=best.precision, method=method, score=best.score,
        uncertainty_m=best.uncertainty_m, source_datum=Datum.WGS84, reason=reason,
        candidates=tuple(ranked[:N_CANDIDATES]),
    )  # fmt: skip


class GeocoderChain:
    """Asks geocoders one after the other and keeps, for each query, the first certain answer, else the finest."""

    def __init__(self, geocoders: Sequence[Geocoder]) -> None:
        self._geocoders = tuple(geocoders)

    @property
    def name(self) -> str:
        return " > ".join(geocoder.name for geocoder in self._geocoders)

    def geocode(self, queries: Sequence[AddressQuery]) -> list[GeocodeResult]:
        """Return one result per query; each later geocoder sees only what is still uncertain."""
        results = [not_found("none", "no geocoder is set up")] * len(queries)
        order = list(Precision)
        for geocoder in self._geocoders:
            left = [row for row, result in enumerate(results) if not result.is_certain]
            for row, answer in zip(left, geocoder.geocode([queries[row] for row in left]), strict=True):
                is_better = order.index(answer.precision) < order.index(results[row].precision)
                if is_better or results[row].method == "none":
                    results[row] = answer
        return results


class GivenPositions:
    """Answers with the position that came with the row, where it lies in the district."""

    def __init__(self, district: BaseGeometry | None = None, source_datum: Datum = Datum.WGS84) -> None:
        self._district = district
        self._source_datum = source_datum

    @property
    def name(self) -> str:
        return "given"

    def geocode(self, queries: Sequence[AddressQuery]) -> list[GeocodeResult]:
        """Return the given position, or the reason why it cannot be taken."""
        return [self._answer(query) for query in queries]

    def _answer(self, query: AddressQuery) -> GeocodeResult:
        if not (np.isfinite(query.lon) and np.isfinite(query.lat)):
            return not_found(self.name, "the row gives no position")
        if self._district is not None and not shapely.intersects_xy(self._district, query.lon, query.lat):
            return not_found(self.name, "the given position lies outside the district")
        candidate = Candidate(
            label="given position",
            lon=query.lon,
            lat=query.lat,
            score=1.0,
            uncertainty_m=30.0,
            precision=Precision.GIVEN,
        )
        return GeocodeResult(
            lon=query.lon, lat=query.lat, precision=Precision.GIVEN, method=self.name, score=1.0, uncertainty_m=30.0,
            source_datum=self._source_datum, reason="position given with the row", candidates=(candidate,),
        )  # fmt: skip
