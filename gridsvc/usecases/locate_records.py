"""Put shops that came without coordinates on the map, by the gazetteer of what was imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo_data.geocoding.gazetteer import Gazetteer, KnownPlaces
from geo_data.geocoding.other_names import Alias, AliasKind
from geo_data.geocoding.results import AddressQuery, GeocodeResult
from geo_data.notes import Note
from geo_data.projection import LocalProjection
from gridsvc.domain.imports import RowFinding, Severity
from gridsvc.storage import Transaction, aliases, areas, streets
from gridsvc.usecases.retailer_records import Fields

AREA_LEVEL = "street_office"
MARGIN_M = 250.0  # a point this far outside the boundary still counts as inside, as it does for given coordinates


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """What the gazetteer says of the shops that it was asked for; `n_located` of them have a point now."""

    n_asked: int = 0
    n_located: int = 0
    findings: tuple[RowFinding, ...] = ()
    notes: tuple[Note, ...] = ()


def locate_records(
    tx: Transaction, district: BaseGeometry, records: Mapping[str, Fields], known: Mapping[str, Fields]
) -> Located:
    """Fill the point, precision and method of the `records` without a point, in place.

    The gazetteer knows the addresses of `known` and of the other records with given coordinates, the named streets and
    the street offices. A point outside the district is not taken. What is not located keeps its reason in `located_by`;
    what is located roughly is found too.
    """
    asked = {code: record for code, record in records.items() if record["lon"] is None}
    if not asked:
        return Located()
    gazetteer = Gazetteer(known_places(tx, {**known, **records}))
    return apply_answers(district, asked, gazetteer.geocode(queries_of(asked)))


def queries_of(records: Mapping[str, Fields]) -> list[AddressQuery]:
    """Give the question that each record asks a geocoder, in their order."""
    return [
        AddressQuery(text=record["address"], area_code=record["street_office"] or "", name=record["name"])
        for record in records.values()
    ]


def build_geocoder(tx: Transaction, known: Mapping[str, Fields]) -> Gazetteer:
    """Give the gazetteer of what is known."""
    return Gazetteer(known_places(tx, known))


def apply_answers(district: BaseGeometry, asked: Mapping[str, Fields], answers: Sequence[GeocodeResult]) -> Located:
    """Fill the point, precision and method of the `asked` records by their answers, in place."""
    boundary = DistrictBoundary(district)
    findings: list[RowFinding] = []
    counts: dict[str, int] = {}
    for (code, record), result in zip(asked.items(), answers, strict=True):
        words = boundary.fault(result) or _fault(result)
        if result.is_located and not boundary.fault(result):
            record |= {
                "lon": result.lon, "lat": result.lat, "precision_class": result.precision.value,
                "located_by": f"{result.method}: {result.reason}", "location_score": round(result.score, 4),
                "source_datum": result.source_datum.value,
            }  # fmt: skip
            counts[result.precision.value] = counts.get(result.precision.value, 0) + 1
        else:
            record["located_by"] = words
        if words:
            kind = "uncertain_location" if record["lon"] is not None else "not_located"
            findings.append(
                RowFinding(row_no=record.get("row_no"), severity=Severity.SUSPICIOUS, code=kind, column="address",
                           words=f"retailer {code}: {words}", subject=code,
                           evidence=_evidence(result, record["address"]))
            )  # fmt: skip
    return Located(
        n_asked=len(asked), n_located=sum(counts.values()), findings=tuple(findings), notes=_notes(len(asked), counts)
    )


def known_places(tx: Transaction, records: Mapping[str, Fields]) -> KnownPlaces:
    """Give what a gazetteer is built of: records with given points, named streets, street offices, and other names."""
    given = [record for record in records.values() if record["precision_class"] == "given" and record["address"]]
    offices = areas.columns(tx, AREA_LEVEL)
    network = streets.columns(tx)
    named = np.zeros(0, dtype=np.int64) if network is None else np.flatnonzero(
        np.array([bool(name) for name in network.name], dtype=bool) & ~shapely.is_missing(network.course)
    )  # fmt: skip
    return KnownPlaces(
        addresses=[record["address"] for record in given],
        lon=[record["lon"] for record in given],
        lat=[record["lat"] for record in given],
        area_codes=[record["street_office"] or "" for record in given],
        street_names=[] if network is None else list(network.name[named]),
        street_lines=[] if network is None else list(network.course[named]),
        areas={
            code: (name, shape)
            for code, name, shape in zip(offices.area_code, offices.name, offices.outline, strict=True)
        },
        aliases=[Alias(kind=AliasKind(kind), alias=alias, name=name) for kind, alias, name in aliases.listed(tx)],
    )


class DistrictBoundary:
    """Tells whether a point lies in the district."""

    def __init__(self, district: BaseGeometry) -> None:
        self._plane = LocalProjection.around_geometry(district)
        self._shape = self._plane.project(np.array([district], dtype=object))[0]
        shapely.prepare(self._shape)

    def metres_outside(self, lon: float, lat: float) -> float:
        """Give how far a WGS-84 place lies outside, 0 inside."""
        return float(shapely.distance(self._shape, shapely.Point(*self._plane.xy_m([lon], [lat])[0])))

    def fault(self, result: GeocodeResult) -> str:
        """Give the words when a located point lies outside, empty otherwise."""
        metres = self.metres_outside(result.lon, result.lat) if result.is_located else 0.0
        return f"{result.reason}, but {metres:.0f} m outside the district" if metres > MARGIN_M else ""


def _fault(result: GeocodeResult) -> str:
    if not result.is_located:
        return result.reason
    if result.is_certain:
        return ""
    rival = f"; {result.candidates[1].label} fits as well" if result.is_ambiguous else ""
    return f"{result.reason}, within about {result.uncertainty_m:.0f} m{rival}"


def _evidence(result: GeocodeResult, address: str) -> dict[str, float | str]:
    if not result.is_located:
        return {"address": address} if address else {}
    best: dict[str, float | str] = {"within_m": round(result.uncertainty_m), "precision": result.precision.value}
    return best | ({"rival": result.candidates[1].label} if result.is_ambiguous else {})


def _notes(n_asked: int, counts: Mapping[str, int]) -> tuple[Note, ...]:
    if not n_asked:
        return ()
    found = ", ".join(f"{count} by {precision}" for precision, count in counts.items())
    left = n_asked - sum(counts.values())
    words = f"{n_asked} shops had no usable position; their addresses were looked up: {found or 'none was found'}"
    told = f"{words}; {left} have no point yet" if left else words
    return (Note(told, "addresses_looked_up", n=n_asked, n_found=n_asked - left, n_left=left),)
