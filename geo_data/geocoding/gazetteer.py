"""Find addresses offline among what was imported: address points, street names, areas.

The gazetteer keeps its own index in memory and needs no database. An address is parsed; its street is looked up by
name, then by likeness, then among numbered neighbours (E 45 ST between E 44 ST and E 46 ST); the house number is placed
by interpolation. What has no street falls back to its estate or landmark, its area, or an honest reason. Where the row
claims an area (street office, postcode), a street that is only alike and lies elsewhere is not taken.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from geo_data.geocoding.chinese import local_part, parse_chinese, stem_and_number
from geo_data.geocoding.interpolation import NumberedStreet, beside
from geo_data.geocoding.other_names import Alias, AliasKind, OtherNames, plain, street_key
from geo_data.geocoding.parts import AddressParts, is_chinese
from geo_data.geocoding.results import AddressQuery, Candidate, GeocodeResult, Precision, from_candidates, not_found
from geo_data.geocoding.street_names import StreetNames, family_of
from geo_data.geocoding.western import parse_western
from geo_data.projection import LocalProjection

FloatArray = NDArray[np.float64]

# So many known numbers of one side tell how far from the course that side stands.
_N_SIDE = 6
# A candidate of this share of the best one's score is a weak rival: it gets little of the cloud (see certainty).
_WEAK_RIVAL = 0.905


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPlaces:
    """Holds what the gazetteer is built of; WGS-84.

    Parameters
    ----------
    addresses, lon, lat : address texts with their places
    area_codes : area of each address (street office, postcode), empty text where unknown; may be empty altogether
    street_names, street_lines : names and courses of streets; pieces of one street may repeat its name
    areas : code -> (name, polygon)
    aliases : other names of streets, areas and landmarks
    """

    addresses: Sequence[str] = ()
    lon: Sequence[float] = ()
    lat: Sequence[float] = ()
    area_codes: Sequence[str] = ()
    street_names: Sequence[str] = ()
    street_lines: Sequence[shapely.Geometry] = ()
    areas: dict[str, tuple[str, shapely.Geometry]] | None = None
    aliases: Sequence[Alias] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spot:
    """A named place: its middle and the radius of its points, in metres."""

    xy_m: FloatArray
    radius_m: float
    n_points: int


class Gazetteer:
    """Answers addresses from known places; see `KnownPlaces`."""

    def __init__(self, places: KnownPlaces) -> None:
        self._areas = places.areas or {}
        self._towns = {plain(name): name for name, _ in self._areas.values() if name}
        courses = street_courses(places.street_names, places.street_lines, self._parse_as_written)
        self._other_names = OtherNames(places.aliases, self._parse_as_written, courses)
        self._towns = {**self._other_names.towns, **self._towns}
        lon, lat = np.asarray(places.lon, dtype=np.float64), np.asarray(places.lat, dtype=np.float64)
        self._projection = _projection(lon, lat, places)
        xy_m = self._projection.xy_m(lon, lat)
        known = np.asarray(np.isfinite(xy_m).all(axis=1), dtype=bool)
        parts = [self.parse(text) for text in places.addresses]
        codes = list(places.area_codes) or [""] * len(parts)
        rows = [row for row in range(len(parts)) if known[row]]
        self._streets = _index_streets(parts, xy_m, rows)
        self._spots = _index_spots(parts, xy_m, rows)
        plane = self._projection.project(np.array(list(courses.values()), dtype=object))
        self._lines: dict[str, shapely.Geometry] = dict(zip(courses, plane, strict=True))
        self._area_spots = self._index_areas(codes, xy_m, rows)
        self._tails = {row: self._tail(places.addresses[row], parts[row]) for row in rows}
        self._tail_xy_m = xy_m
        self._families = _index_families(self._streets)
        others = self._other_names
        self._names = StreetNames({*self._streets, *self._lines, *others.renamed, *others.also})
        self._spot_names = sorted(self._spots)

    @property
    def name(self) -> str:
        return "gazetteer"

    def knows(self, kind: AliasKind, name: str) -> bool:
        """Return whether a street, an area or a landmark of this name was imported."""
        if kind is AliasKind.STREET:
            return self._is_street(street_key(name, self._parse_as_written))
        return plain(name) in (self._towns if kind is AliasKind.AREA else self._spots)

    def parse(self, text: str) -> AddressParts:
        """Return the parts of an address in either script, with today's names where it has older ones."""
        parts = self._other_names.apply(text, self._parse_as_written(text), self._towns)
        return replace(parts, town=self._towns.get(parts.town, parts.town)) if parts.town else parts

    def _parse_as_written(self, text: str) -> AddressParts:
        return parse_chinese(text, self._towns) if is_chinese(text) else parse_western(text)

    def geocode(self, queries: Sequence[AddressQuery]) -> list[GeocodeResult]:
        """Return one result per query, each with its reason; never raises for a query."""
        return [self._answer(query) for query in queries]

    def _answer(self, query: AddressQuery) -> GeocodeResult:
        if not query.text.strip():
            return self._by_area(query, "", "the address is blank")
        parts = self.parse(query.text)
        candidates: list[Candidate] = []
        if parts.street_key:
            candidates = self._by_street(parts)
        if parts.street_key not in self._names:
            candidates += self._by_whole_text(query.text, parts)
        if not candidates:
            candidates = self._by_stem(query.text)
        fitting = [candidate for candidate in candidates if self._fits_area(candidate, query.area_code)]
        if candidates and not fitting:
            words = f"{candidates[0].label} lies far outside the area that the row claims"
            return self._by_area(query, parts.town, words)
        candidates = fitting
        if not candidates and (parts.estate or parts.landmark):
            candidates = self._by_spot(parts.estate or parts.landmark)
        if candidates:
            best = max(candidates, key=lambda candidate: candidate.score)
            return from_candidates(self.name, candidates, f"found {best.label}{self._by_other_name(query.text, best)}")
        if not parts.street_key:
            return self._by_area(query, parts.town, "no street is recognised in the address")
        return self._by_area(query, parts.town, f"street {parts.street_key} is not known here")

    def _by_other_name(self, text: str, best: Candidate) -> str:
        """Return the words that say that the address calls the street by another name; empty where it does not."""
        if not (self._other_names.renamed or self._other_names.also):
            return ""
        written = self._parse_as_written(text).street
        is_other = written in self._other_names.renamed or written in self._other_names.also
        return f", which the address calls {written}" if is_other and written not in best.label.split() else ""

    def _fits_area(self, candidate: Candidate, area_code: str) -> bool:
        """Return False for a doubtful candidate that lies far outside the claimed area."""
        spot = self._area_spots.get(area_code)
        if spot is None or candidate.score >= 0.9:
            return True
        xy_m = self._projection.xy_m([candidate.lon], [candidate.lat])[0]
        return float(np.hypot(*(xy_m - spot.xy_m))) <= 1.5 * spot.radius_m + 200

    def _by_street(self, parts: AddressParts) -> list[Candidate]:
        candidates = [self._on_street(street, likeness, parts) for street, likeness in self._matching_streets(parts)]
        if not candidates and parts.number is not None:
            candidates = self._between_families(parts)
        if len(candidates) == 1 and candidates[0].precision is not Precision.ADDRESS:
            candidates += self._rivals_one_off(parts, candidates[0])
        return candidates

    def _rivals_one_off(self, parts: AddressParts, own: Candidate) -> list[Candidate]:
        """Return places on Chinese streets one character away that know this number better than the street named does.

        明桥路79号, where nobody is known to live, may be a misspelt 南桥路79号, where somebody is. A street that merely
        has such numbers was meant in 4 of 1,038 such questions: the nearest one is named and counts a little, because
        an owner who is wrong and not doubted costs more than one who is asked to confirm.
        """
        if not is_chinese(parts.street_key) or parts.middle_number is None:
            return []
        near = [street for street in self._names.one_off(parts.street_key) if self._is_street(street)]
        others = [self._on_street(street, 1.0, parts) for street in near]
        known = [replace(o, score=0.92 * own.score) for o in others if o.precision is Precision.ADDRESS]
        if known or own.precision is not Precision.STREET:
            return known
        between = [replace(o, score=_WEAK_RIVAL * own.score) for o in others if _is_between(o)]
        return sorted(between, key=lambda other: other.uncertainty_m)[:1]

    def _by_stem(self, text: str) -> list[Candidate]:
        """Return places on Chinese streets whose ending the address lost or mistook: 仁登8号, 仁登大8号."""
        found = stem_and_number(text, self._towns) if is_chinese(text) else None
        if found is None:
            return []
        parts = AddressParts(street=found[0], number=found[1])
        near = [item for item in self._names.without_ending(parts.street) if self._is_street(item[0])]
        return [self._on_street(*item, parts) for item in near]

    def _by_whole_text(self, text: str, parts: AddressParts) -> list[Candidate]:
        """Return the known Chinese addresses whose whole text, numbers and all, is nearly the one asked.

        Western ones are left to their streets, where one letter (E 44 ST, W 44 ST) can mean another place.
        """
        asked = self._tail(text, parts)
        if not is_chinese(text) or len(asked) < 5 or not any(character.isdigit() for character in asked):
            return []
        near = process.extract(asked, self._tails, scorer=fuzz.ratio, limit=4, score_cutoff=80)
        digits = re.findall(r"\d+", asked)
        return [
            self._candidate(known, self._tail_xy_m[row], 0.9 * ratio / 100, 60.0, Precision.ADDRESS)
            for known, ratio, row in near
            if re.findall(r"\d+", known) == digits
        ]

    def _tail(self, text: str, parts: AddressParts) -> str:
        """Return what identifies a door: the address without its administrative parts."""
        if is_chinese(text):
            return local_part(text, self._towns)
        return f"{'' if parts.number is None else parts.number} {parts.street}".strip()

    def _matching_streets(self, parts: AddressParts) -> list[tuple[str, float]]:
        """Return known streets with their likeness to the one asked, today's names in the place of others."""
        found: dict[str, float] = {}
        for name, likeness in self._named_or_alike(parts):
            own = (name,) if self._is_street(name) else ()
            renamed = self._other_names.renamed.get(name)
            for street in own or ((renamed,) if renamed else self._other_names.also.get(name, ())):
                if self._is_street(street):
                    found[street] = max(likeness, found.get(street, 0.0))
        return list(found.items())

    def _named_or_alike(self, parts: AddressParts) -> list[tuple[str, float]]:
        """Return known names with their likeness to the one asked; the same name alone where it is known."""
        asked = parts.street_key
        others = self._other_names.also.get(asked, ())
        if self._is_street(asked):
            return [(asked, 1.0), *((name, 0.97) for name in others)]
        if others:
            return [(name, 0.99) for name in others]
        if parts.lane and parts.street in self._names:
            return [(parts.street, 0.85)]
        inner = self._names.longest_ending(asked)
        if inner:
            return [(inner, 0.9)]
        words = asked.split()
        for n_words in range(len(words), 0, -1):
            shorter = " ".join(words[:n_words])
            found = [] if n_words < len(words) and shorter.isdigit() else self._names.alike(shorter)
            if found:
                loss = 0.04 * (len(words) - n_words)
                return [(name, likeness - loss) for name, likeness in found]
        return []

    def _is_street(self, name: str) -> bool:
        return name in self._streets or name in self._lines

    def _on_street(self, street: str, likeness: float, parts: AddressParts) -> Candidate:
        numbered, number = self._streets.get(street), parts.middle_number
        if numbered is None or number is None:
            spot = self._spot_of_street(street)
            words = street if number is None else f"{street}, where no house number is known"
            return self._candidate(words, spot.xy_m, likeness * 0.6, spot.radius_m, Precision.STREET)
        placed = numbered.place(number)
        xy_m = placed.xy_m if placed.is_exact else self._beside_line(street, placed.xy_m, number)
        precision = Precision.STREET
        if placed.is_exact:
            precision = Precision.ADDRESS
        elif placed.is_between:
            precision = Precision.INTERPOLATED
        score = likeness * (1.0 if placed.is_exact else 0.95 if placed.is_between else 0.6)
        if likeness < 1:
            score *= 0.95
        return self._candidate(f"{number:g} {street}", xy_m, score, placed.uncertainty_m, precision)

    def _beside_line(self, street: str, xy_m: FloatArray, number: float) -> FloatArray:
        """Return the place beside the street's course on the side of its numbers, where course and side are known."""
        line = self._lines.get(street)
        if line is None:
            return xy_m
        numbered = self._streets[street]
        own_side = np.flatnonzero(numbered.number % 2 == number % 2)
        near = own_side[np.argsort(np.abs(numbered.number[own_side] - number))[:_N_SIDE]]
        return beside(line, xy_m, numbered.xy_m[near])

    def _spot_of_street(self, street: str) -> _Spot:
        if street in self._lines:
            line = self._lines[street]
            middle = shapely.get_coordinates(shapely.shortest_line(line, shapely.centroid(line)))[0]
            radius_m = float(np.hypot(*(shapely.get_coordinates(line) - middle).T).max())
            return _Spot(xy_m=middle, radius_m=max(50.0, 0.9 * radius_m), n_points=0)
        return _spot(self._streets[street].xy_m)

    def _between_families(self, parts: AddressParts) -> list[Candidate]:
        """Return the place on a numbered street that nobody stands on, between its numbered neighbours."""
        match = re.search(r"\d+", parts.street)
        if match is None or parts.middle_number is None:
            return []
        family, own = family_of(parts.street), int(match.group())
        members = self._families.get(family, [])
        below = [member for member in members if member < own]
        above = [member for member in members if member > own]
        if not below or not above or above[0] - below[-1] > 6:
            return []
        ends = [
            self._streets[family.replace("#", str(member))].place(parts.middle_number).xy_m
            for member in (below[-1], above[0])
        ]
        share = (own - below[-1]) / (above[0] - below[-1])
        width_m = float(np.hypot(*(ends[1] - ends[0])))
        if width_m > 250 * (above[0] - below[-1]):
            return []
        words = f"{parts.street} between its numbered neighbours"
        return [
            self._candidate(words, ends[0] + share * (ends[1] - ends[0]), 0.6, 60 + 0.3 * width_m, Precision.STREET)
        ]

    def _by_spot(self, name: str) -> list[Candidate]:
        if name in self._spots:
            found = [(name, 1.0)]
        else:
            near = process.extract(name, self._spot_names, scorer=fuzz.ratio, limit=3, score_cutoff=80)
            found = [(match, score / 100) for match, score, _ in near]
        return [
            self._candidate(
                match, self._spots[match].xy_m, 0.8 * score, 40 + self._spots[match].radius_m, Precision.ESTATE
            )
            for match, score in found
        ]

    def _by_area(self, query: AddressQuery, town: str, reason: str) -> GeocodeResult:
        code = query.area_code if query.area_code in self._area_spots else self._code_of(town)
        if code not in self._area_spots:
            return not_found(self.name, f"{reason} and no area of it is known")
        spot = self._area_spots[code]
        label = self._areas.get(code, (code, None))[0] or code
        candidate = self._candidate(f"middle of {label}", spot.xy_m, 0.2, spot.radius_m, Precision.AREA)
        return from_candidates(self.name, [candidate], f"{reason}; the middle of {label} stands for it")

    def _code_of(self, town: str) -> str:
        return next((code for code, (name, _) in self._areas.items() if town and name == town), "")

    def _candidate(
        self, label: str, xy_m: FloatArray, score: float, radius_m: float, precision: Precision
    ) -> Candidate:
        lon, lat = self._projection.lonlat(np.asarray(xy_m, dtype=np.float64).reshape(1, 2))
        return Candidate(
            label=label,
            lon=float(lon[0]),
            lat=float(lat[0]),
            score=score,
            uncertainty_m=float(radius_m),
            precision=precision,
        )

    def _index_areas(self, codes: Sequence[str], xy_m: FloatArray, rows: Sequence[int]) -> dict[str, _Spot]:
        grouped: dict[str, list[int]] = defaultdict(list)
        for row in rows:
            if codes[row]:
                grouped[codes[row]].append(row)
        spots = {code: _spot(xy_m[members]) for code, members in grouped.items()}
        for code, (_, polygon) in self._areas.items():
            if code not in spots:
                plane = self._projection.project(np.array([polygon], dtype=object))[0]
                middle = np.array(shapely.get_coordinates(shapely.point_on_surface(plane))[0])
                spots[code] = _Spot(xy_m=middle, radius_m=float(np.sqrt(shapely.area(plane) / np.pi)), n_points=0)
        return spots


def _is_between(candidate: Candidate) -> bool:
    return candidate.precision is Precision.INTERPOLATED


def _projection(lon: FloatArray, lat: FloatArray, places: KnownPlaces) -> LocalProjection:
    shapes: list[shapely.Geometry] = [*places.street_lines, *(polygon for _, polygon in (places.areas or {}).values())]
    if np.isfinite(lon).any():
        return LocalProjection.around(lon, lat)
    if not shapes:
        return LocalProjection(0.0, 0.0)
    west, south, east, north = shapely.total_bounds(np.array(shapes, dtype=object))
    return LocalProjection.around([west, east], [south, north])


def _index_streets(parts: Sequence[AddressParts], xy_m: FloatArray, rows: Iterable[int]) -> dict[str, NumberedStreet]:
    grouped: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        if parts[row].street_key and parts[row].number is not None:
            grouped[parts[row].street_key].append(row)
    streets = {}
    for street, members in grouped.items():
        numbers = np.array([parts[row].middle_number for row in members], dtype=np.float64)
        streets[street] = NumberedStreet.of_points(numbers, xy_m[members])
    return streets


def _index_spots(parts: Sequence[AddressParts], xy_m: FloatArray, rows: Iterable[int]) -> dict[str, _Spot]:
    grouped: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        for name in {parts[row].estate, parts[row].landmark} - {""}:
            grouped[name].append(row)
    return {name: _spot(xy_m[members]) for name, members in grouped.items()}


def _spot(xy_m: FloatArray) -> _Spot:
    middle = np.median(xy_m, axis=0)
    radius_m = float(np.quantile(np.hypot(*(xy_m - middle).T), 0.9)) if len(xy_m) > 1 else 100.0
    return _Spot(xy_m=middle, radius_m=max(radius_m, 30.0), n_points=len(xy_m))


def street_courses(
    names: Sequence[str], lines: Sequence[shapely.Geometry], parse: Callable[[str], AddressParts]
) -> dict[str, shapely.Geometry]:
    """Return the whole course of each street by its parsed name; pieces of one name are joined."""
    grouped: dict[str, list[shapely.Geometry]] = defaultdict(list)
    for name, line in zip(names, lines, strict=True):
        if name and line is not None:
            grouped[street_key(name, parse) or name].append(line)
    return {name: shapely.union_all(np.array(pieces, dtype=object)) for name, pieces in grouped.items()}


def _index_families(streets: dict[str, NumberedStreet]) -> dict[str, list[int]]:
    families: dict[str, list[int]] = defaultdict(list)
    for street in streets:
        match = re.search(r"\d+", street)
        if match and len(re.findall(r"\d+", street)) == 1:
            families[family_of(street)].append(int(match.group()))
    return {family: sorted(members) for family, members in families.items()}
