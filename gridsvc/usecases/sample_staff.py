"""Invent field staff for a district that has none: as many as asked, with offices amid the shops."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2
from scipy.spatial import cKDTree

from geo_data.projection import LocalProjection
from gridsvc.clock import Clock, new_id
from gridsvc.domain.errors import BadInput, Conflict
from gridsvc.domain.ids import Adcode, StaffId
from gridsvc.domain.layers import Layer, Role
from gridsvc.domain.workload import WORKING_DAYS_PER_CYCLE, WorkingHours, Workload
from gridsvc.storage import Store, Transaction, audit, districts, retailers, staff, streets
from gridsvc.storage.retailers import RetailerColumns
from gridsvc.storage.staff import StaffMember
from gridsvc.usecases.import_staff import USUAL_CAPACITY_CARTONS
from gridsvc.usecases.measure_load import measure_load
from gridsvc.usecases.measured_workload import assumed_workload

DELIVERY_DAYS = 5
LOADED_SHARE = 0.85  # of a van's capacity on a usual day
WAY_OUT_MIN = 60.0  # from the depot to the first shop and back
STAFF_PER_OFFICE = {Role.MARKET_INSPECTOR: 4, Role.CUSTOMER_MANAGER: 4, Role.DELIVERY_DRIVER: 30}
_LETTER = {Role.MARKET_INSPECTOR: "I", Role.CUSTOMER_MANAGER: "M", Role.DELIVERY_DRIVER: "D"}
_NAME = {Role.MARKET_INSPECTOR: "Inspector", Role.CUSTOMER_MANAGER: "Manager", Role.DELIVERY_DRIVER: "Driver"}
_OFFICE = {
    Role.MARKET_INSPECTOR: "Monopoly office", Role.CUSTOMER_MANAGER: "Market department", Role.DELIVERY_DRIVER: "Depot",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleStaff:
    """The invented staff; `why_drivers` says which limit asked for their number."""

    members: tuple[StaffMember, ...]
    why_drivers: str


def sample_staff(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    n_inspectors: int,
    n_managers: int,
    n_drivers: int | None = None,
    seed: int = 1,
) -> SampleStaff:
    """Invent staff whose names say SYNTHETIC; `n_drivers` None = as many as cartons and minutes need.

    Shops are clustered (seeded k-means) into as many parts as there are offices of a role; an office stands at the
    junction nearest the middle of its part, or at the nearest shop where no streets are known.

    Raises
    ------
    Conflict
        the district has staff already.
    BadInput
        a number below 1, fewer located shops than staff of a role, or drivers to be counted without known orders.
    """
    with store.transaction(adcode) as tx:
        districts.lock(tx)
        known = staff.all_staff(tx)
        if known:
            raise Conflict(
                f"district {adcode} has {len(known)} members of staff already; nobody is invented beside them"
            )
        shops = retailers.columns(tx)
        needed, why = (n_drivers, "as asked") if n_drivers is not None else drivers_needed(shops, assumed_workload(tx))
        wanted = {
            Role.MARKET_INSPECTOR: n_inspectors, Role.CUSTOMER_MANAGER: n_managers, Role.DELIVERY_DRIVER: needed,
        }  # fmt: skip
        located = shops.take(shops.is_located)
        faults = [f"{_NAME[role]}s: {n} asked" for role, n in wanted.items() if not 1 <= n <= len(located)]
        if faults:
            raise BadInput(f"staff of each role is 1 to {len(located)} (the located shops)", violations=tuple(faults))
        members = tuple(
            member for role, n in wanted.items() for member in _hire(role, n, _offices(tx, located, role, n, seed))
        )
        staff.save(tx, members)
        content = {role.value: n for role, n in wanted.items()} | {"seed": seed}
        audit.add(tx, clock, actor=actor, action="sample_staff", subject=adcode, content=content)
        districts.bump_revision(tx)
    return SampleStaff(members=members, why_drivers=why)


def drivers_needed(shops: RetailerColumns, workload: Workload) -> tuple[int, str]:
    """Count the vans that both cartons and minutes of a usual day need, and say which of the two asks for more.

    Raises `BadInput` when no shop has an order volume.
    """
    weekly_cartons = float(shops.order_cartons.sum())
    if weekly_cartons <= 0:
        raise BadInput("no order volumes are known, so vans cannot be counted; run `sample demand` or name --drivers")
    daily_min = float(measure_load(shops, Layer.DELIVERY, workload).sum()) / WORKING_DAYS_PER_CYCLE
    by_cartons = int(np.ceil(weekly_cartons / DELIVERY_DAYS / (LOADED_SHARE * USUAL_CAPACITY_CARTONS)))
    by_minutes = int(np.ceil(daily_min / (WorkingHours().minutes - WAY_OUT_MIN)))
    words = f"{weekly_cartons:,.0f} cartons a week need {by_cartons} vans, {daily_min:,.0f} minutes a day {by_minutes}"
    return max(by_cartons, by_minutes), words


@dataclass(frozen=True, slots=True, kw_only=True)
class _Office:
    lon: float
    lat: float
    n_staff: int


def _offices(tx: Transaction, shops: RetailerColumns, role: Role, n_staff: int, seed: int) -> list[_Office]:
    """Place the offices of a role and share its staff out by the shops around each, at least one each."""
    n_offices = -(-n_staff // STAFF_PER_OFFICE[role])
    plane = LocalProjection.around(shops.lon, shops.lat)
    xy_m = plane.xy_m(shops.lon, shops.lat)
    middles, part = kmeans2(xy_m, n_offices, minit="++", rng=np.random.default_rng([seed, n_offices]), missing="raise")
    network = streets.columns(tx, with_courses=False)
    spots = xy_m if network is None else plane.xy_m(network.lon, network.lat)
    at = spots[cKDTree(spots).query(middles)[1]]
    order = np.lexsort((at[:, 0], -at[:, 1]))  # north to south
    lon, lat = plane.lonlat(at[order])
    shares = _share_out(n_staff, np.bincount(part, minlength=n_offices)[order])
    return [
        _Office(lon=round(x, 7), lat=round(y, 7), n_staff=n)
        for x, y, n in zip(lon.tolist(), lat.tolist(), shares, strict=True)
    ]


def _share_out(n_staff: int, weight: NDArray[np.int64]) -> list[int]:
    """Give whole numbers >= 1 that add up to `n_staff`, in proportion to `weight` (largest remainder)."""
    exact = weight / weight.sum() * n_staff
    shares = np.maximum(np.floor(exact), 1).astype(np.int64)
    while shares.sum() < n_staff:
        shares[int(np.argmax(exact - shares))] += 1
    while shares.sum() > n_staff:
        shares[int(np.argmax(np.where(shares > 1, shares - exact, -np.inf)))] -= 1
    return [int(share) for share in shares]


def _hire(role: Role, n_staff: int, offices: list[_Office]) -> list[StaffMember]:
    digits = max(2, len(str(n_staff)))
    at = [(number, office) for number, office in enumerate(offices, 1) for _ in range(office.n_staff)]
    return [
        StaffMember(
            staff_id=StaffId(new_id()), staff_code=f"{_LETTER[role]}{row:0{digits}d}",
            name=f"SYNTHETIC {_NAME[role]} {row}", role=role, org_unit_name=f"SYNTHETIC {_OFFICE[role]} {number}",
            office_lon=office.lon, office_lat=office.lat,
            vehicle_capacity_cartons=USUAL_CAPACITY_CARTONS if role is Role.DELIVERY_DRIVER else None,
        )
        for row, (number, office) in enumerate(at, 1)
    ]  # fmt: skip
