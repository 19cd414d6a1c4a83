"""The life of a retailer: which states follow which, and what is told of a change."""

from __future__ import annotations

from enum import StrEnum

from gridsvc.domain.errors import Conflict


class RetailerStatus(StrEnum):
    """State of a licence."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


# a closed licence is never taken up again: who opens anew has a new licence, and so a new code
_FOLLOWING = {
    None: {RetailerStatus.ACTIVE, RetailerStatus.SUSPENDED},
    RetailerStatus.ACTIVE: {RetailerStatus.SUSPENDED, RetailerStatus.CLOSED},
    RetailerStatus.SUSPENDED: {RetailerStatus.ACTIVE, RetailerStatus.CLOSED},
    RetailerStatus.CLOSED: set(),
}
_EVENT_OF = {
    (None, RetailerStatus.ACTIVE): "retailer_opened",
    (None, RetailerStatus.SUSPENDED): "retailer_opened",
    (RetailerStatus.ACTIVE, RetailerStatus.SUSPENDED): "retailer_suspended",
    (RetailerStatus.SUSPENDED, RetailerStatus.ACTIVE): "retailer_resumed",
}


def check_transition(code: str, before: RetailerStatus | None, after: RetailerStatus) -> None:
    """Raise `Conflict` unless a retailer may go from one state to the other; staying in one is no transition."""
    if before is after or after in _FOLLOWING[before]:
        return
    if before is None:
        raise Conflict(f"retailer {code} is not known, so it cannot be {after}")
    known = ", ".join(sorted(_FOLLOWING[before])) or "nothing: a new licence is a new retailer"
    raise Conflict(f"retailer {code} is {before} and cannot become {after}; it can become {known}")


def event_of(before: RetailerStatus | None, after: RetailerStatus) -> str:
    """Give the kind of event that a change is told as.

    A closure is told as `retailer_licence_closed`; `retailer_closed` tells of the ownership that ended with it.
    """
    if after is RetailerStatus.CLOSED and before is not after:
        return "retailer_licence_closed"
    return _EVENT_OF.get((before, after), "retailer_changed")
