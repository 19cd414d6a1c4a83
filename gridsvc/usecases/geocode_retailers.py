"""Look up the addresses of shops that have no point yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from geo_data.geocoding.kept_answers import KeptAnswers
from geo_data.geocoding.results import AddressQuery, Geocoder, GeocoderChain, GeocodeResult
from geo_data.notes import Note
from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode, RetailerId
from gridsvc.domain.imports import RowFinding
from gridsvc.storage import Store, Transaction, audit, districts, gazetteers, retailers, reviews
from gridsvc.storage.districts import District
from gridsvc.storage.geometry import hex_points
from gridsvc.storage.reviews import ReviewItem
from gridsvc.usecases.assign_retailers import assign_retailers
from gridsvc.usecases.locate_records import Located, apply_answers, build_geocoder, queries_of
from gridsvc.usecases.retailer_records import Fields, records_of_store

_WRITTEN = ("location", "precision_class", "located_by", "location_score", "source_datum", "changed_at")
_CODES = frozenset({"not_located", "uncertain_location"})
_AT_ONCE = 250  # addresses between two reports of progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Geocoded:
    """How many shops were looked up and found, and what has to be looked at."""

    n_asked: int
    n_located: int
    findings: tuple[RowFinding, ...]
    notes: tuple[Note, ...]


def geocode_retailers(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    online: Geocoder | None = None,
    kept_in: Path | None = None,
    on_progress: Callable[[float, str], None] | None = None,
) -> Geocoded:
    """Look up every open shop without a point in the gazetteer of what is known now.

    Located shops get their owners at once. What stays without a point, or is placed roughly, is on the review list
    with its reason; items of shops that are certain now are closed as mended. The look-up itself holds no lock: a shop
    that got a point in the meantime keeps that one.

    Parameters
    ----------
    online : asked for what the gazetteer leaves uncertain; it keeps its answers, so that a stopped batch goes on
    kept_in : folder where the gazetteer's answers are kept until they are written, so that a killed batch goes on; they
        are asked anew when what the district knows has changed. None = nothing is kept

    Raises `NotFound` for an unknown district.
    """
    say = on_progress or (lambda share, words: None)
    with store.transaction(adcode) as tx:
        district = districts.find(tx)
        known = records_of_store(retailers.columns(tx, statuses=("active", "suspended")))
        asked = _unlocated(known)
        gazetteer: Geocoder | None = build_geocoder(tx, known) if asked else None
        mark = gazetteers.mark(tx)
    kept = None
    if gazetteer is not None and kept_in is not None:
        gazetteer = kept = KeptAnswers(gazetteer, kept_in / f"gazetteer-{adcode}.jsonl", mark)
    queries = queries_of(asked)
    answers = _ask(gazetteer, online, queries, say) if gazetteer is not None else []
    say(0.8, "writing")
    with store.transaction(adcode) as tx:
        districts.lock(tx)
        still = _unlocated(records_of_store(retailers.columns(tx, statuses=("active", "suspended"))))
        pairs = [(code, answer) for code, answer in zip(asked, answers, strict=True) if code in still]
        asked = {code: still[code] for code, _ in pairs}
        located = apply_answers(district.boundary, asked, [answer for _, answer in pairs])
        findings = _write(tx, clock, district, asked, located, actor) if asked else located.findings
    if kept is not None:
        kept.forget()
    say(1.0, "done")
    return Geocoded(n_asked=len(asked), n_located=located.n_located, findings=findings, notes=located.notes)


def _ask(
    gazetteer: Geocoder, online: Geocoder | None, queries: Sequence[AddressQuery], say: Callable[[float, str], None]
) -> list[GeocodeResult]:
    """Ask in pieces, each of which is kept before the next is asked."""
    geocoder = gazetteer if online is None else GeocoderChain([gazetteer, online])
    answers: list[GeocodeResult] = []
    for start in range(0, len(queries), _AT_ONCE):
        say(0.1 + 0.7 * start / len(queries), f"looking up address {start + 1} of {len(queries)}")
        answers += geocoder.geocode(queries[start : start + _AT_ONCE])
    return answers


def _unlocated(records: dict[str, Fields]) -> dict[str, Fields]:
    asked = {code: record for code, record in records.items() if record["precision_class"] == "none"}
    for record in asked.values():
        record["lon"] = record["lat"] = None
    return asked


def _write(
    tx: Transaction, clock: Clock, district: District, asked: dict[str, Fields], located: Located, actor: str
) -> tuple[RowFinding, ...]:
    """Write what was found, give owners, and bring the review list up to date; gives all findings."""
    now = clock.now()
    found = [record for record in asked.values() if record["lon"] is not None]
    points = hex_points([r["lon"] for r in found], [r["lat"] for r in found]) if found else []
    rows = [
        (r["retailer_id"], point, *(r[name] for name in _WRITTEN[1:-1]), now)
        for r, point in zip(found, points, strict=True)
    ]
    retailers.update(tx, _WRITTEN, rows)
    assigned = assign_retailers(tx, clock, {RetailerId(record["retailer_id"]) for record in found})
    findings = (*located.findings, *assigned.findings)
    ids = {record["retailer_id"] for record in asked.values()}
    listed = [item for item in reviews.listed(tx) if item.code in _CODES and item.retailer_id in ids]
    repeated = {item.words for item in listed} & {finding.words for finding in findings}
    stale = [item.review_item_id for item in listed if item.words not in repeated]
    reviews.close(tx, clock, stale, state="mended", actor=actor, outcome="looked up again by geocoding")
    items = [
        ReviewItem(severity=f.severity.value, code=f.code, words=f.words, row_no=f.row_no,
                   retailer_id=RetailerId(asked[f.subject]["retailer_id"]), proposed=f.proposed, evidence=f.evidence)
        for f in findings if f.words not in repeated
    ]  # fmt: skip
    reviews.add(tx, clock, items)
    content = {"n_asked": located.n_asked, "n_located": located.n_located}
    audit.add(tx, clock, actor=actor, action="geocode_retailers", subject=district.adcode, content=content)
    if found:
        districts.bump_revision(tx)
    return findings
