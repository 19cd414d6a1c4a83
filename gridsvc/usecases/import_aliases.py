"""Take in other names of streets, areas and landmarks, by which addresses call them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from geo_data.geocoding.other_names import AliasKind, plain
from geo_data.schemas import ALIASES
from gridsvc.clock import Clock, new_id
from gridsvc.domain.ids import Adcode
from gridsvc.domain.imports import ImportReport, RowFinding, Severity
from gridsvc.storage import Store, Transaction, aliases, districts
from gridsvc.usecases.address_book import build_gazetteer
from gridsvc.usecases.compare_records import compare_records
from gridsvc.usecases.read_source import NO_OPTIONS, Source, SourceOptions, read_source
from gridsvc.usecases.record_import import is_repeated, list_findings, record_import

_Name = tuple[str, str, str]  # kind, alias, name


def import_aliases(
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
    """Take in the other names of `path` in place of all earlier ones; look-ups of addresses know them at once.

    A name that is its own alias is rejected; one that stands for nothing known here is suspicious and comes in, for the
    streets that may follow.

    Raises `BadInput` for a file that cannot be used as a whole, and `NotFound` for an unknown district.
    """
    say = on_progress or (lambda share, words: None)
    with store.transaction(adcode) as tx:
        district = districts.lock(tx)
        source = read_source(path, ALIASES, options)
        say(0.3, "judging names")
        names, findings = _names(tx, source)
        before, after = _records(aliases.listed(tx)), _records(names)
        compared = compare_records(before, after)
        report = ImportReport(
            kind="aliases", file_name=source.file_name, n_rows=source.cleaned.n_rows, n_new=len(compared.new),
            n_changed=len(compared.changed), n_unchanged=len(compared.unchanged),
            n_removed=len(before.keys() - after.keys()), changes=compared.changes,
            findings=tuple(sorted(findings, key=lambda f: (f.row_no or 0, f.code))), notes=source.notes,
            is_dry_run=dry_run, is_synthetic=district.is_synthetic,
        )  # fmt: skip
        if not dry_run and not is_repeated(tx, report, source):
            import_run_id = new_id()
            record_import(tx, clock, import_run_id=import_run_id, source=source, report=report, actor=actor)
            aliases.replace_all(tx, names, import_run_id)
            list_findings(tx, clock, import_run_id=import_run_id, report=report, actor=actor)
    say(1.0, "done")
    return report


def _names(tx: Transaction, source: Source) -> tuple[list[_Name], list[RowFinding]]:
    """Give the names that can be used and the findings over all rows."""
    findings, names, known = source.findings(), dict[_Name, None](), set[str]()
    gazetteer = build_gazetteer(tx)
    for row in source.cleaned.accepted.to_dict("records"):
        kind, alias, name = str(row["kind"] or "street"), str(row["alias"]), str(row["name"])
        row_no = int(row["row_number"])
        if plain(alias) == plain(name):
            words = f"{alias} is the name itself"
            findings.append(_finding(row_no, Severity.REJECTED, "alias_of_itself", words, alias, {"alias": alias}))
            continue
        if (kind, alias, name) in names:
            words = f"{alias} for {name} stands in an earlier row already"
            found = {"value": alias}
            findings.append(_finding(row_no, Severity.REJECTED, "duplicate_alias", words, alias, found))
            continue
        names[kind, alias, name] = None
        known.add(alias)
        if not gazetteer.knows(AliasKind(kind), name) and name not in known:
            words = f"{name} is no {kind} that is known here"
            found = {"name": name, "kind": kind}
            findings.append(_finding(row_no, Severity.SUSPICIOUS, "unknown_name", words, alias, found))
    return list(names), findings


def _finding(
    row_no: int, severity: Severity, code: str, words: str, subject: str, evidence: Mapping[str, float | str]
) -> RowFinding:
    return RowFinding(row_no=row_no, severity=severity, code=code, words=words, subject=subject, evidence=evidence)


def _records(names: list[_Name]) -> dict[str, dict[str, object]]:
    return {f"{kind} {alias} > {name}": {"name": name} for kind, alias, name in names}
