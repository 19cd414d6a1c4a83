"""Chinese addresses come apart from the province down to the room."""

from __future__ import annotations

import csv
import gzip
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_data.geocoding.chinese import chinese_number, normalise_chinese, parse_chinese

OFFICES = ("大营路街道", "黔灵东路街道", "黔灵镇")


def stated(text):
    """The parts that an address states, in words."""
    parts = parse_chinese(text, OFFICES)
    return " ".join(f"{name}={value}" for name in parts.__slots__ if (value := getattr(parts, name)) not in ("", None))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "贵州省贵阳市云岩区中华北路12号附3号",
            "province=贵州 city=贵阳市 district=云岩区 street=中华北路 number=12 suffix=附3",
        ),
        (
            "云岩区大营路街道文昌路三巷8号",
            "district=云岩区 town=大营路街道 street=文昌路 lane=3巷 number=8",
        ),
        (
            "贵阳市云岩区黔灵东路街道办事处黔灵东路１２０号",
            "city=贵阳市 district=云岩区 town=黔灵东路街道 street=黔灵东路 number=120",
        ),
        (
            "貴陽市雲岩區中華北路12號",
            "city=贵阳市 district=云岩区 street=中华北路 number=12",
        ),
        (
            "中山西路1279弄6号",
            "street=中山西路 lane=1279弄 number=6",
        ),
        (
            "文昌路8号锦绣花园2栋1单元101室",
            "street=文昌路 number=8 estate=锦绣花园 building=2栋 unit=1单元 room=101室",
        ),
        (
            "厦门市思明区长青路490-492号",
            "city=厦门市 district=思明区 street=长青路 number=490 number_to=492",
        ),
        (
            "北京市丰台区航丰路甲4号",
            "province=北京 city=北京市 district=丰台区 street=航丰路 number=4 suffix=甲",
        ),
        (
            "青岛市市南区东海一路5号",
            "city=青岛市 district=市南区 street=东海一路 number=5",
        ),
        (
            "深圳市南山区中山园路1001号",
            "city=深圳市 district=南山区 street=中山园路 number=1001",
        ),
        (
            "深圳福田区益田路6001号",
            "city=深圳 district=福田区 street=益田路 number=6001",
        ),
        (
            "武侯区武兴一路三号",
            "district=武侯区 street=武兴一路 number=3",
        ),
        (
            "成都市金牛区二环路北三段191号",
            "city=成都市 district=金牛区 street=二环路北三段 number=191",
        ),
        (
            "珠海市南屏科技工业园虹达路1号",
            "city=珠海市 street=虹达路 number=1",
        ),
        (
            "沈阳市浑南新区浑南西路绮霞街8号",
            "city=沈阳市 district=浑南新区 street=绮霞街 number=8",
        ),
        (
            "哈尔滨市红旗大街617号",
            "city=哈尔滨市 street=红旗大街 number=617",
        ),
        (
            "海淀区中关村东路66号",
            "district=海淀区 street=中关村东路 number=66",
        ),
        (
            "东莞市厚街镇",
            "city=东莞市 town=厚街镇",
        ),
        (
            "霞光里15号",
            "lane=霞光里 number=15",
        ),
    ],
)
def test_an_address_is_taken_apart(text, expected):
    assert stated(text) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [("三", 3), ("十", 10), ("十二", 12), ("二十", 20), ("一百零三", 103), ("一〇三", 103), ("45", 45)],
)
def test_chinese_numerals_are_numbers(text, value):
    assert chinese_number(text) == value


def test_what_is_no_numeral_is_refused():
    with pytest.raises(ValueError, match="no Chinese number"):
        chinese_number("路")


def test_blanks_postcodes_and_lead_ins_are_taken_off():
    assert normalise_chinese("公司地址：上海市 长宁区福泉北路518号，200335") == "上海市长宁区福泉北路518号"


@given(
    st.text(
        st.sampled_from("省市区县镇乡街道路巷弄号附栋单元室0123456789一二三十百东西南北中甲A-()（）云岩🙂 \x00"),
        max_size=80,
    )
)
def test_no_text_breaks_the_parser(text):
    parts = parse_chinese(text, OFFICES)
    assert parts.number is None or parts.number >= 0


def real_addresses():
    if "GRIDSVC_CASES" not in os.environ:
        pytest.skip("GRIDSVC_CASES names no folder of real data")
    path = Path(os.environ["GRIDSVC_CASES"]) / "zh-addresses" / "company_addresses.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        return [row["address"] for row in csv.DictReader(stream)]


@pytest.mark.cases
def test_district_and_road_are_found_in_95_of_100_checked_by_hand():
    addresses = real_addresses()
    with Path(__file__).with_name("zh_addresses_checked.csv").open(encoding="utf-8", newline="") as stream:
        checked = list(csv.DictReader(stream))
    assert len(checked) == 200
    for part in ("district", "street"):
        stating = [row for row in checked if row[part]]
        found = [row for row in stating if getattr(parse_chinese(addresses[int(row["row"])]), part) == row[part]]
        assert len(found) >= 0.95 * len(stating) > 100


@pytest.mark.cases
def test_all_real_addresses_are_parsed_without_a_failure():
    addresses = real_addresses()
    assert len(addresses) == 16_936
    assert sum(bool(parse_chinese(text).street_key) for text in addresses) > 13_000
