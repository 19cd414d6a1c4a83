"""Show what an import did: counts, how the file was understood, the first findings and differences."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from gridsvc.domain.errors import BadInput

if TYPE_CHECKING:
    from rich.console import Console

    from gridsvc.domain.imports import ImportReport

N_SHOWN = 20
_ORDER = {"rejected": 0, "fault": 1, "suspicious": 2}


def print_report(report: ImportReport) -> None:
    """Print the counts, the notes and the first findings and differences; the rest stays on the review list."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    counts = report.counts()
    if not report.n_removed:
        del counts["removed"]
    table = Table(title=f"{report.file_name}: {report.kind}", title_justify="left")
    for name in counts:
        table.add_column(name, justify="right")
    table.add_row(*(f"{count:,}" for count in counts.values()))
    console.print(table)
    for note in report.notes:
        console.print(f"  {note}", markup=False, highlight=False)
    _print_changes(console, report)
    _print_findings(console, report)
    if report.is_synthetic:
        console.print("SYNTHETIC district: shops, people and numbers are invented.", style="yellow")
    if report.is_dry_run:
        console.print("Dry run: nothing was written.")
    elif report.changes_nothing:
        console.print("Nothing changed.")


def _print_changes(console: Console, report: ImportReport) -> None:
    from rich.table import Table

    if not report.changes:
        return
    table = Table("code", "field", "before", "now", title="Differences", title_justify="left")
    for change in report.changes[:N_SHOWN]:
        table.add_row(change.subject, change.field, change.before[:60], change.after[:60])
    console.print(table)
    _print_rest(console, len(report.changes))


def _print_findings(console: Console, report: ImportReport) -> None:
    from rich.table import Table

    if not report.findings:
        return
    counts: dict[tuple[str, str], int] = {}
    for finding in report.findings:
        key = (finding.severity.value, finding.code)
        counts[key] = counts.get(key, 0) + 1
    for (severity, code), count in sorted(counts.items()):
        console.print(f"  {count:,} {severity}: {code}", highlight=False)
    table = Table("row", "", "reason", title="Row by row", title_justify="left")
    for finding in sorted(report.findings, key=lambda finding: _ORDER[finding.severity.value])[:N_SHOWN]:
        row = "" if finding.row_no is None else str(finding.row_no)
        table.add_row(row, finding.severity.value, finding.words)
    console.print(table)
    _print_rest(console, len(report.findings))


def _print_rest(console: Console, n_all: int) -> None:
    if n_all > N_SHOWN:
        console.print(f"  ... and {n_all - N_SHOWN:,} more (--report FILE.csv writes all; `review list` keeps them)")


def write_report(report: ImportReport, path: Path) -> None:
    """Write every finding and difference as CSV (UTF-8 with a mark, as spreadsheets expect).

    Raises
    ------
    BadInput
        the file cannot be written, although the import is done; `review list` keeps the findings.
    """
    try:
        _write_rows(report, path)
    except OSError as error:
        done = "the import is done" if not report.is_dry_run else "nothing was imported, as asked"
        raise BadInput(f"--report {path} cannot be written: {error.strerror or error}; {done}") from error


def _write_rows(report: ImportReport, path: Path) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["row", "kind", "code", "subject", "column", "words", "before", "now"])
        for f in report.findings:
            rows.writerow([f.row_no or "", f.severity.value, f.code, f.subject, f.column, f.words, "", ""])
        for c in report.changes:
            rows.writerow(["", "difference", "changed_value", c.subject, c.field, "", c.before, c.after])
