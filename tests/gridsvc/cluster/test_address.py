"""Addresses of the database: one's own server or the private cluster, in the two forms that clients read."""

from __future__ import annotations

from pathlib import Path

import psycopg.conninfo
import pytest

from gridsvc.cluster.address import ClusterError, RunningDatabase, named_database, socket_conninfo

PRIVATE = RunningDatabase(
    owner_conninfo=socket_conninfo(Path("/tmp/a b"), "gridsvc_owner"),
    app_conninfo=socket_conninfo(Path("/tmp/a b"), "gridsvc_app"),
    superuser_conninfo=socket_conninfo(Path("/tmp/a b"), "gridsvc_superuser"),
)


def test_a_socket_folder_reaches_libpq_unharmed() -> None:
    told = psycopg.conninfo.conninfo_to_dict(PRIVATE.owner_conninfo)
    assert told == {"user": "gridsvc_owner", "dbname": "gridsvc", "host": "/tmp/a b"}


def test_sqlalchemy_gets_the_same_address_with_its_driver() -> None:
    assert PRIVATE.app_url == PRIVATE.app_conninfo.replace("postgresql://", "postgresql+psycopg://")
    assert PRIVATE.superuser_url is not None
    assert PRIVATE.superuser_url.startswith("postgresql+psycopg://gridsvc_superuser@")


def test_another_database_of_the_cluster_has_the_same_roles() -> None:
    other = PRIVATE.on_database("test_1")
    for conninfo, role in ((other.owner_conninfo, "gridsvc_owner"), (other.app_conninfo, "gridsvc_app")):
        told = psycopg.conninfo.conninfo_to_dict(conninfo)
        assert told == {"user": role, "dbname": "test_1", "host": "/tmp/a b"}


def test_no_address_means_the_private_cluster() -> None:
    assert named_database(None, None) is None
    assert named_database("", "") is None


def test_ones_own_server_is_taken_in_either_form() -> None:
    named = named_database("postgresql+psycopg://o:p%40@db.example:5433/g?sslmode=require", "postgres://a@db.example/g")
    assert named is not None
    assert not named.is_private
    assert named.superuser_url is None
    assert named.owner_conninfo == "postgresql://o:p%40@db.example:5433/g?sslmode=require"
    assert named.app_url == "postgresql+psycopg://a@db.example/g"
    assert named.environment() == {"GRIDSVC_DATABASE_URL": named.owner_url, "GRIDSVC_APP_DATABASE_URL": named.app_url}


@pytest.mark.parametrize("urls", [("postgresql://o@h/g", None), (None, "postgresql://a@h/g")])
def test_one_address_without_the_other_is_refused(urls: tuple[str | None, str | None]) -> None:
    with pytest.raises(ClusterError, match="go together"):
        named_database(*urls)


def test_another_kind_of_database_is_refused_by_name() -> None:
    with pytest.raises(ClusterError, match=r"GRIDSVC_APP_DATABASE_URL must start with postgresql://.*mysql"):
        named_database("postgresql://o@h/g", "mysql://a@h/g")
