"""Where days that begin at home begin: kept apart from the staff record, for the planning and the person."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from gridsvc.clock import Clock
from gridsvc.domain.ids import StaffId
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import staff, staff_home

t = staff_home


def all_homes(tx: Transaction) -> dict[StaffId, tuple[float, float]]:
    """Give the longitude and latitude (WGS-84) of every home that the caller may read."""
    found = tx.execute(sa.select(t.c.staff_id, t.c.lon, t.c.lat).where(t.c.adcode == tx.adcode))
    return {StaffId(row.staff_id): (row.lon, row.lat) for row in found}


def save(tx: Transaction, clock: Clock, staff_id: StaffId, lon: float, lat: float) -> None:
    """Keep a home, in place of an earlier one."""
    values = {"lon": lon, "lat": lat, "stated_at": clock.now()}
    statement = insert(t).values(adcode=tx.adcode, staff_id=staff_id, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["adcode", "staff_id"], set_=values))


def forget(tx: Transaction, staff_id: StaffId) -> bool:
    """Forget a home and tell whether there was one."""
    return bool(tx.execute(sa.delete(t).where(t.c.adcode == tx.adcode, t.c.staff_id == staff_id)).rowcount)


def of_leavers(tx: Transaction, today: date) -> list[StaffId]:
    """Give whose home is still kept although his or her last day is over."""
    both = sa.and_(t.c.adcode == staff.c.adcode, t.c.staff_id == staff.c.staff_id)
    found = sa.select(t.c.staff_id).select_from(t.join(staff, both)).where(t.c.adcode == tx.adcode)
    return [StaffId(one) for one in tx.execute(found.where(staff.c.last_day < today)).scalars()]
