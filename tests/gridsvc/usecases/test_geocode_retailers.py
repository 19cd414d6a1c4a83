"""Shops without a point are looked up in pieces; what stays uncertain goes further only when somebody wants it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from geo_data.geocoding.gazetteer import Gazetteer
from geo_data.geocoding.results import AddressQuery, Candidate, GeocodeResult, Precision, from_candidates, not_found
from gridsvc.clock import FixedClock
from gridsvc.domain.errors import BadInput
from gridsvc.settings import Settings
from gridsvc.storage import Store, retailers, reviews
from gridsvc.usecases.geocode_retailers import geocode_retailers
from gridsvc.usecases.import_retailers import import_retailers
from gridsvc.usecases.list_reviews import page_reviews
from gridsvc.usecases.move_pin import move_pin
from gridsvc.wiring import online_geocoder
from tests.gridsvc.usecases.small_town import SOUTH, WEST, WGS84, make_town, shop, shops, write_csv


@dataclass
class FakeOnline:
    """Places every address it is asked in the middle of the town; may do something first, as another person would."""

    meanwhile: list[object] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return "online fake"

    def geocode(self, queries: Sequence[AddressQuery]) -> list[GeocodeResult]:
        self.asked += [query.text for query in queries]
        for act in self.meanwhile:
            act()  # type: ignore[operator]
        self.meanwhile.clear()
        place = Candidate(label="x", lon=WEST + 0.02, lat=SOUTH + 0.02, score=0.8, uncertainty_m=150,
                          precision=Precision.STREET)  # fmt: skip
        return [
            from_candidates(self.name, [place], "found by fake") if "路" in query.text else not_found(self.name, "no")
            for query in queries
        ]


def test_only_uncertain_addresses_go_further_and_a_pin_set_meanwhile_stays(
    store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    adcode = make_town(store, clock, "100031", tmp_path)
    lost = [shop(20, address="不明路999号", lon="", lat=""), shop(21, address="无名路1号", lon="", lat=""),
            shop(22, address="by the river", lon="", lat="")]  # fmt: skip
    path = write_csv(tmp_path / "shops.csv", [*shops(12), *lost])
    import_retailers(store, clock, adcode=adcode, actor="test", path=path, options=WGS84)
    item = next(i for i in page_reviews(store, adcode=adcode, code="not_located")[0] if i.retailer_code == "R0021")

    def drag() -> None:
        move_pin(store, clock, adcode=adcode, actor="planner", retailer_id=str(item.retailer_id), lon=WEST + 0.01,
                 lat=SOUTH + 0.01, reason="seen there")  # fmt: skip

    online, words = FakeOnline(meanwhile=[drag]), list[str]()
    done = geocode_retailers(store, clock, adcode=adcode, actor="test", online=online,
                             on_progress=lambda share, said: words.append(said))  # fmt: skip
    assert sorted(online.asked) == ["by the river", "不明路999号", "无名路1号"]
    assert (done.n_asked, done.n_located) == (2, 1)
    assert any("address 1 of 3" in said for said in words)
    with store.transaction(adcode) as tx:
        known = retailers.columns(tx)
        open_items = {(i.retailer_code, i.code) for i in reviews.queue(tx) if i.code != "unowned"}
    row = {code: at for at, code in enumerate(known.retailer_code)}
    assert known.precision_class[row["R0020"]] == "street"
    assert known.located_by[row["R0020"]].startswith("online fake")
    assert known.lon[row["R0021"]] == pytest.approx(WEST + 0.01)
    assert known.located_by[row["R0021"]] == "review: seen there"
    assert open_items == {("R0020", "uncertain_location"), ("R0022", "not_located")}


def test_nobody_is_asked_unless_the_settings_name_a_provider() -> None:
    with pytest.raises(BadInput, match="addresses stay here"):
        online_geocoder(Settings(online_geocoder=None))
    with pytest.raises(BadInput, match="wants a key"):
        online_geocoder(Settings(online_geocoder="baidu"))
    assert online_geocoder(Settings(online_geocoder="photon", online_geocoder_host="photon.intern")).name == (
        "online photon.intern"
    )


def test_a_batch_that_was_stopped_asks_the_rest_and_writes_everything(
    store: Store, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    adcode = make_town(store, clock, "100032", tmp_path)
    lost = [shop(number, address=f"中华路{number}号", lon="", lat="") for number in range(20, 32)]
    path = write_csv(tmp_path / "shops.csv", [*shops(12), shop(100, address="长江路1号")])
    import_retailers(store, clock, adcode=adcode, actor="test", path=path, options=WGS84)
    for number, row in enumerate(lost):
        row["address"] = f"黄河路{number}号"
    import_retailers(store, clock, adcode=adcode, actor="test", path=write_csv(tmp_path / "lost.csv", lost),
                     options=WGS84)  # fmt: skip
    monkeypatch.setattr("gridsvc.usecases.geocode_retailers._AT_ONCE", 5)
    asked: list[str] = []
    plain = Gazetteer.geocode

    def counted(self: Gazetteer, queries: Sequence[AddressQuery]) -> list[GeocodeResult]:
        asked.extend(query.text for query in queries)
        return plain(self, queries)

    monkeypatch.setattr(Gazetteer, "geocode", counted)

    def stop_in_the_third_piece(share: float, words: str) -> None:
        if "address 11" in words:
            raise KeyboardInterrupt

    who = {"adcode": adcode, "actor": "test", "kept_in": tmp_path / "kept"}
    with pytest.raises(KeyboardInterrupt):
        geocode_retailers(store, clock, **who, on_progress=stop_in_the_third_piece)  # type: ignore[arg-type]
    assert len(asked) == 10
    done = geocode_retailers(store, clock, **who)  # type: ignore[arg-type]
    assert (len(asked), len(set(asked))) == (12, 12)
    assert done.n_asked == 12
    assert not list((tmp_path / "kept").iterdir())
