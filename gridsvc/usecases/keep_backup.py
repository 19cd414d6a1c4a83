"""Backups by PostgreSQL's own tools: one consistent snapshot out, one transaction back in."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from gridsvc.domain.errors import BadInput, Conflict, Unavailable
from gridsvc.storage import Store, districts

# spatial_ref_sys belongs to PostGIS, alembic_version to the migrations; queued work is not carried over, nor what
# readers were told of changes: the database that is restored counts its own
_OWN_DATA = (
    "--exclude-table-data=spatial_ref_sys",
    "--exclude-table-data=alembic_version",
    "--exclude-table-data=procrastinate_*",
    "--exclude-table-data=look_up_part",
    "--exclude-table-data=owner_pack",
)


def _program(name: str, psql: Path | None) -> str:
    beside = psql.parent / name if psql else None
    found = str(beside) if beside and beside.exists() else shutil.which(name)
    if found is None:
        raise Unavailable(f"{name} is missing; install PostgreSQL's client programs")
    return found


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"LC_ALL": "C"})  # noqa: S603
    if done.returncode != 0:
        raise Unavailable(f"{Path(command[0]).name} failed: {done.stderr.strip()[-2000:]}")


def write_backup(owner_conninfo: str, file: Path, *, psql: Path | None = None) -> int:
    """Write every row of every table as of one instant and give the size in bytes.

    The file appears under its name only when it is complete. Raises `BadInput` when it exists already.
    """
    if file.exists():
        raise BadInput(f"{file} exists already; name another file")
    if not file.parent.is_dir():
        raise BadInput(f"the folder {file.parent} does not exist")
    partial = file.with_name(f".{file.name}.partial")
    try:
        _run([
            _program("pg_dump", psql), "--format=custom", "--data-only", *_OWN_DATA, f"--file={partial}",
            f"--dbname={owner_conninfo}",
        ])  # fmt: skip
        partial.chmod(0o600)
        partial.rename(file)
    finally:
        partial.unlink(missing_ok=True)
    return file.stat().st_size


def read_backup(store: Store, owner_conninfo: str, file: Path, *, psql: Path | None = None) -> int:
    """Put a backup back in one transaction and give the number of districts; all of it or nothing.

    Raises `Conflict` when the database holds a district already, `BadInput` when the file is none of ours.
    """
    if not file.is_file():
        raise BadInput(f"there is no file {file}")
    if file.read_bytes()[:5] != b"PGDMP":
        raise BadInput(f"{file} is no backup of this program")
    with store.directory() as tx:
        if districts.all_districts(tx):
            raise Conflict("the database holds districts already; restore into an empty one")
    _run([
        _program("pg_restore", psql), "--data-only", "--single-transaction", "--exit-on-error",
        f"--dbname={owner_conninfo}", str(file),
    ])  # fmt: skip
    with store.directory() as tx:
        return len(districts.all_districts(tx))
