"""Give a line to another person of the same role, from an instant on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from gridsvc.clock import Clock
from gridsvc.domain.errors import Conflict, NotFound
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import ROLE_OF_LAYER, Layer
from gridsvc.storage import Store, audit, districts, lines
from gridsvc.storage import staff as staff_rows
from gridsvc.usecases.lines_in_force import begin_of, line_named


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedLine:
    """A line and whose it was and is; `is_back` says that its owner works it again."""

    line: str
    came_from: str | None
    staff_code: str
    begins: datetime
    is_back: bool


def hand_line(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    layer: Layer,
    line: str,
    to: str,
    valid_from: datetime | None = None,
) -> HandedLine:
    """Let the person with code `to` work a line from an instant on (now by default).

    The line keeps its name, its shops and its weekday; whoever worked it until then stays known. Responsibility does
    not change: the owner of the shops stays the owner, and the next cycle plan sends the new person on the line's
    weekday. Giving it to the owner takes that back.

    Raises
    ------
    NotFound
        no such line at that instant, or nobody with that code in the layer's role.
    Conflict
        the person works the line already.
    BadInput
        `valid_from` lies in the past.
    """
    with store.transaction(adcode) as tx:
        districts.lock(tx)  # of two who change the same line, the second sees the first
        begins = begin_of(clock, valid_from)
        known = line_named(lines.lines_at(tx, begins, layer=layer), layer, line)
        staff = {member.staff_code: member for member in staff_rows.all_staff(tx, role=ROLE_OF_LAYER[layer])}
        if to not in staff:
            raise NotFound(f"there is no {ROLE_OF_LAYER[layer]} {to}")
        chosen = staff[to].staff_id
        if known.staff_id == chosen:
            raise Conflict(f"{to} works line {line} already")
        owner = known.instead_of or known.staff_id
        is_back = owner == chosen
        lines.begin_term(tx, replace(known, staff_id=chosen, instead_of=None if is_back else owner), begins)
        code_of = {member.staff_id: code for code, member in staff.items()}
        came_from = code_of.get(known.staff_id) if known.staff_id else None
        content = {"layer": layer, "line": line, "from": came_from, "to": to, "at": begins.isoformat()}
        audit.add(tx, clock, actor=actor, action="line.hand", subject=known.line_id, content=content)
    return HandedLine(line=line, came_from=came_from, staff_code=to, begins=begins, is_back=is_back)
