"""Take in today's owners and lines: they become generation 0, accepted as they are, with their faults listed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np

from geo_data.notes import Note
from geo_data.schemas import ASSIGNMENTS
from gridsvc.clock import Clock, midnight, new_id, today
from gridsvc.domain.errors import BadInput, Conflict
from gridsvc.domain.ids import Adcode, LineId, RetailerId
from gridsvc.domain.imports import ImportReport, RowFinding, Severity
from gridsvc.domain.layers import Layer
from gridsvc.domain.ownership import OwnershipSource
from gridsvc.storage import Store, Transaction, districts, events, generations, imports, lines, ownership, retailers
from gridsvc.storage.districts import District
from gridsvc.storage.generations import Generation
from gridsvc.storage.lines import Line
from gridsvc.storage.ownership import NewOwnership
from gridsvc.usecases.find_owner_faults import OwnerFault, find_owner_faults, summarise
from gridsvc.usecases.judge_assignments import Assignment, judge_assignments
from gridsvc.usecases.measured_workload import assumed_workload
from gridsvc.usecases.read_source import NO_OPTIONS, Source, SourceOptions, read_source
from gridsvc.usecases.record_import import list_findings, record_import


def import_assignments(
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
    """Make generation 0 of the present owners in `path`.

    Where two people claim a shop, the later `valid_from` owns it, else the earlier row; the other row is rejected and
    listed. A blank `valid_from` means today. Owners out of tolerance, enclaves and shops without an owner are faults:
    they are listed with the generation and on the review list, and nothing is changed because of them.

    Raises
    ------
    Conflict
        the district has owners already (the very same file changes nothing and raises nothing).
    BadInput
        the file cannot be used as a whole, or no row of it can.
    """
    with store.transaction(adcode) as tx:
        district = districts.lock(tx)
        source = read_source(path, ASSIGNMENTS, options)
        if district.generation is not None:
            return _repeated(tx, district, source, dry_run)
        assignments, findings = judge_assignments(tx, clock, source, district)
        if not assignments:
            words = tuple(f"row {f.row_no}: {f.words}" for f in findings[:20])
            raise BadInput(f"{path.name}: no row names a known shop and a fitting owner", violations=words)
        faults = _faults(tx, assignments)
        report = ImportReport(
            kind="assignments", file_name=source.file_name, n_rows=source.cleaned.n_rows, n_new=len(assignments),
            n_changed=0, n_unchanged=0, is_dry_run=dry_run, is_synthetic=district.is_synthetic,
            findings=tuple(sorted((*findings, *map(_finding, faults)), key=lambda f: (f.row_no or 0, f.code, f.words))),
            notes=(*source.notes, *_notes(assignments, faults)),
        )  # fmt: skip
        if not dry_run:
            _write(tx, clock, district, assignments, faults, source=source, report=report, actor=actor)
    return report


def _repeated(tx: Transaction, district: District, source: Source, dry_run: bool) -> ImportReport:
    """Report that nothing changes when this very file made the present owners; raise `Conflict` for any other."""
    last = imports.last(tx, "assignments")
    if last is None or last.sha256 != source.sha256 or last.options != source.options:
        raise Conflict(
            f"district {district.adcode} has owners already (generation {district.generation}); owners change by a "
            "published plan, so that the past stays as it was: design or edit one with `plan`"
        )
    return ImportReport(
        kind="assignments", file_name=source.file_name, n_rows=last.counts["rows"], n_new=0, n_changed=0,
        n_unchanged=last.counts["accepted"], is_dry_run=dry_run, is_synthetic=district.is_synthetic,
        notes=(*source.notes, Note("these are the present owners already", "same_owners")),
    )  # fmt: skip


def _faults(tx: Transaction, assignments: list[Assignment]) -> list[OwnerFault]:
    """Find the faults of every layer that the file names."""
    shops = retailers.columns(tx, statuses=("active", "suspended"))
    owner_of = {(item.retailer_id, item.layer): item.staff_code for item in assignments}
    faults = []
    for layer in sorted({item.layer for item in assignments}):
        owner = np.array([owner_of.get((RetailerId(shop), layer)) for shop in shops.retailer_id], dtype=object)
        faults += find_owner_faults(shops, layer, owner, assumed_workload(tx))
    return faults


def _finding(fault: OwnerFault) -> RowFinding:
    words = f"{fault.layer.value}: {fault.words}"
    return RowFinding(
        row_no=None, severity=Severity.FAULT, code=fault.code, words=words, subject=fault.subject,
        evidence={"layer": fault.layer.value, **fault.evidence},
    )  # fmt: skip


def _notes(assignments: list[Assignment], faults: list[OwnerFault]) -> list[Note]:
    notes = []
    for layer in sorted({item.layer for item in assignments}):
        here = [item for item in assignments if item.layer is layer]
        n_staff, n_lines = len({item.staff_code for item in here}), len({item.line for item in here if item.line})
        counts = summarise(faults).get(layer.value, {})
        words = ", ".join(f"{count} {code.replace('_', ' ')}" for code, count in sorted(counts.items()))
        lined = f" on {n_lines} lines" if n_lines else ""
        told = f"{layer.value}: {len(here)} shops of {n_staff} owners{lined}; faults: {words or 'none'}"
        n_faults = sum(counts.values())
        notes.append(Note(told, "owners", layer=layer.value, n=len(here), n_staff=n_staff, n_faults=n_faults))
    return notes


def _write(
    tx: Transaction,
    clock: Clock,
    district: District,
    assignments: list[Assignment],
    faults: list[OwnerFault],
    *,
    source: Source,
    report: ImportReport,
    actor: str,
) -> None:
    """Write the run, generation 0, the ownership rows and the lines."""
    import_run_id = new_id()
    record_import(tx, clock, import_run_id=import_run_id, source=source, report=report, actor=actor)
    begin_of_today = midnight(today(clock, district.time_zone), district.time_zone)
    begins = min(begin_of_today, *(item.valid_from for item in assignments))
    documents = [
        {"code": f.code, "layer": f.layer.value, "subject": f.subject, "words": f.words}
        for f in faults if f.code != "unowned"
    ]  # fmt: skip
    claimed = [{"subject": f.subject, "words": f.words} for f in report.findings if f.code == "two_owners"]
    generations.insert(
        tx,
        Generation(
            number=0, plan_id=None, published_by=actor, published_at=clock.now(), effective_from=begins,
            faults={"counts": summarise(faults), "listed": documents, "two_owners": claimed,
                    "import_run_id": import_run_id},
        ),
        {},
    )  # fmt: skip
    ownership.insert_rows(
        tx,
        (
            NewOwnership(
                retailer_id=item.retailer_id, layer=item.layer, valid_from=item.valid_from, staff_id=item.staff_id,
                grid_id=None, generation=0, source=OwnershipSource.IMPORTED,
            )
            for item in assignments
        ),
    )  # fmt: skip
    for layer in sorted({item.layer for item in assignments}):
        _write_lines(tx, layer, [item for item in assignments if item.layer is layer and item.line], begins)
    list_findings(tx, clock, import_run_id=import_run_id, report=report, actor=actor,
                  retailer_of_row={item.row_no: item.retailer_id for item in assignments},
                  retailer_of_code=retailers.ids_by(tx, "retailer_code"))  # fmt: skip
    events.add(tx, clock, "generation_published", {"generation": 0, "effective_from": begins.isoformat()})
    districts.bump_revision(tx)


def _write_lines(tx: Transaction, layer: Layer, members: list[Assignment], begins: datetime) -> None:
    """Put the named lines of a layer in force."""
    by_name: dict[str, list[Assignment]] = {}
    for item in members:
        by_name.setdefault(item.line or "", []).append(item)
    made = [
        Line(
            line_id=LineId(""), layer=layer, name=name, grid_id=None, staff_id=items[0].staff_id,
            weekday=items[0].weekday, retailers=tuple(item.retailer_id for item in items),
        )
        for name, items in sorted(by_name.items())
    ]  # fmt: skip
    lines.replace_layer(tx, layer, made, begins)
