"""Lines: stable, named, effective-dated sets of retailers that staff and boards speak of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from gridsvc.clock import new_id
from gridsvc.domain.ids import GridId, LineId, RetailerId, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import line, line_retailer, line_term


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line at an instant; `weekday` 1 = Monday .. 7, None = none.

    `key` is what plans know it by (empty: the name), `given_name` what a planner calls it; `name` is what it is called.
    `instead_of` is the owner, where a planner gave the line to somebody else: `staff_id` then works it.
    """

    line_id: LineId
    layer: Layer
    name: str
    grid_id: GridId | None
    staff_id: StaffId | None
    weekday: int | None
    retailers: tuple[RetailerId, ...]
    instead_of: StaffId | None = None
    given_name: str | None = None
    key: str = ""


_CALLED = sa.func.coalesce(line_term.c.given_name, line.c.name).label("called")


def lines_at(tx: Transaction, instant: datetime, *, layer: Layer | None = None) -> list[Line]:
    """Give the lines in force at `instant` with their retailers, ordered by layer and name."""
    members: dict[str, list[RetailerId]] = {}
    in_force = sa.and_(
        line_retailer.c.adcode == tx.adcode,
        line_retailer.c.valid_from <= instant,
        sa.or_(line_retailer.c.valid_to.is_(None), line_retailer.c.valid_to > instant),
    )
    for row in tx.execute(
        sa.select(line_retailer.c.line_id, line_retailer.c.retailer_id).where(in_force).order_by(sa.literal_column("2"))
    ):
        members.setdefault(row.line_id, []).append(RetailerId(row.retailer_id))
    term = line_term.c
    wanted = (
        sa.select(
            line.c.line_id,
            line.c.layer,
            line.c.name.label("key"),
            term.grid_id,
            term.staff_id,
            term.weekday,
            term.instead_of,
            term.given_name,
            _CALLED,
        )
        .join(line_term, sa.and_(term.adcode == line.c.adcode, term.line_id == line.c.line_id))
        .where(
            line.c.adcode == tx.adcode,
            line.c.valid_from <= instant,
            sa.or_(line.c.valid_to.is_(None), line.c.valid_to > instant),
            term.valid_from <= instant,
            sa.or_(term.valid_to.is_(None), term.valid_to > instant),
        )
    )
    if layer is not None:
        wanted = wanted.where(line.c.layer == layer)
    return [
        Line(
            line_id=LineId(row.line_id),
            layer=Layer(row.layer),
            name=row.called,
            key=row.key,
            given_name=row.given_name,
            grid_id=GridId(row.grid_id) if row.grid_id else None,
            staff_id=StaffId(row.staff_id) if row.staff_id else None,
            weekday=row.weekday,
            retailers=tuple(members.get(row.line_id, ())),
            instead_of=StaffId(row.instead_of) if row.instead_of else None,
        )
        for row in tx.execute(wanted.order_by(line.c.layer, _CALLED))
    ]


def replace_layer(tx: Transaction, layer: Layer, new: Sequence[Line], valid_from: datetime) -> int:
    """Put `new` in force from `valid_from` in place of the layer's lines and give the number of lines that are new.

    A line that keeps its key, or else its name, keeps its identity and what a planner calls it; only retailers that
    join or leave it get rows, and a new term where its person, grid or weekday changes: who worked it before stays
    known. A line whose name is gone ends. A row that would have begun and ended at the same instant is removed instead:
    it was never in force. What was to come after `valid_from` is forgotten: a plan of a later cycle has to be made
    again.
    """
    _forget_later(tx, layer, valid_from)
    in_force = lines_at(tx, valid_from, layer=layer)
    present = {known.name: known for known in in_force} | {known.key: known for known in in_force}
    wanted = {item.key or item.name: item for item in new}
    kept = {present[key].line_id for key in wanted if key in present}
    gone = [known.line_id for known in in_force if known.line_id not in kept]
    _end(tx, line_retailer, line_retailer.c.line_id.in_(gone), valid_from)
    _end(tx, line_term, line_term.c.line_id.in_(gone), valid_from)
    _end(tx, line, line.c.line_id.in_(gone), valid_from)
    rows: list[tuple[str, LineId, RetailerId, datetime]] = []
    for name, planned in wanted.items():
        known = present.get(name)
        item = replace(planned, given_name=known.given_name) if known else planned
        line_id = known.line_id if known else LineId(new_id())
        if known is None:
            named = {"adcode": tx.adcode, "line_id": line_id, "layer": item.layer, "name": name}
            tx.execute(line.insert().values(valid_from=valid_from, **named))
        if known is None or _term(known) != _term(item):
            begin_term(tx, replace(item, line_id=line_id), valid_from)
        before = set(known.retailers) if known else set()
        left = before - set(item.retailers)
        _end(
            tx,
            line_retailer,
            sa.and_(line_retailer.c.line_id == line_id, line_retailer.c.retailer_id.in_(sorted(left))),
            valid_from,
        )
        rows.extend((tx.adcode, line_id, retailer, valid_from) for retailer in item.retailers if retailer not in before)
    tx.copy_rows(line_retailer, ("adcode", "line_id", "retailer_id", "valid_from"), rows)
    return sum(name not in present for name in wanted)


def move(tx: Transaction, retailer: RetailerId, old: LineId | None, new: LineId, valid_from: datetime) -> None:
    """End a retailer's membership of one line and begin that of another at the same instant."""
    if old is not None:
        chosen = sa.and_(line_retailer.c.line_id == old, line_retailer.c.retailer_id == retailer)
        _end(tx, line_retailer, chosen, valid_from)
    tx.execute(
        line_retailer.insert().values(adcode=tx.adcode, line_id=new, retailer_id=retailer, valid_from=valid_from)
    )


def begin_term(tx: Transaction, item: Line, valid_from: datetime) -> None:
    """Let a line be worked as `item` says from an instant on; what was to come later is forgotten, the past stays."""
    of_line = sa.and_(line_term.c.adcode == tx.adcode, line_term.c.line_id == item.line_id)
    tx.execute(line_term.delete().where(of_line, line_term.c.valid_from >= valid_from))
    still = sa.or_(line_term.c.valid_to.is_(None), line_term.c.valid_to > valid_from)
    tx.execute(line_term.update().where(of_line, still).values(valid_to=valid_from))
    key = {"adcode": tx.adcode, "line_id": item.line_id, "valid_from": valid_from}
    tx.execute(line_term.insert().values(**key, **_term(item)))


def names_from(tx: Transaction, layer: Layer, instant: datetime) -> set[str]:
    """Give every key and name that a line of the layer has at an instant or later."""
    of_term = sa.and_(line_term.c.adcode == line.c.adcode, line_term.c.line_id == line.c.line_id)
    ahead = sa.or_(line_term.c.valid_to.is_(None), line_term.c.valid_to > instant)
    statement = sa.select(line.c.name, line_term.c.given_name).join(line_term, of_term)
    rows = tx.execute(statement.where(line.c.adcode == tx.adcode, line.c.layer == layer, ahead))
    return {name for row in rows for name in row if name is not None}


def next_change(tx: Transaction, line_id: LineId, instant: datetime) -> datetime | None:
    """Give the first instant after another at which a line or its shops change, None where nothing is to come."""
    found = []
    for table in (line_term, line_retailer):
        for at in (table.c.valid_from, table.c.valid_to):
            here = sa.and_(table.c.adcode == tx.adcode, table.c.line_id == line_id, at > instant)
            found.append(tx.execute(sa.select(sa.func.min(at)).where(here)).scalar())
    return min((at for at in found if at is not None), default=None)


def add(tx: Transaction, new: Line, valid_from: datetime) -> None:
    """Begin a line without shops."""
    named = {"adcode": tx.adcode, "line_id": new.line_id, "layer": new.layer, "name": new.key}
    tx.execute(line.insert().values(valid_from=valid_from, **named))
    begin_term(tx, new, valid_from)


def rename(tx: Transaction, line_id: LineId, given_name: str, valid_from: datetime) -> None:
    """Call a line otherwise from an instant on, in the term in force and in those to come."""
    c = line_term.c
    of_line = sa.and_(c.adcode == tx.adcode, c.line_id == line_id)
    spanning = sa.and_(of_line, c.valid_from < valid_from, sa.or_(c.valid_to.is_(None), c.valid_to > valid_from))
    split = tx.execute(sa.select(line_term).where(spanning)).one_or_none()
    if split is not None:
        tx.execute(line_term.update().where(spanning).values(valid_to=valid_from))
        tx.execute(line_term.insert().values(**{**split._mapping, "valid_from": valid_from}))
    tx.execute(line_term.update().where(of_line, c.valid_from >= valid_from).values(given_name=given_name))


def end(tx: Transaction, line_id: LineId, valid_to: datetime) -> None:
    """End a line with its terms and whatever shops it has; a line that begins then was never in force."""
    for table in (line_retailer, line_term, line):
        _end(tx, table, table.c.line_id == line_id, valid_to)


def _term(item: Line) -> dict[str, object]:
    names = ("grid_id", "staff_id", "weekday", "instead_of", "given_name")
    return {name: getattr(item, name) for name in names}


def _forget_later(tx: Transaction, layer: Layer, instant: datetime) -> None:
    """Take back every change of the layer's lines that comes after `instant`."""
    of_layer = sa.select(line.c.line_id).where(line.c.adcode == tx.adcode, line.c.layer == layer)
    for table in (line_retailer, line_term, line):
        here = sa.and_(table.c.adcode == tx.adcode, table.c.line_id.in_(of_layer))
        tx.execute(table.delete().where(here, table.c.valid_from > instant))
        tx.execute(table.update().where(here, table.c.valid_to > instant).values(valid_to=None))


def _end(tx: Transaction, table: sa.Table, chosen: sa.ColumnElement[bool], valid_to: datetime) -> None:
    open_rows = sa.and_(table.c.adcode == tx.adcode, chosen, table.c.valid_to.is_(None))
    tx.execute(table.delete().where(open_rows, table.c.valid_from >= valid_to))
    tx.execute(table.update().where(open_rows, table.c.valid_from < valid_to).values(valid_to=valid_to))
