"""Record that a person read a notice."""

from __future__ import annotations

from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode, StaffId
from gridsvc.domain.notices import Notice, Recipient
from gridsvc.storage import Store, notices


def mark_notice_read(
    store: Store, clock: Clock, *, adcode: Adcode, name: str, staff_id: StaffId | None, notice_id: str
) -> Notice:
    """Mark a notice as read, the first time only; raises `NotFound` for a notice of somebody else."""
    with store.transaction(adcode) as tx:
        return notices.mark_read(tx, Recipient(staff_id=staff_id, account=name), notice_id, clock.now())
