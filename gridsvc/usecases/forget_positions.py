"""Forget where people stood once their positions are older than they may be kept."""

from __future__ import annotations

from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode
from gridsvc.domain.visits import POSITION_KEPT
from gridsvc.storage import Store, audit, visits


def forget_positions(store: Store, clock: Clock, *, adcode: Adcode) -> int:
    """Delete the positions of check-ins older than 90 days and give their number; the visits themselves stay."""
    with store.transaction(adcode) as tx:
        n_forgotten = visits.forget_positions(tx, clock.now() - POSITION_KEPT)
        if n_forgotten:
            content = {"n_positions": n_forgotten}
            audit.add(tx, clock, actor="service", action="visit.forget_positions", subject=adcode, content=content)
    return n_forgotten
