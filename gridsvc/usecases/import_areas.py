"""Take in administrative areas of one level: street offices, communities, census tracts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from geo_data.notes import Note
from geo_data.schemas import AREAS
from gridsvc.clock import Clock, new_id
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode
from gridsvc.domain.imports import ImportReport, RowFinding, Severity
from gridsvc.storage import Store, Transaction, areas, districts
from gridsvc.storage.areas import AreaColumns
from gridsvc.storage.districts import District
from gridsvc.storage.geometry import multipolygon
from gridsvc.usecases.compare_records import Comparison, compare_records
from gridsvc.usecases.read_source import NO_OPTIONS, Source, SourceOptions, read_source
from gridsvc.usecases.record_import import is_repeated, list_findings, record_import

LEAST_SHARE_INSIDE = 0.01  # an area that lies in the district with less than this is a neighbour's


def import_areas(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    path: Path,
    level: str,
    options: SourceOptions = NO_OPTIONS,
    dry_run: bool = False,
    on_progress: Callable[[float, str], None] | None = None,
) -> ImportReport:
    """Take in the areas of `level`; an area of the same code is replaced where it differs, others stay.

    Areas that lie outside the district are rejected; those partly outside and those that overlap are suspicious.

    Raises `BadInput` for a file that cannot be used as a whole, and `NotFound` for an unknown district.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", level):
        raise BadInput(f"a level is a name such as street_office, community or census_tract, not {level!r}")
    with store.transaction(adcode) as tx:
        district = districts.lock(tx)
        source = read_source(path, AREAS, options)
        frame, findings = _inside(source, district)
        compared = _compare(tx, level, frame)
        report = ImportReport(
            kind="areas", file_name=source.file_name, n_rows=source.cleaned.n_rows, n_new=len(compared.new),
            n_changed=len(compared.changed), n_unchanged=len(compared.unchanged), changes=compared.changes,
            findings=tuple(sorted(findings, key=lambda f: (f.row_no or 0, f.code))), is_dry_run=dry_run,
            notes=(*source.notes, _coverage(frame, district)), is_synthetic=district.is_synthetic,
        )  # fmt: skip
        if not dry_run and not is_repeated(tx, report, source):
            _write(tx, clock, level, frame, compared, source=source, report=report, actor=actor)
    return report


def _inside(source: Source, district: District) -> tuple[pd.DataFrame, list[RowFinding]]:
    """Give the accepted areas of the district and the findings over all rows."""
    frame, findings = source.cleaned.accepted, source.findings()
    outlines = np.array(list(frame["geometry"]), dtype=object)
    shapely.prepare(district.boundary)
    whole = np.maximum(shapely.area(outlines), 1e-30)
    share = shapely.area(shapely.intersection(outlines, district.boundary)) / whole
    rows = frame["row_number"].to_numpy(dtype=np.int64)
    for row, code, part in zip(rows.tolist(), frame["area_code"], share.tolist(), strict=True):
        if part < LEAST_SHARE_INSIDE:
            words = f"area {code} lies outside the district"
            findings.append(_finding(row, Severity.REJECTED, "outside_district", words, code, area=code))
        elif part < 0.9:
            words = f"only {part:.0%} of area {code} lie in the district"
            found = {"area": code, "inside_percent": round(100 * part)}
            findings.append(_finding(row, Severity.SUSPICIOUS, "partly_outside", words, code, **found))
    kept = frame.loc[share >= LEAST_SHARE_INSIDE].reset_index(drop=True)
    return kept, findings + _overlaps(kept)


def _finding(row: int, severity: Severity, code: str, words: str, subject: str, **evidence: float | str) -> RowFinding:
    return RowFinding(
        row_no=row, severity=severity, code=code, words=words, column="geometry", subject=subject, evidence=evidence
    )


def _overlaps(frame: pd.DataFrame) -> list[RowFinding]:
    """Find areas that share more than a hundredth of the smaller one with another."""
    outlines = np.array(list(frame["geometry"]), dtype=object)
    if not len(outlines):
        return []
    first, second = shapely.STRtree(outlines).query(outlines, predicate="intersects")
    first, second = first[first < second], second[first < second]
    shared = shapely.area(shapely.intersection(outlines[first], outlines[second]))
    smaller = np.minimum(shapely.area(outlines[first]), shapely.area(outlines[second]))
    codes, rows = frame["area_code"].to_numpy(), frame["row_number"].to_numpy(dtype=np.int64)
    return [
        _finding(
            int(rows[b]),
            Severity.SUSPICIOUS,
            "overlap",
            f"area {codes[b]} overlaps area {codes[a]}",
            codes[b],
            area=codes[b],
            other=codes[a],
        )
        for a, b in zip(first[shared > 0.01 * smaller], second[shared > 0.01 * smaller], strict=True)
    ]


def _columns(frame: pd.DataFrame) -> AreaColumns:
    codes = frame["area_code"].to_numpy(dtype=object)
    names = np.array([name or code for name, code in zip(frame["name"], codes, strict=True)], dtype=object)
    outlines = np.empty(len(frame), dtype=object)
    outlines[:] = [multipolygon(outline) for outline in frame["geometry"]]
    return AreaColumns(area_code=codes, name=names, outline=outlines)


def _compare(tx: Transaction, level: str, frame: pd.DataFrame) -> Comparison:
    return compare_records(_records(areas.columns(tx, level)), _records(_columns(frame)))


def _records(known: AreaColumns) -> dict[str, dict[str, object]]:
    """Give name and outline by code; outlines compare by their vertices, in any order of rings and starts."""
    normal = shapely.to_wkb(shapely.normalize(known.outline))
    return {
        code: {"name": name, "outline": f"shape {hashlib.sha256(shape).hexdigest()[:12]}"}
        for code, name, shape in zip(known.area_code, known.name, normal, strict=True)
    }


def _coverage(frame: pd.DataFrame, district: District) -> Note:
    covered = shapely.union_all(list(frame["geometry"])) if len(frame) else shapely.Polygon()
    share = shapely.area(shapely.intersection(covered, district.boundary)) / shapely.area(district.boundary)
    percent = round(100 * float(share), 1)
    return Note(f"the areas cover {percent:.1f}% of the district", "coverage", percent=percent)


def _write(tx: Transaction, clock: Clock, level: str, frame: pd.DataFrame, compared: Comparison, *, source: Source,
           report: ImportReport, actor: str) -> None:  # fmt: skip
    import_run_id = new_id()
    record_import(tx, clock, import_run_id=import_run_id, source=source, report=report, actor=actor)
    areas.replace(tx, level, _columns(frame), (*compared.new, *compared.changed), import_run_id)
    list_findings(tx, clock, import_run_id=import_run_id, report=report, actor=actor)
