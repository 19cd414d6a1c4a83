"""List the lines in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Layer
from gridsvc.storage import Store, lines
from gridsvc.storage import staff as staff_rows
from gridsvc.storage.lines import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedLine:
    """A line and the person who works it."""

    line: Line
    staff_code: str | None
    staff_name: str | None


def list_lines(
    store: Store, clock: Clock, *, adcode: Adcode, layer: Layer | None = None, as_of: datetime | None = None
) -> list[ListedLine]:
    """Give the lines at an instant (now by default), ordered by layer and name."""
    with store.transaction(adcode) as tx:
        staff = {member.staff_id: member for member in staff_rows.all_staff(tx)}
        found = lines.lines_at(tx, as_of or clock.now(), layer=layer)
    return [
        ListedLine(
            line=line,
            staff_code=staff[line.staff_id].staff_code if line.staff_id in staff else None,
            staff_name=staff[line.staff_id].name if line.staff_id in staff else None,
        )
        for line in found
    ]
