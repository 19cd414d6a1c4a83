"""Take in the register of shops: new ones, changed ones, and what has to be looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from geo_data.notes import Note
from geo_data.schemas import RETAILERS
from gridsvc.clock import Clock, new_id
from gridsvc.domain.ids import Adcode, RetailerId
from gridsvc.domain.imports import ImportReport
from gridsvc.storage import Store, Transaction, districts, retailers
from gridsvc.storage.geometry import hex_points
from gridsvc.usecases.assign_retailers import assign_retailers
from gridsvc.usecases.compare_records import Comparison, compare_records
from gridsvc.usecases.doubt_positions import doubt_datums
from gridsvc.usecases.keep_reviewed_pins import keep_reviewed_pins
from gridsvc.usecases.locate_records import locate_records
from gridsvc.usecases.read_source import NO_OPTIONS, Source, SourceOptions, read_source
from gridsvc.usecases.record_import import is_repeated, list_findings, record_import
from gridsvc.usecases.retailer_records import (
    Fields,
    assumed_columns,
    merged_record,
    new_record,
    records_of_source,
    records_of_store,
)

COLUMNS = (
    "retailer_code", "licence_no", "name", "address", "precision_class", "located_by", "location_score", "source_datum",
    "street_office", "tier", "integrity_star", "risk", "credit_grade", "urban_form", "needs_enforcement", "opens_min",
    "closes_min", "order_cartons", "status", "is_synthetic", "assumed",
)  # fmt: skip
_NOT_COMPARED = {"row_no", "precision_class", "located_by", "source_datum"}


def import_retailers(
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
    """Take in shops by their code (or licence number); what the file does not state stays as it was.

    Shops without coordinates are located by the gazetteer of what was imported before. A point that somebody reviewed
    stays; where the file says otherwise, that is on the review queue. Coordinates that bear the signature of another
    datum are on it, too, with the point that they would give. Between plans a new shop is
    owned at once by its unit's owner and a closed one's ownership ends. Shops that are not in the file stay.

    Raises `BadInput` for a file that cannot be used as a whole, and `NotFound` for an unknown district. Nothing is
    written on any error or in a dry run.
    """
    say = on_progress or _nothing
    with store.transaction(adcode) as tx:
        district = districts.lock(tx)
        say(0.0, "reading the file")
        source = read_source(path, RETAILERS, options, district=district.boundary)
        known = retailers.columns(tx, statuses=retailers.STATUSES)
        findings = source.findings()
        stated = records_of_source(source, findings, known)
        stored = records_of_store(known)
        findings += keep_reviewed_pins(tx, stated, stored)
        compared = compare_records(stored, {code: _comparable(fields) for code, fields in stated.items()})
        written = {code: new_record(code, stated[code], is_synthetic=district.is_synthetic) for code in compared.new}
        for code in compared.changed:
            written[code] = merged_record(code, stored[code], stated[code], is_synthetic=district.is_synthetic)
        say(0.4, f"locating {_n_unlocated(written)} shops without coordinates")
        located = locate_records(tx, district.boundary, written, stored)
        looked_up = _rows_looked_up(stated, stored, written)
        findings = [f for f in findings if f.code != "no_coordinates" or f.row_no not in looked_up]
        findings += located.findings
        say(0.6, "comparing the positions with their addresses")
        findings += doubt_datums(tx, {**stored, **written}, {code for code in written if "lon" in stated[code]})
        report = ImportReport(
            kind="retailers", file_name=source.file_name, n_rows=source.cleaned.n_rows, n_new=len(compared.new),
            n_changed=len(compared.changed), n_unchanged=len(compared.unchanged), changes=compared.changes,
            findings=tuple(sorted(findings, key=lambda f: (f.row_no or 0, f.code))), is_dry_run=dry_run,
            notes=(*source.notes, *located.notes, *_notes(stored, stated, written)), is_synthetic=district.is_synthetic,
        )  # fmt: skip
        say(0.7, "writing")
        if not dry_run and not is_repeated(tx, report, source):
            report = _write(tx, clock, compared, written, stored, source=source, report=report, actor=actor)
    say(1.0, "done")
    return report


def _nothing(share: float, words: str) -> None:
    """Show no progress."""


def _comparable(stated: Fields) -> Fields:
    return {name: value for name, value in stated.items() if name not in _NOT_COMPARED}


def _rows_looked_up(
    stated: Mapping[str, Fields], stored: Mapping[str, Fields], written: Mapping[str, Fields]
) -> set[int]:
    """Give the rows without a position whose shop the gazetteer has answered for, now or before."""
    answered = {**stored, **written}
    return {fields["row_no"] for code, fields in stated.items() if answered[code]["located_by"] != "file"}


def _n_unlocated(records: Mapping[str, Fields]) -> int:
    return sum(record["lon"] is None for record in records.values())


def _notes(stored: Mapping[str, Fields], stated: Mapping[str, Fields], written: Mapping[str, Fields]) -> list[Note]:
    notes = []
    absent = sum(1 for code, fields in stored.items() if code not in stated and fields["status"] != "closed")
    if absent:
        words = f"{absent} shops of the district are not in the file; they stay as they are"
        notes.append(Note(words, "absent_shops", n=absent))
    counts = {name: n for name, n in assumed_columns(written.values()).items() if name != "needs_enforcement"}
    if counts:
        words = ", ".join(f"{name} of {n} shops" for name, n in counts.items())
        told = f"not in the file, so neutral values stand there: {words}; `sample demand` invents plausible ones"
        notes.append(Note(told, "assumed_columns", field=", ".join(counts), n=max(counts.values())))
    return notes


def _write(
    tx: Transaction,
    clock: Clock,
    compared: Comparison,
    written: Mapping[str, Fields],
    stored: Mapping[str, Fields],
    *,
    source: Source,
    report: ImportReport,
    actor: str,
) -> ImportReport:
    """Write everything of one import and give its report with the shops that got no owner."""
    import_run_id = new_id()
    record_import(tx, clock, import_run_id=import_run_id, source=source, report=report, actor=actor)
    ids = {code: RetailerId(new_id()) for code in compared.new}
    ids |= {code: RetailerId(stored[code]["retailer_id"]) for code in compared.changed}
    names = (*COLUMNS, "location", "import_run_id", "row_no", "changed_at")
    rows = _rows(written, ids, import_run_id, clock)
    retailers.insert(tx, ("retailer_id", *names), (rows[code] for code in compared.new))
    retailers.update(tx, names, [rows[code] for code in compared.changed])
    assigned = assign_retailers(tx, clock, set(ids.values()))
    complete = replace(report, findings=(*report.findings, *assigned.findings))
    known = {code: RetailerId(fields["retailer_id"]) for code, fields in stored.items()} | ids
    row_ids = {record["row_no"]: ids[code] for code, record in written.items()}
    list_findings(tx, clock, import_run_id=import_run_id, report=complete, retailer_of_row=row_ids,
                  retailer_of_code=known, actor=actor)  # fmt: skip
    if ids:
        districts.bump_revision(tx)
    return complete


def _rows(
    written: Mapping[str, Fields], ids: Mapping[str, RetailerId], import_run_id: str, clock: Clock
) -> dict[str, tuple[object, ...]]:
    """Give the row of each record: its id, `COLUMNS`, the point, and where and when it came from."""
    lon = [record["lon"] if record["lon"] is not None else float("nan") for record in written.values()]
    lat = [record["lat"] if record["lat"] is not None else float("nan") for record in written.values()]
    now = clock.now()
    return {
        code: (
            ids[code], *(list(record[name]) if name == "assumed" else record[name] for name in COLUMNS), point,
            import_run_id, record["row_no"], now,
        )
        for (code, record), point in zip(written.items(), hex_points(lon, lat) if written else (), strict=True)
    }  # fmt: skip
