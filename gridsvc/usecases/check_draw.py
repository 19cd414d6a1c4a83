"""Check a draw that is shown: the same secret and record have to give the same crews, days and results.

An independent judge: it reads the record alone and shares nothing with the drawing but the order of a lot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from gridsvc.domain.crews import Crews, drawn_pairs, standing_pairs
from gridsvc.domain.draws import DayOrigin, DrawEntry, DrawOfficer, DrawRecord, crew_subject, draw_subject
from gridsvc.domain.ids import RetailerId, StaffId
from gridsvc.engines.periodic import draw_order


def check_draw(secret: bytes, record: DrawRecord, before: DrawRecord | None, *, is_same_secret: bool) -> list[str]:
    """Give every fault of a draw in words, none where the secret gives all of it.

    Parameters
    ----------
    before : the draw that this one took the place of; None = there was none, or its record is not known
    is_same_secret : `before` was drawn from the same secret; days can be kept only then
    """
    return [*_continuity_faults(record, before, is_same_secret=is_same_secret), *_Again(secret, record).faults()]


def drawn_order(secret: bytes, record: DrawRecord, entry: DrawEntry) -> list[date]:
    """Give the candidate days of a shop in the order that the secret gives."""
    row_of = {day: row for row, day in enumerate(record.working)}
    rows = [row_of[day] for day in entry.candidates]
    return [record.working[row] for row in draw_order(secret, draw_subject(record.first_day, entry.retailer_id), rows)]


def _continuity_faults(record: DrawRecord, before: DrawRecord | None, *, is_same_secret: bool) -> list[str]:
    """Days that are said to be kept or done have to be those of the draw before."""
    if before is None:
        return []
    known = {entry.retailer_id: entry for entry in before.entries}
    faults = []
    for entry in record.entries:
        was = known.get(entry.retailer_id)
        is_as_before = was is not None and was.day == entry.day
        if entry.origin is DayOrigin.DONE and was is not None:
            is_as_before = is_as_before and (was.leader_id, was.partner_id) == (entry.leader_id, entry.partner_id)
        if entry.origin is DayOrigin.KEPT and not is_same_secret:
            faults.append(f"{entry.retailer_id} {entry.day}: kept from a draw of another secret")
        if entry.origin is not DayOrigin.DRAWN and not is_as_before:
            faults.append(f"{entry.retailer_id} {entry.day}: said to be {entry.origin}, the draw before says otherwise")
    made = {entry.retailer_id for entry in record.entries if entry.origin is DayOrigin.DONE}
    over = [e for e in before.entries if e.day is not None and (record.open_from is None or e.day < record.open_from)]
    faults += [
        f"{entry.retailer_id} {entry.day}: its day was over, and the draw after it lost it"
        for entry in over
        if entry.retailer_id not in made and entry.day in record.working
    ]
    return faults


class _Again:
    """The draw made once more."""

    def __init__(self, secret: bytes, record: DrawRecord) -> None:
        self.secret, self.record = secret, record
        self.officer = {officer.staff_id: officer for officer in record.officers}
        self.partners = [self._partners(week) for week in range(4)]
        self.taken: dict[tuple[StaffId, date], float] = {}

    def _partners(self, week: int) -> Mapping[StaffId, DrawOfficer]:
        record = self.record
        here = [officer for officer in record.officers if set(officer.away) != set(record.working)]
        if record.crew_size < 2:
            return {}
        if record.crews is Crews.PAIRS:
            return standing_pairs(here)
        return drawn_pairs(here, draw_order(self.secret, crew_subject(record.first_day, week), range(len(here))))

    def crew(self, leader: StaffId, day: date) -> list[StaffId]:
        partner = self.partners[(day - self.record.first_day).days // 7].get(leader)
        return [leader] if partner is None else [leader, partner.staff_id]

    def candidates(self, leader: StaffId) -> tuple[date, ...]:
        opens = self.record.open_from
        coming = [day for day in self.record.working if opens is not None and day >= opens]
        return tuple(day for day in coming if all(day not in self.officer[x].away for x in self.crew(leader, day)))

    def has_room(self, leader: StaffId, day: date) -> bool:
        each, room = self.record.inspection_min, self.record.room_min
        return all(self.taken.get((x, day), 0.0) + each <= room[x] + 1e-9 for x in self.crew(leader, day))

    def take(self, crew: Sequence[StaffId], day: date) -> None:
        for officer in crew:
            self.taken[officer, day] = self.taken.get((officer, day), 0.0) + self.record.inspection_min

    def faults(self) -> list[str]:
        of_origin: dict[DayOrigin, list[DrawEntry]] = {origin: [] for origin in DayOrigin}
        for entry in self.record.entries:
            of_origin[entry.origin].append(entry)
        faults: list[str] = []
        for entry in of_origin[DayOrigin.DONE]:
            if entry.day is not None:
                self.take([entry.leader_id, *([entry.partner_id] if entry.partner_id else [])], entry.day)
        for origin in (DayOrigin.KEPT, DayOrigin.DRAWN):
            for entry in of_origin[origin]:
                faults += self._entry_faults(entry)
        return faults + _order_faults([entry.retailer_id for entry in of_origin[DayOrigin.DRAWN]])

    def _entry_faults(self, entry: DrawEntry) -> list[str]:
        named = f"{entry.retailer_id} {entry.day}"
        if entry.leader_id not in self.officer:
            return [f"{named}: its leader is no officer of the record"]
        if entry.candidates != self.candidates(entry.leader_id):
            return [f"{named}: its candidate days are not those on which the crew is there"]
        faults = []
        if entry.origin is DayOrigin.KEPT:
            if entry.day not in entry.candidates:
                faults.append(f"{named}: kept on a day on which the crew is not there")
        else:
            ordered = drawn_order(self.secret, self.record, entry)
            day = next((day for day in ordered if self.has_room(entry.leader_id, day)), None)
            if day != entry.day:
                faults.append(f"{named}: the secret gives {day}")
        if entry.day is not None:
            crew = self.crew(entry.leader_id, entry.day)
            if entry.partner_id != (crew[1] if len(crew) > 1 else None):
                faults.append(f"{named}: the partner of that week is another")
            self.take(crew, entry.day)
        return faults


def _order_faults(shops: Sequence[RetailerId]) -> list[str]:
    return [] if list(shops) == sorted(shops) else ["the shops are not drawn in their order"]
