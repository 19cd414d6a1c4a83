"""Move a retailer from one line to another, from an instant on."""

from __future__ import annotations

from datetime import datetime

from gridsvc.clock import Clock
from gridsvc.domain.errors import Conflict, NotFound
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Layer
from gridsvc.storage import Store, audit, districts, lines
from gridsvc.storage import retailers as retailer_rows
from gridsvc.storage.lines import Line
from gridsvc.usecases.lines_in_force import begin_of, line_named


def edit_line(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    layer: Layer,
    retailer_code: str,
    to: str,
    valid_from: datetime | None = None,
) -> tuple[Line | None, Line]:
    """Put a retailer on the line named `to` and give the line it was on (None = on none) and the new one.

    The owner stays who he is: a line is a weekday of one grid, so the new line has to be of the same person. The next
    cycle plan prefers the new weekday.

    Raises
    ------
    NotFound
        no such retailer, or no such line at that instant.
    Conflict
        the line belongs to another person, or the retailer is on it already.
    BadInput
        `valid_from` lies in the past.
    """
    with store.transaction(adcode) as tx:
        districts.lock(tx)  # of two who change the same line, the second sees the first
        begins = begin_of(clock, valid_from)
        retailer_id = retailer_rows.ids_by(tx, "retailer_code").get(retailer_code)
        if retailer_id is None:
            raise NotFound(f"there is no retailer {retailer_code} in district {adcode}")
        known = lines.lines_at(tx, begins, layer=layer)
        target = line_named(known, layer, to)
        present = next((line for line in known if retailer_id in line.retailers), None)
        if present is not None and present.line_id == target.line_id:
            raise Conflict(f"retailer {retailer_code} is on line {to} already")
        if present is not None and (present.staff_id, present.instead_of) != (target.staff_id, target.instead_of):
            raise Conflict(
                f"line {to} belongs to another person than {present.name}; a plan moves shops between people"
            )
        lines.move(tx, retailer_id, present.line_id if present else None, target.line_id, begins)
        content = {"layer": layer, "from": present.name if present else None, "to": to, "at": begins.isoformat()}
        audit.add(tx, clock, actor=actor, action="line.move", subject=retailer_id, content=content)
    return present, target
