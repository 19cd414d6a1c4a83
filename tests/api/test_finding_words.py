"""Every kind of finding is said in every language, with the measures that it really has."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd
import pytest
import shapely

from geo_data.cleaning import CleaningRules, clean
from geo_data.datums import Datum
from geo_data.mapping import match_columns
from geo_data.readers import read_table
from geo_data.schemas import ABSENCES, AREAS, RETAILERS
from gridsvc.domain.findings import RANK_OF
from gridsvc.domain.imports import RowFinding
from gridsvc.domain.imports import Severity as DomainSeverity
from gridsvc.domain.layers import Layer
from gridsvc.usecases.find_owner_faults import OwnerFault
from gridsvc.usecases.import_assignments import _finding
from tests.gridsvc.usecases.small_town import EAST, NORTH, SOUTH, WEST, write_geojson

WORDS = {
    language: {
        key: words
        for file in sorted(Path("api/web/words", language).glob("*.json"))
        for key, words in json.loads(file.read_text(encoding="utf-8")).items()
    }
    for language in ("zh", "en")
}


def named(words: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", words))


@pytest.mark.parametrize("code", RANK_OF)
def test_every_kind_has_a_name_and_a_sentence_in_both_languages(code: str) -> None:
    for key in (f"doubt_{code}", f"say_{code}"):
        assert {language for language, words in WORDS.items() if words.get(key)} == {"zh", "en"}, key
    assert named(WORDS["zh"][f"say_{code}"]) == named(WORDS["en"][f"say_{code}"])
    assert re.search(r"[\u4e00-\u9fff]", WORDS["zh"][f"say_{code}"])
    for measure in named(WORDS["zh"][f"say_{code}"]):
        assert f"evidence_{measure}" in WORDS["zh"], measure


def notes_in_source() -> list[tuple[str, set[str]]]:
    """Give every kind of note that the code can write, with the measures that it has."""
    return [
        (ast.literal_eval(call.args[1]), {keyword.arg or "" for keyword in call.keywords})
        for folder in ("geo_data", "gridsvc")
        for file in Path(folder).rglob("*.py")
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Note"
    ]


def test_every_note_about_a_file_is_said_in_both_languages_with_measures_that_it_has() -> None:
    found = notes_in_source()
    for code, measures in found:
        for language in ("zh", "en"):
            assert named(WORDS[language][f"note_{code}"]) <= measures, (language, code)
        assert re.search(r"[\u4e00-\u9fff]", WORDS["zh"][f"note_{code}"])
    assert {f"note_{code}" for code, _ in found} == {key for key in WORDS["zh"] if key.startswith("note_")}


def test_no_sentence_speaks_of_a_kind_that_does_not_exist() -> None:
    spoken = {re.sub(r"^(say|doubt)_|_brief$", "", key) for key in WORDS["zh"] if key.startswith(("say_", "doubt_"))}
    assert spoken <= set(RANK_OF)
    with pytest.raises(ValueError, match="no kind of finding"):
        RowFinding(row_no=1, severity=DomainSeverity.FAULT, code="made_up", words="x")


def unsaid(findings: Iterable[tuple[str, Mapping[str, float | str]]]) -> list[str]:
    """Give the kinds whose measures fill no sentence of theirs."""
    return [
        code
        for code, evidence in findings
        if not any(
            key in WORDS["zh"] and named(WORDS["zh"][key]) <= evidence.keys()
            for key in (f"say_{code}", f"say_{code}_brief")
        )
    ]


def test_what_the_readers_find_fills_its_sentences(tmp_path: Path) -> None:
    rows = [
        ("A1", "520103100001", "甲", "路1号", WEST + 0.01, SOUTH + 0.01, "B"),
        ("A1", "??", "乙", "路2号", WEST + 0.01, SOUTH + 0.01, "B"),
        ("A2", "520103100001", "丙", "路3号", SOUTH + 0.01, WEST + 0.01, "moon"),
        ("A3", "520103100003", "", "路4号", 0, 0, "B"),
        ("A4", "520103100004", "丁\u200b", "路5号", "east", "", "B"),
        ("A5", "520103100005", "戊", "路6号", 400, 95, "B"),
        ("A6", "520103100006", "己", "路7号", WEST - 0.5, SOUTH, "B"),
        ("A7", "520103100007", "庚", "路8号", EAST + 0.001, NORTH - 0.001, "B"),
        ("", "", "辛", "路9号", WEST + 0.01, SOUTH + 0.01, "B"),
        ("A8", "520103100008", "壬", "路10号", WEST + 0.01, SOUTH + 0.01, "B"),
        ("A8", "520103100009", "癸", "路11号", WEST + 0.01, SOUTH + 0.01, "B"),
        ("A9", "520103100010", "子", "路" * 3000, WEST + 0.01, SOUTH + 0.01, "B"),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["retailer_code", "licence_no", "name", "address", "lon", "lat", "tier"])
    frame.to_csv(tmp_path / "shops.csv", index=False)
    rules = CleaningRules(datum=Datum.WGS84, district=shapely.box(WEST, SOUTH, EAST, NORTH))
    shops = clean(match_columns(read_table(tmp_path / "shops.csv"), RETAILERS), RETAILERS, rules).findings
    days = tmp_path / "days.csv"
    days.write_text("staff_code,first_day,last_day\nM1,2026-03-06,2026-03-02\nM1,2026-03-06,2026-03-02\nM2,x\n")
    absences = clean(match_columns(read_table(days), ABSENCES), ABSENCES, rules).findings
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    shapes = write_geojson(
        tmp_path / "areas.geojson", [({"area_code": "1"}, bow), ({"area_code": "2"}, shapely.Point(0, 0))]
    )
    areas = clean(match_columns(read_table(shapes), AREAS), AREAS, rules).findings
    found = [(finding.code, finding.evidence) for finding in (*shops, *absences, *areas)]
    assert unsaid(found) == []
    assert {code for code, _ in found} >= {
        "duplicate_retailer_code", "malformed_licence", "duplicate_licence_no", "coordinates_swapped",
        "malformed_field", "missing_field", "coordinates_zero", "control_characters", "malformed_coordinate",
        "coordinates_out_of_range", "outside_district", "just_outside_district", "shared_point",
        "backward_dates", "broken_row", "no_polygon", "text_too_long", "invalid_polygon",
    }  # fmt: skip


def test_faults_of_owners_fill_their_sentences() -> None:
    measures: dict[str, dict[str, float | str]] = {
        "unowned": {}, "out_of_tolerance": {"staff": "M1", "n_shops": 3, "minutes": 400, "off_percent": 20},
        "enclave": {"staff": "M1", "n_shops": 3, "around": "R1"}, "strays": {"staff": "M1", "n_shops": 3},
    }  # fmt: skip
    found = [
        _finding(OwnerFault(code=code, layer=Layer.MARKETING, subject="M1", words="x", evidence=evidence))
        for code, evidence in measures.items()
    ]
    assert unsaid([(finding.code, finding.evidence) for finding in found]) == []
