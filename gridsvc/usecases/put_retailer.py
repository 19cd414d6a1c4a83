"""Take in what another system says of one shop: new, changed, suspended or closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo_data.projection import LocalProjection
from gridsvc.clock import Clock, new_id
from gridsvc.domain.errors import BadInput, Conflict
from gridsvc.domain.ids import Adcode, RetailerId
from gridsvc.domain.retailers import RetailerStatus, check_transition, event_of
from gridsvc.storage import Store, Transaction, audit, districts, events, retailers
from gridsvc.storage.geometry import hex_points
from gridsvc.usecases.assign_retailers import assign_retailers
from gridsvc.usecases.import_retailers import COLUMNS
from gridsvc.usecases.locate_records import MARGIN_M, locate_records
from gridsvc.usecases.retailer_records import Fields, merged_record, new_record, records_of_store

STATED = (
    "licence_no", "name", "address", "lon", "lat", "source_datum", "street_office", "tier", "integrity_star", "risk",
    "credit_grade", "urban_form", "opens_min", "closes_min", "order_cartons", "status",
)  # fmt: skip
_TOLD = (*(name for name in STATED if name not in {"lon", "lat", "source_datum"}), "lon", "lat", "precision_class")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetailerPut:
    """What came of it: `changed` names the fields that differ now, none where the shop was known so already.

    `notes` say what has to be looked at: an address that was not found, a layer without an owner.
    """

    retailer_id: RetailerId
    retailer_code: str
    status: RetailerStatus
    is_new: bool
    changed: tuple[str, ...]
    lon: float | None
    lat: float | None
    precision_class: str
    notes: tuple[str, ...]


def put_retailer(
    store: Store, clock: Clock, *, adcode: Adcode, actor: str, retailer_code: str, stated: dict[str, Any]
) -> RetailerPut:
    """Add or change one shop; what is not stated stays as it was, and saying the same twice changes nothing.

    A new shop is owned at once by its unit's owners, a closed one's ownership ends. An address without a position is
    looked up offline. Each change is one event with the values before and after.

    Parameters
    ----------
    stated : some of `STATED`; lon and lat in WGS-84 and together

    Raises
    ------
    BadInput
        a new shop without name; one coordinate without the other; a place more than 250 m outside the district.
    Conflict
        the licence number belongs to another shop, or the state cannot follow the present one.
    """
    if ("lon" in stated) != ("lat" in stated):
        raise BadInput("a position needs both lon and lat")
    with store.transaction(adcode) as tx:
        district = districts.lock(tx)
        known = retailers.columns(tx, statuses=retailers.STATUSES)
        stored = records_of_store(known)
        before = stored.get(retailer_code)
        _require_licence(stored, retailer_code, stated)
        was = None if before is None else RetailerStatus(before["status"])
        check_transition(retailer_code, was, RetailerStatus(stated.get("status", was or RetailerStatus.ACTIVE)))
        record = _record(retailer_code, before, stated, is_synthetic=district.is_synthetic)
        notes: tuple[str, ...] = ()
        if record["lon"] is None:
            found = locate_records(tx, district.boundary, {retailer_code: record}, stored)
            notes = tuple(finding.words for finding in found.findings)
        elif "lon" in stated:
            _require_inside(district.boundary, record)
        changed = _TOLD if before is None else tuple(n for n in _TOLD if record.get(n) != before.get(n))
        retailer_id = RetailerId(new_id() if before is None else before["retailer_id"])
        status = RetailerStatus(record["status"])
        if changed:
            notes += _write(tx, clock, retailer_id, record, before, changed, actor)
    return RetailerPut(
        retailer_id=retailer_id, retailer_code=retailer_code, status=status, is_new=before is None, changed=changed,
        lon=record["lon"], lat=record["lat"], precision_class=record["precision_class"], notes=notes,
    )  # fmt: skip


def _require_licence(stored: dict[str, Fields], code: str, stated: dict[str, Any]) -> None:
    licence = stated.get("licence_no", code if code not in stored else None)
    for other, fields in stored.items():
        if other != code and fields["licence_no"] == licence:
            raise Conflict(f"licence {licence} belongs to retailer {other}")


def _record(code: str, before: Fields | None, stated: dict[str, Any], *, is_synthetic: bool) -> Fields:
    values = dict(stated)
    if "lon" in values:
        values |= {"precision_class": "given", "located_by": _source_words(values)}
    if before is None:
        if not values.get("name"):
            raise BadInput("a new shop needs a name")
        return new_record(code, values, is_synthetic=is_synthetic)
    record = merged_record(code, before, values, is_synthetic=is_synthetic)
    if "lon" not in values and record["address"] != before["address"] and before["precision_class"] != "given":
        record |= {"lon": None, "lat": None, "precision_class": "none", "located_by": "not looked up yet"}
    return record


def _source_words(values: dict[str, Any]) -> str:
    """Say where a given position came from."""
    return f"stated by another system in {values.get('source_datum', 'wgs84')}"


def _require_inside(boundary: BaseGeometry, record: Fields) -> None:
    plane = LocalProjection.around_geometry(boundary)
    place = shapely.Point(*plane.xy_m([record["lon"]], [record["lat"]])[0])
    metres = float(shapely.distance(plane.project(np.array([boundary], dtype=object))[0], place))
    if metres > MARGIN_M:
        raise BadInput(
            f"the position {record['lon']:.6f}, {record['lat']:.6f} lies {metres:.0f} m outside the district; is its "
            "datum the one that crs names?"
        )


def _write(
    tx: Transaction,
    clock: Clock,
    retailer_id: RetailerId,
    record: Fields,
    before: Fields | None,
    changed: tuple[str, ...],
    actor: str,
) -> tuple[str, ...]:
    nan = float("nan")
    point = hex_points(
        [nan if record["lon"] is None else record["lon"]], [nan if record["lat"] is None else record["lat"]]
    )[0]
    names = (*COLUMNS, "location", "changed_at")
    values = (
        *(list(record[name]) if name == "assumed" else record.get(name) for name in COLUMNS), point, clock.now(),
    )  # fmt: skip
    if before is None:
        retailers.insert(tx, ("retailer_id", *names), [(retailer_id, *values)])
    else:
        retailers.update(tx, names, [(retailer_id, *values)])
    was = None if before is None else RetailerStatus(before["status"])
    content = {
        "retailer_id": retailer_id,
        "retailer_code": record["retailer_code"],
        "status": record["status"],
        "changed": list(changed),
        "before": {} if before is None else {name: before.get(name) for name in changed},
        "after": {name: record.get(name) for name in changed},
    }
    events.add(tx, clock, event_of(was, RetailerStatus(record["status"])), content)
    assigned = assign_retailers(tx, clock, {retailer_id})
    audit.add(tx, clock, actor=actor, action="retailer.put", subject=retailer_id, content={"changed": list(changed)})
    districts.bump_revision(tx)
    return tuple(finding.words for finding in assigned.findings)
