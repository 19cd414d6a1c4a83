"""Move a shop's point to where a person, or agreeing evidence, says that it is."""

from __future__ import annotations

import math

from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput, Conflict, RuleBroken
from gridsvc.domain.ids import Adcode, RetailerId
from gridsvc.domain.reviews import BorderCrossed, Review
from gridsvc.storage import Store, Transaction, audit, districts, events, pin_moves, retailers, reviews
from gridsvc.storage.districts import District
from gridsvc.storage.geometry import hex_points
from gridsvc.storage.retailers import ShopPin
from gridsvc.usecases.assign_retailers import assign_retailers
from gridsvc.usecases.locate_records import MARGIN_M, DistrictBoundary
from gridsvc.usecases.name_grids import grids_at_points

_WRITTEN = ("location", "precision_class", "located_by", "location_score", "source_datum", "changed_at")
LONGEST_REASON = 500


def move_pin(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    retailer_id: str,
    lon: float,
    lat: float,
    reason: str,
    expected: tuple[float, float] | None = None,
) -> tuple[BorderCrossed, ...]:
    """Move one shop's point and give the borders that it crossed; its owners stay until the next plan.

    Every open doubt about the shop's point is settled by the move, each with its trace.

    Parameters
    ----------
    lon, lat : WGS-84
    reason : said to whoever looks at the history; never blank
    expected : where the caller saw the point; None = whatever it is now

    Raises
    ------
    BadInput
        no place on earth, or no reason.
    RuleBroken
        a place outside the district.
    Conflict
        somebody moved the point since.
    NotFound
        no such shop.
    """
    check_reason(reason)
    with store.transaction(adcode) as tx:
        district = districts.lock(tx)
        shop = retailers.pin_of(tx, retailer_id)
        if expected is not None and not _is_same(shop, expected):
            raise Conflict(f"the point of {shop.retailer_code} was moved since; look at it again")
        crossed = place_pin(tx, clock, district, shop, lon, lat, actor=actor, reason=reason, item=None)
        districts.bump_revision(tx)
        return crossed


def check_reason(reason: str) -> None:
    """Raise `BadInput` for a blank or endless reason."""
    if not reason.strip():
        raise BadInput("say why: the history shows it")
    if len(reason) > LONGEST_REASON:
        raise BadInput(f"the reason has {len(reason)} characters, more than {LONGEST_REASON}")


def place_pin(
    tx: Transaction,
    clock: Clock,
    district: District,
    shop: ShopPin,
    lon: float,
    lat: float,
    *,
    actor: str,
    reason: str,
    item: Review | None,
    source: str = "review",
) -> tuple[BorderCrossed, ...]:
    """Write the point, its history, owners where there were none, and settle the shop's other doubts.

    The caller bumps the revision. `item` is left to the caller to settle.
    """
    _check_place(district, lon, lat)
    before = None if shop.lon is None or shop.lat is None else (shop.lon, shop.lat)
    crossed = _borders(tx, clock, before, (lon, lat))
    located_by = f"{source}: {reason}"[:300]
    row = (shop.retailer_id, hex_points([lon], [lat])[0], "given", located_by, None, "wgs84", clock.now())
    retailers.update(tx, _WRITTEN, [row])
    pin_moves.add(
        tx, clock, retailer_id=shop.retailer_id, review_item_id=item.review_item_id if item else None, before=before,
        before_precision=shop.precision_class, after=(lon, lat), reason=reason, moved_by=actor,
    )  # fmt: skip
    assign_retailers(tx, clock, {RetailerId(shop.retailer_id)})
    outcome = "the shop's point was confirmed" if before == (lon, lat) else "the shop's point was moved"
    _settle_others(tx, clock, shop, item, actor=actor, outcome=outcome)
    content = {"retailer_id": shop.retailer_id, "review_item_id": item.review_item_id if item else None}
    audit.add(tx, clock, actor=actor, action="move_pin", subject=shop.retailer_id, content=content)
    events.add(tx, clock, "pin_moved", {"retailer_id": shop.retailer_id})
    return crossed


def _settle_others(
    tx: Transaction, clock: Clock, shop: ShopPin, item: Review | None, *, actor: str, outcome: str
) -> None:
    others = [
        other.review_item_id
        for other in reviews.queue(tx, retailer_id=shop.retailer_id)
        if other.is_about_pin and (item is None or other.review_item_id != item.review_item_id)
    ]
    reviews.close(tx, clock, others, state="mended", actor=actor, outcome=outcome)


def _check_place(district: District, lon: float, lat: float) -> None:
    if not (math.isfinite(lon) and math.isfinite(lat) and -180 <= lon <= 180 and -90 <= lat <= 90):
        raise BadInput(f"{lon}, {lat} is no place on earth")
    away_m = DistrictBoundary(district.boundary).metres_outside(lon, lat)
    if away_m > MARGIN_M:
        raise RuleBroken(f"{lon:.6f}, {lat:.6f} lies {away_m:.0f} m outside the district")


def _borders(
    tx: Transaction, clock: Clock, before: tuple[float, float] | None, after: tuple[float, float]
) -> tuple[BorderCrossed, ...]:
    if before is None:
        return ()
    was, now = grids_at_points(tx, clock.now(), [before, after])
    return tuple(
        BorderCrossed(layer=layer, from_grid=was.get(layer), to_grid=now.get(layer))
        for layer in was.keys() | now.keys()
        if was.get(layer) != now.get(layer)
    )


def _is_same(shop: ShopPin, expected: tuple[float, float]) -> bool:
    if shop.lon is None or shop.lat is None:
        return False
    return abs(shop.lon - expected[0]) < 1e-6 and abs(shop.lat - expected[1]) < 1e-6
