"""Read what happened, in order."""

from __future__ import annotations

from gridsvc.domain.errors import BadInput
from gridsvc.domain.events import KINDS, Event
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, events


def list_events(
    store: Store,
    *,
    adcode: Adcode,
    after: int = 0,
    kinds: tuple[str, ...] = (),
    limit: int = 100,
    may_read_shops: bool = False,
    retailer_id: str | None = None,
) -> tuple[list[Event], int]:
    """Give up to `limit` events after a number, and the number to go on from.

    Numbers rise in the order of commits, so going on from the last one misses nothing, ever. When nothing came, the
    number to go on from is the one that was given.

    Parameters
    ----------
    kinds : names of `KINDS`, none means all
    retailer_id : only what names this retailer

    Raises `BadInput` for a kind that there is not.
    """
    unknown = sorted(set(kinds) - KINDS.keys())
    if unknown:
        raise BadInput(f"there is no kind of event {', '.join(unknown)}; there are {', '.join(KINDS)}")
    with store.transaction(adcode) as tx:
        found = events.after(tx, after, kinds or tuple(KINDS), limit=limit, retailer_id=retailer_id)
    told = [event.told_to(may_read_shops=may_read_shops) for event in found]
    return told, found[-1].event_no if found else after
