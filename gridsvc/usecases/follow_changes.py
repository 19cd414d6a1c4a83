"""Keep the snapshots of a process fresh: whatever any process commits marks its district."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from gridsvc.domain.ids import Adcode
from gridsvc.storage.districts import CHANNEL
from gridsvc.storage.listening import listen
from gridsvc.usecases.ownership_snapshot import OwnershipBoard


@contextmanager
def follow_changes(board: OwnershipBoard) -> Iterator[None]:
    """Mark districts on `board` as they change, while the context is open; a thread of its own listens."""
    stop = threading.Event()
    thread = threading.Thread(
        target=listen,
        args=(board.store.url, CHANNEL),
        kwargs={
            "on_notice": lambda adcode: board.mark(Adcode(adcode)),
            "on_connect": board.mark_all,
            "stop": stop,
        },
        name="ownership-listener",
        daemon=True,
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
