"""A template is prepared once and whole, and its copies are apart from each other."""

from __future__ import annotations

import os
import uuid

import psycopg
import pytest

from gridsvc import cluster
from gridsvc.cluster.clones import drop
from gridsvc.cluster.setup import ask, quoted_name

ALL = 1000  # no template of another test run that is under way is dropped


def names_of(postgis: cluster.RunningDatabase) -> set[str]:
    """Return the names of the databases in the cluster."""
    return set(ask(postgis, "select datname from pg_database;", on="postgres"))


def fill(database: cluster.RunningDatabase) -> None:
    """Put one table into a database, as its owner."""
    with psycopg.connect(database.owner_conninfo) as connection:
        connection.execute("create table filled (value int)")


def test_a_template_is_prepared_once_and_copied_often(postgis: cluster.RunningDatabase) -> None:
    key = uuid.uuid4().hex[:12]
    prepared: list[cluster.RunningDatabase] = []

    def prepare(database: cluster.RunningDatabase) -> None:
        prepared.append(database)
        fill(database)

    try:
        for _ in range(2):
            name = cluster.template(postgis, key, prepare, n_kept=ALL)
        assert len(prepared) == 1
        with cluster.cloned(postgis, name) as one, cluster.cloned(postgis, name) as other:
            with psycopg.connect(one.owner_conninfo) as connection:
                connection.execute("insert into filled values (1)")
            with psycopg.connect(other.owner_conninfo) as connection:
                assert connection.execute("select count(*) from filled").fetchone() == (0,)
            during = names_of(postgis)
        mine = {name for name in during if name.startswith(f"test_{os.getpid()}_")}
        assert len(mine) >= 2
        gone = mine - names_of(postgis)
        assert len(gone) == 2
    finally:
        drop(postgis, f"template_{key}")


def test_a_template_whose_preparation_fails_is_not_kept(postgis: cluster.RunningDatabase) -> None:
    key = uuid.uuid4().hex[:12]

    def fail(database: cluster.RunningDatabase) -> None:
        fill(database)
        raise ValueError("half done")

    with pytest.raises(ValueError, match="half done"):
        cluster.template(postgis, key, fail, n_kept=ALL)
    assert f"template_{key}" not in names_of(postgis)
    drop(postgis, f"coming_{key}")


def test_copies_of_a_dead_test_run_are_dropped(postgis: cluster.RunningDatabase) -> None:
    nobody = "test_99999999_1"  # no process has this number: the kernel's highest is 4194304
    ask(postgis, f"create database {nobody};", on="postgres")
    key = uuid.uuid4().hex[:12]
    name = cluster.template(postgis, key, fill, n_kept=ALL)
    assert nobody not in names_of(postgis)
    drop(postgis, name)


@pytest.mark.parametrize("name", ['x"; drop database y', "X", "", "1a", "a" * 64])
def test_only_plain_names_become_sql(name: str) -> None:
    with pytest.raises(ValueError, match="not a plain database name"):
        quoted_name(name)
