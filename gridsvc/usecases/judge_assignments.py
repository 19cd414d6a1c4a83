"""Judge the rows of an assignments file against the shops and the staff of the district."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from geo_data.schemas import WEEKDAYS
from gridsvc.clock import Clock, midnight, today
from gridsvc.domain.ids import RetailerId, StaffId
from gridsvc.domain.imports import RowFinding, Severity
from gridsvc.domain.layers import Layer
from gridsvc.storage import Transaction, retailers, staff
from gridsvc.storage.districts import District
from gridsvc.storage.staff import StaffMember
from gridsvc.usecases.read_source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One retailer's owner in one layer, with the line it is on; `weekday` 1 = Monday .. 7."""

    row_no: int
    retailer_id: RetailerId
    retailer_code: str
    layer: Layer
    staff_id: StaffId
    staff_code: str
    line: str | None
    weekday: int | None
    valid_from: datetime


def judge_assignments(
    tx: Transaction, clock: Clock, source: Source, district: District
) -> tuple[list[Assignment], list[RowFinding]]:
    """Give one owner per shop and layer, in the file's order, and the findings over all rows.

    A line name used by two owners of a layer is told apart by the owner's code. A line keeps the weekday that most of
    its rows have.
    """
    findings = source.findings()
    shops = retailers.columns(tx, statuses=retailers.STATUSES)
    status_of = dict(zip(shops.retailer_code, shops.status, strict=True))
    id_of = dict(zip(shops.retailer_code, shops.retailer_id, strict=True))
    code_of_licence = dict(zip(shops.licence_no, shops.retailer_code, strict=True))
    members = {member.staff_code: member for member in staff.all_staff(tx)}
    begin_of_today = midnight(today(clock, district.time_zone), district.time_zone)
    chosen: dict[tuple[str, Layer], Assignment] = {}
    for row in source.cleaned.accepted.to_dict("records"):
        code = row["retailer_code"] or code_of_licence.get(row["licence_no"]) or str(row["licence_no"])
        layer = Layer(row["layer"])
        fault = _fault(code, layer, str(row["staff_code"]), status_of, members)
        if fault:
            found = {"retailer": code, "staff": str(row["staff_code"]), "layer": layer.value}
            findings.append(_rejection(row, *fault, code, found))
            continue
        begins = begin_of_today if row["valid_from"] is None else midnight(row["valid_from"], district.time_zone)
        item = Assignment(
            row_no=int(row["row_number"]), retailer_id=RetailerId(id_of[code]), retailer_code=code, layer=layer,
            staff_id=members[row["staff_code"]].staff_id, staff_code=str(row["staff_code"]), line=row["line"],
            weekday=WEEKDAYS.index(row["weekday"]) + 1 if row["weekday"] else None, valid_from=begins,
        )  # fmt: skip
        findings += _settle(chosen, item)
    kept = sorted(chosen.values(), key=lambda item: item.row_no)
    return _tidy_lines(kept, findings), findings


def _fault(
    code: str, layer: Layer, staff_code: str, status_of: Mapping[str, str], members: Mapping[str, StaffMember]
) -> tuple[str, str] | None:
    """Give (code, words) of why a row cannot be used, None when it can."""
    if code not in status_of:
        return "unknown_retailer", f"there is no retailer {code}"
    if staff_code not in members:
        return "unknown_staff_code", f"there is no member of staff {staff_code}; import the staff first"
    role = members[staff_code].role
    if role.layer is not layer:
        return "wrong_role", f"{staff_code} is a {role.value} and cannot own in the {layer.value} layer"
    if status_of[code] == "closed":
        return "closed_retailer", f"retailer {code} is closed"
    return None


def _rejection(row: Mapping[Any, Any], kind: str, words: str, subject: str, evidence: Mapping[str, str]) -> RowFinding:
    return RowFinding(
        row_no=int(row["row_number"]), severity=Severity.REJECTED, code=kind, words=words, subject=subject,
        evidence=evidence,
    )  # fmt: skip


def _settle(chosen: dict[tuple[str, Layer], Assignment], item: Assignment) -> list[RowFinding]:
    """Keep the later of two claims on one shop in `chosen`, the earlier row on a tie; the other is a finding."""
    key = (item.retailer_code, item.layer)
    other = chosen.get(key)
    if other is None:
        chosen[key] = item
        return []
    winner, loser = (item, other) if item.valid_from > other.valid_from else (other, item)
    chosen[key] = winner
    same = winner.staff_code == loser.staff_code
    words = (
        f"retailer {item.retailer_code} is given to {winner.staff_code} in row {winner.row_no} already"
        if same
        else f"retailer {item.retailer_code} is claimed by {winner.staff_code} (row {winner.row_no}, kept) and by "
        f"{loser.staff_code} in the {item.layer.value} layer"
    )
    kind = "duplicate_assignment" if same else "two_owners"
    return [
        RowFinding(
            row_no=loser.row_no,
            severity=Severity.REJECTED,
            code=kind,
            words=words,
            subject=item.retailer_code,
            evidence={
                "retailer": item.retailer_code,
                "staff": winner.staff_code,
                "first_row": winner.row_no,
                "other": loser.staff_code,
                "layer": item.layer.value,
            },
        )
    ]


def _tidy_lines(kept: list[Assignment], findings: list[RowFinding]) -> list[Assignment]:
    """Give every line one owner and one weekday; rows of another weekday are suspicious."""
    owners: dict[tuple[Layer, str], set[str]] = {}
    for item in kept:
        if item.line:
            owners.setdefault((item.layer, item.line), set()).add(item.staff_code)
    named = [
        replace(item, line=f"{item.staff_code} {item.line}")
        if item.line and len(owners[item.layer, item.line]) > 1
        else item
        for item in kept
    ]
    votes: dict[tuple[Layer, str], dict[int, int]] = {}
    for item in named:
        if item.line and item.weekday:
            days = votes.setdefault((item.layer, item.line), {})
            days[item.weekday] = days.get(item.weekday, 0) + 1
    usual = {key: max(sorted(days), key=days.__getitem__) for key, days in votes.items()}
    tidied = []
    for item in named:
        weekday = usual.get((item.layer, item.line or ""), item.weekday)
        if item.weekday and weekday and item.weekday != weekday:
            words = (
                f"line {item.line} is on {WEEKDAYS[weekday - 1]} for most shops, here on {WEEKDAYS[item.weekday - 1]}"
            )
            findings.append(
                RowFinding(row_no=item.row_no, severity=Severity.SUSPICIOUS, code="other_weekday", words=words,
                           column="weekday", subject=item.retailer_code,
                           evidence={"line": str(item.line), "weekday": item.weekday, "usual_weekday": weekday})
            )  # fmt: skip
        tidied.append(replace(item, weekday=weekday))
    return tidied
