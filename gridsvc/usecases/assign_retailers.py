"""Give new shops an owner at once and end the ownership of closed ones, between plans."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from gridsvc.clock import Clock
from gridsvc.domain.ids import GridId, RetailerId, StaffId
from gridsvc.domain.imports import RowFinding, Severity
from gridsvc.domain.layers import Layer
from gridsvc.domain.ownership import OwnershipSource
from gridsvc.storage import Transaction, events, generations, ownership, plans, retailers, units
from gridsvc.storage.generations import VersionInForce
from gridsvc.storage.ownership import NewOwnership
from gridsvc.storage.retailers import RetailerColumns
from gridsvc.usecases.cover_gained_shops import cover_gained_shops

_WHY_UNOWNED = {
    "no_grids": "no grids are published for this layer yet",
    "outside_grids": "its point lies in no grid",
    "no_point": "it has no point yet",
    "vacant_grid": "its grid is vacant",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """What was opened and ended, and which shops got no owner."""

    n_opened: int = 0
    n_ended: int = 0
    findings: tuple[RowFinding, ...] = ()


def assign_retailers(tx: Transaction, clock: Clock, touched: Collection[RetailerId]) -> Assigned:
    """Open an ownership row for each touched open shop that lacks one in a layer, and end those of closed shops.

    The owner is the unit's; who acts for that owner now acts for the new shop too. A shop without a point, outside
    every unit or in a grid without an owner stays unowned and is found; so does every new shop of a layer that only
    generation 0 answers for, because that layer has no units. Before generation 0 there is nothing to do. The caller
    bumps the revision.
    """
    now = clock.now()
    current = generations.current(tx, now)
    if current is None or not touched:
        return Assigned()
    everybody = retailers.columns(tx, statuses=retailers.STATUSES)
    shops = everybody.take(np.isin(everybody.retailer_id.astype(str), np.array(list(touched), dtype=str)))
    owned = ownership.owners_at(tx, now)
    closed = {RetailerId(shop) for shop in shops.retailer_id[shops.status == "closed"]}
    ends = [key for key in owned if key[0] in closed]
    ownership.end_rows(tx, ends, now)
    shops = shops.take(shops.status != "closed")
    versions = generations.versions_in_force(tx, now)
    opened: list[NewOwnership] = []
    findings: list[RowFinding] = []
    for layer in Layer:
        is_missing = np.array([(shop, layer) not in owned for shop in shops.retailer_id], dtype=bool)
        missing = shops.take(is_missing)
        owners = _owners_by_unit(tx, versions.get(layer), layer, missing)
        for shop, code, owner in zip(missing.retailer_id, missing.retailer_code, owners, strict=True):
            if isinstance(owner, str):
                findings.append(_unowned(code, layer, owner))
                continue
            staff_id, grid_id = owner
            opened.append(
                NewOwnership(
                    retailer_id=RetailerId(shop), layer=layer, valid_from=now, staff_id=staff_id, grid_id=grid_id,
                    generation=current.number, source=OwnershipSource.ASSIGNED,
                )
            )  # fmt: skip
    ownership.insert_rows(tx, opened)
    cover_gained_shops(tx, ((row.retailer_id, row.layer, row.staff_id) for row in opened), everybody, now)
    if opened:
        content = {"retailer_ids": sorted({row.retailer_id for row in opened}), "generation": current.number}
        events.add(tx, clock, "retailer_assigned", content)
    if ends:
        events.add(tx, clock, "retailer_closed", {"retailer_ids": sorted({shop for shop, _ in ends})})
    return Assigned(n_opened=len(opened), n_ended=len(ends), findings=tuple(findings))


def _owners_by_unit(
    tx: Transaction, version: VersionInForce | None, layer: Layer, shops: RetailerColumns
) -> list[tuple[StaffId, GridId] | str]:
    """Give each shop's owner and grid by its unit, or why there is none: a key of `_WHY_UNOWNED`."""
    if not len(shops):
        return []
    if version is None:
        return ["no_grids"] * len(shops)
    unit_set = units.load(tx, version.unit_set_id)
    grids = plans.grids_of(tx, version.plan_version_id, layer, len(unit_set))
    owners: list[tuple[StaffId, GridId] | str] = []
    located = shops.is_located
    for row, has_point in zip(unit_set.rows_of_points(shops.lon, shops.lat).tolist(), located.tolist(), strict=True):
        grid = int(grids.grid_of_unit[row]) if row >= 0 else -1
        if grid < 0:
            owners.append("outside_grids" if has_point else "no_point")
            continue
        staff_id = grids.staff_ids[grid]
        owners.append((staff_id, grids.grid_ids[grid]) if staff_id else "vacant_grid")
    return owners


def _unowned(code: str, layer: Layer, why: str) -> RowFinding:
    words = f"retailer {code} has no {layer.value} owner: {_WHY_UNOWNED[why]}"
    return RowFinding(
        row_no=None, severity=Severity.FAULT, code="unowned", words=words, subject=code,
        evidence={"layer": layer.value, "because": why},
    )  # fmt: skip
