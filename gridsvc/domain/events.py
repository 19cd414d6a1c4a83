"""What happened, as other systems are told: every kind of event with its meaning, and nothing that has no meaning here.

A kind that is not listed is told to nobody: a new event has to be described, and thought about, before it goes out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

KINDS: dict[str, str] = {
    "generation_published": "A plan, or the import of present owners, came into force or will at `effective_from`.",
    "retailer_opened": "A shop is new.",
    "retailer_changed": "Fields of a shop changed; `changed` names them.",
    "retailer_suspended": "A shop's licence is suspended.",
    "retailer_resumed": "A suspended shop is open again.",
    "retailer_licence_closed": "A shop's licence ended for good.",
    "retailer_assigned": "Shops got owners between plans.",
    "retailer_closed": "The ownership of closed shops ended.",
    "collaboration_submitted": "A request was dispatched; identifiers and its state only.",
    "collaboration_forwarded": "A request went on to the next handler.",
    "collaboration_redispatched": "An open request went to another handler after a change of owners.",
    "collaboration_archived": "A request came to its end.",
    "collaboration_recalled": "A request was taken back by who made it.",
    "visit_not_made": "A planned stop was not made; sealed ones are never told.",
    "leave_cover_made": "Acting owners stand in for somebody, and end by themselves.",
    "leave_cover_ended": "A leave cover ended early.",
}
# values of shops go to those who may read shops; everybody else is told which fields changed
_OF_SHOPS = frozenset({"before", "after"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened; `event_no` rises in the order of commits within a district."""

    event_no: int
    kind: str
    at: datetime
    content: Mapping[str, Any]

    def told_to(self, *, may_read_shops: bool) -> Event:
        """Give the event without values of shops for those who may not read them."""
        if may_read_shops or not _OF_SHOPS & self.content.keys():
            return self
        kept = {name: value for name, value in self.content.items() if name not in _OF_SHOPS}
        return Event(event_no=self.event_no, kind=self.kind, at=self.at, content=kept)
