"""Forget files that no worker came for, and reports of long ago."""

from __future__ import annotations

from datetime import timedelta

from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, uploads

UPLOAD_KEPT = timedelta(days=7)
REPORT_KEPT = timedelta(days=90)


def forget_uploads(store: Store, clock: Clock, *, adcode: Adcode) -> int:
    """Delete files of uploads older than 7 days and reports older than 90, and give their number."""
    now = clock.now()
    with store.transaction(adcode) as tx:
        return uploads.forget_before(tx, uploaded=now - UPLOAD_KEPT, reported=now - REPORT_KEPT)
