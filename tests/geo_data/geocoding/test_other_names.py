"""Streets, areas and landmarks are found by their old, short and spoken names, and the answer says so."""

from __future__ import annotations

import pytest
import shapely

from geo_data.geocoding.gazetteer import Gazetteer, KnownPlaces
from geo_data.geocoding.other_names import Alias, AliasKind, OtherNames
from geo_data.geocoding.results import AddressQuery, GeocodeResult, Precision
from geo_data.geocoding.western import parse_western

STREET, AREA, LANDMARK = AliasKind.STREET, AliasKind.AREA, AliasKind.LANDMARK


def alias(kind: AliasKind, other: str, name: str) -> Alias:
    return Alias(kind=kind, alias=other, name=name)


def line(lat: float) -> shapely.LineString:
    return shapely.LineString([(106.70, lat), (106.72, lat)])


def town(*aliases: Alias) -> Gazetteer:
    """Streets from west to east, 2 km long, numbers rising by 50 m; some shops still use old names."""
    doors = {
        "文昌北路": {2: 106.701, 40: 106.719}, "中华北路": {1: 106.70, 99: 106.71},
        "中华南路": {101: 106.71, 199: 106.72},
        "老东门路": {20: 106.710}, "云山路": {8: 106.704},
    }  # fmt: skip
    lat = {"文昌北路": 26.60, "老东门路": 26.60, "中华北路": 26.61, "中华南路": 26.61, "云山路": 26.62}
    known = [
        (f"{street}{number}号", lon, lat[street]) for street, some in doors.items() for number, lon in some.items()
    ]
    known.append(("云山路8号锦绣花园2栋", 106.7041, 26.6201))
    return Gazetteer(
        KnownPlaces(
            addresses=[row[0] for row in known], lon=[row[1] for row in known], lat=[row[2] for row in known],
            street_names=["文昌北路", "中华北路", "中华南路", "云山路"],
            street_lines=[line(26.60), line(26.61), line(26.61), line(26.62)],
            areas={"1": ("黔灵东路街道", shapely.box(106.70, 26.59, 106.72, 26.605))}, aliases=aliases,
        )
    )  # fmt: skip


def ask(gazetteer: Gazetteer, text: str) -> GeocodeResult:
    return gazetteer.geocode([AddressQuery(text=text)])[0]


def test_an_old_name_finds_the_new_street_and_its_doors_count_as_one_street() -> None:
    renamed = town(alias(STREET, "老东门路", "文昌北路"))
    for text in ("老东门路2号", "老東門路２號", "贵阳市云岩区老东门路2号"):
        found = ask(renamed, text)
        assert (found.precision, found.candidates[0].label) == (Precision.ADDRESS, "2 文昌北路")
        assert found.is_certain
        assert found.reason.endswith("which the address calls 老东门路")
    under_its_new_name = ask(renamed, "文昌北路20号")  # known under the old one
    assert (under_its_new_name.precision, round(under_its_new_name.lon, 6)) == (Precision.ADDRESS, 106.71)
    assert "calls" not in under_its_new_name.reason
    assert ask(town(), "老东门路2号").precision is not Precision.ADDRESS


def test_an_old_name_without_its_ending_or_misspelt_is_found_too() -> None:
    renamed = town(alias(STREET, "大十字", "文昌北路"), alias(STREET, "老东门大街", "文昌北路"))
    assert ask(renamed, "大十字40号").candidates[0].label == "40 文昌北路"
    misspelt = ask(renamed, "老东闸大街40号")
    assert misspelt.candidates[0].label == "40 文昌北路"
    assert misspelt.score < 1


def test_a_short_name_of_two_streets_is_decided_by_the_number_or_left_open() -> None:
    short = town(alias(STREET, "中华路", "中华北路"), alias(STREET, "中华路", "中华南路"))
    assert ask(short, "中华路1号").candidates[0].label == "1 中华北路"
    assert ask(short, "中华路150号").candidates[0].label == "150 中华南路"
    open_one = ask(short, "中华路")
    assert {candidate.label for candidate in open_one.candidates} == {"中华北路", "中华南路"}
    assert not open_one.is_certain


def test_a_name_that_another_street_bears_today_stays_its_own_with_the_other_as_rival() -> None:
    taken = town(alias(STREET, "云山路", "文昌北路"))
    found = ask(taken, "云山路8号")
    assert [candidate.label for candidate in found.candidates][:2] == ["8 云山路", "8 文昌北路"]
    assert (found.precision, found.reason) == (Precision.ADDRESS, "found 8 云山路")


def test_names_that_changed_twice_lead_on_and_circles_end() -> None:
    twice = town(alias(STREET, "一心路", "新华路"), alias(STREET, "新华路", "文昌北路"))
    assert ask(twice, "一心路2号").candidates[0].label == "2 文昌北路"
    circle = town(alias(STREET, "甲路", "乙路"), alias(STREET, "乙路", "甲路"))
    assert not ask(circle, "甲路2号").is_certain


def test_areas_and_landmarks_have_other_names_as_well() -> None:
    other = town(alias(AREA, "黔灵镇", "黔灵东路街道"), alias(LANDMARK, "老锦绣小区", "锦绣花园"))
    assert other.parse("黔灵镇文昌北路2号").town == "黔灵东路街道"
    by_area = ask(other, "黔灵镇不明处")
    assert (by_area.precision, by_area.candidates[0].label) == (Precision.AREA, "middle of 黔灵东路街道")
    by_landmark = ask(other, "老锦绣小区2栋")
    assert (by_landmark.precision, by_landmark.candidates[0].label) == (Precision.ESTATE, "锦绣花园")


def test_western_streets_have_other_names() -> None:
    avenue = Gazetteer(
        KnownPlaces(
            addresses=["10 6 Ave", "40 Sixth Avenue", "7 Lenox Avenue"], lon=[-73.99, -73.98, -73.95],
            lat=[40.74, 40.75, 40.8], street_names=["6 AVENUE", "7 AVENUE"],
            street_lines=[shapely.LineString([(-74, 40.73), (-73.97, 40.76)])] * 2,
            aliases=[alias(STREET, "Avenue of the Americas", "6 Avenue")],
        )
    )  # fmt: skip
    assert ask(avenue, "40 Ave. of the Americas").candidates[0].label == "40 6 AVE"
    assert avenue.knows(STREET, "7 Avenue")
    assert not avenue.knows(STREET, "8 Avenue")


@pytest.mark.parametrize("other", ["", "　", "😀", "路", "1" * 400, "\x00"])
def test_no_other_name_breaks_the_gazetteer(other: str) -> None:
    for kind in AliasKind:
        assert ask(town(alias(kind, other, "文昌北路"), alias(kind, "文昌北路", other)), "文昌北路2号").reason


def test_a_renamed_lane_is_no_part_of_the_street() -> None:
    names = OtherNames([alias(STREET, "OLD LN", "NEW RD")], parse_western, ())
    assert names.apply("5 OLD LANE", parse_western("5 OLD LANE"), ()).street_key == "NEW RD"
