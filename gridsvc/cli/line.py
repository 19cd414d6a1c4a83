"""`gridsvc line`: the named sets of shops that staff speak of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

import typer

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="List the lines; move a shop; give a line away.")

District = Annotated[str | None, typer.Option(help="adcode of the district; default: the only one there is")]
OfLayer = Annotated[str, typer.Option(help="inspection, marketing or delivery")]
ValidFrom = Annotated[str | None, typer.Option("--from", help="RFC 3339 instant; default: now")]
Changed = TypeVar("Changed")
_WEEKDAYS = ("", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@app.command("list")
def list_(
    layer: Annotated[str, typer.Option(help="inspection, marketing or delivery; default: all")] = "",
    district: District = None,
) -> None:
    """List the lines in force with their person, weekday and number of shops."""
    from rich.console import Console
    from rich.table import Table

    from gridsvc.cli.words import parse_choice
    from gridsvc.domain.layers import Layer
    from gridsvc.usecases.list_lines import list_lines
    from gridsvc.wiring import choose_district, open_service

    wanted = parse_choice(Layer, layer, "--layer") if layer else None
    with open_service() as service:
        adcode = choose_district(service, district)
        listed = list_lines(service.store, service.clock, adcode=adcode, layer=wanted)
    if not listed:
        typer.echo("There are no lines yet; import today's owners with their lines, or plan a cycle.")
        return
    table = Table("layer", "line", "weekday", "person", "shops")
    for item in listed:
        person = f"{item.staff_code} {item.staff_name}" if item.staff_code else "—"
        weekday = _WEEKDAYS[item.line.weekday or 0]
        table.add_row(item.line.layer, item.line.name, weekday, person, str(len(item.line.retailers)))
    Console().print(table)


@app.command()
def move(
    retailer_code: Annotated[str, typer.Argument(help="code of the shop")],
    to: Annotated[str, typer.Option(help="name of the line it moves to")],
    layer: OfLayer,
    valid_from: ValidFrom = None,
    district: District = None,
) -> None:
    """Move a shop to another line of the same person; the next cycle plan prefers the new weekday."""
    from gridsvc.usecases.edit_line import edit_line

    before, after = _changed(edit_line, layer, valid_from, district, retailer_code=retailer_code, to=to)
    came_from = f"line {before.name}" if before else "no line"
    typer.echo(f"{retailer_code} moves from {came_from} to line {after.name}.")
    if after.layer == "delivery" and before and before.weekday != after.weekday:
        typer.echo(
            f"Its delivery day changes from {_WEEKDAYS[before.weekday or 0]} to {_WEEKDAYS[after.weekday or 0]}."
        )


@app.command()
def hand(
    name: Annotated[str, typer.Argument(help="name of the line")],
    to: Annotated[str, typer.Option(help="code of the person who works it from then on")],
    layer: OfLayer,
    valid_from: ValidFrom = None,
    district: District = None,
) -> None:
    """Give a line to another person of the same role; its owner stays responsible, and may take it back."""
    from gridsvc.usecases.hand_line import hand_line

    done = _changed(hand_line, layer, valid_from, district, line=name, to=to)
    words = ", its owner, works it again" if done.is_back else f" works it in place of {done.came_from or 'nobody'}"
    typer.echo(
        f"Line {done.line} from {done.begins:%Y-%m-%d %H:%M %Z}: {done.staff_code}{words}. Plan the cycle again."
    )


def _changed(
    change: Callable[..., Changed], layer: str, valid_from: str | None, district: str | None, **what: str
) -> Changed:
    """Change a line of one layer from an instant on, and give what the use-case says of it."""
    from gridsvc.cli.words import parse_choice, parse_instant
    from gridsvc.domain.layers import Layer
    from gridsvc.wiring import choose_district, open_service

    chosen, begins = parse_choice(Layer, layer, "--layer"), parse_instant(valid_from)
    with open_service() as service:
        adcode = choose_district(service, district)
        return change(
            service.store, service.clock, adcode=adcode, actor="operator", layer=chosen, valid_from=begins, **what
        )
