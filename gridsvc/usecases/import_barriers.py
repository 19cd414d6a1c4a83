"""Take in what grids do not cross: rivers, expressways, ridges, and the bridges over them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import shapely

from geo_data.datums import Datum, to_wgs84
from geo_data.schemas import CODE_PATTERN
from geo_data.table_schema import Column, Kind, Shape, TableSchema
from gridsvc.clock import Clock, new_id
from gridsvc.domain.ids import Adcode
from gridsvc.domain.imports import ImportReport, RowFinding, Severity
from gridsvc.storage import Store, barriers, districts
from gridsvc.storage.barriers import KINDS, Barrier
from gridsvc.usecases.compare_records import compare_records
from gridsvc.usecases.read_source import NO_OPTIONS, Source, SourceOptions, read_source
from gridsvc.usecases.record_import import is_repeated, list_findings, record_import

LINK_KINDS = ("bridge", "tunnel", "underpass", "ferry", "link")
BARRIERS = TableSchema(
    name="barriers",
    meaning="One barrier (river, expressway, railway, ridge), or one link across it (bridge, tunnel, underpass).",
    shape=Shape.NONE,
    columns=(
        Column(name="name", kind=Kind.TEXT, meaning="Name of the barrier or link.", example="云溪河",
               aliases=("名称",)),
        Column(name="kind", kind=Kind.CODE, required=True, pattern=CODE_PATTERN,
               meaning="What it is.", example="river", aliases=("type", "类型")),
        Column(name="role", kind=Kind.CODE, allowed=("barrier", "link"), meaning="Blank: by its kind.",
               example="barrier"),
    ),
)  # fmt: skip


def import_barriers(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    path: Path,
    options: SourceOptions = NO_OPTIONS,
    dry_run: bool = False,
    on_progress: Callable[[float, str], None] | None = None,
) -> ImportReport:
    """Take in the barriers and links of `path` in place of all earlier ones; unit sets made before stay as they are.

    Raises `BadInput` for a file that cannot be used as a whole, and `NotFound` for an unknown district.
    """
    with store.transaction(adcode) as tx:
        district = districts.lock(tx)
        source = read_source(path, BARRIERS, options)
        listed, findings = _barriers(source)
        before, after = _records(barriers.all_barriers(tx)), _records(listed)
        compared = compare_records(before, after)
        report = ImportReport(
            kind="barriers", file_name=source.file_name, n_rows=source.cleaned.n_rows, n_new=len(compared.new),
            n_changed=len(compared.changed), n_unchanged=len(compared.unchanged),
            n_removed=len(before.keys() - after.keys()), changes=compared.changes,
            findings=tuple(sorted(findings, key=lambda f: (f.row_no or 0, f.code))), notes=source.notes,
            is_dry_run=dry_run, is_synthetic=district.is_synthetic,
        )  # fmt: skip
        if not dry_run and not is_repeated(tx, report, source):
            import_run_id = new_id()
            record_import(tx, clock, import_run_id=import_run_id, source=source, report=report, actor=actor)
            if not report.changes_nothing:
                barriers.replace_all(tx, listed)
            list_findings(tx, clock, import_run_id=import_run_id, report=report, actor=actor)
    return report


def _barriers(source: Source) -> tuple[list[Barrier], list[RowFinding]]:
    """Give the barriers with a usable geometry in WGS-84, and the findings over all rows."""
    findings = source.findings()
    table = source.matched.raw
    geometry = table.geometry if table.geometry is not None else np.full(table.n_rows, None, dtype=object)
    course_of = dict(zip(table.row_numbers.tolist(), geometry, strict=True))
    listed = []
    for row in source.cleaned.accepted.to_dict("records"):
        course = course_of[row["row_number"]]
        if course is None or course.is_empty or not np.isfinite(shapely.get_coordinates(course)).all():
            findings.append(
                RowFinding(row_no=int(row["row_number"]), severity=Severity.REJECTED, code="no_geometry",
                           words="the row has no usable geometry", column="geometry", subject=row["name"] or "")
            )  # fmt: skip
            continue
        is_link = row["role"] == "link" or (row["role"] is None and row["kind"] in LINK_KINDS)
        kind = "link" if is_link else row["kind"] if row["kind"] in KINDS else "other"
        listed.append(Barrier(name=row["name"] or row["kind"], kind=kind, course=_in_wgs84(course, source.datum)))
    return listed, findings


def _in_wgs84(course: shapely.Geometry, datum: Datum) -> shapely.Geometry:
    return shapely.transform(course, lambda p: np.column_stack(to_wgs84(p[:, 0], p[:, 1], datum)))


def _records(listed: list[Barrier]) -> dict[str, dict[str, object]]:
    """Give the values of each barrier by its name; the k-th of the same name has #k."""
    count: dict[str, int] = {}
    records: dict[str, dict[str, object]] = {}
    for item in sorted(listed, key=lambda item: (item.name, item.kind, shapely.to_wkb(item.course))):
        count[item.name] = count.get(item.name, 0) + 1
        course = shapely.to_wkt(item.course, rounding_precision=7)
        records[f"{item.name}#{count[item.name]}"] = {"kind": item.kind, "course": course}
    return records
