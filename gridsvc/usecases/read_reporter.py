"""Read who told the hotline of a matter; every reading is recorded."""

from __future__ import annotations

from gridsvc.clock import Clock
from gridsvc.domain.errors import NotFound
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, audit, collaborations
from gridsvc.storage.collaborations import Reporter

__all__ = ["Reporter", "read_reporter"]


def read_reporter(store: Store, clock: Clock, *, adcode: Adcode, actor: str, collaboration_id: str) -> Reporter:
    """Give the reporter's name and telephone, for the intake alone; raises `NotFound` when nobody was named."""
    with store.transaction(adcode) as tx:
        collaborations.find(tx, collaboration_id)
        found = collaborations.reporter_of(tx, collaboration_id)
        if found is None:
            raise NotFound("nobody was named as the reporter of this collaboration")
        audit.add(tx, clock, actor=actor, action="reporter.read", subject=collaboration_id, content={})
        return found
