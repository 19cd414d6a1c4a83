"""Count what an operator watches: how far the district is, and whether subscribers are reached."""

from __future__ import annotations

from dataclasses import dataclass

from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, districts, events, webhooks


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceState:
    """Numbers of one district.

    Parameters
    ----------
    n_undelivered : events that wait for some subscription, counted once per subscription
    oldest_failing_s : for how long the longest failing delivery has been tried, 0 where none fails
    """

    generation: int
    revision: int
    newest_event_no: int
    n_webhooks: int
    n_delivered: int
    n_undelivered: int
    n_dead: int
    oldest_failing_s: float


def measure_service(store: Store, clock: Clock, *, adcode: Adcode) -> ServiceState:
    """Give the numbers of a district as they are now."""
    now = clock.now()
    with store.transaction(adcode) as tx:
        district = districts.find(tx)
        known = webhooks.listed(tx)
        waiting = sum(events.count_after(tx, hook.last_event_no, hook.kinds) for hook in known)
        failing = [(now - hook.first_attempt_at).total_seconds() for hook in known if hook.first_attempt_at]
        return ServiceState(
            generation=-1 if district.generation is None else district.generation,
            revision=district.revision,
            newest_event_no=events.newest(tx),
            n_webhooks=len(known),
            n_delivered=sum(hook.n_delivered for hook in known),
            n_undelivered=waiting,
            n_dead=sum(hook.n_dead for hook in known),
            oldest_failing_s=max(failing, default=0.0),
        )
