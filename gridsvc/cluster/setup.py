"""What only a superuser may do: roles, databases, extensions; spoken through psql, all of it repeatable."""

from __future__ import annotations

import os
import re
import subprocess

from gridsvc.cluster.address import APP, DATABASE, OWNER, ClusterError, RunningDatabase

_ROLES = f"""
select format('create role %I login', name) from (values ('{OWNER}'), ('{APP}')) as wanted(name)
where not exists (select from pg_roles where rolname = wanted.name)
\\gexec
"""  # noqa: S608
_EXTENSIONS = """
set client_min_messages = warning;
create extension if not exists postgis;
create extension if not exists btree_gist;
"""


def ask(database: RunningDatabase, sql: str, *, on: str | None = None) -> list[str]:
    """Run a psql script as the superuser and return the lines it prints.

    Parameters
    ----------
    database : a private cluster that answers.
    on : another database of the cluster; None is `database` itself.

    Raises
    ------
    ClusterError : PostgreSQL's own words; nothing after the failing statement was run.
    """
    where = database if on is None else database.on_database(on)
    if where.psql is None or where.superuser_conninfo is None:
        raise ClusterError("Only the private cluster's superuser may do this; this server is not ours.")
    done = subprocess.run(  # noqa: S603
        [str(where.psql), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", where.superuser_conninfo, "-f", "-"],
        input=sql,
        env={name: value for name, value in os.environ.items() if not name.startswith("PG")},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ClusterError(f"PostgreSQL refused: {done.stderr.strip()}")
    return done.stdout.splitlines()


def prepare_service_database(database: RunningDatabase) -> None:
    """Make the two roles and the service's database, with PostGIS, for the owner to define and the app to use."""
    ask(database, _ROLES, on="postgres")
    make_database(database, DATABASE)


def make_database(database: RunningDatabase, name: str, *, template: str | None = None) -> None:
    """Make database `name` where it is missing: empty with the extensions, or as a copy of `template`.

    The owner may define in schema `public`; the app may connect, use it, and fill temporary tables (bulk COPY), nothing
    more; nobody else may connect.
    """
    quoted = quoted_name(name)
    if not ask(database, f"select 1 from pg_database where datname = '{name}';", on="postgres"):  # noqa: S608
        source = f" template {quoted_name(template)}" if template else ""
        ask(database, f"create database {quoted} owner {OWNER}{source};", on="postgres")
    rights = f"""
        revoke all on database {quoted} from public;
        grant connect, temporary on database {quoted} to {APP};
    """
    if template is not None:
        ask(database, rights, on="postgres")
        return
    ask(
        database,
        f"""{_EXTENSIONS}{rights}
        revoke create on schema public from public;
        grant usage, create on schema public to {OWNER};
        grant usage on schema public to {APP};
        """,
        on=name,
    )


def quoted_name(name: str) -> str:
    """Return a database's name for SQL; only plain names are used here, so any other is the caller's bug."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name):
        raise ValueError(f"not a plain database name: {name!r}")
    return f'"{name}"'
