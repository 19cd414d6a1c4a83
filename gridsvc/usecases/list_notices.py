"""List what a person was told."""

from __future__ import annotations

from gridsvc.domain.ids import Adcode, StaffId
from gridsvc.domain.notices import Notice, Recipient
from gridsvc.storage import Store, notices


def list_notices(
    store: Store,
    *,
    adcode: Adcode,
    name: str,
    staff_id: StaffId | None,
    is_unread: bool = False,
    after: str | None = None,
    limit: int = 50,
) -> tuple[list[Notice], str | None]:
    """Give up to `limit` notices of one person, newest first, and where to go on (None at the end)."""
    to = Recipient(staff_id=staff_id, account=name)
    with store.transaction(adcode) as tx:
        found = notices.of(tx, to, is_unread=is_unread, after=after, limit=limit + 1)
    shown = found[:limit]
    return shown, shown[-1].notice_id if len(found) > limit else None
