"""Draw the days of enforcement inspections, apart from everything that is planned in the open.

The draw looks at nothing that anybody sees (lines, weekdays, tours), and the open plan looks at nothing that is drawn:
every officer has the same minutes free for inspections on every day. So neither an open total nor a gap tells of one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gridsvc.domain.crews import Crews, drawn_pairs, standing_pairs
from gridsvc.domain.draws import DayOrigin, DrawEntry, DrawOfficer, DrawRecord, crew_subject, draw_subject
from gridsvc.domain.ids import RetailerId, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.domain.workload import CYCLE_DAYS, UrbanForm
from gridsvc.engines.periodic import draw_order
from gridsvc.storage.cycles import CycleStop
from gridsvc.storage.staff import StaffMember
from gridsvc.usecases.survey_work import WorkSurvey, minutes_of

_ROOM_OF_MEAN = 1.5  # minutes free a day, as a multiple of what an even spread would need
_LEAST_INSPECTIONS = 2  # that fit into any day of an officer who takes part
_MOST_ROOM_SHARE = 0.4  # of a working day


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnInspection:
    """One enforcement inspection: `day` is a row of the working days, None where no day has room for both officers.

    `candidates` are the days it was drawn from, in rows; one that is `is_kept` was drawn before.
    """

    retailer_id: RetailerId
    leader: StaffMember
    partner: StaffMember | None
    day: int | None
    candidates: tuple[int, ...]
    is_kept: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """Every enforcement inspection of the cycle, and the minutes a day that officers have free for them.

    `done` are those of earlier draws that stay as they are, whatever is drawn; `record` is what the hash covers.
    """

    record: DrawRecord
    inspections: tuple[DrawnInspection, ...] = ()
    done: tuple[CycleStop, ...] = ()
    room_min: Mapping[StaffId, float] = field(default_factory=dict)


def draw_inspections(
    survey: WorkSurvey,
    secret: bytes,
    *,
    crews: Crews = Crews.PAIRS,
    done: Sequence[CycleStop] = (),
    kept: Mapping[RetailerId, int] | None = None,
    first_open_row: int = 0,
) -> Draw:
    """Draw a day for each shop that is due, uniformly from the days on which its crew is there and has room.

    Parameters
    ----------
    secret : whoever is shown it afterwards draws the same days from the same candidates, in the order of the shops
    crews : standing pairs, or a rota: each week's pairs are drawn from the secret too
    done : inspections of earlier draws whose day is over, or that were made: their shops are not drawn again
    kept : days that are drawn already; they stay while the crew is there
    first_open_row : the first working day that is still to come
    """
    due = _due(survey)
    partners = _partners(survey, secret, crews)
    ground = _Ground(survey, partners, _room(survey, [leader for _, leader in due], partners))
    ground.take_done(done)
    made = {stop.retailer_id for stop in done}
    found: dict[RetailerId, DrawnInspection] = {}
    fresh = []
    for retailer, leader in due:
        if retailer in made:
            continue
        candidates = ground.candidates(leader, first_open_row)
        day = (kept or {}).get(retailer)
        if day in candidates:
            found[retailer] = ground.set(retailer, leader, day, candidates, is_kept=True)
        else:
            fresh.append((retailer, leader, candidates))
    for retailer, leader, candidates in fresh:
        ordered = draw_order(secret, draw_subject(survey.days.first_day, retailer), candidates)
        day = next((row for row in ordered if ground.fits(leader, row)), None)
        found[retailer] = ground.set(retailer, leader, day, candidates)
    inspections = tuple(found[retailer] for retailer, _ in due if retailer in found)
    return Draw(
        record=_record(survey, crews, ground, done, inspections, first_open_row),
        inspections=inspections,
        done=tuple(done),
        room_min=ground.room_min,
    )


class _Ground:
    """Who goes with whom in which week, and the minutes that are taken of what each officer has free."""

    def __init__(
        self, survey: WorkSurvey, partners: list[dict[StaffId, StaffMember]], room_min: dict[StaffId, float]
    ) -> None:
        self.room_min = room_min
        self.each_min = _minutes_of_one(survey)
        self._partner_of_row = [partners[(day - survey.days.first_day).days // 7] for day in survey.days.working]
        self._row_of = {day: row for row, day in enumerate(survey.days.working)}
        self.here = {member.staff_id: minutes_of(survey, member) > 0 for member in survey.staff[Layer.INSPECTION]}
        self._used: dict[StaffId, NDArray[np.float64]] = {}

    def crew(self, leader: StaffMember, row: int) -> list[StaffMember]:
        """The officers of a day, the leader first."""
        return _crew(leader, self._partner_of_row[row])

    def candidates(self, leader: StaffMember, first_open_row: int) -> tuple[int, ...]:
        """The days to come on which the whole crew is there."""
        rows = range(first_open_row, len(self._partner_of_row))
        return tuple(row for row in rows if all(self.here[one.staff_id][row] for one in self.crew(leader, row)))

    def fits(self, leader: StaffMember, row: int) -> bool:
        """Whether both officers have room for one more."""
        return all(
            (self._used[one.staff_id][row] if one.staff_id in self._used else 0.0) + self.each_min
            <= self.room_min[one.staff_id] + 1e-9
            for one in self.crew(leader, row)
        )

    def set(
        self,
        retailer: RetailerId,
        leader: StaffMember,
        day: int | None,
        candidates: tuple[int, ...],
        *,
        is_kept: bool = False,
    ) -> DrawnInspection:
        """Take the crew's minutes of a day, if there is one, and give the inspection."""
        crew = self.crew(leader, day or 0)
        self._take([one.staff_id for one in crew] if day is not None else [], day or 0)
        return DrawnInspection(
            retailer_id=retailer, leader=leader, partner=crew[1] if len(crew) > 1 else None, day=day,
            candidates=candidates, is_kept=is_kept,
        )  # fmt: skip

    def take_done(self, done: Sequence[CycleStop]) -> None:
        """Take the minutes of what is done; only those of today matter to what is drawn."""
        for stop in done:
            crew = [stop.staff_id, *([stop.second_staff_id] if stop.second_staff_id else [])]
            if stop.day in self._row_of:
                self._take(crew, self._row_of[stop.day])

    def _take(self, crew: Sequence[StaffId], row: int) -> None:
        for staff in crew:
            self._used.setdefault(staff, np.zeros(len(self._partner_of_row)))[row] += self.each_min


def _record(
    survey: WorkSurvey,
    crews: Crews,
    ground: _Ground,
    done: Sequence[CycleStop],
    inspections: Sequence[DrawnInspection],
    first_open_row: int,
) -> DrawRecord:
    working = tuple(survey.days.working)
    made = [
        DrawEntry(
            retailer_id=stop.retailer_id, leader_id=stop.staff_id, partner_id=stop.second_staff_id, candidates=(),
            day=stop.day, origin=DayOrigin.DONE,
        )
        for stop in done
    ]  # fmt: skip
    drawn = [
        DrawEntry(
            retailer_id=one.retailer_id, leader_id=one.leader.staff_id,
            partner_id=one.partner.staff_id if one.partner else None,
            candidates=tuple(working[row] for row in one.candidates),
            day=None if one.day is None else working[one.day],
            origin=DayOrigin.KEPT if one.is_kept else DayOrigin.DRAWN,
        )
        for one in inspections
    ]  # fmt: skip
    return DrawRecord(
        first_day=survey.days.first_day,
        working=working,
        open_from=working[first_open_row] if first_open_row < len(working) else None,
        crews=crews,
        crew_size=survey.workload.enforcement_crew,
        inspection_min=ground.each_min,
        room_min=dict(ground.room_min),
        officers=tuple(
            DrawOfficer(
                staff_id=one.staff_id, staff_code=one.staff_code, org_unit_name=one.org_unit_name,
                partner_id=one.partner_id,
                away=tuple(day for day, is_here in zip(working, ground.here[one.staff_id], strict=True) if not is_here),
            )
            for one in survey.staff[Layer.INSPECTION]
        ),
        entries=(*made, *drawn),
    )  # fmt: skip


def _partners(survey: WorkSurvey, secret: bytes, crews: Crews) -> list[dict[StaffId, StaffMember]]:
    """Each officer's partner in each week of the cycle; empty where one officer inspects alone."""
    n_weeks = CYCLE_DAYS // 7
    if survey.workload.enforcement_crew < 2:
        return [{} for _ in range(n_weeks)]
    here = [member for member in survey.staff[Layer.INSPECTION] if minutes_of(survey, member).any()]
    if crews is Crews.PAIRS:
        return [standing_pairs(here)] * n_weeks
    first_day = survey.days.first_day
    return [
        drawn_pairs(here, draw_order(secret, crew_subject(first_day, week), range(len(here))))
        for week in range(n_weeks)
    ]


def _crew(leader: StaffMember, partner_of: Mapping[StaffId, StaffMember]) -> list[StaffMember]:
    partner = partner_of.get(leader.staff_id)
    return [leader] if partner is None else [leader, partner]


def _due(survey: WorkSurvey) -> list[tuple[RetailerId, StaffMember]]:
    """Shops that are due, in the order of their identifiers, with their owner."""
    member_of = {member.staff_id: member for member in survey.staff[Layer.INSPECTION]}
    due = []
    for retailer, row in sorted(survey.row_of.items()):
        owner = survey.owners.get((retailer, Layer.INSPECTION))
        is_due = survey.workload.asks_enforcement(
            is_stated=bool(survey.retailers.needs_enforcement[row]), risk=float(survey.retailers.risk[row])
        )
        if owner is not None and is_due and owner.staff_id in member_of:
            due.append((retailer, member_of[owner.staff_id]))
    return due


def _minutes_of_one(survey: WorkSurvey) -> float:
    """Minutes of one inspection with the longest usual way."""
    return survey.workload.enforcement_min + max(survey.workload.travel_min[form] for form in UrbanForm)


def _room(
    survey: WorkSurvey, leaders: Sequence[StaffMember], partners: Sequence[Mapping[StaffId, StaffMember]]
) -> dict[StaffId, float]:
    """Minutes a day that each officer has free: the same on every day, whatever is drawn.

    An officer leads their own inspections, and assists at most those of the busiest partner that a week gives.
    """
    leads = Counter(leader.staff_id for leader in leaders)
    n_of: dict[StaffId, int] = dict(leads)
    for partner_of in partners:
        assists: Counter[StaffId] = Counter()
        for leader, n in leads.items():
            if leader in partner_of:
                assists[partner_of[leader].staff_id] += n
        for member, n in assists.items():
            n_of[member] = max(n_of.get(member, 0), leads[member] + n)
    each_min = _minutes_of_one(survey)
    n_days = max(1, len(survey.days.working))
    most = _MOST_ROOM_SHARE * survey.hours.minutes
    return {
        staff: min(most, max(_LEAST_INSPECTIONS * each_min, _ROOM_OF_MEAN * n * each_min / n_days))
        for staff, n in n_of.items()
    }
