"""State that a person's days begin and end at home, or at the office again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput, NotFound
from gridsvc.domain.ids import Adcode, StaffId
from gridsvc.storage import Store, Transaction, audit, districts, routes, staff_homes
from gridsvc.storage import staff as staff_rows
from gridsvc.storage.staff import StaffMember


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where a person's days begin and end, WGS-84; None: at the office."""

    lon: float | None
    lat: float | None


def state_home(
    store: Store, clock: Clock, *, adcode: Adcode, actor: str, staff_code_or_id: str, home: tuple[float, float] | None
) -> Home:
    """Keep where a person's days begin and end, None = at the office; days that are planned already stay as they are.

    The place is read by the planning of cycles and days and by the person alone. It is in no record, list, file or log.

    Raises
    ------
    NotFound
        there is no such member of staff.
    BadInput
        no place on the globe.
    """
    if home is not None and not (-180 <= home[0] <= 180 and -90 <= home[1] <= 90):
        raise BadInput("a home is a longitude from -180 to 180 and a latitude from -90 to 90, WGS-84")
    with store.transaction(adcode) as tx:
        staff_id = _staff_id(tx, staff_code_or_id)
        if home is None:
            is_changed = forget_home(tx, staff_id)
        else:
            is_changed = staff_homes.all_homes(tx).get(staff_id) != home
            staff_homes.save(tx, clock, staff_id, *home)
        if is_changed:
            action = "staff.forget_home" if home is None else "staff.state_home"
            audit.add(tx, clock, actor=actor, action=action, subject=staff_id, content={})
            districts.bump_revision(tx)
    return Home(lon=None, lat=None) if home is None else Home(lon=home[0], lat=home[1])


def forget_home(tx: Transaction, staff_id: StaffId) -> bool:
    """Forget a home, and the ways of routes that led there; tell whether there was one."""
    is_known = staff_homes.forget(tx, staff_id)
    if is_known:
        routes.forget_courses(tx, [staff_id])
    return is_known


def read_home(store: Store, *, adcode: Adcode, staff_code_or_id: str) -> Home:
    """Give where a person's days begin and end; raises `NotFound`."""
    with store.transaction(adcode) as tx:
        home = staff_homes.all_homes(tx).get(_staff_id(tx, staff_code_or_id))
    return Home(lon=None, lat=None) if home is None else Home(lon=home[0], lat=home[1])


def as_they_start(tx: Transaction, members: Iterable[StaffMember]) -> list[StaffMember]:
    """Give members for planning: those who begin at home have their home as the place where the day begins and ends."""
    with tx.beyond_reach():
        homes = staff_homes.all_homes(tx)
    return [
        replace(member, office_lon=homes[member.staff_id][0], office_lat=homes[member.staff_id][1])
        if member.staff_id in homes
        else member
        for member in members
    ]


def _staff_id(tx: Transaction, staff_code_or_id: str) -> StaffId:
    for member in staff_rows.all_staff(tx):
        if staff_code_or_id in (member.staff_code, member.staff_id):
            return member.staff_id
    raise NotFound(f"there is no staff member {staff_code_or_id}")
