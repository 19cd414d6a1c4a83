"""Take in orders of the shops."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from geo_data.schemas import ORDERS
from gridsvc.clock import Clock, new_id
from gridsvc.domain.ids import Adcode, RetailerId
from gridsvc.domain.imports import ImportReport, RowFinding, Severity
from gridsvc.storage import Store, districts, retailers
from gridsvc.usecases.compare_records import compare_records
from gridsvc.usecases.estimate_order_cycles import estimate_order_cycles
from gridsvc.usecases.read_source import NO_OPTIONS, SourceOptions, read_source
from gridsvc.usecases.record_import import is_repeated, list_findings, record_import


def import_orders(
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
    """Take in orders by shop and day; one of the same shop and day is replaced where it differs.

    Raises `BadInput` for a file that cannot be used as a whole, and `NotFound` for an unknown district.
    """
    with store.transaction(adcode) as tx:
        district = districts.lock(tx)
        source = read_source(path, ORDERS, options)
        findings = source.findings()
        by_code, by_licence = retailers.ids_by(tx, "retailer_code"), retailers.ids_by(tx, "licence_no")
        code_of = {shop: code for code, shop in by_code.items()}
        orders: dict[str, tuple[RetailerId, date, float]] = {}
        for row in source.cleaned.accepted.to_dict("records"):
            named = row["retailer_code"] or row["licence_no"]
            shop = by_code.get(row["retailer_code"]) or by_licence.get(row["licence_no"])
            subject = f"{code_of.get(shop)} {row['order_date']}" if shop else ""
            if shop is not None and subject not in orders:
                orders[subject] = (shop, row["order_date"], float(row["cartons"]))
                continue
            kind, words = ("unknown_retailer", f"there is no retailer {named}") if shop is None else (
                "duplicate_order", f"retailer {named} has an order of {row['order_date']} already"
            )  # fmt: skip
            findings.append(
                RowFinding(row_no=int(row["row_number"]), severity=Severity.REJECTED, code=kind, words=words,
                           column="retailer_code", subject=str(named),
                           evidence={"retailer": str(named), "order_date": str(row["order_date"])})
            )  # fmt: skip
        before = retailers.orders(tx).items()
        stored = {f"{code_of[shop]} {day}": {"cartons": cartons} for (shop, day), cartons in before}
        compared = compare_records(stored, {subject: {"cartons": item[2]} for subject, item in orders.items()})
        report = ImportReport(
            kind="orders", file_name=source.file_name, n_rows=source.cleaned.n_rows, n_new=len(compared.new),
            n_changed=len(compared.changed), n_unchanged=len(compared.unchanged), changes=compared.changes,
            findings=tuple(sorted(findings, key=lambda f: (f.row_no or 0, f.code))), notes=source.notes,
            is_dry_run=dry_run, is_synthetic=district.is_synthetic,
        )  # fmt: skip
        if not dry_run and not is_repeated(tx, report, source):
            import_run_id = new_id()
            record_import(tx, clock, import_run_id=import_run_id, source=source, report=report, actor=actor)
            written = [orders[subject] for subject in (*compared.new, *compared.changed)]
            retailers.save_orders(tx, {(shop, day): cartons for shop, day, cartons in written})
            estimate_order_cycles(tx)
            list_findings(tx, clock, import_run_id=import_run_id, report=report, actor=actor)
    return report
