"""Give a district its own tables of work, or the defaults again."""

from __future__ import annotations

import tomllib
from pathlib import Path

from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode
from gridsvc.domain.workload import Workload
from gridsvc.domain.workload_tables import Tables, workload_of
from gridsvc.storage import Store, audit, districts


def read_tables(path: Path) -> Tables:
    """Read a TOML file of tables; raises `BadInput` where it cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror or error})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: is no TOML ({error})") from error


def set_workload(store: Store, clock: Clock, *, adcode: Adcode, actor: str, tables: Tables) -> Workload:
    """Put a district's own tables in place of those it has and give what is in force; empty ones = the defaults.

    What the tables do not name keeps its default. Plans, cycles and days that are made from now on count with them;
    what is planned stays. Raises `BadInput` with every fault, `NotFound` for an unknown district.
    """
    workload = workload_of(tables)
    with store.transaction(adcode) as tx:
        districts.lock(tx)
        districts.set_workload_tables(tx, tables)
        districts.bump_revision(tx)
        content = {"version": workload.version, "tables": sorted(tables)}
        audit.add(tx, clock, actor=actor, action="workload.set", subject=adcode, content=content)
    return workload
