"""What the service tells a person without being asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from gridsvc.domain.ids import CollaborationId, NoticeId, StaffId


class NoticeKind(StrEnum):
    """Why a person is told."""

    COLLABORATION_ASSIGNED = "collaboration_assigned"  # it is yours now
    COLLABORATION_LEFT = "collaboration_left"  # it was yours; a publication gave it to somebody else
    COLLABORATION_ARCHIVED = "collaboration_archived"  # what you opened has a result
    COLLABORATION_RECALLED = "collaboration_recalled"  # whoever opened it took it back
    GRIDS_CHANGED = "grids_changed"  # a published plan changed your shops or their other owners


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A member of staff, or a person by user name. One of the two is written to; whoever reads may be known by both."""

    staff_id: StaffId | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing that a person is told; `content` holds identifiers, counts and the subject, never a reporter."""

    notice_id: NoticeId
    kind: NoticeKind
    content: dict[str, Any]
    collaboration_id: CollaborationId | None
    at: datetime
    read_at: datetime | None
