"""Ask a geocoder on the internet, behind the same protocol; off unless somebody sets one up.

Only the address is sent: no name of a shop, no code, no area, no position. Which host was asked
and how often is logged; the addresses are not. Answers are kept in a file, so that a batch that was stopped goes on.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from geo_data.datums import Datum, to_wgs84
from geo_data.geocoding.results import AddressQuery, Candidate, GeocodeResult, Precision, from_candidates, not_found

log = logging.getLogger("gridsvc.geocoding")

# A provider's point is taken for the street unless it says more; 9 of 10 are expected within this radius.
_UNCERTAINTY_M = 150.0
_SCORE = 0.8


class Place(Protocol):
    """Says where a provider found an address, as geopy's `Location` does."""

    @property
    def longitude(self) -> float: ...
    @property
    def latitude(self) -> float: ...
    @property
    def address(self) -> str: ...


class Provider(Protocol):
    """Looks one address up, as geopy's geocoders do; returns None where it finds nothing."""

    def geocode(self, query: str, *, exactly_one: bool = True, timeout: float = 10) -> Place | None:
        """Return the place of an address."""
        ...


class AnswerCache:
    """Keeps answers by provider and address in a file of JSON lines, each written at once.

    A line that a killed process left unfinished is skipped; the address is asked again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, dict[str, Any] | None] = {}
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                try:
                    entry = json.loads(line)
                    self._known[entry["key"]] = entry["place"]
                except (ValueError, KeyError, TypeError):
                    continue

    def __contains__(self, key: str) -> bool:
        return key in self._known

    def __getitem__(self, key: str) -> dict[str, Any] | None:
        return self._known[key]

    def keep(self, key: str, place: dict[str, Any] | None) -> None:
        """Write an answer to the file before anything else is asked."""
        self._known[key] = place
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"key": key, "place": place}, ensure_ascii=False) + "\n")
            stream.flush()
            os.fsync(stream.fileno())


class OnlineGeocoder:
    """Answers addresses by a provider on the internet; a provider that fails is an answer with its reason.

    Parameters
    ----------
    provider : of geopy, or anything with its `geocode`
    host : that is asked, for the log and the answer
    datum : of the provider's coordinates
    cache : kept answers; None asks every time
    most_failures : after so many failures in a row the rest is not asked
    """

    def __init__(
        self, provider: Provider, *, host: str, datum: Datum, cache: AnswerCache | None = None, most_failures: int = 3
    ) -> None:
        self._provider, self._host, self._datum = provider, host, datum
        self._cache, self._most_failures = cache, most_failures

    @property
    def name(self) -> str:
        return f"online {self._host}"

    def geocode(self, queries: Sequence[AddressQuery]) -> list[GeocodeResult]:
        """Return one result per query, in order; equal addresses are asked once."""
        answers: dict[str, GeocodeResult] = {}
        n_asked = n_failures = 0
        for text in dict.fromkeys(query.text for query in queries):
            if self._cache is not None and self._key(text) in self._cache:
                answers[text] = self._result(self._cache[self._key(text)])
            elif n_failures >= self._most_failures:
                answers[text] = not_found(self.name, f"{self._host} failed {n_failures} times and was not asked again")
            else:
                n_asked += 1
                answers[text], is_failure = self._ask(text)
                n_failures = n_failures + 1 if is_failure else 0
        if n_asked:
            log.info("asked %s for %d addresses", self._host, n_asked)
        return [answers[query.text] for query in queries]

    def _key(self, text: str) -> str:
        return f"{self._host} {text}"

    def _ask(self, text: str) -> tuple[GeocodeResult, bool]:
        try:
            place = self._provider.geocode(text, exactly_one=True, timeout=10)
        except Exception as error:
            log.warning("%s failed: %s", self._host, type(error).__name__)
            return not_found(self.name, f"{self._host} failed: {type(error).__name__}"), True
        found = None if place is None else {
            "lon": float(place.longitude), "lat": float(place.latitude), "label": str(place.address)[:200],
        }  # fmt: skip
        if self._cache is not None:
            self._cache.keep(self._key(text), found)
        return self._result(found), False

    def _result(self, found: dict[str, Any] | None) -> GeocodeResult:
        if found is None:
            return not_found(self.name, f"{self._host} knows no such address")
        lon, lat = to_wgs84(found["lon"], found["lat"], self._datum)
        candidate = Candidate(
            label=str(found["label"]), lon=float(lon), lat=float(lat), score=_SCORE, uncertainty_m=_UNCERTAINTY_M,
            precision=Precision.STREET,
        )  # fmt: skip
        result = from_candidates(self.name, [candidate], f"found by {self._host}")
        return GeocodeResult(
            lon=result.lon, lat=result.lat, precision=result.precision, method=self.name, score=result.score,
            uncertainty_m=result.uncertainty_m, source_datum=self._datum, reason=result.reason,
            candidates=result.candidates,
        )  # fmt: skip


def make_online(name: str, *, key: str = "", host: str = "", cache_file: Path | None = None) -> OnlineGeocoder:
    """Return the geocoder of a provider by its name: nominatim, photon or baidu.

    Parameters
    ----------
    key : that the provider wants (baidu), empty for none
    host : of an own nominatim or photon, empty for the public one

    Raises
    ------
    ValueError : an unknown provider, or a key that is missing
    """
    from geopy import geocoders  # a network library; nothing else needs it

    cache = None if cache_file is None else AnswerCache(cache_file)
    if name == "nominatim":
        host = host or "nominatim.openstreetmap.org"
        provider = geocoders.Nominatim(user_agent="gridsvc", domain=host)
        return OnlineGeocoder(provider, host=host, datum=Datum.WGS84, cache=cache)
    if name == "photon":
        host = host or "photon.komoot.io"
        provider = geocoders.Photon(user_agent="gridsvc", domain=host)
        return OnlineGeocoder(provider, host=host, datum=Datum.WGS84, cache=cache)
    if name == "baidu":
        if not key:
            raise ValueError("baidu wants a key")
        provider = geocoders.BaiduV3(api_key=key)
        return OnlineGeocoder(provider, host="api.map.baidu.com", datum=Datum.BD09, cache=cache)
    raise ValueError(f"there is no online geocoder {name}; known are nominatim, photon, baidu")
