"""Databases for tests: one template is migrated once, every test module gets its copy in a tenth of a second."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from gridsvc.cluster.address import RunningDatabase
from gridsvc.cluster.setup import ask, make_database, quoted_name

_serial = itertools.count(1)


def template(
    database: RunningDatabase, key: str, prepare: Callable[[RunningDatabase], object], *, n_kept: int = 4
) -> str:
    """Return the name of the template database for `key`, prepared once and kept in the cluster.

    Parameters
    ----------
    database : a private cluster that answers.
    key : names what the template holds, such as a digest of the migrations; lower case letters and digits.
    prepare : fills the new database; it must close its connections. When it fails, nothing is kept.
    n_kept : how many templates stay, the newest ones, when a new one is made.

    Concurrent callers must hold a lock of their own. Copies whose test run is dead are dropped.
    """
    name = f"template_{key}"
    known = ask(database, "select datname from pg_database where not datistemplate order by oid;", on="postgres")
    _drop_orphans(database, known)
    if name in known:
        return name
    coming = f"coming_{key}"
    drop(database, coming)
    make_database(database, coming)
    prepare(database.on_database(coming))
    ask(database, f"alter database {quoted_name(coming)} rename to {quoted_name(name)};", on="postgres")
    for old in [other for other in known if other.startswith("template_")][: 1 - n_kept or None]:
        drop(database, old)
    return name


@contextlib.contextmanager
def cloned(database: RunningDatabase, template_name: str) -> Iterator[RunningDatabase]:
    """Have a fresh copy of a template database for the length of the block; it is dropped afterwards."""
    name = f"test_{os.getpid()}_{next(_serial)}"
    make_database(database, name, template=template_name)
    try:
        yield database.on_database(name)
    finally:
        drop(database, name)


def drop(database: RunningDatabase, name: str) -> None:
    """Drop a database of the cluster, ending its sessions; none is fine too."""
    ask(database, f"drop database if exists {quoted_name(name)} with (force);", on="postgres")


def _drop_orphans(database: RunningDatabase, known: list[str]) -> None:
    for name in known:
        prefix, _, rest = name.partition("_")
        if prefix == "test" and not Path(f"/proc/{rest.partition('_')[0]}").exists():
            drop(database, name)
