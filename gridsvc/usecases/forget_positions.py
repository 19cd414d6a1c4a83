"""Forget where people stood once their positions are older than they may be kept, and where leavers live."""

from __future__ import annotations

from gridsvc.clock import Clock, today
from gridsvc.domain.ids import Adcode
from gridsvc.domain.visits import POSITION_KEPT
from gridsvc.storage import Store, audit, districts, staff_homes, visits
from gridsvc.usecases.state_home import forget_home


def forget_positions(store: Store, clock: Clock, *, adcode: Adcode) -> int:
    """Delete the positions of check-ins older than 90 days and give their number; the visits themselves stay.

    The homes of people whose last day in service is over go with them, and the ways that led there.
    """
    with store.transaction(adcode) as tx:
        leavers = staff_homes.of_leavers(tx, today(clock, districts.find(tx).time_zone))
        for staff_id in leavers:
            forget_home(tx, staff_id)
        if leavers:
            gone = {"n_homes": len(leavers)}
            audit.add(tx, clock, actor="service", action="staff.forget_homes", subject=adcode, content=gone)
        n_forgotten = visits.forget_positions(tx, clock.now() - POSITION_KEPT)
        if n_forgotten:
            content = {"n_positions": n_forgotten}
            audit.add(tx, clock, actor="service", action="visit.forget_positions", subject=adcode, content=content)
    return n_forgotten
