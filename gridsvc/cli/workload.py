"""`gridsvc workload`: how often shops are visited, inspected and delivered to, and how long that takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from gridsvc.domain.workload import Workload

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Frequencies and minutes that plans count with, by district."
)
District = Annotated[str | None, typer.Option(help="adcode; default: the only one there is")]


@app.callback()
def root() -> None:
    """Frequencies and minutes that plans count with, by district."""


@app.command("set")
def set_(
    file: Annotated[Path, typer.Argument(help="TOML with the tables that differ from the defaults")],
    district: District = None,
) -> None:
    """Give the district its own tables; what the file does not name keeps its default."""
    from gridsvc.usecases.set_workload import read_tables, set_workload
    from gridsvc.wiring import choose_district, open_service

    tables = read_tables(file)
    with open_service() as service:
        adcode = choose_district(service, district)
        found = set_workload(service.store, service.clock, adcode=adcode, actor="operator", tables=tables)
    typer.echo(f"tables {found.version} are in force; what is planned from now on counts with them")


@app.command()
def reset(district: District = None) -> None:
    """Give the district the defaults again."""
    from gridsvc.usecases.set_workload import set_workload
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        adcode = choose_district(service, district)
        found = set_workload(service.store, service.clock, adcode=adcode, actor="operator", tables={})
    typer.echo(f"tables {found.version} are in force")


@app.command()
def show(district: District = None) -> None:
    """Print every table in force as TOML, which `workload set` reads."""
    from gridsvc.usecases.read_workload import read_workload
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        found = read_workload(service.store, adcode=choose_district(service, district))
    typer.echo("\n".join(_toml(found)))


def _toml(workload: Workload) -> list[str]:
    from gridsvc.domain.workload_tables import tables_of

    told = tables_of(workload)
    lines = [f"# tables {workload.version}"]
    lines += [f"{name} = {_value(value)}" for name, value in told.items() if not isinstance(value, dict | list)]
    for step in told["risk"]:
        lines += ["", "[[risk]]", *(f"{name} = {_value(value)}" for name, value in step.items())]
    for name, value in told.items():
        if isinstance(value, dict):
            lines += _table(name, value)
    return lines


def _table(name: str, values: dict[str, Any]) -> list[str]:
    inner = {key: value for key, value in values.items() if isinstance(value, dict)}
    plain = {key: value for key, value in values.items() if key not in inner}
    lines = ["", f"[{name}]", *(f"{key} = {_value(value)}" for key, value in plain.items())] if plain else []
    for key, value in inner.items():
        lines += _table(f"{name}.{key}", value)
    return lines


def _value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
