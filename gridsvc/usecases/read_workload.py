"""Show the tables of work that a district counts with."""

from __future__ import annotations

from gridsvc.domain.ids import Adcode
from gridsvc.domain.workload import Workload
from gridsvc.storage import Store
from gridsvc.usecases.measured_workload import assumed_workload


def read_workload(store: Store, *, adcode: Adcode) -> Workload:
    """Give a district's tables as assumed: its own in place of the defaults; raises `NotFound`."""
    with store.transaction(adcode) as tx:
        return assumed_workload(tx)
