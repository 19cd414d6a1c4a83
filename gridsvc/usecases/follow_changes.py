"""Keep the snapshots of a process fresh: whatever any process commits marks its district."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from gridsvc.domain.errors import GridsvcError
from gridsvc.domain.ids import Adcode
from gridsvc.storage.districts import CHANNEL
from gridsvc.storage.listening import listen
from gridsvc.usecases.ownership_snapshot import OwnershipBoard


@contextmanager
def follow_changes(board: OwnershipBoard, then: Callable[[Adcode], object] = lambda adcode: None) -> Iterator[None]:
    """Mark districts on `board` as they change, while the context is open; a thread of its own listens.

    The same thread reads the district again at once, so that the next question seldom has to wait for it, then what
    approved plans will put in force; and tells `then`, which must not take long.
    """
    stop = threading.Event()

    def follow(adcode: str) -> None:
        board.mark(Adcode(adcode))
        if board.is_asked(Adcode(adcode)):
            with suppress(GridsvcError):  # whoever asks next is told
                board.now(Adcode(adcode)).warm()
                board.look_ahead(Adcode(adcode))
        then(Adcode(adcode))

    thread = threading.Thread(
        target=listen,
        args=(board.store.url, CHANNEL),
        kwargs={
            "on_notice": follow,
            "on_connect": board.mark_all,
            "on_loss": board.lose,
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
