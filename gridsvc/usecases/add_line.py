"""Make a new line of a person, from an instant on."""

from __future__ import annotations

from datetime import datetime

from geo_data.calendars import WorkingDays, cycle_of
from gridsvc.clock import Clock, day_of, new_id
from gridsvc.domain.errors import Conflict, NotFound
from gridsvc.domain.ids import Adcode, LineId
from gridsvc.domain.layers import ROLE_OF_LAYER, Layer
from gridsvc.domain.line_keys import free_key, place_of_key
from gridsvc.storage import Store, audit, districts, lines
from gridsvc.storage import staff as staff_rows
from gridsvc.storage.lines import Line
from gridsvc.usecases.lines_in_force import (
    ChangedLine,
    begin_of,
    require_free_name,
    require_weekday,
    require_worked,
)


def add_line(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    layer: Layer,
    line: str,
    staff: str,
    weekday: int,
    valid_from: datetime | None = None,
) -> ChangedLine:
    """Make a line of the person with code `staff`, empty, from an instant on (now by default).

    It belongs to the grid of the person's other lines. Shops are moved onto it (`edit_line`); a line that is still
    empty when a cycle is planned ends with that plan.

    Raises
    ------
    NotFound
        nobody with that code in the layer's role.
    Conflict
        the name is taken, or the person has no line of a planned cycle yet.
    BadInput
        `valid_from` lies in the past, the name is none that can be given, or nobody works on that weekday.
    """
    require_weekday(weekday)
    with store.transaction(adcode) as tx:
        district = districts.lock(tx)
        begins = begin_of(clock, valid_from)
        members = {member.staff_code: member for member in staff_rows.all_staff(tx, role=ROLE_OF_LAYER[layer])}
        if staff not in members:
            raise NotFound(f"there is no {ROLE_OF_LAYER[layer]} {staff}")
        require_worked(weekday, cycle_of(day_of(begins, district.time_zone), WorkingDays(country=district.country)))
        wanted = require_free_name(tx, layer, line, begins)
        theirs = [
            item
            for item in lines.lines_at(tx, begins, layer=layer)
            if item.staff_id == members[staff].staff_id and item.instead_of is None and place_of_key(item.key)
        ]
        if not theirs:
            raise Conflict(f"{staff} has no line of a planned cycle yet; plan a cycle first")
        key = free_key(place_of_key(theirs[0].key) or staff, weekday, lines.names_from(tx, layer, begins))
        new = Line(
            line_id=LineId(new_id()), layer=layer, name=wanted, key=key, given_name=wanted,
            grid_id=theirs[0].grid_id, staff_id=theirs[0].staff_id, weekday=weekday, retailers=(),
        )  # fmt: skip
        lines.add(tx, new, begins)
        content = {"layer": layer, "line": wanted, "staff": staff, "weekday": weekday, "at": begins.isoformat()}
        audit.add(tx, clock, actor=actor, action="line.add", subject=new.line_id, content=content)
    return ChangedLine(
        line=wanted, was_line=None, weekday=weekday, was_weekday=None, n_retailers=0, begins=begins
    )  # fmt: skip
