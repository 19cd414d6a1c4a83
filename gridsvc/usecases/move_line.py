"""Give a line another weekday, from a cycle on that is not planned yet."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from geo_data.calendars import WorkingDays, cycle_from, cycle_of
from gridsvc.clock import Clock, day_of, midnight, today
from gridsvc.domain.errors import BadInput, Conflict
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Layer
from gridsvc.domain.workload import CYCLE_DAYS
from gridsvc.storage import Store, Transaction, audit, cycles, districts, lines
from gridsvc.storage.districts import District
from gridsvc.usecases.lines_in_force import WEEKDAYS, ChangedLine, line_named, require_weekday, require_worked


def move_line(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    layer: Layer,
    line: str,
    weekday: int,
    valid_from: datetime | None = None,
) -> ChangedLine:
    """Let a line be worked on another weekday (1 = Monday .. 7) from the next cycle on that is not planned yet.

    Stops that are planned stay where they are, so nothing changes within a planned cycle. The plan of that cycle
    prefers the new weekday for every shop of the line (another one costs 15 minutes a visit); the line keeps its name.

    Parameters
    ----------
    valid_from : the beginning of a cycle; None = of the next one that is not planned

    Raises
    ------
    NotFound
        no such line at that instant.
    Conflict
        the line has that weekday already, or the cycle, or a later one, is planned already.
    BadInput
        no such weekday, nobody works on it in that cycle, or `valid_from` is no beginning of a cycle to come.
    """
    require_weekday(weekday)
    with store.transaction(adcode) as tx:
        district = districts.lock(tx)
        first_day = _first_day(tx, clock, district, valid_from)
        begins = midnight(first_day, district.time_zone)
        known = line_named(lines.lines_at(tx, begins, layer=layer), layer, line)
        if known.weekday == weekday:
            raise Conflict(f"line {line} is worked on {WEEKDAYS[weekday - 1]} already")
        require_worked(weekday, cycle_from(first_day, WorkingDays(country=district.country)))
        lines.begin_term(tx, replace(known, weekday=weekday), begins)
        content = {"layer": layer, "line": known.name, "weekday": weekday, "at": begins.isoformat()}
        audit.add(tx, clock, actor=actor, action="line.weekday", subject=known.line_id, content=content)
    return ChangedLine(
        line=known.name, was_line=known.name, weekday=weekday, was_weekday=known.weekday,
        n_retailers=len(known.retailers), begins=begins, changes_order_day=layer is Layer.DELIVERY,
    )  # fmt: skip


def _first_day(tx: Transaction, clock: Clock, district: District, valid_from: datetime | None) -> date:
    """The Monday on which the change begins."""
    newest = cycles.latest(tx)
    now = today(clock, district.time_zone)
    running = newest[0].first_day if newest else cycle_of(now, WorkingDays(country=district.country)).first_day
    following = running + timedelta(days=CYCLE_DAYS)
    while following <= now:
        following += timedelta(days=CYCLE_DAYS)
    if valid_from is None:
        return following
    wanted = day_of(valid_from, district.time_zone)
    if now <= wanted < following and newest is not None:
        raise Conflict(f"a cycle is planned there already; a line changes its weekday from {following} on")
    n_days = (wanted - following).days
    if n_days < 0 or n_days % CYCLE_DAYS or valid_from != midnight(wanted, district.time_zone):
        raise BadInput(f"a line changes its weekday with a cycle; the next that is not planned begins on {following}")
    return wanted
