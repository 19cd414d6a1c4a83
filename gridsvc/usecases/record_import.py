"""Record an import that changes something: the run, its raw rows, what it rejected or doubted, and the audit row."""

from __future__ import annotations

from collections.abc import Mapping

from gridsvc.clock import Clock
from gridsvc.domain.ids import RetailerId
from gridsvc.domain.imports import ImportReport, RowFinding
from gridsvc.storage import Transaction, audit, imports, reviews
from gridsvc.storage.imports import ImportRun
from gridsvc.storage.reviews import ReviewItem
from gridsvc.usecases.read_source import Source

# settled by looking addresses up again, or by a plan: a file that is silent about them does not mend them
SETTLED_ELSEWHERE = frozenset({"not_located", "uncertain_location", "unowned"})


def record_import(
    tx: Transaction, clock: Clock, *, import_run_id: str, source: Source, report: ImportReport, actor: str
) -> None:
    """Write the run and its raw rows; call before the records that name the run."""
    run = ImportRun(
        import_run_id=import_run_id, kind=report.kind, file_name=source.file_name, sha256=source.sha256,
        options=source.options, counts=report.counts(), imported_by=actor,
    )  # fmt: skip
    imports.add(tx, clock, run)
    imports.add_raw_rows(tx, import_run_id, source.raw_rows())
    audit.add(tx, clock, actor=actor, action=f"import_{report.kind}", subject=import_run_id, content=report.counts())


def list_findings(
    tx: Transaction,
    clock: Clock,
    *,
    import_run_id: str,
    report: ImportReport,
    retailer_of_row: Mapping[int, RetailerId] | None = None,
    retailer_of_code: Mapping[str, RetailerId] | None = None,
    actor: str,
) -> int:
    """Put the findings on the review list and give the number of new items.

    A finding about a row names the retailer that the row became; one without a row the retailer of its subject.

    An open item that an earlier version of the same file left and that this one repeats stays as it is; one that is
    gone from this version is closed as mended; one that somebody accepted or rejected is not raised again.
    """
    earlier = [item for item in reviews.listed(tx, state=None, kind=report.kind) if item.file_name == report.file_name]
    known = {_key(item): item.review_item_id for item in earlier if item.state == "open"}
    judged = known.keys() | {_key(item) for item in earlier if item.state in ("accepted", "rejected")}
    found = {(f.severity.value, f.code, f.words, f.row_no) for f in report.findings}
    gone = [known[key] for key in known if key not in found and key[1] not in SETTLED_ELSEWHERE]
    mended = f"no longer so in the newer {report.file_name}"
    reviews.close(tx, clock, gone, state="mended", actor=actor, outcome=mended)
    rows, codes = retailer_of_row or {}, retailer_of_code or {}
    items = [
        ReviewItem(
            severity=f.severity.value, code=f.code, words=f.words, import_run_id=import_run_id, row_no=f.row_no,
            retailer_id=_retailer_of(f, rows, codes), proposed=f.proposed,
            evidence=f.evidence,
        )
        for f in report.findings
        if (f.severity.value, f.code, f.words, f.row_no) not in judged
    ]  # fmt: skip
    return reviews.add(tx, clock, items)


def _retailer_of(
    finding: RowFinding, rows: Mapping[int, RetailerId], codes: Mapping[str, RetailerId]
) -> RetailerId | None:
    known = None if finding.row_no is None else rows.get(finding.row_no)
    return known or codes.get(finding.subject)


def _key(item: ReviewItem) -> tuple[str, str, str, int | None]:
    return item.severity, item.code, item.words, item.row_no


def is_repeated(tx: Transaction, report: ImportReport, source: Source) -> bool:
    """Tell whether this very file, read the same way, was the last of its kind and changes nothing now."""
    last = imports.last(tx, report.kind, source.file_name)
    return (
        report.changes_nothing and last is not None and last.sha256 == source.sha256 and last.options == source.options
    )
