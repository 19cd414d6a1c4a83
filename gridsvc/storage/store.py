"""The unit of work: one transaction, seen through the row-level security of one district."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from gridsvc.domain.errors import Unavailable
from gridsvc.domain.ids import Adcode


@dataclass(frozen=True, slots=True)
class Transaction:
    """An open transaction: row functions take it first and never commit."""

    connection: sa.Connection
    adcode: Adcode

    def execute(self, statement: sa.Executable, parameters: Any = None) -> sa.CursorResult[Any]:
        """Run a statement; parameters are bound, never pasted."""
        return self.connection.execute(statement, parameters)

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


def _composed(template: LiteralString, names: dict[str, psycopg.sql.Composable]) -> psycopg.sql.Composed:
    return psycopg.sql.SQL(template).format(**names)


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

    @contextmanager
    def transaction(self, adcode: Adcode) -> Iterator[Transaction]:
        """Open a transaction that sees and writes the rows of `adcode` only; commits at the end, rolls back on error.

        Raises `Unavailable` when the database does not answer.
        """
        try:
            connection = self._engine.connect()
        except OperationalError as error:
            raise Unavailable("the database does not answer; try again in a moment") from error
        with connection, connection.begin():
            connection.execute(sa.text("SELECT set_config('gridsvc.adcode', :adcode, true)"), {"adcode": adcode})
            yield Transaction(connection, adcode)

    @contextmanager
    def directory(self) -> Iterator[Transaction]:
        """Open a transaction that sees no district's rows, only the directory: districts, accounts and keys."""
        with self.transaction(Adcode("")) as tx:
            yield tx

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()
