"""Columns and constraints that every table shares."""

from __future__ import annotations

from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKeyConstraint,
    MetaData,
    PrimaryKeyConstraint,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def adcode() -> Column[str]:
    """The district: first column of every primary key, so that the schema partitions by it."""
    return Column("adcode", Text, nullable=False)


def key(name: str) -> Column[str]:
    """A public identifier (UUID version 7), as a string in Python."""
    return Column(name, Uuid(as_uuid=False), nullable=False)


def reference(name: str, *, optional: bool = False) -> Column[str]:
    """A public identifier of another table's row."""
    return Column(name, Uuid(as_uuid=False), nullable=optional)


def instant(name: str, *, optional: bool = False) -> Column[Any]:
    """An instant, timezone aware."""
    return Column(name, DateTime(timezone=True), nullable=optional)


def document(name: str, *, optional: bool = False, default: str | None = None) -> Column[Any]:
    """A JSON document whose shape its use-case owns; `default` is JSON that the database fills in."""
    return Column(name, JSONB, nullable=optional, server_default=None if default is None else text(f"'{default}'"))


def shape(name: str, kind: str, *, optional: bool = False) -> Column[Any]:
    """A geometry in WGS-84 lon/lat; its index is declared beside the table."""
    return Column(name, Geometry(kind, srid=4326, spatial_index=False), nullable=optional)


def primary(*columns: str) -> PrimaryKeyConstraint:
    """A primary key that begins with the district."""
    return PrimaryKeyConstraint("adcode", *columns)


def points_to(column: str, table: str, *, on_delete: str | None = None) -> ForeignKeyConstraint:
    """A foreign key within the district."""
    target = column if column.startswith(table) else f"{table}_id"
    return ForeignKeyConstraint(["adcode", column], [f"{table}.adcode", f"{table}.{target}"], ondelete=on_delete)


def one_of(column: str, *values: str) -> CheckConstraint:
    """A check that a text column holds one of the named values."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")
