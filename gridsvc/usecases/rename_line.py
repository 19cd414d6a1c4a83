"""Give a line another name, from an instant on."""

from __future__ import annotations

from datetime import datetime

from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Layer
from gridsvc.storage import Store, audit, districts, lines
from gridsvc.usecases.lines_in_force import ChangedLine, begin_of, line_named, require_free_name


def rename_line(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    layer: Layer,
    line: str,
    to: str,
    valid_from: datetime | None = None,
) -> ChangedLine:
    """Call a line otherwise from an instant on (now by default); whatever it was called before stays known.

    Shops, person and weekday stay, and cycle plans keep the name while the line has shops on its weekday.

    Raises
    ------
    NotFound
        no such line at that instant.
    Conflict
        another line of the layer has that name, or will have it.
    BadInput
        `valid_from` lies in the past, or the name is none that can be given.
    """
    with store.transaction(adcode) as tx:
        districts.lock(tx)  # of two who change the same line, the second sees the first
        begins = begin_of(clock, valid_from)
        known = line_named(lines.lines_at(tx, begins, layer=layer), layer, line)
        wanted = require_free_name(tx, layer, to, begins)
        lines.rename(tx, known.line_id, wanted, begins)
        content = {"layer": layer, "from": known.name, "to": wanted, "at": begins.isoformat()}
        audit.add(tx, clock, actor=actor, action="line.rename", subject=known.line_id, content=content)
    return ChangedLine(
        line=wanted, was_line=known.name, weekday=known.weekday, was_weekday=known.weekday,
        n_retailers=len(known.retailers), begins=begins,
    )  # fmt: skip
