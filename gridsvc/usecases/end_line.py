"""End a line, from an instant on; another line of the same person takes over its shops."""

from __future__ import annotations

from datetime import datetime

from gridsvc.clock import Clock
from gridsvc.domain.errors import Conflict
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Layer
from gridsvc.storage import Store, audit, districts, lines
from gridsvc.usecases.lines_in_force import ChangedLine, begin_of, line_named


def end_line(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    layer: Layer,
    line: str,
    to: str | None = None,
    valid_from: datetime | None = None,
) -> ChangedLine:
    """End a line from an instant on (now by default) and put its shops on the line named `to`, which is given.

    Whatever it was before stays known. Stops that are planned stay; the next cycle plan prefers the weekday of the line
    that took the shops over.

    Raises
    ------
    NotFound
        no such line at that instant.
    Conflict
        it has shops and no line is named for them, that line belongs to another person or is the same, or one of
        the two changes later on already.
    BadInput
        `valid_from` lies in the past.
    """
    with store.transaction(adcode) as tx:
        districts.lock(tx)
        begins = begin_of(clock, valid_from)
        known = lines.lines_at(tx, begins, layer=layer)
        ending = line_named(known, layer, line)
        target = line_named(known, layer, to) if to is not None else None
        if target is None and ending.retailers:
            raise Conflict(f"line {line} has {len(ending.retailers)} shops; name the line that takes them over")
        if target is not None and target.line_id == ending.line_id:
            raise Conflict(f"line {line} cannot take over its own shops")
        if target is not None and (target.staff_id, target.instead_of) != (ending.staff_id, ending.instead_of):
            raise Conflict(f"line {to} belongs to another person than {line}; a plan moves shops between people")
        for item in (ending, *([target] if target else [])):
            later = lines.next_change(tx, item.line_id, begins)
            if later is not None:
                raise Conflict(f"line {item.name} changes on {later.isoformat()} already; end {line} from then on")
        for retailer in ending.retailers if target else ():
            lines.move(tx, retailer, ending.line_id, target.line_id if target else ending.line_id, begins)
        lines.end(tx, ending.line_id, begins)
        content = {"layer": layer, "line": ending.name, "to": target.name if target else None, "at": begins.isoformat()}
        audit.add(tx, clock, actor=actor, action="line.end", subject=ending.line_id, content=content)
    weekday = target.weekday if target else ending.weekday
    return ChangedLine(
        line=target.name if target else ending.name, was_line=ending.name, weekday=weekday,
        was_weekday=ending.weekday, n_retailers=len(ending.retailers), begins=begins,
        changes_order_day=layer is Layer.DELIVERY and bool(ending.retailers) and weekday != ending.weekday,
    )  # fmt: skip
