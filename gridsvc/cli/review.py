"""`gridsvc review`: what was rejected or doubted, until somebody settles it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gridsvc.domain.reviews import BorderCrossed, Decision

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Look at what was doubted and settle it.")

District = Annotated[str | None, typer.Option(help="adcode; default: the only one there is")]
Reason = Annotated[str, typer.Option(help="why; the history shows it")]


@app.callback()
def root() -> None:
    """Look at what was rejected or doubted and settle it."""


@app.command("list")
def list_open(
    kind: Annotated[str | None, typer.Option(help="of the import: retailers, staff, assignments, ...")] = None,
    code: Annotated[str | None, typer.Option(help="of the finding: wrong_datum, not_located, ...")] = None,
    everything: Annotated[bool, typer.Option("--all", help="settled ones too")] = False,
    limit: Annotated[int, typer.Option(min=1, help="items shown")] = 50,
    district: District = None,
) -> None:
    """List the open items with their file, row and reason, the worst first.

    First what stays out of the service, then what nobody serves or finds, then what stands elsewhere (the farthest
    first), then what only looks wrong; equal ones by age.
    """
    from rich.console import Console
    from rich.table import Table

    from gridsvc.usecases.list_reviews import list_reviews
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        adcode = choose_district(service, district)
        items = list_reviews(service.store, adcode=adcode, state=None if everything else "open", kind=kind, code=code)
    table = Table("item", "file", "row", "", "code", "reason", "state")
    for item in items[:limit]:
        row = "" if item.row_no is None else str(item.row_no)
        table.add_row(item.review_item_id, item.file_name or "", row, item.severity, item.code, item.words, item.state)
    console = Console()
    console.print(table)
    counts: dict[tuple[str, str], int] = {}
    for item in items:
        counts[item.severity, item.code] = counts.get((item.severity, item.code), 0) + 1
    for (severity, found), count in sorted(counts.items()):
        console.print(f"{count:,} {severity}: {found}", highlight=False)
    console.print(
        f"{len(items):,} items" + (f", the first {limit} shown" if len(items) > limit else ""), highlight=False
    )


@app.command()
def check(district: District = None) -> None:
    """Judge every shop's point by its address, street office, neighbours and check-ins; doubts go on the queue."""
    from gridsvc.cli.progress import progress_bar
    from gridsvc.usecases.check_positions import check_positions
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service, progress_bar("Checking points") as on_progress:
        adcode = choose_district(service, district)
        done = check_positions(
            service.store, service.clock, adcode=adcode, actor="operator", on_progress=on_progress
        )  # fmt: skip
    for code, count in done.found.items():
        typer.echo(f"{count:,} {code}")
    typer.echo(f"{done.n_shops:,} shops judged; {done.n_new:,} new items, {done.n_mended:,} mended")


@app.command()
def accept(item: Annotated[str, typer.Argument(help="identifier of the item")], reason: Reason = "",
           district: District = None) -> None:  # fmt: skip
    """Take the proposed point, or confirm the present one."""
    from gridsvc.domain.reviews import Decision

    _settle(item, Decision.ACCEPT, reason, district)


@app.command()
def reject(item: Annotated[str, typer.Argument(help="identifier of the item")], reason: Reason,
           district: District = None) -> None:  # fmt: skip
    """Leave everything as it is; the finding is not raised again while the point stays."""
    from gridsvc.domain.reviews import Decision

    _settle(item, Decision.REJECT, reason, district)


@app.command()
def move(
    item: Annotated[str, typer.Argument(help="identifier of the item")],
    lat: Annotated[float, typer.Option(help="latitude in degrees")],
    lon: Annotated[float, typer.Option(help="longitude in degrees")],
    crs: Annotated[str, typer.Option(help="datum of lat and lon: wgs84, gcj02, bd09 or cgcs2000")] = "wgs84",
    reason: Reason = "",
    district: District = None,
) -> None:
    """Put the shop's point where it is."""
    from gridsvc.cli.words import parse_place
    from gridsvc.domain.reviews import Decision

    _settle(item, Decision.MOVE, reason, district, parse_place(lon, lat, crs))


@app.command()
def bulk(
    code: Annotated[str, typer.Option(help="of the findings: wrong_datum, shared_point, ...")],
    decision: Annotated[str, typer.Option(help="accept or reject")],
    reason: Reason,
    office: Annotated[str | None, typer.Option(help="only shops of this street office")] = None,
    at_least: Annotated[list[str], typer.Option(help="MEASURE=VALUE, for example likelihood_ratio=1000")] = [],  # noqa: B006
    at_most: Annotated[list[str], typer.Option(help="MEASURE=VALUE, for example off_m=30")] = [],  # noqa: B006
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what the rule names, settle nothing")] = False,
    district: District = None,
) -> None:
    """Settle every open item that a rule names; each keeps the rule, who, when and why."""
    from gridsvc.cli.words import parse_bounds
    from gridsvc.domain.reviews import ReviewRule
    from gridsvc.usecases.settle_reviews_by_rule import settle_reviews_by_rule
    from gridsvc.wiring import choose_district, open_service

    rule = ReviewRule(code=code, street_office=office, evidence=parse_bounds(at_least, at_most))
    with open_service() as service:
        done = settle_reviews_by_rule(
            service.store, service.clock, adcode=choose_district(service, district), actor="operator", rule=rule,
            decision=_decision(decision), reason=reason, dry_run=dry_run,
        )  # fmt: skip
    typer.echo(f"{done.rule}: {done.n_named:,} items named, {done.n_settled:,} settled")
    if done.n_crossed:
        typer.echo(f"{done.n_crossed:,} shops lie in another grid now; their owners stay until the next plan")
    for words in done.left:
        typer.echo(f"  stays open: {words}")


@app.command()
def history(
    retailer_code: Annotated[str | None, typer.Option(help="of one shop; default: every shop")] = None,
    limit: Annotated[int, typer.Option(min=1, help="moves shown")] = 50,
    district: District = None,
) -> None:
    """List the moves of points: before, after, who and why."""
    from rich.console import Console
    from rich.table import Table

    from gridsvc.usecases.list_reviews import list_pin_moves
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        moves = list_pin_moves(service.store, adcode=choose_district(service, district), limit=100_000)
    table = Table("when", "shop", "before", "after", "m", "who", "why")
    chosen = [move for move in moves if retailer_code is None or move.retailer_code == retailer_code]
    for m in chosen[:limit]:
        before = "no point" if m.before_lon is None else f"{m.before_lat:.6f}, {m.before_lon:.6f}"
        metres = "" if m.moved_m is None else f"{m.moved_m:.0f}"
        table.add_row(m.moved_at.isoformat(timespec="minutes"), m.retailer_code, before,
                      f"{m.after_lat:.6f}, {m.after_lon:.6f}", metres, m.moved_by, m.reason)  # fmt: skip
    Console().print(table)


def _decision(word: str) -> Decision:
    from gridsvc.domain.errors import BadInput
    from gridsvc.domain.reviews import Decision

    try:
        return Decision(word)
    except ValueError:
        raise BadInput(f"{word} is no decision; --decision takes accept or reject") from None


def _settle(item: str, decision: Decision, reason: str, district: str | None,
            place: tuple[float, float] | None = None) -> None:  # fmt: skip
    from gridsvc.usecases.settle_review import settle_review
    from gridsvc.wiring import choose_district, open_service

    lon, lat = place or (None, None)
    with open_service() as service:
        done = settle_review(
            service.store, service.clock, adcode=choose_district(service, district), actor="operator",
            review_item_id=item, decision=decision, lon=lon, lat=lat, reason=reason,
        )  # fmt: skip
    typer.echo(f"{done.item.state}: {done.item.outcome}")
    for crossed in done.crossed:
        typer.echo(_crossing(crossed))


def _crossing(crossed: BorderCrossed) -> str:
    left, entered = crossed.from_grid or "no grid", crossed.to_grid or "no grid"
    return f"  {crossed.layer}: from {left} to {entered}; the owner stays until the next plan"
