"""How often a shop orders, from its orders alone: the median interval of the last ones, snapped to whole weeks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from statistics import median

from gridsvc.domain.workload import OrderCycle

N_LAST = 9  # orders that are looked at: eight intervals, two months of a weekly shop
LEAST_ORDERS = 3
SILENT_DAYS = 56  # two cycles without an order while others order
_WEEKLY_UP_TO = 10.5  # days: half way between a week and a fortnight
_FORTNIGHTLY_UP_TO = 21.0


def reach_of(last_days: Sequence[date]) -> date:
    """Give how far the orders on file reach, from each shop's last order: three quarters of them are no later.

    Not the newest of all: one order with a mistyped year would make every other shop silent.
    """
    return sorted(last_days)[3 * (len(last_days) - 1) // 4]


def order_cycle(days: Sequence[date], reach: date) -> OrderCycle:
    """Estimate a shop's order cycle.

    Parameters
    ----------
    days : of the shop's orders, in any order
    reach : how far the orders of the district on file reach (`reach_of`)

    Returns
    -------
    cycle : `NONE` for a shop that has been silent for 56 days before `reach`; `UNKNOWN` with fewer than three orders;
        else by the median of its last eight intervals: up to 10.5 days weekly, up to 21 fortnightly, else monthly
    """
    last = sorted(set(days))[-N_LAST:]
    if last and (reach - last[-1]).days > SILENT_DAYS:
        return OrderCycle.NONE
    if len(last) < LEAST_ORDERS:
        return OrderCycle.UNKNOWN
    interval = median((after - before).days for before, after in pairwise(last))
    if interval <= _WEEKLY_UP_TO:
        return OrderCycle.WEEKLY
    return OrderCycle.FORTNIGHTLY if interval <= _FORTNIGHTLY_UP_TO else OrderCycle.MONTHLY
