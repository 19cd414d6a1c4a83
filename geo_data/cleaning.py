"""Judge the rows of a matched table: typed columns and WGS-84 places for those accepted, a finding for every fault.

Every row of the file ends either in the accepted frame or with a finding that rejects it, never both and never neither;
no row can stop another. What is corrected on the way (swapped coordinates, control characters, a repaired polygon) is
said by a finding too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from shapely.geometry.base import BaseGeometry

from geo_data.datums import Datum
from geo_data.findings import Finding, Severity
from geo_data.places import check_places, check_polygons
from geo_data.table_schema import Column, Kind, Shape, TableSchema
from geo_data.tables import MatchedTable
from geo_data.values import Value, parse_cell, show, strip_control

__all__ = ["Cleaned", "CleaningRules", "Finding", "Severity", "clean", "parse_cell"]


_SHOWN = 40  # characters of a cell in a finding


@dataclass(frozen=True, slots=True, kw_only=True)
class CleaningRules:
    """Holds what the district decides about the judgement.

    Parameters
    ----------
    datum : of the coordinates in the file
    district : boundary in WGS-84; None where it is not known yet, then nothing lies outside
    margin_m : a place this far outside the boundary still counts as inside (shores and coarse borders), and is said
    licence_pattern : regular expression of a licence number in this district; empty for the schema's own
    """

    datum: Datum
    district: BaseGeometry | None = None
    margin_m: float = 250.0
    licence_pattern: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """Holds the judgement over one file.

    Parameters
    ----------
    accepted : typed columns of the schema, all of them, missing values None (NaN for numbers); `row_number`; for points
        `lon`, `lat` in WGS-84 with NaN where no usable place is given; for polygons and lines with geometry `geometry`
    findings : ordered by row number
    n_rows : rows judged
    """

    accepted: pd.DataFrame
    findings: tuple[Finding, ...]
    n_rows: int

    @property
    def n_rejected(self) -> int:
        return self.n_rows - len(self.accepted)


def clean(matched: MatchedTable, schema: TableSchema, rules: CleaningRules) -> Cleaned:
    """Return the accepted rows of `matched` in typed columns, and the findings over all rows.

    Raises nothing for any content of the cells. O(rows x columns).
    """
    schema = _with_licence_pattern(schema, rules)
    row_numbers = matched.raw.row_numbers
    findings = [_finding(row, "broken_row", "", f"row {words}") for row, words in matched.raw.broken_rows.items()]
    frame, cell_findings = _parse_columns(matched.frame, schema, row_numbers)
    findings += cell_findings
    frame.insert(0, "row_number", row_numbers)
    rejected = {finding.row_number for finding in findings if finding.severity is Severity.REJECTED}
    findings += _missing_identity(frame, schema, rejected)
    findings += _duplicates(frame, schema, {f.row_number for f in findings if f.severity is Severity.REJECTED})
    if schema.name == "absences":
        findings += _backward_absences(frame)
    if schema.shape is Shape.POINT:
        district = None if schema.name == "street_nodes" else rules.district  # streets lead out of a district
        frame, found = check_places(frame, schema, rules.datum, district, rules.margin_m)
        findings += found
    elif schema.shape is Shape.POLYGON:
        frame["geometry"], found = check_polygons(matched.raw.geometry, row_numbers, rules.datum)
        findings += found
    rejected = {finding.row_number for finding in findings if finding.severity is Severity.REJECTED}
    keep = np.array([row not in rejected for row in row_numbers.tolist()], dtype=bool)
    accepted = frame.loc[keep].reset_index(drop=True)
    if schema.shape is Shape.POINT:
        findings += _shared_points(accepted, schema)
    ordered = sorted(findings, key=lambda finding: (finding.row_number, finding.code, finding.column))
    return Cleaned(accepted=accepted, findings=tuple(ordered), n_rows=len(frame))


def _with_licence_pattern(schema: TableSchema, rules: CleaningRules) -> TableSchema:
    if not rules.licence_pattern or "licence_no" not in schema.column_names:
        return schema
    columns = tuple(
        replace(column, pattern=rules.licence_pattern) if column.name == "licence_no" else column
        for column in schema.columns
    )
    return replace(schema, columns=columns)


def _finding(
    row: int, code: str, column: str, words: str, severity: Severity = Severity.REJECTED, **evidence: float | str
) -> Finding:
    return Finding(row_number=int(row), code=code, column=column, words=words, severity=severity, evidence=evidence)


def _parse_columns(
    frame: pd.DataFrame, schema: TableSchema, row_numbers: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> tuple[pd.DataFrame, list[Finding]]:
    rows = row_numbers.tolist()
    typed: dict[str, pd.Series] = {}
    findings: list[Finding] = []
    for column in schema.columns:
        cells = frame[column.name].tolist() if column.name in frame.columns else [None] * len(rows)
        parsed = {cell: _parse_text(column, cell) for cell in set(cells)}
        faults = {cell: fault for cell, fault in parsed.items() if fault.is_worth_a_word(column, schema)}
        for row, cell in zip(rows, cells, strict=True):
            if cell in faults:
                findings += _cell_findings(column, schema, row, faults[cell])
        values = pd.Series([parsed[cell].value for cell in cells], dtype=object)
        is_number = column.kind in (Kind.NUMBER, Kind.INTEGER)
        typed[column.name] = values.astype(float) if is_number else values
    return pd.DataFrame(typed), findings


@dataclass(frozen=True, slots=True)
class _ParsedText:
    """What one distinct text of a column means."""

    value: Value
    fault: str
    n_removed: int
    plain: str

    def is_worth_a_word(self, column: Column, schema: TableSchema) -> bool:
        return bool(self.fault or self.n_removed or (self.value is None and _is_needed(column, schema)))


def _parse_text(column: Column, cell: str | None) -> _ParsedText:
    if cell is None:
        return _ParsedText(None, "", 0, "")
    plain, n_removed = strip_control(cell)
    value, fault = parse_cell(column, plain)
    return _ParsedText(value, fault, n_removed, plain)


def _is_needed(column: Column, schema: TableSchema) -> bool:
    """Return whether a blank rejects the row here; places are judged apart."""
    is_place = column.name.endswith(("lon", "lat")) and schema.shape is Shape.POINT
    return column.required and not is_place


def _cell_findings(column: Column, schema: TableSchema, row: int, parsed: _ParsedText) -> list[Finding]:
    findings = []
    if parsed.n_removed:
        words = f"{column.name}: {parsed.n_removed} control characters removed, {show(parsed.plain)} is left"
        findings.append(
            _finding(
                row, "control_characters", column.name, words, Severity.SUSPICIOUS, field=column.name,
                n_removed=parsed.n_removed,
            )
        )  # fmt: skip
    if parsed.fault:
        findings.append(_cell_fault(column, row, parsed, schema))
    elif parsed.value is None and _is_needed(column, schema):
        words = f"{column.name} is blank"
        findings.append(_finding(row, "missing_field", column.name, words, field=column.name))
    return findings


def _cell_fault(column: Column, row: int, parsed: _ParsedText, schema: TableSchema) -> Finding:
    """Return the finding for an unreadable cell: it rejects the row where the value is needed or cannot be stored."""
    fault = parsed.fault
    in_key = any(column.name in group for group in (*schema.one_of, *schema.unique))
    is_address = column.name == "address"
    severity = Severity.REJECTED if column.required or in_key or is_address else Severity.SUSPICIOUS
    code = "malformed_licence" if column.name == "licence_no" else "malformed_field"
    if "longer than" in fault:
        code = "text_too_long"
    if column.name.endswith(("lon", "lat")):
        code, severity = "malformed_coordinate", Severity.SUSPICIOUS
    value = parsed.plain if len(parsed.plain) <= _SHOWN else f"{parsed.plain[:_SHOWN]}…"
    words = f"{column.name}: {fault}"
    return _finding(row, code, column.name, words, severity, field=column.name, value=value)


def _missing_identity(frame: pd.DataFrame, schema: TableSchema, rejected: set[int]) -> list[Finding]:
    findings = []
    for group in schema.one_of:
        blank = frame[list(group)].isna().all(axis=1)
        words = f"none of {', '.join(group)} is given"
        findings += [
            _finding(row, "missing_field", group[0], words, field=", ".join(group))
            for row in frame["row_number"][blank]
            if row not in rejected
        ]
    return findings


def _duplicates(frame: pd.DataFrame, schema: TableSchema, rejected: set[int]) -> list[Finding]:
    """Return a rejecting finding for every later row that repeats a key of an earlier row that is not rejected."""
    findings = []
    names = [name for name in frame.columns if name != "row_number"]
    rows = frame["row_number"].to_numpy(dtype=np.int64).tolist()
    texts = list(zip(*(frame[name].astype(str).tolist() for name in names), strict=True))
    for group in schema.unique:
        first: dict[tuple[str, ...], int] = {}
        keys = [frame[name].astype(str).tolist() for name in group]
        blank = frame[list(group)].isna().to_numpy()
        n_blank = blank.sum(axis=1)
        most = len(group) - 1 if len(group) > 2 else 0
        for position, key in enumerate(zip(*keys, strict=True)):
            if n_blank[position] > most or rows[position] in rejected:
                continue
            earlier = first.setdefault(key, position)
            if earlier == position:
                continue
            same = "all the same" if texts[position] == texts[earlier] else "with other values"
            shown = ", ".join(f"{name} {value}" for name, value in zip(group, key, strict=True) if value != "None")
            words = f"{shown} stands already in row {rows[earlier]}, {same}"
            value = " ".join(str(part) for part in key if str(part) not in ("None", "nan"))
            findings.append(
                _finding(rows[position], f"duplicate_{group[0]}", group[0], words, value=value, first_row=rows[earlier])
            )
    return findings


def _backward_absences(frame: pd.DataFrame) -> list[Finding]:
    findings = []
    for row, first, last in zip(frame["row_number"], frame["first_day"], frame["last_day"], strict=True):
        if first is not None and last is not None and last < first:
            words = f"last_day {last} is before first_day {first}"
            findings.append(
                _finding(row, "backward_dates", "last_day", words, first_day=str(first), last_day=str(last))
            )
    return findings


def _shared_points(accepted: pd.DataFrame, schema: TableSchema) -> list[Finding]:
    """Return a finding for every accepted retailer whose point (to 1e-6 degree) is also another's."""
    if schema.name != "retailers" or accepted.empty:
        return []
    known = accepted[accepted["lon"].notna()]
    counts = known.groupby([known["lon"].round(6), known["lat"].round(6)])["row_number"].transform("size")
    return [
        _finding(
            row, "shared_point", "lon", f"{count} shops stand on this point", Severity.SUSPICIOUS, n_shops=int(count)
        )
        for row, count in zip(known["row_number"], counts, strict=True)
        if count > 1
    ]
