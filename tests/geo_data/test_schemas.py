"""The tables that come in are documented as they are, and no heading means two columns."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from geo_data.cleaning import parse_cell
from geo_data.schemas import SCHEMAS, render_markdown
from geo_data.table_schema import Kind, normalise_heading

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "schemas.md"


def test_the_reference_page_is_rendered_from_the_schemas():
    assert PAGE.read_text(encoding="utf-8") == render_markdown(), (
        "run python -m geo_data.schemas > docs/reference/schemas.md"
    )


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=list(SCHEMAS))
def test_every_heading_means_one_column(schema):
    headings = [heading for column in schema.columns for heading in column.headings()]
    assert len(headings) == len(set(headings))


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=list(SCHEMAS))
def test_every_example_is_accepted_by_its_own_rules(schema):
    for column in schema.columns:
        value, fault = parse_cell(column, column.example)
        assert not fault, (column.name, fault)
        assert value is not None
        if column.pattern:
            assert re.fullmatch(column.pattern, column.example)


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=list(SCHEMAS))
def test_groups_name_existing_columns_and_synonyms_lead_to_allowed_values(schema):
    for group in (*schema.one_of, *schema.unique):
        assert set(group) <= set(schema.column_names)
    for column in schema.columns:
        assert set(column.synonyms.values()) <= set(column.allowed)
        assert not column.allowed or column.kind in (Kind.CODE, Kind.TEXT)


def test_headings_are_compared_without_case_blanks_and_marks():
    assert normalise_heading(" Licence_No. ") == normalise_heading("licence-no") == "licenceno"
    assert normalise_heading("经营地址（必填）") == "经营地址必填"
