"""`gridsvc line`: the named sets of shops that staff speak of."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="List the lines; move a shop; give a line away.")

District = Annotated[str | None, typer.Option(help="adcode of the district; default: the only one there is")]
_WEEKDAYS = ("", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@app.command("list")
def list_(
    layer: Annotated[str, typer.Option(help="inspection, marketing or delivery; default: all")] = "",
    district: District = None,
) -> None:
    """List the lines in force with their person, weekday and number of shops."""
    from rich.console import Console
    from rich.table import Table

    from gridsvc.cli.words import parse_layers
    from gridsvc.usecases.list_lines import list_lines
    from gridsvc.wiring import choose_district, open_service

    wanted = parse_layers(layer)[0] if layer else None
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
    layer: Annotated[str, typer.Option(help="inspection, marketing or delivery")],
    valid_from: Annotated[str | None, typer.Option("--from", help="RFC 3339 instant; default: now")] = None,
    district: District = None,
) -> None:
    """Move a shop to another line of the same person; the next cycle plan prefers the new weekday."""
    from gridsvc.cli.words import parse_instant, parse_layers
    from gridsvc.usecases.edit_line import edit_line
    from gridsvc.wiring import choose_district, open_service

    chosen, begins = parse_layers(layer)[0], parse_instant(valid_from)
    with open_service() as service:
        before, after = edit_line(
            service.store,
            service.clock,
            adcode=choose_district(service, district),
            actor="operator",
            layer=chosen,
            retailer_code=retailer_code,
            to=to,
            valid_from=begins,
        )
    came_from = f"line {before.name}" if before else "no line"
    typer.echo(f"{retailer_code} moves from {came_from} to line {after.name}.")
    if chosen == "delivery" and before and before.weekday != after.weekday:
        typer.echo(
            f"Its delivery day changes from {_WEEKDAYS[before.weekday or 0]} to {_WEEKDAYS[after.weekday or 0]}."
        )


@app.command()
def hand(
    name: Annotated[str, typer.Argument(help="name of the line")],
    to: Annotated[str, typer.Option(help="code of the person who works it from then on")],
    layer: Annotated[str, typer.Option(help="inspection, marketing or delivery")],
    valid_from: Annotated[str | None, typer.Option("--from", help="RFC 3339 instant; default: now")] = None,
    district: District = None,
) -> None:
    """Give a line to another person of the same role; its owner stays responsible, and may take it back."""
    from gridsvc.cli.words import parse_instant, parse_layers
    from gridsvc.usecases.hand_line import hand_line
    from gridsvc.wiring import choose_district, open_service

    chosen, begins = parse_layers(layer)[0], parse_instant(valid_from)
    with open_service() as service:
        done = hand_line(
            service.store,
            service.clock,
            adcode=choose_district(service, district),
            actor="operator",
            layer=chosen,
            line=name,
            to=to,
            valid_from=begins,
        )
    words = ", its owner, works it again" if done.is_back else f" works it in place of {done.came_from or 'nobody'}"
    typer.echo(
        f"Line {done.line} from {done.begins:%Y-%m-%d %H:%M %Z}: {done.staff_code}{words}. Plan the cycle again."
    )
