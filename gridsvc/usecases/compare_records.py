"""Compare what a file says with what is stored: which records are new, which values differ, which are alike."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from gridsvc.domain.imports import FieldChange

Record = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Codes of the records by what they mean for the store, in the file's order, and every value that differs."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    changes: tuple[FieldChange, ...]


def compare_records(before: Mapping[str, Record], after: Mapping[str, Record]) -> Comparison:
    """Compare records by code; only the fields that an incoming record names are compared.

    Numbers within 1e-7 (a centimetre in degrees) count as alike, NaN as equal to None. O(records x fields).
    """
    new: list[str] = []
    changed: list[str] = []
    unchanged: list[str] = []
    changes: list[FieldChange] = []
    for code, record in after.items():
        stored = before.get(code)
        if stored is None:
            new.append(code)
            continue
        differing = [name for name, value in record.items() if not is_alike(stored.get(name), value)]
        (changed if differing else unchanged).append(code)
        changes += [
            FieldChange(subject=code, field=name, before=as_text(stored.get(name)), after=as_text(record[name]))
            for name in differing
        ]
    return Comparison(new=tuple(new), changed=tuple(changed), unchanged=tuple(unchanged), changes=tuple(changes))


def is_alike(before: object, after: object) -> bool:
    """Tell whether two values are the same for a register."""
    if is_missing(before) or is_missing(after):
        return is_missing(before) and is_missing(after)
    if isinstance(before, float) or isinstance(after, float):
        try:
            return abs(float(str(before)) - float(str(after))) <= 1e-7
        except ValueError:
            return False
    return bool(before == after)


def is_missing(value: object) -> bool:
    """Tell whether a value stands for unknown."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def as_text(value: object) -> str:
    """Give a value for a report: unknown as an empty text, degrees with seven decimals at most."""
    if is_missing(value):
        return ""
    return f"{value:.7f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
