"""Take in absences of the field staff."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from geo_data.schemas import ABSENCES
from gridsvc.clock import Clock, new_id
from gridsvc.domain.ids import Adcode
from gridsvc.domain.imports import ImportReport, RowFinding, Severity
from gridsvc.storage import Store, districts, staff
from gridsvc.storage.staff import Absence
from gridsvc.usecases.compare_records import compare_records
from gridsvc.usecases.read_source import NO_OPTIONS, SourceOptions, read_source
from gridsvc.usecases.record_import import is_repeated, list_findings, record_import


def import_absences(
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
    """Take in absences by staff member and first day; one that begins on the same day is replaced where it differs.

    Raises `BadInput` for a file that cannot be used as a whole, and `NotFound` for an unknown district.
    """
    with store.transaction(adcode) as tx:
        district = districts.lock(tx)
        source = read_source(path, ABSENCES, options)
        findings = source.findings()
        members = {member.staff_code: member.staff_id for member in staff.all_staff(tx)}
        code_of = {staff_id: code for code, staff_id in members.items()}
        stored = {f"{code_of[item.staff_id]} {item.first_day}": _fields(item) for item in staff.absences(tx)}
        items: dict[str, Absence] = {}
        for row in source.cleaned.accepted.to_dict("records"):
            code = str(row["staff_code"])
            subject = f"{code} {row['first_day']}"
            if code in members and subject not in items:
                items[subject] = Absence(
                    staff_id=members[code], first_day=row["first_day"], last_day=row["last_day"],
                    reason=row["reason"] or "other",
                )  # fmt: skip
                continue
            fault = "two absences begin on this day" if code in members else f"there is no member of staff {code}"
            kind = "duplicate_first_day" if code in members else "unknown_staff_code"
            findings.append(
                RowFinding(row_no=int(row["row_number"]), severity=Severity.REJECTED, code=kind, words=fault,
                           column="staff_code", subject=code,
                           evidence={"staff": code, "first_day": str(row["first_day"])})
            )  # fmt: skip
        compared = compare_records(stored, {subject: _fields(item) for subject, item in items.items()})
        report = ImportReport(
            kind="absences", file_name=source.file_name, n_rows=source.cleaned.n_rows, n_new=len(compared.new),
            n_changed=len(compared.changed), n_unchanged=len(compared.unchanged), changes=compared.changes,
            findings=tuple(sorted(findings, key=lambda f: (f.row_no or 0, f.code))), notes=source.notes,
            is_dry_run=dry_run, is_synthetic=district.is_synthetic,
        )  # fmt: skip
        if not dry_run and not is_repeated(tx, report, source):
            import_run_id = new_id()
            record_import(tx, clock, import_run_id=import_run_id, source=source, report=report, actor=actor)
            staff.save_absences(tx, [items[subject] for subject in (*compared.new, *compared.changed)])
            list_findings(tx, clock, import_run_id=import_run_id, report=report, actor=actor)
    return report


def _fields(item: Absence) -> dict[str, object]:
    return {"last_day": item.last_day, "reason": item.reason}
