"""Reveal the draws of a cycle's enforcement inspections once the cycle is over, each of them checked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from gridsvc.clock import Clock, today
from gridsvc.domain.draws import DayOrigin, DrawRecord, draw_subject, read_record
from gridsvc.domain.errors import Conflict, NotFound
from gridsvc.domain.ids import Adcode, RetailerId, StaffId
from gridsvc.domain.workload import CYCLE_DAYS
from gridsvc.engines.periodic import draw_order, is_revealed_by
from gridsvc.storage import Store, Transaction, audit, cycles, districts, draws, visits
from gridsvc.storage import retailers as retailer_rows
from gridsvc.storage import staff as staff_rows
from gridsvc.storage.cycles import Cycle, CycleStop, Unplanned
from gridsvc.storage.draws import CycleDraw
from gridsvc.usecases.check_draw import check_draw, drawn_order

_PLANNED = ("cycle.plan", "cycle.replan")


@dataclass(frozen=True, slots=True, kw_only=True)
class RevealedSecret:
    """One draw of the cycle: the hash that was published when it was made, and what opens it.

    `record` is the text that the hash covers beside the secret (`DrawRecord`): officers, absences, minutes kept free,
    and for every shop its crew, its candidate days and its day. Where it `covers_record` not, the draw was made before
    hashes covered records. `is_published` says that the hash stands in the audit chain, `opens` that secret and record
    give it; `faults` tell in words where the draw, made again, is another.
    """

    number: int
    drawn_at: datetime
    commitment: str
    secret_hex: str
    record: str
    covers_record: bool
    is_published: bool
    opens: bool
    faults: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RevealedInspection:
    """One inspection that stood in the plan when the cycle ended: its day, its crew, and the draw that gave the day.

    `place` is the place of its day in the drawn order of its candidate days: 0, unless the days before it had no room
    for the crew. `outcome` is what was recorded of it (done, closed, cannot), None where nothing was.
    """

    retailer_code: str
    retailer_id: RetailerId
    day: date
    leader: str
    partner: str | None
    draw: int
    drawn_order: list[date]
    place: int | None
    outcome: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevealedDraw:
    """Every secret of a cycle that is over, the hashes that were published before, and every inspection.

    `is_genuine` says that nothing is wrong: each published hash is opened, each draw made again gives the same crews
    and days, and what stood in the plan is what was drawn. Otherwise `faults` say what is not so. `without_day` are
    codes of shops that were due and for which no day had room for both officers.
    """

    first_day: date
    is_genuine: bool
    faults: list[str]
    draws: list[RevealedSecret]
    inspections: list[RevealedInspection]
    without_day: list[str]


def reveal_draw(store: Store, clock: Clock, *, adcode: Adcode, actor: str, day: date | None = None) -> RevealedDraw:
    """Show the secrets of the cycle that holds a day, check every draw, and write into the audit chain who asked.

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
            raise Conflict(f"the cycle ends on {last}; its draws are shown from the day after")
        found = _read(tx, known, last)
        content = {"first_day": known.first_day.isoformat(), "draw_commitment": [one.commitment for one in found.draws]}
        audit.add(tx, clock, actor=actor, action="cycle.reveal", subject=known.cycle_id, content=content)
    return _revealed(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What the database knows of a cycle's draws."""

    first_day: date
    draws: list[CycleDraw]
    published: list[str]
    first_broken: int | None
    stops: list[CycleStop]
    left: list[Unplanned]
    outcomes: dict[tuple[RetailerId, date], str]
    shop_codes: dict[RetailerId, str]
    staff_codes: dict[StaffId, str]


def _read(tx: Transaction, known: Cycle, last: date) -> _Found:
    told = audit.rows_of(tx, known.cycle_id, _PLANNED)
    return _Found(
        first_day=known.first_day,
        draws=draws.of_cycle(tx, known.cycle_id),
        published=[str(row.content["draw_commitment"]) for row in told if "draw_commitment" in row.content],
        first_broken=audit.first_broken(tx),
        stops=[stop for stop in cycles.stops(tx, known.cycle_id) if stop.is_sealed],
        left=[item for item in cycles.unplanned(tx, known.cycle_id) if item.is_sealed],
        outcomes={
            (visit.retailer_id, visit.day): visit.outcome.value
            for visit in visits.between(tx, known.first_day, last)
            if visit.is_sealed
        },
        shop_codes={retailer: code for code, retailer in retailer_rows.ids_by(tx, "retailer_code").items()},
        staff_codes={member.staff_id: member.staff_code for member in staff_rows.all_staff(tx)},
    )


def _revealed(found: _Found) -> RevealedDraw:
    records = [read_record(one.record) if one.covers_record else None for one in found.draws]
    shown = [_secret(found, records, row) for row in range(len(found.draws))]
    faults = [f"draw {one.number}: {words}" for one in shown for words in one.faults]
    faults += [f"draw {one.number}: its hash is not the published one" for one in shown if not one.opens]
    faults += [f"draw {one.number}: its hash was not published" for one in shown if not one.is_published]
    kept = {one.commitment for one in found.draws}
    faults += [f"nothing opens the published hash {text}" for text in found.published if text not in kept]
    if found.first_broken is not None:
        faults.append(f"the audit chain is broken at row {found.first_broken}")
    if records and records[-1] is not None:
        faults += _plan_faults(found, records[-1])
    return RevealedDraw(
        first_day=found.first_day,
        is_genuine=not faults and bool(shown),
        faults=faults,
        draws=shown,
        inspections=[
            _inspection(found, records, stop)
            for stop in sorted(found.stops, key=lambda stop: (stop.day, stop.retailer_id))
        ],
        without_day=sorted(found.shop_codes.get(item.retailer_id, "") for item in found.left if item.day is None),
    )


def _secret(found: _Found, records: list[DrawRecord | None], row: int) -> RevealedSecret:
    one, record = found.draws[row], records[row]
    before = records[row - 1] if row else None
    is_same_secret = row > 0 and found.draws[row - 1].secret == one.secret
    return RevealedSecret(
        number=one.number,
        drawn_at=one.drawn_at,
        commitment=one.commitment,
        secret_hex=one.secret.hex(),
        record=one.record,
        covers_record=one.covers_record,
        is_published=one.commitment in found.published,
        opens=is_revealed_by(one.commitment, one.secret, one.record if one.covers_record else None),
        faults=check_draw(one.secret, record, before, is_same_secret=is_same_secret) if record else [],
    )


def _plan_faults(found: _Found, record: DrawRecord) -> list[str]:
    """Where the plan as it stood at the end is not what the newest draw says."""
    told = {(e.retailer_id, e.day, e.leader_id, e.partner_id) for e in record.entries if e.day is not None}
    stood = {(s.retailer_id, s.day, s.staff_id, s.second_staff_id) for s in found.stops}
    return [
        f"{found.shop_codes.get(shop, shop)} {day}: {words}"
        for rows, words in (
            (stood - told, "in the plan, and not drawn so"),
            (told - stood, "drawn, and not in the plan"),
        )
        for shop, day, *_ in sorted(rows, key=str)
    ]


def _inspection(found: _Found, records: list[DrawRecord | None], stop: CycleStop) -> RevealedInspection:
    number, ordered = _origin(found, records, stop)
    return RevealedInspection(
        retailer_code=found.shop_codes.get(stop.retailer_id, ""),
        retailer_id=stop.retailer_id,
        day=stop.day,
        leader=found.staff_codes.get(stop.staff_id, ""),
        partner=found.staff_codes.get(stop.second_staff_id, "") if stop.second_staff_id else None,
        draw=number,
        drawn_order=ordered,
        place=ordered.index(stop.day) if stop.day in ordered else None,
        outcome=found.outcomes.get((stop.retailer_id, stop.day)),
    )


def _origin(found: _Found, records: list[DrawRecord | None], stop: CycleStop) -> tuple[int, list[date]]:
    """The draw that gave a stop its day, and the order in which it drew; 0 and none where no draw did."""
    for one, record in reversed(list(zip(found.draws, records, strict=True))):
        if record is None:
            return one.number, _order_before_records(found.first_day, one, stop.retailer_id)
        entry = next((e for e in record.entries if e.retailer_id == stop.retailer_id), None)
        if entry is not None and entry.origin is DayOrigin.DRAWN:
            return one.number, drawn_order(one.secret, record, entry)
    return 0, []


def _order_before_records(first_day: date, one: CycleDraw, retailer: RetailerId) -> list[date]:
    """The candidate days in drawn order, of a draw that knows no more: they were numbered among themselves."""
    days = [date.fromisoformat(text) for text in json.loads(one.record).get(retailer, [])]
    return [days[row] for row in draw_order(one.secret, draw_subject(first_day, retailer), range(len(days)))]
