"""Shops as records by code: from a judged file, from the store, and merged into the rows that are written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from gridsvc.domain.imports import RowFinding, Severity
from gridsvc.storage.retailers import RetailerColumns
from gridsvc.usecases.compare_records import is_missing
from gridsvc.usecases.read_source import Source

Fields = dict[str, Any]

# Neutral values for what a register does not hold; the columns concerned are named in the shop's `assumed`.
ASSUMED: dict[str, Any] = {
    "tier": "B", "integrity_star": 3, "risk": 0.0, "urban_form": "new_town", "order_cartons": 0.0,
    "needs_enforcement": False,
}  # fmt: skip
RISK_OF_CLASS = {"low": 0.1, "medium": 0.5, "high": 0.9}
# The service keeps three forms; the register's finer words go to the one whose ways and stops are most alike.
FORM_OF_WORD = {"village": "hills", "industrial": "new_town"}
_PLAIN = ("licence_no", "name", "address", "street_office", "tier", "credit_grade", "order_cartons", "status")


def records_of_source(source: Source, findings: list[RowFinding], known: RetailerColumns) -> dict[str, Fields]:
    """Give the accepted rows by retailer_code: only values that the file states, and `row_no`.

    A row without a code takes that of the stored shop with its licence number, else the licence number itself. A row
    whose licence number belongs to another code, stored or in the file, is rejected (added to `findings`).
    """
    code_of_licence = dict(zip(known.licence_no, known.retailer_code, strict=True))
    records: dict[str, Fields] = {}
    for row in source.cleaned.accepted.to_dict("records"):
        licence, code = row["licence_no"], row["retailer_code"]
        code = code or code_of_licence.get(licence) or licence
        if licence is not None and code_of_licence.get(licence, code) != code:
            other = code_of_licence[licence]
            findings.append(
                _rejection(
                    row,
                    "licence_of_another",
                    f"licence {licence} belongs to retailer {other}",
                    code,
                    licence=licence,
                    other=other,
                )
            )
        elif code in records:
            findings.append(
                _rejection(
                    row, "duplicate_retailer_code", f"retailer {code} stands already in the file", code, value=code
                )
            )
        else:
            records[code] = _fields(row, source)
            if licence is not None:
                code_of_licence[licence] = code
    return records


def _rejection(row: Mapping[Any, Any], kind: str, words: str, code: str, **evidence: str) -> RowFinding:
    return RowFinding(
        row_no=int(row["row_number"]), severity=Severity.REJECTED, code=kind, words=words, subject=code,
        evidence=evidence,
    )  # fmt: skip


def _fields(row: Mapping[Any, Any], source: Source) -> Fields:
    """Give the values that one row states, in the columns of the store."""
    fields: Fields = {name: row[name] for name in _PLAIN if not is_missing(row[name])}
    if not is_missing(row["integrity_star"]):
        fields["integrity_star"] = int(row["integrity_star"])
    if row["risk"] is not None:
        fields["risk"] = RISK_OF_CLASS[row["risk"]]
    if row["urban_form"] is not None:
        fields["urban_form"] = FORM_OF_WORD.get(row["urban_form"], row["urban_form"])
    opens, closes = _minutes(row["opens_at"]), _minutes(row["closes_at"])
    if opens is not None and closes is not None and opens != closes:
        fields["opens_min"], fields["closes_min"] = opens, closes + 1440 if closes < opens else closes
    if not (is_missing(row["lon"]) or is_missing(row["lat"])):
        fields |= {"lon": float(row["lon"]), "lat": float(row["lat"]), "precision_class": "given", "located_by": "file"}
        fields["source_datum"] = source.datum.value
    return fields | {"row_no": int(row["row_number"])}


def _minutes(time: dt.time | None) -> int | None:
    return None if time is None else time.hour * 60 + time.minute


def records_of_store(shops: RetailerColumns) -> dict[str, Fields]:
    """Give the stored shops by retailer_code, unknown values as None."""
    names = [name for name in shops.__slots__ if name != "retailer_code"]
    columns = [getattr(shops, name).tolist() for name in names]
    records = {}
    for code, *values in zip(shops.retailer_code, *columns, strict=True):
        fields = dict(zip(names, values, strict=True))
        for name in ("opens_min", "closes_min"):
            fields[name] = None if fields[name] < 0 else fields[name]
        records[code] = fields
    return records


def new_record(code: str, stated: Fields, *, is_synthetic: bool) -> Fields:
    """Complete a new shop: what the file does not state gets its neutral value and is named in `assumed`."""
    assumed = tuple(name for name in ASSUMED if name not in stated)
    blank: Fields = {
        "licence_no": code, "address": "", "street_office": None, "credit_grade": None, "opens_min": None,
        "closes_min": None, "status": "active", "lon": None, "lat": None, "precision_class": "none",
        "located_by": "not looked up yet", "location_score": None, "source_datum": None, "name": code,
    }  # fmt: skip
    return {**blank, **ASSUMED, **stated, "retailer_code": code, "assumed": assumed, "is_synthetic": is_synthetic}


def merged_record(code: str, stored: Fields, stated: Fields, *, is_synthetic: bool) -> Fields:
    """Put the file's values over the stored ones; a stated value is no longer assumed."""
    assumed = tuple(name for name in stored["assumed"] if name not in stated)
    still_invented = is_synthetic or (stored["is_synthetic"] and bool(assumed))
    score = stored.get("location_score") if "lon" not in stated else None
    return {
        **stored, "location_score": score, **stated, "retailer_code": code, "assumed": assumed,
        "is_synthetic": still_invented,
    }  # fmt: skip


def assumed_columns(records: Iterable[Fields]) -> dict[str, int]:
    """Count the shops per assumed column, in the order of `ASSUMED`."""
    counts = pd.Series([name for record in records for name in record["assumed"]], dtype=object).value_counts()
    return {name: int(counts[name]) for name in ASSUMED if name in counts}
