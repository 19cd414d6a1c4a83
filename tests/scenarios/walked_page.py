"""Walk a how-to page: run its commands from top to bottom, as they stand, on an empty database."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gridsvc.cluster import RunningDatabase
from gridsvc.storage import Store

ROOT = Path(__file__).parents[2]
MARK = "@@command@@ "


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """The page as it was walked: what each command printed, by the command, and the folder of its files."""

    printed: dict[str, str]
    folder: Path
    store: Store

    def of(self, beginning: str) -> str:
        """Give what the one command that begins so printed."""
        (found,) = [words for command, words in self.printed.items() if command.startswith(beginning)]
        return found


def commands_of(page: str) -> str:
    """Give the shell lines of a how-to page, in order, as one script."""
    return "\n".join(re.findall(r"^```sh\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL))


@contextmanager
def walked(page: Path, database: RunningDatabase, cases: Path, folder: Path, *, var: str) -> Iterator[Walk]:
    """Run a page in `folder`; only the folder of the data is another one. `var` is where the page puts its files."""
    script, n_replaced = re.subn(r"^CASES=.*$", f'CASES="{cases}"', commands_of(page.read_text()), flags=re.MULTILINE)
    assert n_replaced == 1
    run = folder / "run"
    run.write_text(f'#!/bin/sh\necho "{MARK}$*"\nexec "{sys.executable}" -m gridsvc.cli "$@"\n')
    run.chmod(0o755)
    environment = os.environ | {
        "GRIDSVC_DATABASE_URL": database.owner_url,
        "GRIDSVC_APP_DATABASE_URL": database.app_url,
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "160",
    }
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    (folder / "printed.txt").write_text(done.stdout)  # for whoever wants to read the walk
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    printed: dict[str, str] = {}
    for part in done.stdout.split(MARK)[1:]:
        command, _, words = part.partition("\n")
        printed[command] = words
    store = Store(database.app_url, pool_size=2)
    try:
        yield Walk(printed=printed, folder=folder / var, store=store)
    finally:
        store.close()
