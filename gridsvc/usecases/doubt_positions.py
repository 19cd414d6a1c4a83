"""Say which shops' points are contradicted by their address, street office, neighbours or check-ins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo_data.datum_guard import datum_that_leads_to, find_wrong_datums
from geo_data.datums import Datum
from geo_data.geocoding.gazetteer import Gazetteer, street_courses
from geo_data.geocoding.parts import AddressParts
from geo_data.position_checks import (
    AgreedPlace,
    PositionDoubt,
    agreed_place,
    find_conflicts,
    find_outside,
    find_outside_district,
    find_shared_points,
)
from geo_data.projection import distance_m
from gridsvc.domain.imports import RowFinding, Severity
from gridsvc.storage import Transaction, areas, visits
from gridsvc.usecases.locate_records import AREA_LEVEL, known_places
from gridsvc.usecases.retailer_records import Fields

N_AGREEING = 3  # check-ins that have to agree before they propose a point
_GOOD_ACCURACY_M = 50.0
_ELSEWHERE_M = 60.0  # a shop front and a parked van are this far apart
_LEAST_SHARED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Positions:
    """Shops with a given point, as arrays of equal length."""

    codes: list[str]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    parts: list[AddressParts]
    datums: list[str]
    offices: NDArray[np.object_]
    office_names: list[str]
    courses: NDArray[np.object_]


def doubt_datums(tx: Transaction, records: Mapping[str, Fields], judged: Collection[str]) -> list[RowFinding]:
    """Give the judged shops whose point another datum explains far better, each with its proposed point."""
    return _datum_findings(_positions(tx, records), records, set(judged))


def doubt_positions(tx: Transaction, district: BaseGeometry, records: Mapping[str, Fields]) -> list[RowFinding]:
    """Give every doubt about the given points of the open shops, at most one about each shop and code.

    A shop whose datum is doubted is not doubted again for standing elsewhere than its address. Points that a person or
    agreeing check-ins set are judged by check-ins only.
    """
    places = _positions(tx, records)
    findings = _datum_findings(places, records, set(records))
    explained = {finding.subject for finding in findings}
    doubts = (
        find_outside_district(places.lon, places.lat, district)
        + find_conflicts(places.lon, places.lat, places.parts)
        + find_outside(places.lon, places.lat, places.offices, places.office_names)
    )
    for doubt in doubts:
        code = places.codes[doubt.row]
        if code not in explained and not is_reviewed(records[code]):
            findings.append(_finding(code, doubt))
            explained.add(code)
    findings += [_finding(places.codes[d.row], d) for d in find_shared_points(places.lon, places.lat, places.parts)]
    by_check_ins = doubt_by_check_ins(tx, records)
    told = {finding.subject for finding in by_check_ins if finding.code == "wrong_datum"}
    return [f for f in findings if f.code == "shared_point" or f.subject not in told] + by_check_ins


def doubt_by_check_ins(tx: Transaction, records: Mapping[str, Fields], k: int = N_AGREEING) -> list[RowFinding]:
    """Give the shops whose `k` or more check-ins agree on a place elsewhere; sealed visits are never counted.

    Where the shop's point leads there when it is read in another datum, that is what is wrong with it.
    """
    code_of = {str(record["retailer_id"]): code for code, record in records.items()}
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for retailer_id, lon, lat in visits.check_in_places(tx, accuracy_m=_GOOD_ACCURACY_M):
        if retailer_id in code_of:
            found[code_of[retailer_id]].append((lon, lat))
    findings = []
    for code, points in sorted(found.items()):
        agreed = agreed_place(*np.array(points, dtype=np.float64).T, k=k)
        if agreed is None:
            continue
        record = records[code]
        away_m = np.inf if record["lon"] is None or not np.isfinite(record["lon"]) else float(
            distance_m(record["lon"], record["lat"], agreed.lon, agreed.lat)
        )  # fmt: skip
        if away_m <= max(_ELSEWHERE_M, 2 * agreed.spread_m):
            continue
        datum = _datum_finding_by_check_ins(code, record, agreed, away_m)
        if datum is not None:
            findings.append(datum)
            continue
        where = "which has no point yet" if np.isinf(away_m) else f"{away_m:.0f} m from its point"
        evidence = {"n_agreeing": agreed.n_agreeing, "spread_m": round(agreed.spread_m, 1)}
        if np.isfinite(away_m):
            evidence["off_m"] = round(away_m, 1)
        doubt = PositionDoubt(
            row=0, code="check_ins_elsewhere", proposed=(agreed.lon, agreed.lat), evidence=evidence,
            words=f"{agreed.n_agreeing} check-ins agree within {agreed.spread_m:.0f} m on a place {where}",
        )  # fmt: skip
        findings.append(_finding(code, doubt))
    return findings


def _datum_finding_by_check_ins(code: str, record: Fields, agreed: AgreedPlace, away_m: float) -> RowFinding | None:
    """Say that another datum leads to where check-ins agree, None where none does or a person set the point."""
    if not np.isfinite(away_m) or is_reviewed(record):
        return None
    claimed = Datum(record["source_datum"] or Datum.WGS84.value)
    given = Datum.WGS84 if claimed is Datum.CGCS2000 else claimed
    within_m = max(_ELSEWHERE_M, 2 * agreed.spread_m)
    found = datum_that_leads_to(record["lon"], record["lat"], given, (agreed.lon, agreed.lat), within_m)
    if found is None:
        return None
    likely, lon, lat = found
    rest_m = float(distance_m(lon, lat, agreed.lon, agreed.lat))
    evidence: dict[str, float | str] = {
        "claimed": claimed.value, "likely": likely.value, "at": f"{record['lon']} {record['lat']}",
        "n_agreeing": agreed.n_agreeing, "off_m": round(away_m, 1), "off_if_likely_m": round(rest_m, 1),
    }  # fmt: skip
    words = (
        f"retailer {code} stands {away_m:.0f} m from where {agreed.n_agreeing} check-ins agree, {rest_m:.0f} m when "
        f"read as {likely.value}; it came as {claimed.value}"
    )
    return RowFinding(
        row_no=None, severity=Severity.SUSPICIOUS, code="wrong_datum", column="lon", words=words, subject=code,
        proposed=(lon, lat), evidence=evidence,
    )  # fmt: skip


def is_reviewed(record: Fields) -> bool:
    """Whether a person or agreeing check-ins set the shop's point."""
    return str(record["located_by"]).startswith("review")


def _finding(code: str, doubt: PositionDoubt) -> RowFinding:
    return RowFinding(
        row_no=None, severity=Severity.SUSPICIOUS, code=doubt.code, words=f"retailer {code}: {doubt.words}",
        subject=code, proposed=doubt.proposed, evidence=dict(doubt.evidence),
    )  # fmt: skip


def _has_given_point(record: Fields) -> bool:
    is_given = record["precision_class"] == "given" and record["status"] != "closed"
    return is_given and record["lon"] is not None and bool(np.isfinite(record["lon"]))


def _positions(tx: Transaction, records: Mapping[str, Fields]) -> _Positions:
    codes = [code for code, record in records.items() if _has_given_point(record)]
    known = known_places(tx, {code: records[code] for code in codes})
    gazetteer = Gazetteer(replace(known, addresses=(), lon=(), lat=(), area_codes=()))  # for parsing only
    parts = [gazetteer.parse(records[code]["address"] or "") for code in codes]
    course_of = street_courses(known.street_names, known.street_lines, gazetteer.parse)
    offices = areas.columns(tx, AREA_LEVEL)
    row_of = {str(code): row for row, code in enumerate(offices.area_code)}
    rows = [row_of.get(records[code]["street_office"] or "", -1) for code in codes]
    shapes, courses = np.full(len(codes), None, dtype=object), np.full(len(codes), None, dtype=object)
    for position, row in enumerate(rows):
        shapes[position] = offices.outline[row] if row >= 0 else None
        courses[position] = course_of.get(parts[position].street_key)
    return _Positions(
        codes=codes,
        lon=np.array([records[code]["lon"] for code in codes], dtype=np.float64),
        lat=np.array([records[code]["lat"] for code in codes], dtype=np.float64),
        parts=parts, datums=[records[code]["source_datum"] or Datum.WGS84.value for code in codes], offices=shapes,
        office_names=[str(offices.name[row]) if row >= 0 else "" for row in rows], courses=courses,
    )  # fmt: skip


def _datum_findings(places: _Positions, records: Mapping[str, Fields], judged: set[str]) -> list[RowFinding]:
    findings = []
    for claimed in sorted(set(places.datums)):
        found = find_wrong_datums(
            places.lon, places.lat, Datum(claimed), places.parts, places.offices, places.courses
        )  # fmt: skip
        for wrong in found:
            code = places.codes[wrong.row]
            if places.datums[wrong.row] != claimed or code not in judged or is_reviewed(records[code]):
                continue
            evidence: dict[str, float | str] = {
                "claimed": claimed, "likely": wrong.likely.value,
                "at": f"{records[code]['lon']} {records[code]['lat']}",
                "likelihood_ratio": round(min(wrong.likelihood_ratio, 1e9), 1),
            }  # fmt: skip
            if np.isfinite(wrong.off_as_given_m):
                evidence |= {
                    "off_m": round(wrong.off_as_given_m, 1),
                    "off_if_likely_m": round(wrong.off_if_likely_m, 1),
                }
            findings.append(
                RowFinding(
                    row_no=records[code].get("row_no"), severity=Severity.SUSPICIOUS, code="wrong_datum", column="lon",
                    words=f"retailer {code} {wrong.words}; it came as {claimed}", subject=code,
                    proposed=(wrong.lon, wrong.lat), evidence=evidence,
                )
            )  # fmt: skip
    return findings
