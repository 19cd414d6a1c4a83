"""Take in the street network: nodes and the pieces of street between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo_data.datums import Datum, to_wgs84
from geo_data.notes import Note
from geo_data.projection import LocalProjection
from geo_data.schemas import STREET_NODES, STREETS
from gridsvc.clock import Clock, new_id
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode
from gridsvc.domain.imports import ImportReport, RowFinding, Severity
from gridsvc.storage import Store, districts, streets
from gridsvc.storage.streets import StreetColumns
from gridsvc.usecases.compare_records import compare_records
from gridsvc.usecases.read_source import NO_OPTIONS, Source, SourceOptions, read_source
from gridsvc.usecases.record_import import is_repeated, list_findings, record_import


def import_streets(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    path: Path,
    nodes: Path,
    options: SourceOptions = NO_OPTIONS,
    is_directed: bool = False,
    dry_run: bool = False,
    on_progress: Callable[[float, str], None] | None = None,
) -> ImportReport:
    """Take in the edges of `path` and those `nodes` that they name, in place of all earlier streets.

    `options.where` chooses edges; column mappings go to the table whose column they name. Edges that name unknown
    nodes, lead back to their own node or repeat another are rejected. `is_directed`: an edge that does not say whether
    it is one-way leads from u to v only, and a two-way street is two edges.

    Raises `BadInput` for files that cannot be used as a whole or that make no street, and `NotFound` for an unknown
    district.
    """
    for_edges, for_nodes = _split_options(options)
    with store.transaction(adcode) as tx:
        district = districts.lock(tx)
        node_source = read_source(nodes, STREET_NODES, for_nodes)
        source = read_source(path, STREETS, replace(for_edges, crs=node_source.datum.value))
        frame, findings = _usable_edges(source, node_source)
        if is_directed:
            frame["oneway"] = [flag is not False for flag in frame["oneway"]]
        if frame.empty:
            raise BadInput(
                f"{path.name}: no edge joins two nodes of {nodes.name}",
                violations=tuple(f"row {f.row_no}: {f.words}" for f in findings[:20]),
            )
        new = _columns(frame, node_source)
        known = streets.columns(tx)
        before = {} if known is None else _records(known)
        after = _records(new)
        compared = compare_records(before, after)
        network = streets.network_of(new)
        report = ImportReport(
            kind="streets", file_name=source.file_name, n_rows=source.cleaned.n_rows, n_new=len(compared.new),
            n_changed=len(compared.changed), n_unchanged=len(compared.unchanged),
            n_removed=len(before.keys() - after.keys()), changes=compared.changes,
            findings=tuple(sorted(findings, key=lambda f: (f.row_no or 0, f.code))), is_dry_run=dry_run,
            is_synthetic=district.is_synthetic, notes=(*source.notes, *_node_notes(node_source, new), *network.notes),
        )  # fmt: skip
        if not dry_run and not is_repeated(tx, report, source):
            import_run_id = new_id()
            record_import(tx, clock, import_run_id=import_run_id, source=source, report=report, actor=actor)
            if not report.changes_nothing:
                streets.replace_all(tx, new)
            list_findings(tx, clock, import_run_id=import_run_id, report=report, actor=actor)
    return report


def _split_options(options: SourceOptions) -> tuple[SourceOptions, SourceOptions]:
    """Give the options of edges and of nodes: each table gets the mappings of its own columns, the edges the rest."""
    to_nodes = {name: source for name, source in options.columns.items() if name in STREET_NODES.column_names}
    to_edges = {name: source for name, source in options.columns.items() if name not in to_nodes}
    return replace(options, columns=to_edges), replace(options, columns=to_nodes, where={})


def _usable_edges(source: Source, node_source: Source) -> tuple[pd.DataFrame, list[RowFinding]]:
    """Give the edges that join two known nodes, with their courses in WGS-84, and the findings over all rows."""
    findings = source.findings()
    frame = source.cleaned.accepted
    known = set(node_source.cleaned.accepted["node"])
    seen: set[tuple[object, ...]] = set()
    keep = []
    rows: Any = frame[["row_number", "u", "v", "length_m", "wkt"]].itertuples(index=False)
    for row in rows:
        kind, words = _edge_fault(row, known, seen)
        keep.append(not kind)
        if kind:
            ends = [node for node in (row.u, row.v) if node not in known] or [row.u, row.v]
            found = {"node": ", ".join(ends)} if kind == "unknown_node" else {"from": row.u, "to": row.v}
            findings.append(_finding(row.row_number, Severity.REJECTED, kind, words, **found))
    frame = frame.loc[np.array(keep, dtype=bool)].reset_index(drop=True)
    frame["course"], unreadable = _courses(frame["wkt"], source.datum)
    for row_number in frame["row_number"][unreadable]:
        words = "the course is no readable LINESTRING; the straight line stands for it"
        findings.append(_finding(row_number, Severity.SUSPICIOUS, "malformed_course", words))
    return frame, findings


def _edge_fault(row: Any, known: set[str], seen: set[tuple[object, ...]]) -> tuple[str, str]:
    """Give (code, words) of why an edge cannot be used; empty for nothing. A used edge is added to `seen`."""
    unknown = [node for node in (row.u, row.v) if node not in known]
    if unknown:
        return "unknown_node", f"names {' and '.join(unknown)}, which the node file does not have"
    if row.u == row.v:
        return "loop", f"leads from node {row.u} back to itself"
    key = (row.u, row.v, row.length_m, row.wkt)
    if key in seen:
        return "duplicate_edge", f"repeats an earlier edge from {row.u} to {row.v}"
    seen.add(key)
    return "", ""


def _finding(row_number: int, severity: Severity, code: str, words: str, **evidence: str) -> RowFinding:
    return RowFinding(row_no=int(row_number), severity=severity, code=code, words=words, evidence=evidence)


def _courses(wkt: pd.Series[Any], datum: Datum) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Give the courses in WGS-84, None where absent or unreadable, and which are unreadable."""
    texts = wkt.to_numpy(dtype=object)
    lines = np.asarray(shapely.from_wkt(texts, on_invalid="ignore"), dtype=object)
    is_line = (shapely.get_type_id(lines) == shapely.GeometryType.LINESTRING) & ~shapely.is_empty(lines)
    unreadable = np.array([text is not None for text in texts], dtype=bool) & ~is_line
    lines[~is_line] = None
    lines = np.asarray(shapely.force_2d(lines), dtype=object)
    if datum not in (Datum.WGS84, Datum.CGCS2000):
        lines = np.asarray(shapely.transform(lines, lambda p: np.column_stack(to_wgs84(p[:, 0], p[:, 1], datum))))
    return lines, unreadable


def _columns(frame: pd.DataFrame, node_source: Source) -> StreetColumns:
    """Give the edges and the nodes that they name as the store keeps them; blank lengths are measured."""
    nodes = node_source.cleaned.accepted
    used = set(frame["u"]) | set(frame["v"])
    nodes = nodes.loc[nodes["node"].isin(used)].reset_index(drop=True)
    row_of = {code: row for row, code in enumerate(nodes["node"])}
    lon, lat = nodes["lon"].to_numpy(np.float64), nodes["lat"].to_numpy(np.float64)
    from_node = np.array([row_of[code] for code in frame["u"]], dtype=np.int64)
    to_node = np.array([row_of[code] for code in frame["v"]], dtype=np.int64)
    course = frame["course"].to_numpy(dtype=object)
    plane = LocalProjection.around(lon, lat)
    straight = np.hypot(*(plane.xy_m(lon[from_node], lat[from_node]) - plane.xy_m(lon[to_node], lat[to_node])).T)
    drawn = np.where(shapely.is_missing(course), straight, shapely.length(plane.project(course)))
    length_m = frame["length_m"].to_numpy(np.float64)
    return StreetColumns(
        node_code=nodes["node"].to_numpy(dtype=object), lon=lon, lat=lat, from_node=from_node, to_node=to_node,
        length_m=np.where(np.isfinite(length_m), length_m, drawn),
        speed_kmh=frame["speed_kmph"].to_numpy(np.float64), travel_s=frame["seconds"].to_numpy(np.float64),
        travel_back_s=frame["seconds_back"].to_numpy(np.float64),
        is_oneway=np.array([flag is True for flag in frame["oneway"]], dtype=bool),
        name=frame["name"].to_numpy(dtype=object), course=course,
    )  # fmt: skip


def _records(known: StreetColumns) -> dict[str, dict[str, object]]:
    """Give the values of each edge by its nodes; the k-th edge between the same nodes has #k."""
    nodes = [f"{lon:.7f} {lat:.7f}" for lon, lat in zip(known.lon.tolist(), known.lat.tolist(), strict=True)]
    courses = shapely.to_wkt(known.course, rounding_precision=7)
    names = ("length_m", "speed_kmh", "travel_s", "travel_back_s", "is_oneway", "name")
    values = zip(*(getattr(known, name).tolist() for name in names), strict=True)
    count: dict[tuple[str, str], int] = {}
    records: dict[str, dict[str, object]] = {}
    ends = zip(known.from_node.tolist(), known.to_node.tolist(), strict=True)
    for (a, b), fields, course in zip(ends, values, courses, strict=True):
        pair = (known.node_code[a], known.node_code[b])
        count[pair] = count.get(pair, 0) + 1
        records[f"{pair[0]}-{pair[1]}#{count[pair]}"] = {
            **dict(zip(names, fields, strict=True)), "from": nodes[a], "to": nodes[b], "course": course,
        }  # fmt: skip
    return records


def _node_notes(node_source: Source, new: StreetColumns) -> list[Note]:
    rejected, n_nodes = node_source.cleaned.n_rejected, len(new.node_code)
    n_oneway = int(new.is_oneway.sum())
    n_edges, length_km = len(new.length_m), round(float(new.length_m.sum()) / 1000)
    words = f"{n_nodes} nodes, {n_edges} edges, {length_km:,} km of streets"
    notes = [Note(words, "streets", n_nodes=n_nodes, n_edges=n_edges, length_km=length_km)]
    if n_oneway:
        notes.append(Note(f"{n_oneway} edges lead one way only", "one_way", n=n_oneway))
    unused = node_source.cleaned.n_rows - rejected - n_nodes
    if unused:
        words = f"{unused} nodes of {node_source.file_name} are named by no edge and left out"
        notes.append(Note(words, "unused_nodes", n=unused))
    shown = [f"row {f.row_no}: {f.words}" for f in node_source.findings()[:20]]
    if rejected:
        notes.append(Note(f"{rejected} nodes are rejected: {'; '.join(shown)}", "rejected_nodes", n=rejected))
    return notes
