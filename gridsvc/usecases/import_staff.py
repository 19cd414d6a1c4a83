"""Take in the field staff: who serves, in which role, from which office."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from shapely.geometry.base import BaseGeometry

from geo_data.notes import Note
from geo_data.schemas import STAFF
from gridsvc.clock import Clock, new_id
from gridsvc.domain.ids import Adcode, StaffId
from gridsvc.domain.imports import ImportReport, RowFinding, Severity
from gridsvc.domain.layers import Role
from gridsvc.storage import Store, districts, staff
from gridsvc.storage.staff import StaffMember
from gridsvc.usecases.change_staff_member import MOST_DEPUTIES
from gridsvc.usecases.compare_records import compare_records, is_missing
from gridsvc.usecases.read_source import NO_OPTIONS, Source, SourceOptions, read_source
from gridsvc.usecases.record_import import is_repeated, list_findings, record_import

# What a van holds where nobody says: a van of the usual size carries 3,400 to 4,000 cartons of ten packs.
USUAL_CAPACITY_CARTONS = 3600


def import_staff(
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
    """Take in staff by their code; what the file does not state stays as it was, members not in it stay too.

    A member without an office gets the middle of the district, a driver without a capacity the usual one; both are
    suspicious.

    Raises `BadInput` for a file that cannot be used as a whole, and `NotFound` for an unknown district.
    """
    with store.transaction(adcode) as tx:
        district = districts.lock(tx)
        source = read_source(path, STAFF, options)
        known = {member.staff_code: member for member in staff.all_staff(tx)}
        judged = _members(source, known, district.boundary)
        before = {code: _fields(member) for code, member in known.items()}
        compared = compare_records(before, {code: _fields(member) for code, member in judged.members.items()})
        report = ImportReport(
            kind="staff", file_name=source.file_name, n_rows=source.cleaned.n_rows, n_new=len(compared.new),
            n_changed=len(compared.changed), n_unchanged=len(compared.unchanged), changes=compared.changes,
            findings=tuple(sorted((*source.findings(), *judged.findings), key=lambda f: (f.row_no or 0, f.code))),
            notes=(*source.notes, *_left_out(known, judged.members)), is_dry_run=dry_run,
            is_synthetic=district.is_synthetic,
        )  # fmt: skip
        if not dry_run and not is_repeated(tx, report, source):
            import_run_id = new_id()
            record_import(tx, clock, import_run_id=import_run_id, source=source, report=report, actor=actor)
            staff.save(tx, [judged.members[code] for code in (*compared.new, *compared.changed)])
            list_findings(tx, clock, import_run_id=import_run_id, report=report, actor=actor)
            if not report.changes_nothing:
                districts.bump_revision(tx)
    return report


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    members: dict[str, StaffMember]
    findings: list[RowFinding]


def _members(source: Source, known: Mapping[str, StaffMember], boundary: BaseGeometry) -> _Judged:
    """Give the members that the file describes, each put over the stored one of the same code."""
    middle = boundary.representative_point()
    judged = _Judged(members={}, findings=[])
    rows = source.cleaned.accepted.to_dict("records")
    for row in rows:
        code = str(row["staff_code"])
        base = known.get(code) or StaffMember(
            staff_id=StaffId(new_id()), staff_code=code, name=code, role=Role(row["role"]), org_unit_name=None,
            office_lon=middle.x, office_lat=middle.y,
        )  # fmt: skip
        member = replace(base, name=row["name"], role=Role(row["role"]), **_stated(row))
        if code not in known and is_missing(row["office_lon"]):
            words = f"{code} has no office; the middle of the district stands for it"
            judged.findings.append(_suspicion(row, "no_office", words, code, staff=code))
        if member.role is Role.DELIVERY_DRIVER and member.vehicle_capacity_cartons is None:
            member = replace(member, vehicle_capacity_cartons=USUAL_CAPACITY_CARTONS)
            words = f"{code} drives without a stated capacity; {USUAL_CAPACITY_CARTONS} cartons stand for it"
            found: dict[str, float | str] = {"staff": code, "cartons": USUAL_CAPACITY_CARTONS}
            judged.findings.append(_suspicion(row, "no_capacity", words, code, **found))
        judged.members[code] = member
    ids = {code: member.staff_id for code, member in {**known, **judged.members}.items()}
    for row in rows:
        _name_deputies(judged, row, ids)
    return judged


def _name_deputies(judged: _Judged, row: Mapping[Any, Any], ids: Mapping[str, StaffId]) -> None:
    """Put in the deputies that a row names; a code that nobody has is found, and the others are kept."""
    if is_missing(row["deputies"]):
        return
    code = str(row["staff_code"])
    named = [word.strip() for word in re.split(r"[;；,，、\s]+", str(row["deputies"])) if word.strip()]
    for unknown in [word for word in named if word not in ids or word == code]:
        words = f"{code} names the deputy {unknown}, who is nobody else of the staff"
        judged.findings.append(_suspicion(row, "unknown_deputy", words, code, staff=code, deputy=unknown))
    deputies = tuple(dict.fromkeys(ids[word] for word in named if word in ids and word != code))
    judged.members[code] = replace(judged.members[code], deputies=deputies[:MOST_DEPUTIES])
    if len(deputies) > MOST_DEPUTIES:
        words = f"{code} names {len(deputies)} deputies; the first {MOST_DEPUTIES} are kept"
        found: dict[str, float | str] = {"staff": code, "n": len(deputies), "most": MOST_DEPUTIES}
        judged.findings.append(_suspicion(row, "many_deputies", words, code, **found))


def _stated(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Give the optional values that a row states."""
    stated: dict[str, Any] = {}
    if not (is_missing(row["office_lon"]) or is_missing(row["office_lat"])):
        stated |= {"office_lon": float(row["office_lon"]), "office_lat": float(row["office_lat"])}
    if not is_missing(row["vehicle_capacity_cartons"]) and row["vehicle_capacity_cartons"] >= 1:
        stated["vehicle_capacity_cartons"] = int(row["vehicle_capacity_cartons"])
    if row["org_unit"] is not None:
        stated["org_unit_name"] = row["org_unit"]
    if row["valid_from"] is not None:
        stated["first_day"] = row["valid_from"]
    return stated


def _suspicion(row: Mapping[Any, Any], kind: str, words: str, code: str, **evidence: float | str) -> RowFinding:
    return RowFinding(
        row_no=int(row["row_number"]), severity=Severity.SUSPICIOUS, code=kind, words=words, subject=code,
        evidence=evidence,
    )  # fmt: skip


def _fields(member: StaffMember) -> dict[str, object]:
    names = [name for name in member.__slots__ if name not in ("staff_id", "staff_code")]
    return {name: getattr(member, name) for name in names}


def _left_out(known: Mapping[str, StaffMember], members: Mapping[str, StaffMember]) -> list[Note]:
    absent = len(known.keys() - members.keys())
    words = f"{absent} members of staff are not in the file; they stay as they are"
    return [Note(words, "absent_staff", n=absent)] if absent else []
