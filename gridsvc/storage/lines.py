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
        sa.select(line.c.line_id, line.c.layer, line.c.name, term.grid_id, term.staff_id, term.weekday, term.instead_of)
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
            name=row.name,
            grid_id=GridId(row.grid_id) if row.grid_id else None,
            staff_id=StaffId(row.staff_id) if row.staff_id else None,
            weekday=row.weekday,
            retailers=tuple(members.get(row.line_id, ())),
            instead_of=StaffId(row.instead_of) if row.instead_of else None,
        )
        for row in tx.execute(wanted.order_by(line.c.layer, line.c.name))
    ]


def replace_layer(tx: Transaction, layer: Layer, new: Sequence[Line], valid_from: datetime) -> int:
    """Put `new` in force from `valid_from` in place of the layer's lines and give the number of lines that are new.

    A line that keeps its name keeps its identity; only retailers that join or leave it get rows, and a new term where
    its person, grid or weekday changes: who worked it before stays known. A line whose name is gone ends. A row that
    would have begun and ended at the same instant is removed instead: it was never in force.
    What was to come after `valid_from` is forgotten: a plan of a later cycle has to be made again.
    """
    _forget_later(tx, layer, valid_from)
    present = {known.name: known for known in lines_at(tx, valid_from, layer=layer)}
    wanted = {item.name: item for item in new}
    gone = [known.line_id for name, known in present.items() if name not in wanted]
    _end(tx, line_retailer, line_retailer.c.line_id.in_(gone), valid_from)
    _end(tx, line_term, line_term.c.line_id.in_(gone), valid_from)
    _end(tx, line, line.c.line_id.in_(gone), valid_from)
    rows: list[tuple[str, LineId, RetailerId, datetime]] = []
    for name, item in wanted.items():
        known = present.get(name)
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


def _term(item: Line) -> dict[str, object]:
    names = ("grid_id", "staff_id", "weekday", "instead_of")
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
