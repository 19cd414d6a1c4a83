"""`gridsvc line`: the named sets of shops that staff speak of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

import typer

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="List the lines; move shops; make, rename, move, hand on and end lines.",
)

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


@app.command()
def rename(
    name: Annotated[str, typer.Argument(help="name of the line")],
    to: Annotated[str, typer.Option(help="what it is called from then on")],
    layer: OfLayer,
    valid_from: ValidFrom = None,
    district: District = None,
) -> None:
    """Call a line otherwise; its shops, person and weekday stay, and cycle plans keep the name."""
    from gridsvc.usecases.rename_line import rename_line

    done = _changed(rename_line, layer, valid_from, district, line=name, to=to)
    typer.echo(f"Line {done.was_line} is called {done.line} from {done.begins:%Y-%m-%d %H:%M %Z}.")


@app.command()
def weekday(
    name: Annotated[str, typer.Argument(help="name of the line")],
    to: Annotated[int, typer.Option(min=1, max=7, help="1 = Monday .. 7")],
    layer: OfLayer,
    valid_from: Annotated[
        str | None, typer.Option("--from", help="beginning of a cycle; default: of the next that is not planned")
    ] = None,
    district: District = None,
) -> None:
    """Give a line another weekday, from a cycle on that is not planned yet; its plan then prefers that day."""
    from gridsvc.usecases.move_line import move_line

    done = _changed(move_line, layer, valid_from, district, line=name, weekday=to)
    was, is_now = _WEEKDAYS[done.was_weekday or 0], _WEEKDAYS[done.weekday or 0]
    typer.echo(f"Line {done.line}, {done.n_retailers} shops: {is_now} instead of {was or 'no day'} from {done.begins}.")
    if done.changes_order_day:
        typer.echo("The order day of its shops changes with it.")


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="name of the new line")],
    staff: Annotated[str, typer.Option(help="code of the person whose line it is")],
    weekday: Annotated[int, typer.Option(min=1, max=7, help="1 = Monday .. 7")],
    layer: OfLayer,
    valid_from: ValidFrom = None,
    district: District = None,
) -> None:
    """Make a new line of a person, empty; `line move` puts shops on it, and an empty one ends with the next plan."""
    from gridsvc.usecases.add_line import add_line

    done = _changed(add_line, layer, valid_from, district, line=name, staff=staff, weekday=weekday)
    typer.echo(
        f"Line {done.line} of {staff} on {_WEEKDAYS[weekday]} from {done.begins:%Y-%m-%d %H:%M %Z}, no shops yet."
    )


@app.command()
def end(
    name: Annotated[str, typer.Argument(help="name of the line")],
    layer: OfLayer,
    to: Annotated[str | None, typer.Option(help="line of the same person that takes over its shops")] = None,
    valid_from: ValidFrom = None,
    district: District = None,
) -> None:
    """End a line; another line of the same person takes over its shops."""
    from gridsvc.usecases.end_line import end_line

    done = _changed(end_line, layer, valid_from, district, line=name, to=to)
    taken = f"; {done.n_retailers} shops go to line {done.line}" if to else ""
    typer.echo(f"Line {done.was_line} ends on {done.begins:%Y-%m-%d %H:%M %Z}{taken}.")
    if done.changes_order_day:
        typer.echo(f"Their delivery day changes to {_WEEKDAYS[done.weekday or 0]}.")


def _changed(
    change: Callable[..., Changed], layer: str, valid_from: str | None, district: str | None, **what: object
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
