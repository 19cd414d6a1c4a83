"""Files in which a planner names units: which share one grid, and where staff bases are."""

from __future__ import annotations

import csv
from pathlib import Path

from gridsvc.domain.drafts import LinkedUnits, StaffBase
from gridsvc.domain.errors import BadInput


def read_linked(path: Path) -> tuple[LinkedUnits, ...]:
    """Read a `unit,group` file: units by H3 index or area code; those of one group share a grid."""
    groups: dict[str, list[str]] = {}
    for unit, group in _rows(path, ("unit", "group")):
        groups.setdefault(group, []).append(unit)
    return tuple(LinkedUnits(cells=tuple(units)) for units in groups.values())


def read_bases(path: Path) -> tuple[StaffBase, ...]:
    """Read a `unit,staff` file: units by H3 index or area code, grids by the staff code of their owner."""
    return tuple(StaffBase(cell=unit, staff_code=staff) for unit, staff in _rows(path, ("unit", "staff")))


def _rows(path: Path, heading: tuple[str, str]) -> list[tuple[str, str]]:
    """Give the rows of a file of two columns; raises `BadInput` with every line that is none."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = [tuple(cell.strip() for cell in row) for row in csv.reader(stream)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path} cannot be read: {error}") from error
    if not rows or rows[0] != heading:
        raise BadInput(f"{path}: the first line must be '{','.join(heading)}'")
    faults = [f"line {number}: two values are needed" for number, row in enumerate(rows[1:], start=2)
              if row and not (len(row) == 2 and all(row))]  # fmt: skip
    if faults:
        raise BadInput(f"{path} cannot be used", violations=tuple(faults[:20]))
    return [(row[0], row[1]) for row in rows[1:] if row]
