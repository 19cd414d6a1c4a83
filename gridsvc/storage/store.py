"""The unit of work: one transaction, seen through the row-level security of one district."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, LiteralString

import numpy as np
import psycopg
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.exc import DataError, DBAPIError, OperationalError

from gridsvc.domain.errors import BadInput, Unavailable
from gridsvc.domain.ids import Adcode
from gridsvc.domain.permissions import Reach

log = logging.getLogger("gridsvc.storage")
# how far the caller of this request, in this thread or task, reaches; None: the service itself, at the whole district
_REACH: ContextVar[Reach | None] = ContextVar("gridsvc_reach", default=None)
_TELL = sa.text(
    "SELECT set_config('gridsvc.reach', :scope, true), set_config('gridsvc.action', :action, true),"
    " set_config('gridsvc.account', :account, true), set_config('gridsvc.staff_id', :staff_id, true),"
    " set_config('gridsvc.department', :department, true), set_config('gridsvc.org_unit_id', :org_unit_id, true)"
)
_REACHED = sa.text("SELECT current_setting('gridsvc.reach')")
_WIDEN = sa.text("SELECT set_config('gridsvc.reach', :scope, true)")
_WITHIN = sa.text("SELECT set_config('gridsvc.adcode', :adcode, true)")
# The planner's statistics come up to a minute after a publication. Until then it takes most rows of a history for rows
# in force, and reads the history from its beginning.
_WITHIN_BY_INDEX = sa.text(f"{_WITHIN.text}, set_config('enable_seqscan', 'off', true)")
INFINITE = np.iinfo(np.int64).max  # how PostgreSQL sends the instant infinity


@dataclass(frozen=True, slots=True)
class Transaction:
    """An open transaction: row functions take it first and never commit.

    `changed` are the districts whose snapshots have to be read again once it has committed.
    """

    connection: sa.Connection
    adcode: Adcode
    changed: set[Adcode] = field(default_factory=set)

    def execute(self, statement: sa.Executable, parameters: Any = None) -> sa.CursorResult[Any]:
        """Run a statement; parameters are bound, never pasted."""
        return self.connection.execute(statement, parameters)

    def insert_new(self, table: sa.Table, values: Mapping[str, Any]) -> bool:
        """Add a row of the district unless one with its keys is there already, and tell whether it was added.

        No index is named and nothing is returned: the row in the way may be another person's, which row-level security
        keeps this caller from reading.
        """
        added = pg_insert(table).values(adcode=self.adcode, **values).on_conflict_do_nothing()
        # without the option SQLAlchemy forgets an INSERT's number of rows and says -1
        return self.execute(added.execution_options(preserve_rowcount=True)).rowcount == 1

    @contextmanager
    def beyond_reach(self) -> Iterator[None]:
        """See the whole district for a moment, for what a caller may know of others: who else comes to a shop today.

        What is read within is the use-case's to narrow; when the block ends rows are as narrow as before it, so that a
        block within a block changes nothing.
        """
        if _REACH.get() is None:
            yield
            return
        before = self.execute(_REACHED).scalar_one()
        self.execute(_WIDEN, {"scope": ""})
        yield  # where it raises, the transaction ends, and the widening with it
        self.execute(_WIDEN, {"scope": before})

    def copy_rows(self, table: sa.Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
        """Write many rows by COPY and give their number; geometries travel as hex EWKB.

        `columns` name the table's columns in the order of each row's values. A constraint that fails, fails the whole
        transaction. PostgreSQL refuses COPY into a table behind row-level security, so the rows go into a temporary
        table first and from there through the district's wall.
        """
        raw = self.connection.connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        names = {
            "target": psycopg.sql.Identifier(table.name),
            "incoming": psycopg.sql.Identifier(f"incoming_{table.name}"),
            "columns": psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, columns)),
        }
        n_rows = 0
        with raw.cursor() as cursor:
            cursor.execute(_composed("CREATE TEMP TABLE {incoming} AS SELECT {columns} FROM {target} LIMIT 0", names))
            with cursor.copy(_composed("COPY {incoming} ({columns}) FROM STDIN", names)) as copy:
                for row in rows:
                    copy.write_row(row)
                    n_rows += 1
            cursor.execute(_composed("INSERT INTO {target} ({columns}) SELECT {columns} FROM {incoming}", names))
            cursor.execute(_composed("DROP TABLE {incoming}", names))
        return n_rows

    def binary_rows(self, statement: LiteralString, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Give the rows of a SELECT with bound `%(name)s` parameters; bytes come as they are, not as digits to read."""
        raw = self.connection.connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        with raw.cursor(binary=True) as cursor:
            return cursor.execute(statement.encode(), parameters).fetchall()

    def packed(
        self, columns: Sequence[tuple[str, str, str]], rest: LiteralString, parameters: Mapping[str, Any]
    ) -> NDArray[np.void]:
        """Give the rows of a SELECT as one array: the database packs them into one value, so that no row is an object.

        Parameters
        ----------
        columns : name, SQL expression in its binary form (`uuid_send(...)`, `int4send(...)`, `timestamptz_send(...)`)
            and numpy type: `S16`, `>i4`, `>i8` (an instant is microseconds since 2000, `INFINITE` for infinity)
        rest : FROM and what follows, with bound `%(name)s` parameters

        No value may be null: the rows have to be equally wide. Costs O(rows), about 2 us each.
        """
        raw = self.connection.connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        row = " || ".join(expression for _, expression, _ in columns)
        statement = f"SELECT string_agg({row}, ''::bytea) {rest}"
        with raw.cursor(binary=True) as cursor:
            found = cursor.execute(statement.encode(), parameters).fetchone()
        data = found[0] if found is not None and found[0] is not None else b""
        return np.frombuffer(data, dtype=np.dtype([(name, kind) for name, _, kind in columns]))

    def packed_groups(
        self, same: Sequence[str], columns: Sequence[tuple[str, str, str]], rest: LiteralString,
        parameters: Mapping[str, Any],
    ) -> list[tuple[tuple[Any, ...], NDArray[np.void]]]:  # fmt: skip
        """Give rows packed as `packed` does, one array for the rows that are the same in every expression of `same`.

        What thousands of rows share is neither computed nor sent for each of them.
        """
        raw = self.connection.connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        row = " || ".join(expression for _, expression, _ in columns)
        numbers = ", ".join(str(number + 1) for number in range(len(same)))
        statement = f"SELECT {', '.join(same)}, string_agg({row}, ''::bytea) {rest} GROUP BY {numbers}"
        kind = np.dtype([(name, kind) for name, _, kind in columns])
        with raw.cursor(binary=True) as cursor:
            found = cursor.execute(statement.encode(), parameters).fetchall()
        return [(shared, np.frombuffer(data, dtype=kind)) for *shared, data in found]


def _is_lost(error: DBAPIError | psycopg.OperationalError) -> bool:
    return isinstance(error, DBAPIError) and error.connection_invalidated


def _composed(template: LiteralString, names: Mapping[str, psycopg.sql.Composable]) -> psycopg.sql.Composed:
    return psycopg.sql.SQL(template).format(**names)


_TOLD = ("scope", "action", "account", "staff_id", "department", "org_unit_id")


def narrow_to(reach: Reach | None) -> None:
    """Narrow every transaction that this request (task, thread) opens from now on to what its caller reaches.

    The database refuses the rest by row-level security, whatever a use-case asks for. None: the service itself.
    """
    _REACH.set(reach)


class Store:
    """The database as the service sees it: transactions, each within one district.

    Parameters
    ----------
    url : SQLAlchemy URL of the application role, `postgresql+psycopg://...`
    pool_size : connections kept open; as many again may be opened under load
    """

    def __init__(self, url: str, *, pool_size: int = 5) -> None:
        self.url = url
        self._engine = sa.create_engine(
            url, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True, hide_parameters=True
        )
        self._on_change: list[Callable[[Adcode], None]] = []

    def on_change(self, mark: Callable[[Adcode], None]) -> None:
        """Have `mark` called with a district right after each commit of this process that changes its look-ups.

        So whoever changed something reads it in the next answer; other processes hear of it from the database.
        """
        self._on_change.append(mark)

    @contextmanager
    def snapshot(self, adcode: Adcode) -> Iterator[Transaction]:
        """Open a transaction that only reads, and sees one instant however many statements it runs.

        What others commit meanwhile stays unseen (REPEATABLE READ), so that its parts fit together. Raises as
        `transaction` does.
        """
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self.transaction(adcode, begin=_WITHIN_BY_INDEX, **options) as tx:
            yield tx

    @contextmanager
    def transaction(self, adcode: Adcode, *, begin: sa.TextClause = _WITHIN, **options: Any) -> Iterator[Transaction]:
        """Open a transaction that sees and writes the rows of `adcode` only; commits at the end, rolls back on error.

        `begin` is the first statement, and sets the district; `options` are SQLAlchemy's for the connection. Raises
        `Unavailable` when the database does not answer.
        """
        try:
            connection = self._engine.connect().execution_options(**options)
        except OperationalError as error:
            raise Unavailable("the database does not answer; try again in a moment") from error
        try:
            with connection, connection.begin():
                connection.execute(begin, {"adcode": adcode})
                reach = _REACH.get()
                if reach is not None:
                    connection.execute(_TELL, {name: getattr(reach, name) or "" for name in _TOLD})
                tx = Transaction(connection, adcode)
                yield tx
        except (DBAPIError, psycopg.OperationalError) as error:
            if connection.invalidated or isinstance(error, psycopg.OperationalError) or _is_lost(error):
                raise Unavailable("the database went away in the middle; nothing was written") from error
            if isinstance(error, DataError):  # no identifier, a number or an instant out of range, a NUL
                log.warning("the database could not read a value", exc_info=error)
                raise BadInput("a value in the request is of the wrong kind or out of range") from error
            raise
        for changed in tx.changed:
            for mark in self._on_change:
                mark(changed)

    @contextmanager
    def directory(self) -> Iterator[Transaction]:
        """Open a transaction that sees no district's rows, only the directory: districts, accounts and keys."""
        with self.transaction(Adcode("")) as tx:
            yield tx

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()
