"""Read one person's whole day for them, sealed duties included, and write down that it was read."""

from __future__ import annotations

from datetime import date

from gridsvc.clock import Clock
from gridsvc.domain.days import Day
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, audit
from gridsvc.usecases.read_day import read_day


def read_whole_day(store: Store, clock: Clock, *, adcode: Adcode, actor: str, staff_code_or_id: str, day: date) -> Day:
    """Give the day as the person sees it; who read it stands in the audit chain before anything is shown.

    Raises `NotFound` as `read_day` does; then nothing is written.
    """
    found = read_day(store, clock, adcode=adcode, staff_code_or_id=staff_code_or_id, day=day)
    with store.transaction(adcode) as tx:
        content = {"staff": found.staff.staff_code, "day": day.isoformat()}
        audit.add(tx, clock, actor=actor, action="day.read_whole", subject=found.staff.staff_id, content=content)
    return found
