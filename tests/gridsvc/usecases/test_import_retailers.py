"""Shops come in whole or not at all, and every row is accounted for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from geo_data.datums import Datum, from_wgs84
from gridsvc.clock import FixedClock
from gridsvc.domain.errors import BadInput, NotFound
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, districts, imports, retailers, reviews
from gridsvc.usecases.import_retailers import import_retailers
from gridsvc.usecases.read_source import SourceOptions
from tests.gridsvc.usecases.small_town import WEST, WGS84, make_town, shop, shops, write_csv


def _n_shops(store: Store, adcode: Adcode) -> int:
    with store.transaction(adcode) as tx:
        return len(retailers.columns(tx, statuses=retailers.STATUSES))


def test_every_row_is_accepted_or_rejected_and_traces_to_its_raw_row(
    store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    adcode = make_town(store, clock, "100001", tmp_path)
    rows = [*shops(10), shop(3), shop(11, name=""), shop(12, licence_no="!!"), shop(13, address="长" * 10_000)]
    path = write_csv(tmp_path / "shops.csv", rows)
    report = import_retailers(store, clock, adcode=adcode, actor="test", path=path, options=WGS84)
    assert (report.n_rows, report.n_accepted, report.n_rejected) == (14, 10, 4)
    assert {f.row_no for f in report.findings if f.severity == "rejected"} == {12, 13, 14, 15}
    with store.transaction(adcode) as tx:
        run = imports.last(tx, "retailers")
        assert run is not None
        assert run.counts["rejected"] == 4
        assert imports.raw_fields(tx, run.import_run_id, 2)["name"] == "Shop 0"
        assert len(imports.raw_fields(tx, run.import_run_id, 15)["address"]) == 10_000
        assert {item.row_no for item in reviews.listed(tx) if item.severity == "rejected"} == {12, 13, 14, 15}
        assert len(retailers.columns(tx)) == 10


def test_the_same_file_twice_changes_nothing(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    adcode = make_town(store, clock, "100002", tmp_path)
    path = write_csv(tmp_path / "shops.csv", shops(20))
    first = import_retailers(store, clock, adcode=adcode, actor="test", path=path, options=WGS84)
    with store.transaction(adcode) as tx:
        before = districts.find(tx).revision, imports.last(tx, "retailers"), len(reviews.listed(tx, state=None))
    again = import_retailers(store, clock, adcode=adcode, actor="test", path=path, options=WGS84)
    assert first.n_new == 20
    assert again.changes_nothing
    assert (again.n_new, again.n_changed, again.n_unchanged, again.changes) == (0, 0, 20, ())
    with store.transaction(adcode) as tx:
        after = districts.find(tx).revision, imports.last(tx, "retailers"), len(reviews.listed(tx, state=None))
    assert after == before


def test_a_changed_file_shows_which_fields_of_which_codes_differ(
    store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    adcode = make_town(store, clock, "100003", tmp_path)
    path = write_csv(tmp_path / "shops.csv", shops(5))
    import_retailers(store, clock, adcode=adcode, actor="test", path=path, options=WGS84)
    moved = [shop(0, tier="A"), shop(1, lon=WEST + 0.02), *shops(5)[2:], shop(7)]
    report = import_retailers(
        store, clock, adcode=adcode, actor="test", path=write_csv(path, moved), options=WGS84
    )  # fmt: skip
    assert (report.n_new, report.n_changed, report.n_unchanged) == (1, 2, 3)
    assert [(c.subject, c.field, c.before, c.after) for c in report.changes] == [
        ("R0000", "tier", "B", "A"),
        ("R0001", "lon", "106.7052", "106.72"),
    ]
    with store.transaction(adcode) as tx:
        known = retailers.columns(tx)
    assert known.tier[0] == "A"
    assert known.lon[1] == pytest.approx(WEST + 0.02)


def test_coordinates_without_a_named_datum_are_refused_and_nothing_is_written(
    store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    adcode = make_town(store, clock, "100004", tmp_path)
    path = write_csv(tmp_path / "shops.csv", shops(3))
    with pytest.raises(BadInput, match="--crs"):
        import_retailers(store, clock, adcode=adcode, actor="test", path=path)
    with pytest.raises(BadInput, match="no datum"):
        import_retailers(store, clock, adcode=adcode, actor="test", path=path, options=SourceOptions(crs="mars"))
    assert _n_shops(store, adcode) == 0


def test_gcj02_positions_are_stored_as_wgs84(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    adcode = make_town(store, clock, "100005", tmp_path)
    plain = shops(30)
    lon, lat = from_wgs84([s["lon"] for s in plain], [s["lat"] for s in plain], Datum.GCJ02)
    shifted = [s | {"lon": x, "lat": y} for s, x, y in zip(plain, lon.tolist(), lat.tolist(), strict=True)]
    path = write_csv(tmp_path / "shops.csv", shifted)
    import_retailers(store, clock, adcode=adcode, actor="test", path=path, options=SourceOptions(crs="gcj02"))
    with store.transaction(adcode) as tx:
        known = retailers.columns(tx)
    assert np.abs(known.lon - [s["lon"] for s in plain]).max() < 1e-7
    assert set(known.source_datum) == {"gcj02"}
    assert np.abs(lon - [s["lon"] for s in plain]).min() > 1e-3  # the shift was there


def test_gb18030_is_detected_and_said(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    adcode = make_town(store, clock, "100006", tmp_path)
    rows = [shop(number, name=f"惠民便利店{number}") for number in range(5)]
    path = write_csv(tmp_path / "shops.csv", rows, encoding="gb18030")
    report = import_retailers(store, clock, adcode=adcode, actor="test", path=path, options=WGS84)
    assert any("gb18030" in note for note in report.notes)
    with store.transaction(adcode) as tx:
        assert retailers.columns(tx).name[0] == "惠民便利店0"
    with pytest.raises(BadInput, match="utf-8"):
        import_retailers(
            store, clock, adcode=adcode, actor="test", path=path, options=SourceOptions(crs="wgs84", encoding="utf-8")
        )


def test_a_dry_run_reports_and_writes_nothing(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    adcode = make_town(store, clock, "100007", tmp_path)
    path = write_csv(tmp_path / "shops.csv", shops(4))
    report = import_retailers(store, clock, adcode=adcode, actor="test", path=path, options=WGS84, dry_run=True)
    assert report.n_new == 4
    assert report.is_dry_run
    assert _n_shops(store, adcode) == 0


def test_swapped_and_broken_coordinates_are_found(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    adcode = make_town(store, clock, "100008", tmp_path)
    there = shop(1)
    rows = [
        *shops(1),
        shop(1, lon=there["lat"], lat=there["lon"]),
        shop(2, lon="NaN", lat="NaN", address=""),
        shop(3, lon=0, lat=0, address=""),
        shop(4, lon=200, lat=95, address=""),
        shop(5, lon=107.5, address=""),
    ]
    path = write_csv(tmp_path / "shops.csv", rows)
    report = import_retailers(store, clock, adcode=adcode, actor="test", path=path, options=WGS84)
    codes = {f.row_no: f.code for f in report.findings}
    assert codes[3] == "coordinates_swapped"
    assert codes[5] == "coordinates_zero"
    assert codes[6] == "coordinates_out_of_range"
    assert codes[7] == "outside_district"
    assert (report.n_accepted, report.n_rejected) == (2, 4)


def test_a_shop_without_coordinates_is_placed_among_its_street_or_keeps_the_reason(
    store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    adcode = make_town(store, clock, "100009", tmp_path)
    rows = [*shops(12), shop(20, address="中华路6号", lon="", lat=""), shop(21, address="不明路999号", lon="", lat="")]
    path = write_csv(tmp_path / "shops.csv", rows)
    report = import_retailers(store, clock, adcode=adcode, actor="test", path=path, options=WGS84)
    with store.transaction(adcode) as tx:
        known = retailers.columns(tx)
        listed = [item for item in reviews.listed(tx) if item.code == "not_located"]
    placed, lost = list(known.retailer_code).index("R0020"), list(known.retailer_code).index("R0021")
    assert known.precision_class[placed] == "address"
    assert known.lon[placed] == pytest.approx(shop(5)["lon"], abs=1e-6)
    assert not known.is_located[lost]
    assert known.precision_class[lost] == "none"
    assert "不明路" in known.located_by[lost]
    assert [item.retailer_id for item in listed] == [known.retailer_id[lost]]
    assert report.n_accepted == 14


def test_a_licence_of_another_shop_is_rejected(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    adcode = make_town(store, clock, "100010", tmp_path)
    path = write_csv(tmp_path / "shops.csv", shops(2))
    import_retailers(store, clock, adcode=adcode, actor="test", path=path, options=WGS84)
    write_csv(path, [shop(0), shop(9, licence_no=shop(1)["licence_no"])])
    report = import_retailers(store, clock, adcode=adcode, actor="test", path=path, options=WGS84)
    assert [f.code for f in report.findings] == ["licence_of_another"]
    assert _n_shops(store, adcode) == 2


def test_what_a_register_does_not_hold_is_assumed_until_a_file_states_it(
    store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    adcode = make_town(store, clock, "100011", tmp_path)
    bare = [
        {name: value for name, value in row.items() if name not in ("tier", "urban_form", "order_cartons", "risk")}
        for row in shops(3)
    ]
    path = write_csv(tmp_path / "shops.csv", bare)
    report = import_retailers(store, clock, adcode=adcode, actor="test", path=path, options=WGS84)
    assert any("neutral values" in note for note in report.notes)
    with store.transaction(adcode) as tx:
        assert set(retailers.columns(tx).assumed[0]) == {
            "tier", "risk", "urban_form", "order_cartons", "needs_enforcement",
        }  # fmt: skip
    import_retailers(store, clock, adcode=adcode, actor="test", path=write_csv(path, shops(3)), options=WGS84)
    with store.transaction(adcode) as tx:
        known = retailers.columns(tx)
    assert set(known.assumed[0]) == {"needs_enforcement"}
    assert set(known.order_cartons) == {30.0}


def test_a_mended_file_closes_what_it_mends(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    adcode = make_town(store, clock, "100012", tmp_path)
    path = write_csv(tmp_path / "shops.csv", [*shops(2), shop(5, name="")])
    import_retailers(store, clock, adcode=adcode, actor="test", path=path, options=WGS84)
    write_csv(path, [*shops(2), shop(5)])
    import_retailers(store, clock, adcode=adcode, actor="test", path=path, options=WGS84)
    with store.transaction(adcode) as tx:
        assert [item.state for item in reviews.listed(tx, state=None)] == ["mended"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("shops.csv", b"", "empty"),
        ("shops.csv", b"a,b\n1,2\n", "no column for name"),
        ("shops.xlsx", b"no workbook", "XLSX"),
        ("shops.csv.gz", b"no gzip", "gzip"),
        ("shops.docx", b"", "not read"),
        ("missing.csv", None, "cannot be opened"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_sentence(
    store: Store, clock: FixedClock, tmp_path: Path, name: str, content: bytes | None, words: str
) -> None:
    adcode = make_town(store, clock, "100013", tmp_path)
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInput, match=words):
        import_retailers(store, clock, adcode=adcode, actor="test", path=path, options=WGS84)


def test_an_unknown_district_is_said(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "shops.csv", shops(1))
    with pytest.raises(NotFound, match="999999"):
        import_retailers(store, clock, adcode=Adcode("999999"), actor="test", path=path, options=WGS84)


def test_brooklyn_comes_in_with_its_flaws_named(store: Store, clock: FixedClock, cases: Path, tmp_path: Path) -> None:
    from gridsvc.usecases.create_district import create_district

    folder = cases / "nyc-retail"
    create_district(
        store, clock, adcode=Adcode("36047"), actor="test", name="Brooklyn", country="US",
        time_zone="America/New_York", boundary=folder / "boroughs.geojson.gz",
        options=SourceOptions(where={"name": "Brooklyn"}),
    )  # fmt: skip
    options = SourceOptions(
        crs="wgs84", where={"borough": "BROOKLYN"},
        columns={"licence_no": "license_number", "name": "dba_name", "street_office": "zip_code"},
    )  # fmt: skip
    path = folder / "shops_nyc.csv.gz"
    report = import_retailers(store, clock, adcode=Adcode("36047"), actor="test", path=path, options=options)
    assert (report.n_rows, report.n_new, report.n_rejected) == (4881, 4881, 0)
    assert sum(f.code == "not_located" for f in report.findings) <= 3
    assert sum(f.code == "shared_point" for f in report.findings) > 400
    again = import_retailers(store, clock, adcode=Adcode("36047"), actor="test", path=path, options=options)
    assert again.changes_nothing
