"""Take in a file of any kind by the use-case that knows it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode
from gridsvc.domain.imports import ImportReport
from gridsvc.storage import Store
from gridsvc.usecases.import_absences import import_absences
from gridsvc.usecases.import_aliases import import_aliases
from gridsvc.usecases.import_areas import import_areas
from gridsvc.usecases.import_assignments import import_assignments
from gridsvc.usecases.import_barriers import import_barriers
from gridsvc.usecases.import_layout import LAYOUT_TABLES, import_layout
from gridsvc.usecases.import_orders import import_orders
from gridsvc.usecases.import_retailers import import_retailers
from gridsvc.usecases.import_staff import import_staff
from gridsvc.usecases.import_streets import import_streets
from gridsvc.usecases.read_source import SourceOptions

IMPORTS: dict[str, Callable[..., ImportReport]] = {
    "retailers": import_retailers, "assignments": import_assignments, "areas": import_areas,
    "streets": import_streets, "aliases": import_aliases, "staff": import_staff, "absences": import_absences,
    "orders": import_orders, "barriers": import_barriers, **dict.fromkeys(LAYOUT_TABLES, import_layout),
}  # fmt: skip


def import_file(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    kind: str,
    path: Path,
    options: SourceOptions,
    level: str = "",
    nodes: Path | None = None,
    dry_run: bool = False,
    on_progress: Callable[[float, str], None] | None = None,
) -> ImportReport:
    """Take in a file; `dry_run` judges and reports, and writes nothing.

    Parameters
    ----------
    kind : one of `IMPORTS`: retailers, assignments, areas, streets, staff, layout_cells, ...
    level : of areas, for example street_office
    nodes : the file of the nodes that streets name

    Raises
    ------
    BadInput
        an unknown kind, a missing level or nodes file, or a file that cannot be used as a whole.
    """
    check_kind(kind, level=level, has_nodes=nodes is not None)
    more: dict[str, Any] = {}
    if kind == "areas":
        more["level"] = level.strip()
    if kind == "streets":
        more["nodes"] = nodes
    if kind in LAYOUT_TABLES:
        more["table"] = kind
    return IMPORTS[kind](
        store, clock, adcode=adcode, actor=actor, path=path, options=options, dry_run=dry_run,
        on_progress=on_progress, **more,
    )  # fmt: skip


def check_kind(kind: str, *, level: str, has_nodes: bool) -> None:
    """Raise `BadInput` for an unknown kind, and for what its file needs beside itself."""
    if kind not in IMPORTS:
        raise BadInput(f"there is no import {kind}; known are {', '.join(IMPORTS)}")
    if kind == "areas" and not level.strip():
        raise BadInput("areas need their level, for example street_office")
    if kind == "streets" and not has_nodes:
        raise BadInput("streets need a second file: the nodes that their edges name")
