"""A day as a picture: everything on it, nothing withheld in it."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
import shapely

from gridsvc.domain.layers import Role
from gridsvc.maps.day_drawing import Export, day_drawing
from tests.gridsvc.domain.test_days import a_day

NEAR = shapely.LineString([(106.69, 26.55), (106.71, 26.55)])
FAR = shapely.LineString([(108.0, 28.0), (108.1, 28.0)])
EXPORT = Export(user="li.si", day="2026-11-24")
SVG = "{http://www.w3.org/2000/svg}"


def texts_of(picture: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(picture).iter(f"{SVG}text")]


@pytest.mark.parametrize(("language", "word"), [("zh", "上午"), ("en", "morning")])
def test_a_day_is_drawn_with_its_streets_its_way_and_its_stops(language: str, word: str) -> None:
    day = a_day(Role.CUSTOMER_MANAGER, (False, False, False), name="<b>老王</b>")
    picture = day_drawing(day, [NEAR, FAR], EXPORT, language)
    root = ET.fromstring(picture)
    texts = texts_of(picture)
    assert {"1", "2", "3", word} <= set(texts)
    assert any("I01" in text and "2026-11-23" in text for text in texts)
    streets, way = [path.attrib["d"] for path in root.iter(f"{SVG}path")][:2]
    assert streets.count("M") == 1  # the far street is left away
    assert len(way) > 10
    assert any("<b>老王</b>" in (title.text or "") for title in root.iter(f"{SVG}title"))  # text, not markup


def test_the_picture_of_an_inspectors_day_tells_no_way_no_order_and_no_sealed_stop() -> None:
    sealed = day_drawing(a_day(Role.MARKET_INSPECTOR, (False, True, False)).without_sealed(), [NEAR], EXPORT)
    without = day_drawing(a_day(Role.MARKET_INSPECTOR, (False, False)).without_sealed(), [NEAR], EXPORT)
    assert len(list(ET.fromstring(sealed).iter(f"{SVG}path"))) == 2  # streets and the office's sign, no way
    assert not {"1", "2", "3"} & set(texts_of(sealed))
    assert texts_of(sealed) == texts_of(without)


def test_every_mark_lies_within_the_picture() -> None:
    root = ET.fromstring(day_drawing(a_day(Role.CUSTOMER_MANAGER, (False,)), [], EXPORT))
    _, _, width, height = (float(part) for part in root.attrib["viewBox"].split())
    for disc in root.iter(f"{SVG}circle"):
        assert 0 <= float(disc.attrib["cx"]) <= width
        assert 0 <= float(disc.attrib["cy"]) <= height


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", "内部使用 · li.si 导出于 2026-11-24 · 审图号：GS(2026)1号"),
        ("en", "Internal use · exported by li.si on 2026-11-24 · Map approval number: GS(2026)1号"),
    ],
)
def test_the_picture_says_who_exported_it_when_and_its_approval_number(language: str, words: str) -> None:
    export = Export(user="li.si", day="2026-11-24", approval_number="GS(2026)1号")
    day = a_day(Role.CUSTOMER_MANAGER, (False,))
    assert words in texts_of(day_drawing(day, [], export, language))
    assert not any("审图号" in text for text in texts_of(day_drawing(day, [], EXPORT, language)))
