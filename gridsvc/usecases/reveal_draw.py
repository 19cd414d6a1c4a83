"""Reveal the draw of a cycle's enforcement inspections once the cycle is over, so that anybody can check it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from gridsvc.clock import Clock, today
from gridsvc.domain.errors import Conflict, NotFound
from gridsvc.domain.ids import Adcode, RetailerId
from gridsvc.domain.workload import CYCLE_DAYS
from gridsvc.engines.periodic import draw_order, is_revealed_by
from gridsvc.storage import Store, audit, cycles, districts
from gridsvc.storage import retailers as retailer_rows
from gridsvc.usecases.draw_inspections import draw_subject


@dataclass(frozen=True, slots=True, kw_only=True)
class RevealedInspection:
    """One inspection: its day, and the days from which it was drawn in the order that the secret gives.

    `place` is the place of its day in that order: 0, unless the days before it had no room for the crew.
    """

    retailer_code: str
    day: date
    drawn_order: list[date]
    place: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevealedDraw:
    """The secret of a cycle that is over, the hash that was published before, and every inspection drawn.

    `without_day` are codes of shops that were due and for which no day had room for both officers.
    """

    first_day: date
    commitment: str
    secret_hex: str
    is_genuine: bool
    inspections: list[RevealedInspection]
    without_day: list[str]


def reveal_draw(store: Store, clock: Clock, *, adcode: Adcode, actor: str, day: date | None = None) -> RevealedDraw:
    """Show the secret of the cycle that holds a day, and write into the audit chain who asked.

    Parameters
    ----------
    day : a day of the cycle; None = the newest cycle that is over

    Raises
    ------
    NotFound
        no planned cycle holds the day.
    Conflict
        the cycle is not over yet: the days that are still to come would be told.
    """
    with store.transaction(adcode) as tx:
        now = today(clock, districts.find(tx).time_zone)
        wanted = day or now - timedelta(days=CYCLE_DAYS)
        known = cycles.holding(tx, wanted)
        if known is None:
            raise NotFound(f"no cycle that holds {wanted} was planned")
        last = known.first_day + timedelta(days=CYCLE_DAYS - 1)
        if now <= last:
            raise Conflict(f"the cycle ends on {last}; its draw is shown from the day after")
        published = str(known.settings["draw_commitment"])
        code_of = {retailer: code for code, retailer in retailer_rows.ids_by(tx, "retailer_code").items()}
        found = [stop for stop in cycles.stops(tx, known.cycle_id) if stop.is_sealed]
        left = [item for item in cycles.unplanned(tx, known.cycle_id) if item.is_sealed]
        content = {"first_day": known.first_day.isoformat(), "draw_commitment": published}
        audit.add(tx, clock, actor=actor, action="cycle.reveal", subject=known.cycle_id, content=content)
    inspections = []
    for stop in sorted(found, key=lambda stop: (stop.day, stop.retailer_id)):
        ordered = _order(known.sealed_seed, known.first_day, stop.retailer_id, known.draw.get(stop.retailer_id, []))
        inspections.append(
            RevealedInspection(
                retailer_code=code_of.get(stop.retailer_id, ""),
                day=stop.day,
                drawn_order=ordered,
                place=ordered.index(stop.day) if stop.day in ordered else None,
            )
        )
    return RevealedDraw(
        first_day=known.first_day,
        commitment=published,
        secret_hex=known.sealed_seed.hex(),
        is_genuine=is_revealed_by(published, known.sealed_seed),
        inspections=inspections,
        without_day=sorted(code_of.get(item.retailer_id, "") for item in left),
    )


def _order(secret: bytes, first_day: date, retailer: RetailerId, candidates: list[str]) -> list[date]:
    """The candidate days in the order that the secret gives."""
    days = [date.fromisoformat(text) for text in candidates]
    return [days[row] for row in draw_order(secret, draw_subject(first_day, retailer), range(len(days)))]
