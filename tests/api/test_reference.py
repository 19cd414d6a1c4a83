"""The reference page and the service say the same."""

from __future__ import annotations

import re
from pathlib import Path

import h3
import pytest

from api.errors import _CODE_OF_STATUS
from api.openapi import operations
from api.web.words import LANGUAGES, preferred, words
from gridsvc.domain.permissions import AccountRole
from tests.api.conftest import PATIENCE_S, Served

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs" / "reference" / "api.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^GET (\S+)$", REFERENCE, flags=re.MULTILINE)


def filled(example: str, served: Served, grid_id: str) -> str:
    seeded = served.seeded
    return example.format(
        retailer_id=seeded.retailer_ids[0],
        grid_id=grid_id,
        unit_set_id=seeded.unit_set_id,
        plan_id=seeded.plan_id,
        cell=h3.latlng_to_cell(seeded.lat[0], seeded.lon[0], 10),
    )


def test_every_example_of_the_reference_is_answered(served: Served) -> None:
    with served.as_key(AccountRole.ADMIN) as client:
        grid_id = client.get("/v1/layers/inspection").json()["grids"][0]["grid_id"]
        statuses = {example: client.get(filled(example, served, grid_id)).status_code for example in EXAMPLES}
    assert len(statuses) >= 20
    assert set(statuses.values()) == {200}, statuses


def test_every_address_role_and_code_is_in_the_reference(served: Served) -> None:
    text = REFERENCE.replace("/v1/layers/marketing", "/v1/layers/{layer}").replace("M01", "{staff}")
    text = text.replace("/days/2026-11-23", "/days/{day}")
    text = text.replace("/v1/tiles/inspection/12/3261/1735.mvt", "/v1/tiles/{layer}/{z}/{x}/{y}.mvt")
    text = text.replace("/v1/tiles/inspection.json", "/v1/tiles/{layer}.json")
    text = text.replace("/collections/grids-inspection", "/collections/{collection_id}")
    missing = [operation.path for operation in operations(served.app) if operation.path not in text]
    assert not missing
    assert not [role for role in AccountRole if f"`{role}`" not in REFERENCE]
    assert not [code for code in _CODE_OF_STATUS.values() if f"`{code}`" not in REFERENCE]


def test_the_description_is_open_to_people_and_machines(served: Served) -> None:
    import httpx

    page = httpx.get(f"{served.address}/docs", timeout=PATIENCE_S)
    document = httpx.get(f"{served.address}/openapi.json", timeout=PATIENCE_S).json()
    assert page.status_code == 200
    assert all(f"<code>{path}</code>" in page.text for path in document["paths"])
    assert document["paths"]["/v1/ownership"]["get"]["x-action"] == "ownership:read"
    assert all(
        {"401", "403"} <= set(operation["responses"])
        for path, methods in document["paths"].items()
        for operation in methods.values()
        if path.startswith("/v1/")
    )


def test_both_languages_have_the_same_words_and_blanks() -> None:
    chinese, english = (words(language) for language in LANGUAGES)
    assert chinese.keys() == english.keys()
    blanks = re.compile(r"{(\w+)[^}]*}")  # a language may write a part of a value: {day.year}
    differing = [key for key in chinese if set(blanks.findall(chinese[key])) != set(blanks.findall(english[key]))]
    assert not differing


def test_every_word_that_a_page_asks_for_is_there() -> None:
    web = ROOT / "api" / "web"
    known = set(words("en"))
    asked = set()
    for path in [*(web / "static" / "js").rglob("*.js"), *(web / "templates").glob("*.html")]:
        asked |= set(re.findall(r"""\bt\(['"]([a-z_0-9]+)['"][,)]""", path.read_text(encoding="utf-8")))
    assert len(asked) > 60
    assert not asked - known


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "zh"), ("en", "en"), ("en-GB,en;q=0.9", "en"), ("fr,en;q=0.5,zh;q=0.4", "en"), ("de", "zh"),
        ("en;q=0.1,zh-CN", "zh"), ("en;q=0", "zh"), ("*;q=x", "zh"),
    ],
)  # fmt: skip
def test_the_language_follows_the_readers_wish(header: str, language: str) -> None:
    assert preferred(header) == language
