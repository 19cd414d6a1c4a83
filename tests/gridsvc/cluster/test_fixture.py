"""The tests' own database is what the service's is."""

from __future__ import annotations

import psycopg
import pytest
import sqlalchemy

from gridsvc import cluster


def test_the_app_role_may_define_nothing(database: cluster.RunningDatabase) -> None:
    with psycopg.connect(database.app_conninfo) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("create table mine (a int)")


def test_the_owner_role_may_define_and_is_no_superuser(database: cluster.RunningDatabase) -> None:
    with psycopg.connect(database.owner_conninfo) as connection:
        connection.execute("create table mine (shape geometry(point, 4326))")
        connection.rollback()
        assert connection.execute("select rolsuper from pg_roles where rolname = current_user").fetchone() == (False,)


def test_sqlalchemy_reaches_the_same_database(database: cluster.RunningDatabase) -> None:
    engine = sqlalchemy.create_engine(database.app_url)
    with engine.connect() as connection, psycopg.connect(database.owner_conninfo) as other:
        name = connection.execute(sqlalchemy.text("select current_database()")).scalar_one()
        assert other.execute("select current_database()").fetchone() == (name,)
    engine.dispose()
