"""Rows of ownership: who owned which retailer from when to when, never edited, only ended."""

from __future__ import annotations

from binascii import hexlify
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from gridsvc.domain.ids import GridId, RetailerId, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.domain.ownership import OwnershipSource
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import acting_owner, generation, ownership

_LAYERS = tuple(Layer)
_SOURCES = tuple(OwnershipSource)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """One ownership row's answer."""

    staff_id: StaffId
    grid_id: GridId | None
    source: OwnershipSource
    valid_from: datetime
    valid_to: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOwnership:
    """A row to open."""

    retailer_id: RetailerId
    layer: Layer
    valid_from: datetime
    staff_id: StaffId
    grid_id: GridId | None
    generation: int
    source: OwnershipSource
    valid_to: datetime | None = None


def insert_rows(tx: Transaction, rows: Iterable[NewOwnership]) -> int:
    """Open rows in one statement and give their number; a second open row of a retailer and layer fails it all."""
    listed = list(rows)
    if not listed:
        return 0
    bound = {
        "adcode": tx.adcode,
        "retailers": _array(row.retailer_id for row in listed),
        "layers": _array(row.layer for row in listed),
        "begins": _array(f'"{row.valid_from.isoformat()}"' for row in listed),
        "ends": _array(f'"{row.valid_to.isoformat()}"' if row.valid_to else "NULL" for row in listed),
        "staff": _array(row.staff_id for row in listed),
        "grids": _array(row.grid_id or "NULL" for row in listed),
        "generations": _array(str(row.generation) for row in listed),
        "sources": _array(row.source for row in listed),
    }
    return tx.execute(_OPEN, bound).rowcount


_OPEN = sa.text(
    """
    INSERT INTO ownership
        (adcode, retailer_id, layer, valid_from, valid_to, staff_id, grid_id, generation, source)
    SELECT :adcode, w.* FROM unnest(
        CAST(:retailers AS uuid[]), CAST(:layers AS text[]), CAST(:begins AS timestamptz[]),
        CAST(:ends AS timestamptz[]), CAST(:staff AS uuid[]), CAST(:grids AS uuid[]),
        CAST(:generations AS int[]), CAST(:sources AS text[])) AS w
    """
)


def _array(values: Iterable[str]) -> str:
    """Give an array as PostgreSQL reads it, for values without a letter that it would have to quote.

    psycopg looks at every element of a list by itself; for ten thousand rows that took longer than the statement.
    """
    return "{" + ",".join(values) + "}"


def end_rows(tx: Transaction, keys: Iterable[tuple[RetailerId, Layer]], valid_to: datetime) -> int:
    """End the open rows of the named retailers and layers at `valid_to` and give their number."""
    wanted = list(keys)
    if not wanted:
        return 0
    bound = {
        "adcode": tx.adcode,
        "valid_to": valid_to,
        "retailers": _array(retailer for retailer, _ in wanted),
        "layers": _array(layer for _, layer in wanted),
    }
    return tx.execute(_END, bound).rowcount


_END = sa.text(
    "UPDATE ownership o SET valid_to = :valid_to"
    " FROM unnest(CAST(:retailers AS uuid[]), CAST(:layers AS text[])) AS w(retailer_id, layer)"
    " WHERE o.adcode = :adcode AND o.retailer_id = w.retailer_id AND o.layer = w.layer AND o.valid_to IS NULL"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """Shops that change hands in one layer, as arrays of equal length.

    Parameters
    ----------
    layer : the layer
    ended : (n,) retailer_ids of 16 bytes whose open row ends
    opened : (m,) retailer_ids of 16 bytes that get a row
    staff_ids, grid_ids : (m,) whose; 16 bytes, zeros for no grid
    sources : (m,) positions in `OwnershipSource`
    """

    layer: Layer
    ended: NDArray[np.bytes_]
    opened: NDArray[np.bytes_]
    staff_ids: NDArray[np.bytes_]
    grid_ids: NDArray[np.bytes_]
    sources: NDArray[np.int64]


def hand_over(tx: Transaction, changes: Sequence[Handover], begins: datetime, generation_number: int) -> None:
    """End and open the rows of every layer at `begins`, in two statements however many there are.

    One statement a kind also looks once whether the shops, staff and grids that the rows name exist.
    """
    ended = np.concatenate([change.ended for change in changes])
    if len(ended):
        layers = _repeated([len(change.ended) for change in changes], changes)
        tx.execute(
            _END, {"adcode": tx.adcode, "valid_to": begins, "retailers": _hex_array(ended), "layers": _array(layers)}
        )
    opened = np.concatenate([change.opened for change in changes])
    if len(opened):
        names = [source.value for source in _SOURCES]
        bound = {
            "adcode": tx.adcode,
            "begins": begins,
            "generation": generation_number,
            "retailers": _hex_array(opened),
            "layers": _array(_repeated([len(change.opened) for change in changes], changes)),
            "staff": _hex_array(np.concatenate([change.staff_ids for change in changes])),
            "grids": _hex_array(np.concatenate([change.grid_ids for change in changes])),
            "sources": _array([names[source] for change in changes for source in change.sources.tolist()]),
        }
        tx.execute(_OPEN_AT_ONCE, bound)


def _repeated(n_rows: Sequence[int], changes: Sequence[Handover]) -> list[str]:
    return [name for change, n in zip(changes, n_rows, strict=True) for name in [change.layer.value] * n]


_OPEN_AT_ONCE = sa.text(
    """
    INSERT INTO ownership (adcode, retailer_id, layer, valid_from, staff_id, grid_id, generation, source)
    SELECT :adcode, w.retailer_id, w.layer, :begins, w.staff_id,
        nullif(w.grid_id, '00000000-0000-0000-0000-000000000000'), :generation, w.source
    FROM unnest(CAST(:retailers AS uuid[]), CAST(:layers AS text[]), CAST(:staff AS uuid[]), CAST(:grids AS uuid[]),
        CAST(:sources AS text[])) AS w(retailer_id, layer, staff_id, grid_id, source)
    """
)


def uuid_keys(identifiers: Iterable[str | None]) -> NDArray[np.bytes_]:
    """Give identifiers as 16 bytes each, zeros for None."""
    return np.array([bytes.fromhex(text.replace("-", "")) if text else b"" for text in identifiers], dtype="S16")


def uuid_text(key: bytes) -> str:
    """Give an identifier of 16 bytes, trailing zeros left out, as text; four times as fast as `UUID` does."""
    digits = key.ljust(16, b"\0").hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _hex_array(keys: NDArray[np.bytes_]) -> str:
    """Give uuids of 16 bytes as an array that PostgreSQL reads."""
    digits = np.frombuffer(hexlify(np.ascontiguousarray(keys, dtype="S16").tobytes()), dtype="S32")
    return "{" + b",".join(digits.tolist()).decode() + "}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedHands:
    """A shop that gets another owner in one layer at one instant; None stands for nobody, before or after."""

    retailer_id: RetailerId
    layer: Layer
    before: StaffId | None
    after: StaffId | None
    at: datetime


def changed_at(tx: Transaction, instant: datetime, layers: Iterable[Layer]) -> list[ChangedHands]:
    """Give the shops that change hands at `instant` in the named layers, a row per shop and layer."""
    wanted = sa.text(
        "SELECT coalesce(n.retailer_id, o.retailer_id)::text AS retailer_id, coalesce(n.layer, o.layer) AS layer,"
        " o.staff_id::text AS before, n.staff_id::text AS after"
        " FROM (SELECT * FROM ownership WHERE adcode = :adcode AND valid_from = :instant) n"
        " FULL JOIN (SELECT * FROM ownership WHERE adcode = :adcode AND valid_to = :instant) o"
        " ON n.retailer_id = o.retailer_id AND n.layer = o.layer"
        " WHERE o.staff_id IS DISTINCT FROM n.staff_id AND coalesce(n.layer, o.layer) = ANY(:layers)"
        " ORDER BY 1, 2"
    )
    bound = {"adcode": tx.adcode, "instant": instant, "layers": [str(layer) for layer in layers]}
    return [
        ChangedHands(
            retailer_id=RetailerId(row.retailer_id),
            layer=Layer(row.layer),
            before=StaffId(row.before) if row.before else None,
            after=StaffId(row.after) if row.after else None,
            at=instant,
        )
        for row in tx.execute(wanted, bound)
    ]


def _in_force(table: sa.Table, instant: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.valid_from <= instant, sa.or_(table.c.valid_to.is_(None), table.c.valid_to > instant))


def owners_at(tx: Transaction, instant: datetime) -> dict[tuple[RetailerId, Layer], Owner]:
    """Give every retailer's owner per layer as it stood, stands or will stand at `instant`."""
    rows = tx.execute(sa.select(ownership).where(ownership.c.adcode == tx.adcode, _in_force(ownership, instant)))
    return {
        (RetailerId(row.retailer_id), Layer(row.layer)): Owner(
            staff_id=StaffId(row.staff_id),
            grid_id=GridId(row.grid_id) if row.grid_id else None,
            source=OwnershipSource(row.source),
            valid_from=row.valid_from,
            valid_to=row.valid_to,
        )
        for row in rows
    }


_NO_GRID = "'00000000-0000-0000-0000-000000000000'"
_SAME = (  # in a publication, thousands of rows share these
    "layer",
    "source",
    "timestamptz_send(valid_from) AS valid_from",
    "timestamptz_send(coalesce(valid_to, 'infinity')) AS valid_to",
)
_PACKED = (
    ("retailer_id", "uuid_send(retailer_id)", "S16"),
    ("staff_id", "uuid_send(staff_id)", "S16"),
    ("grid_id", f"uuid_send(coalesce(grid_id, {_NO_GRID}))", "S16"),
)
_ROW = np.dtype(
    [(name, kind) for name, _, kind in _PACKED]
    + [("layer", "i4"), ("source", "i4"), ("valid_from", "i8"), ("valid_to", "i8")]
)
# open rows and ended ones apart, so that each half has its index however long the history is
_IN_FORCE = """
    FROM (
        SELECT * FROM ownership WHERE adcode = %(adcode)s AND valid_to IS NULL AND valid_from <= %(instant)s
        UNION ALL
        SELECT * FROM ownership WHERE adcode = %(adcode)s AND valid_to > %(instant)s AND valid_from <= %(instant)s
    ) AS in_force
"""


def packed_owners_at(tx: Transaction, instant: datetime) -> NDArray[np.void]:
    """Give the rows in force at `instant` as one array, in no particular order.

    Fields: `retailer_id`, `staff_id`, `grid_id` as 16 bytes (zeros where there is no grid), `layer` and `source` as
    positions in their enums, `valid_from` and `valid_to` in microseconds since 2000 (`INFINITE` while open).
    """
    groups = tx.packed_groups(_SAME, _PACKED, _IN_FORCE, {"adcode": str(tx.adcode), "instant": instant})
    result = np.empty(sum(len(part) for _, part in groups), dtype=_ROW)
    at = 0
    for (layer, source, valid_from, valid_to), part in groups:
        rows = result[at : at + len(part)]
        for name, _, _ in _PACKED:
            rows[name] = part[name]
        rows["layer"], rows["source"] = _LAYERS.index(Layer(layer)), _SOURCES.index(OwnershipSource(source))
        rows["valid_from"] = int.from_bytes(valid_from, "big", signed=True)
        rows["valid_to"] = int.from_bytes(valid_to, "big", signed=True)
        at += len(part)
    return result


def owner_ids_at(tx: Transaction, instant: datetime) -> dict[tuple[RetailerId, Layer], tuple[StaffId, GridId | None]]:
    """Give every retailer's owner and grid per layer at `instant`: `owners_at` without what few ask for, in a tenth."""
    packed = packed_owners_at(tx, instant)
    owners = [StaffId(text or "") for text in _texts(packed["staff_id"])]
    grids = [GridId(text) if text else None for text in _texts(packed["grid_id"])]
    shops = [RetailerId(text or "") for text in _texts(packed["retailer_id"])]
    layers = [_LAYERS[position] for position in packed["layer"].tolist()]
    return dict(zip(zip(shops, layers, strict=True), zip(owners, grids, strict=True), strict=True))


def _texts(keys: NDArray[np.void]) -> list[str | None]:
    """Give uuids of 16 bytes as text, None for all zeros; each distinct one is put in words once."""
    distinct, at = np.unique(np.ascontiguousarray(keys).astype("S16"), return_inverse=True)
    words = [uuid_text(key) if key else None for key in distinct.tolist()]
    return [words[position] for position in at.tolist()]


def acting_at(tx: Transaction, instant: datetime) -> dict[tuple[RetailerId, Layer], tuple[StaffId, str]]:
    """Give the acting owner and the reason per retailer and layer at `instant`."""
    rows = tx.execute(
        sa.select(acting_owner).where(acting_owner.c.adcode == tx.adcode, _in_force(acting_owner, instant))
    )
    return {(RetailerId(r.retailer_id), Layer(r.layer)): (StaffId(r.staff_id), r.reason) for r in rows}


def next_change_after(tx: Transaction, instant: datetime) -> datetime | None:
    """Give the next instant at which an answer changes by itself, None when nothing is scheduled."""
    is_open, is_to_end = ownership.c.valid_to.is_(None), ownership.c.valid_to > instant
    soonest = [
        sa.select(sa.func.min(column).label("at")).where(table.c.adcode == tx.adcode, column > instant, *further)
        for table, column, further in (
            (ownership, ownership.c.valid_from, (is_open,)),
            (ownership, ownership.c.valid_from, (is_to_end,)),
            (ownership, ownership.c.valid_to, (ownership.c.valid_to.is_not(None),)),
            (acting_owner, acting_owner.c.valid_from, ()),
            (acting_owner, acting_owner.c.valid_to, ()),
            (generation, generation.c.effective_from, ()),
        )
    ]
    found = sa.union_all(*soonest).subquery()
    at: datetime | None = tx.execute(sa.select(sa.func.min(found.c.at))).scalar_one()
    return at


def coming_after(tx: Transaction, instant: datetime, layers: Iterable[Layer]) -> tuple[int, datetime | None]:
    """Give how many open rows of `layers` begin only at `instant` or later, and when the last one does."""
    wanted = sa.select(sa.func.count().label("n_rows"), sa.func.max(ownership.c.valid_from).label("last")).where(
        ownership.c.adcode == tx.adcode,
        ownership.c.layer.in_([str(layer) for layer in layers]),
        ownership.c.valid_from >= instant,
        ownership.c.valid_to.is_(None),
    )
    row = tx.execute(wanted).one()
    return row.n_rows, row.last


def overlapping(tx: Transaction) -> list[tuple[RetailerId, Layer]]:
    """List retailers and layers with two rows in force at one instant: empty unless the house is broken."""
    rows = tx.execute(
        sa.text(
            "SELECT retailer_id::text, layer FROM ("
            " SELECT retailer_id, layer, valid_from, lag(coalesce(valid_to, 'infinity'))"
            "  OVER (PARTITION BY retailer_id, layer ORDER BY valid_from) AS before"
            " FROM ownership WHERE adcode = :adcode) AS rows WHERE before > valid_from"
        ),
        {"adcode": tx.adcode},
    )
    return [(RetailerId(row.retailer_id), Layer(row.layer)) for row in rows]
