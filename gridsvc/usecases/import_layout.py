"""Take in the licence plan: its cells, the entrances of schools, or the applications."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from geo_data.schemas import SCHEMAS
from gridsvc.clock import Clock, new_id
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode
from gridsvc.domain.imports import ImportReport, RowFinding, Severity
from gridsvc.domain.layout import Application
from gridsvc.storage import Store, Transaction, districts, layout, retailers
from gridsvc.storage.geometry import multipolygon
from gridsvc.storage.layout import CellRow
from gridsvc.usecases.compare_records import compare_records, is_missing
from gridsvc.usecases.locate_records import locate_records
from gridsvc.usecases.read_source import NO_OPTIONS, Source, SourceOptions, read_source
from gridsvc.usecases.record_import import is_repeated, list_findings, record_import
from gridsvc.usecases.retailer_records import Fields, records_of_store

LAYOUT_TABLES = ("layout_cells", "school_entrances", "licence_applications")


def import_layout(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    path: Path,
    table: str,
    options: SourceOptions = NO_OPTIONS,
    dry_run: bool = False,
    on_progress: Callable[[float, str], None] | None = None,
) -> ImportReport:
    """Take in one of the three tables; cells and entrances stand for all of them, applications are kept by number.

    An application without coordinates is located by its address; without a point it stays, and is found.

    Raises `BadInput` for an unknown table or a file that cannot be used as a whole, `NotFound` for an unknown district.
    """
    if table not in LAYOUT_TABLES:
        raise BadInput(f"there is no table {table}; known are {', '.join(LAYOUT_TABLES)}")
    say = on_progress or (lambda share, words: None)
    with store.transaction(adcode) as tx:
        district = districts.lock(tx)
        say(0.1, "reading the file")
        source = read_source(path, SCHEMAS[table], options, district=district.boundary)
        findings = source.findings()
        key, rows = _ROWS[table](source)
        if table == "licence_applications":
            findings += _locate(tx, district.boundary, rows)
        if table == "school_entrances":
            rows, lost = _with_points(rows)
            findings += lost
        stored = _stored(tx, table)
        compared = compare_records(stored, {str(row[key]): _plain(row) for row in rows})
        n_removed = len(stored.keys() - {str(row[key]) for row in rows}) if table != "licence_applications" else 0
        report = ImportReport(
            kind=table, file_name=source.file_name, n_rows=source.cleaned.n_rows, n_new=len(compared.new),
            n_changed=len(compared.changed), n_unchanged=len(compared.unchanged), n_removed=n_removed,
            changes=compared.changes, findings=tuple(sorted(findings, key=lambda f: (f.row_no or 0, f.code))),
            notes=source.notes, is_dry_run=dry_run, is_synthetic=district.is_synthetic,
        )  # fmt: skip
        say(0.8, "writing")
        if not dry_run and not is_repeated(tx, report, source):
            run = new_id()
            record_import(tx, clock, import_run_id=run, source=source, report=report, actor=actor)
            _write(tx, table, rows, run)
            list_findings(tx, clock, import_run_id=run, report=report, actor=actor)
    say(1.0, "done")
    return report


def _text(value: Any, default: str = "") -> str:
    return default if is_missing(value) else str(value)


def _number(value: Any) -> float:
    return 0.0 if is_missing(value) else float(value)


def _cell_rows(source: Source) -> tuple[str, list[dict[str, Any]]]:
    rows = [
        {
            "cell_code": row["cell_code"], "name": _text(row["name"], row["cell_code"]), "planned": int(row["planned"]),
            "spacing_m": _number(row["spacing_m"]), "school_spacing_m": _number(row["school_spacing_m"]),
            "outline": multipolygon(row["geometry"]),
        }
        for row in source.cleaned.accepted.to_dict("records")
    ]  # fmt: skip
    return "cell_code", rows


def _entrance_rows(source: Source) -> tuple[str, list[dict[str, Any]]]:
    frame = source.cleaned.accepted
    return "entrance_code", [
        {
            "entrance_code": row["entrance_code"], "name": _text(row["name"], row["entrance_code"]),
            "lon": row["lon"], "lat": row["lat"], "row_no": int(row["row_number"]),
        }
        for row in frame.to_dict("records")
    ]  # fmt: skip


def _application_rows(source: Source) -> tuple[str, list[dict[str, Any]]]:
    return "application_no", [
        {
            "application_no": row["application_no"], "name": _text(row["name"]), "address": _text(row["address"]),
            "lon": None if is_missing(row["lon"]) else float(row["lon"]),
            "lat": None if is_missing(row["lat"]) else float(row["lat"]),
            "applied_on": None if is_missing(row["applied_on"]) else row["applied_on"],
            "state": _text(row["state"], "queued"), "row_no": int(row["row_number"]),
        }
        for row in source.cleaned.accepted.to_dict("records")
    ]  # fmt: skip


_ROWS: dict[str, Callable[[Source], tuple[str, list[dict[str, Any]]]]] = {
    "layout_cells": _cell_rows, "school_entrances": _entrance_rows, "licence_applications": _application_rows,
}  # fmt: skip


def _with_points(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[RowFinding]]:
    kept = [row for row in rows if not is_missing(row["lon"])]
    lost = [
        RowFinding(row_no=row["row_no"], severity=Severity.REJECTED, code="no_coordinates", column="lon",
                   words=f"entrance {row['entrance_code']} has no usable position", subject=row["entrance_code"])
        for row in rows if is_missing(row["lon"])
    ]  # fmt: skip
    return kept, lost


def _locate(tx: Transaction, boundary: Any, rows: list[dict[str, Any]]) -> list[RowFinding]:
    """Fill the points of applications that came without one, in place."""
    missing: dict[str, Fields] = {
        row["application_no"]: {**row, "street_office": None, "precision_class": "none", "located_by": ""}
        for row in rows
        if row["lon"] is None
    }
    if not missing:
        return []
    known = records_of_store(retailers.columns(tx, statuses=("active", "suspended")))
    located = locate_records(tx, boundary, missing, known)
    for row in rows:
        if row["application_no"] in missing:
            row["lon"], row["lat"] = (missing[row["application_no"]][axis] for axis in ("lon", "lat"))
    return list(located.findings)


def _plain(row: Mapping[str, Any]) -> dict[str, object]:
    """Give what is compared: texts and numbers, outlines by their normal form."""
    kept = {name: value for name, value in row.items() if name not in ("row_no", "outline")}
    if "outline" in row:
        kept["outline"] = row["outline"].normalize().wkt
    return kept


def _stored(tx: Transaction, table: str) -> dict[str, dict[str, object]]:
    if table == "layout_cells":
        return {c.cell_code: _plain({name: getattr(c, name) for name in c.__slots__}) for c in layout.cells(tx)}
    if table == "licence_applications":
        return {a.application_no: {name: getattr(a, name) for name in a.__slots__} for a in layout.applications(tx)}
    return layout.entrance_records(tx)


def _write(tx: Transaction, table: str, rows: list[dict[str, Any]], run: str) -> None:
    plain = [{name: value for name, value in row.items() if name != "row_no"} for row in rows]
    if table == "layout_cells":
        layout.replace_cells(tx, [CellRow(**row) for row in plain], run)
    elif table == "school_entrances":
        layout.replace_entrances(tx, plain, run)
    else:
        layout.replace_applications(tx, [Application(**row) for row in plain], run)
