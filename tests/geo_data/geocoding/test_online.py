"""Whoever sets up a geocoder on the internet sends addresses only, each once, and goes on after a stop."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from geo_data.datums import Datum, from_wgs84
from geo_data.geocoding.gazetteer import Gazetteer, KnownPlaces
from geo_data.geocoding.online import AnswerCache, OnlineGeocoder, make_online
from geo_data.geocoding.results import AddressQuery, GeocoderChain, Precision

LON, LAT = 106.7, 26.6


@dataclass
class FoundPlace:
    longitude: float
    latitude: float
    address: str


@dataclass
class FakeProvider:
    """Knows some addresses, in BD-09; fails for those that begin with '!'."""

    known: dict[str, tuple[float, float]]
    asked: list[tuple[str, dict[str, object]]] = field(default_factory=list)

    def geocode(self, query: str, *, exactly_one: bool = True, timeout: float = 10) -> FoundPlace | None:
        self.asked.append((query, {"exactly_one": exactly_one, "timeout": timeout}))
        if query.startswith("!"):
            raise TimeoutError("the network is down")
        place = self.known.get(query)
        return None if place is None else FoundPlace(*place, address=f"found {query}")


@pytest.fixture
def provider() -> FakeProvider:
    lon, lat = from_wgs84(LON, LAT, Datum.BD09)
    return FakeProvider({"中华路1号": (float(lon), float(lat))})


def online(provider: FakeProvider, **more: object) -> OnlineGeocoder:
    return OnlineGeocoder(provider, host="maps.example", datum=Datum.BD09, **more)  # type: ignore[arg-type]


def test_only_the_address_is_sent_and_the_answer_is_wgs84_with_its_source(provider: FakeProvider) -> None:
    query = AddressQuery(text="中华路1号", area_code="520103001", lon=1.0, lat=2.0, name="secret shop")
    (found,) = online(provider).geocode([query])
    assert [asked for asked, _ in provider.asked] == ["中华路1号"]
    assert (found.lon, found.lat) == (pytest.approx(LON, abs=1e-7), pytest.approx(LAT, abs=1e-7))
    assert (found.source_datum, found.precision, found.method) == (Datum.BD09, Precision.STREET, "online maps.example")
    assert not found.is_certain
    assert "maps.example" in found.reason


def test_host_and_count_are_logged_and_no_address(provider: FakeProvider, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="gridsvc.geocoding")
    online(provider).geocode([AddressQuery(text="中华路1号"), AddressQuery(text="!x")])
    assert "asked maps.example for 2 addresses" in caplog.text
    assert "中华路" not in caplog.text


def test_an_address_is_asked_once_and_a_batch_goes_on_after_a_stop(provider: FakeProvider, tmp_path: Path) -> None:
    file = tmp_path / "answers.jsonl"
    queries = [AddressQuery(text=text) for text in ("中华路1号", "nowhere", "中华路1号")]
    first = online(provider, cache=AnswerCache(file)).geocode(queries)
    assert len(provider.asked) == 2
    with file.open("a", encoding="utf-8") as stream:
        stream.write('{"key": "maps.example half a li')  # a process was killed here
    again = online(provider, cache=AnswerCache(file)).geocode(queries)
    assert len(provider.asked) == 2
    assert [r.precision for r in again] == [r.precision for r in first]


def test_a_provider_that_fails_is_an_answer_and_is_left_alone_after_three_times(provider: FakeProvider) -> None:
    results = online(provider).geocode([AddressQuery(text=f"!{n}") for n in range(10)])
    assert len(provider.asked) == 3
    assert all(result.precision is Precision.NONE and result.reason for result in results)
    assert "was not asked again" in results[-1].reason


def test_behind_the_gazetteer_only_what_is_uncertain_is_asked(provider: FakeProvider) -> None:
    known = KnownPlaces(addresses=["人民路5号"], lon=[LON + 0.01], lat=[LAT])
    chain = GeocoderChain([Gazetteer(known), online(provider)])
    near, far = chain.geocode([AddressQuery(text="人民路5号"), AddressQuery(text="中华路1号")])
    assert (near.method, far.method) == ("gazetteer", "online maps.example")
    assert [asked for asked, _ in provider.asked] == ["中华路1号"]


def test_a_provider_is_made_by_name_without_asking_anybody() -> None:
    assert make_online("nominatim").name == "online nominatim.openstreetmap.org"
    assert make_online("photon", host="photon.intern").name == "online photon.intern"
    with pytest.raises(ValueError, match="wants a key"):
        make_online("baidu")
    with pytest.raises(ValueError, match="there is no online geocoder"):
        make_online("mars")
