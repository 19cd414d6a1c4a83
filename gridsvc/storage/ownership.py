"""Rows of ownership: who owned which retailer from when to when, never edited, only ended."""

from __future__ import annotations

from binascii import hexlify
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from gridsvc.domain.errors import Conflict
from gridsvc.domain.ids import GridId, RetailerId, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.domain.ownership import OwnershipSource
from gridsvc.storage import owner_packs
from gridsvc.storage.owner_packs import ROW, microseconds
from gridsvc.storage.store import INFINITE, Transaction
from gridsvc.storage.tables import acting_owner, generation, ownership, ownership_open, ownership_past

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
    """Open rows and give their number; a second open row of a retailer and layer fails it all."""
    listed = list(rows)
    for table, of_table in (
        (ownership_open, [row for row in listed if row.valid_to is None]),
        (ownership_past, [row for row in listed if row.valid_to is not None]),
    ):
        if of_table:
            tx.execute(_INSERT[table.name], {"adcode": tx.adcode, **_as_arrays(of_table)})
    return len(listed)


def _as_arrays(rows: Sequence[NewOwnership]) -> dict[str, str]:
    return {
        "retailers": _array(row.retailer_id for row in rows),
        "layers": _array(row.layer for row in rows),
        "begins": _array(f'"{row.valid_from.isoformat()}"' for row in rows),
        "ends": _array(f'"{row.valid_to.isoformat()}"' if row.valid_to else "NULL" for row in rows),
        "staff": _array(row.staff_id for row in rows),
        "grids": _array(row.grid_id or "NULL" for row in rows),
        "generations": _array(str(row.generation) for row in rows),
        "sources": _array(row.source for row in rows),
    }


_INSERT = {
    table: sa.text(
        f"""
        INSERT INTO {table}
            (adcode, retailer_id, layer, valid_from, valid_to, staff_id, grid_id, generation, source)
        SELECT :adcode, w.* FROM unnest(
            CAST(:retailers AS uuid[]), CAST(:layers AS text[]), CAST(:begins AS timestamptz[]),
            CAST(:ends AS timestamptz[]), CAST(:staff AS uuid[]), CAST(:grids AS uuid[]),
            CAST(:generations AS int[]), CAST(:sources AS text[])) AS w
        """  # noqa: S608 - two names
    )
    for table in ("ownership_open", "ownership_past")
}


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
    retailers, layers = (_array(part) for part in zip(*wanted, strict=True))
    return _end(tx, retailers, layers, valid_to)


def _end(tx: Transaction, retailers: str, layers: str, valid_to: datetime) -> int:
    bound = {"retailers": retailers, "layers": layers, "valid_to": valid_to}
    return int(tx.execute(_END, bound).scalar_one())


_END = sa.text("SELECT end_ownership(CAST(:retailers AS uuid[]), CAST(:layers AS text[]), :valid_to)")


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

    def of(self, rows: NDArray[np.bool_]) -> Handover:
        """Give some of the shops that get a row."""
        return Handover(
            layer=self.layer, ended=self.ended, opened=self.opened[rows], staff_ids=self.staff_ids[rows],
            grid_ids=self.grid_ids[rows], sources=self.sources[rows],
        )  # fmt: skip


def hand_over(
    tx: Transaction, changes: Sequence[Handover], begins: datetime, generation_number: int, held: HeldOwners
) -> None:
    """Let shops change hands in every layer at `begins`, in at most three statements however many layers there are.

    An open row is changed in its place, and the database keeps what it was until then; a shop without one gets one, a
    shop with nobody after it loses it. One statement a kind also looks once whether the staff and grids exist. `held`
    are the owners of that instant before the change; those after it are packed for look-ups, unless more changes are
    scheduled.
    """
    of_kind: dict[str, list[Handover]] = {"changed": [], "new": []}
    ended: list[tuple[Layer, NDArray[np.bytes_]]] = []
    for change in changes:
        is_here = (held.rows["layer"] == _LAYERS.index(change.layer)) & (held.rows["valid_to"] == INFINITE)
        is_open = _are_among(change.opened, held.rows["retailer_id"][is_here])
        of_kind["changed"].append(change.of(is_open))
        of_kind["new"].append(change.of(~is_open))
        ended.append((change.layer, change.ended[~_are_among(change.ended, change.opened[is_open])]))
    if any(len(keys) for _, keys in ended):
        retailers = _hex_array(np.concatenate([keys for _, keys in ended]))
        _end(tx, retailers, _array(_repeated((layer, len(keys)) for layer, keys in ended)), begins)
    for kind, parts in of_kind.items():
        n_rows = sum(len(part.opened) for part in parts)
        if n_rows and tx.execute(_HAND_OVER[kind], _handed(tx, parts, begins, generation_number)).rowcount != n_rows:
            raise Conflict("owners changed while the plan was published; publish it again")
    if held.until is None:
        owner_packs.write(tx, _after(held.rows, changes, begins), begins)


def _handed(tx: Transaction, parts: Sequence[Handover], begins: datetime, generation_number: int) -> dict[str, Any]:
    names = [source.value for source in _SOURCES]
    return {
        "adcode": tx.adcode,
        "begins": begins,
        "generation": generation_number,
        "retailers": _hex_array(np.concatenate([part.opened for part in parts])),
        "layers": _array(_repeated((part.layer, len(part.opened)) for part in parts)),
        "staff": _hex_array(np.concatenate([part.staff_ids for part in parts])),
        "grids": _hex_array(np.concatenate([part.grid_ids for part in parts])),
        "sources": _array([names[source] for part in parts for source in part.sources.tolist()]),
    }


def _are_among(keys: NDArray[np.bytes_], known: NDArray[np.bytes_]) -> NDArray[np.bool_]:
    """Tell which keys are among the known ones; a fifth of the time of `np.isin`, which sorts them."""
    among = set(known.tolist())
    return np.fromiter((key in among for key in keys.tolist()), dtype=np.bool_, count=len(keys))


def _after(rows: NDArray[np.void], changes: Sequence[Handover], begins: datetime) -> NDArray[np.void]:
    """Give the rows in force once `changes` are written."""
    stays = np.ones(len(rows), dtype=np.bool_)
    parts = []
    for change in changes:
        number = _LAYERS.index(change.layer)
        of_layer = np.flatnonzero(rows["layer"] == number)
        stays[of_layer[_are_among(rows["retailer_id"][of_layer], change.ended)]] = False
        part = np.zeros(len(change.opened), dtype=ROW)
        part["retailer_id"], part["staff_id"], part["grid_id"] = change.opened, change.staff_ids, change.grid_ids
        part["layer"], part["source"] = number, change.sources
        part["valid_from"], part["valid_to"] = microseconds(begins), INFINITE
        parts.append(part)
    return np.concatenate([rows[stays], *parts])


def _repeated(layers: Iterable[tuple[Layer, int]]) -> list[str]:
    return [name for layer, n_rows in layers for name in [layer.value] * n_rows]


_HANDED = """unnest(CAST(:retailers AS uuid[]), CAST(:layers AS text[]), CAST(:staff AS uuid[]),
    CAST(:grids AS uuid[]), CAST(:sources AS text[])) AS w(retailer_id, layer, staff_id, grid_id, source)"""
_GRID = "nullif(w.grid_id, '00000000-0000-0000-0000-000000000000')"
_HAND_OVER = {
    "changed": sa.text(
        f"""
        UPDATE ownership_open o SET valid_from = :begins, staff_id = w.staff_id, grid_id = {_GRID},
            generation = :generation, source = w.source
        FROM {_HANDED} WHERE o.adcode = :adcode AND o.retailer_id = w.retailer_id AND o.layer = w.layer
        """  # noqa: S608 - nothing comes from outside
    ),
    "new": sa.text(
        f"""
        INSERT INTO ownership_open (adcode, retailer_id, layer, valid_from, staff_id, grid_id, generation, source)
        SELECT :adcode, w.retailer_id, w.layer, :begins, w.staff_id, {_GRID}, :generation, w.source FROM {_HANDED}
        """  # noqa: S608 - nothing comes from outside
    ),
}


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
    result = np.empty(sum(len(part) for _, part in groups), dtype=ROW)
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


Acting = dict[tuple[RetailerId, Layer], tuple[StaffId, str]]


def acting_at(tx: Transaction, instant: datetime) -> tuple[Acting, datetime | None]:
    """Give the acting owner and the reason per retailer and layer at `instant`, and the next instant they change at."""
    c = acting_owner.c
    rows = tx.execute(
        sa.select(
            sa.cast(c.retailer_id, sa.Text).label("retailer_id"),
            c.layer,
            c.valid_from,
            c.valid_to,
            sa.cast(c.staff_id, sa.Text).label("staff_id"),
            c.reason,
        ).where(c.adcode == tx.adcode, c.valid_to > instant)
    ).all()
    acting: Acting = {}
    changes = []
    for row in rows:
        acts = row.valid_from <= instant
        if acts:
            acting[RetailerId(row.retailer_id), Layer(row.layer)] = StaffId(row.staff_id), row.reason
        changes.append(row.valid_to if acts else row.valid_from)
    return acting, min(changes, default=None)


def next_change_after(tx: Transaction, instant: datetime) -> datetime | None:
    """Give the next instant at which an answer changes by itself, None when nothing is scheduled."""
    of_others = (acting_owner.c.valid_from, acting_owner.c.valid_to, generation.c.effective_from)
    return _soonest(tx, instant, [*_OWNER_CHANGES, *((column, sa.true()) for column in of_others)])


def next_owner_change_after(tx: Transaction, instant: datetime) -> datetime | None:
    """Give the next instant at which an owner changes by itself, None when nothing is scheduled."""
    return _soonest(tx, instant, _OWNER_CHANGES)


_IS_OPEN = ownership.c.valid_to.is_(None)
_OWNER_CHANGES = (  # open and ended rows apart, each by its index
    (ownership.c.valid_from, _IS_OPEN),
    (ownership.c.valid_from, ownership.c.valid_to > sa.bindparam("instant")),
    (ownership.c.valid_to, ~_IS_OPEN),
)


def _soonest(
    tx: Transaction, instant: datetime, columns: Iterable[tuple[sa.Column[Any], sa.ColumnElement[bool]]]
) -> datetime | None:
    each = [
        sa.select(sa.func.min(column).label("at")).where(
            column.table.c.adcode == tx.adcode, column > sa.bindparam("instant"), further
        )
        for column, further in columns
    ]
    found = sa.union_all(*each).subquery()
    at: datetime | None = tx.execute(sa.select(sa.func.min(found.c.at)), {"instant": instant}).scalar_one()
    return at


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOwners:
    """The owners of a district from `since` until just before `until`, as long as nobody writes; None: for good.

    `rows` are as `packed_owners_at` gives them.
    """

    rows: NDArray[np.void]
    since: datetime
    until: datetime | None

    def holds_at(self, instant: datetime) -> bool:
        """Tell whether these are the owners of an instant."""
        return self.since <= instant and (self.until is None or instant < self.until)


def held_owners_at(tx: Transaction, instant: datetime) -> HeldOwners:
    """Give the rows in force at `instant` and how long they are: from the last publication's pack, else row by row."""
    packed = owner_packs.find(tx, instant)
    if packed is not None:
        return HeldOwners(rows=packed[0], since=packed[1], until=None)
    rows = packed_owners_at(tx, instant)
    return HeldOwners(rows=rows, since=instant, until=next_owner_change_after(tx, instant))


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
