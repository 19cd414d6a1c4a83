"""Find the day that counts as today in a district."""

from __future__ import annotations

from datetime import date

from geo_data.calendars import WorkingDays
from gridsvc.clock import Clock, today
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, districts
from gridsvc.storage.districts import District


def find_working_day(store: Store, clock: Clock, *, adcode: Adcode) -> date:
    """Give today where it is worked in the district's calendar, else the next day that is."""
    with store.transaction(adcode) as tx:
        return next_working_day(clock, districts.find(tx))


def next_working_day(clock: Clock, district: District) -> date:
    """Give today where it is worked, else the next day that is, for a district that is read already."""
    return WorkingDays(country=district.country).next_working(today(clock, district.time_zone))
