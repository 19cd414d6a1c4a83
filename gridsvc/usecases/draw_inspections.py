"""Draw the days of enforcement inspections, apart from everything that is planned in the open.

The draw looks at nothing that anybody sees (lines, weekdays, tours), and the open plan looks at nothing that is drawn:
every officer has the same minutes free for inspections on every day. So neither an open total nor a gap tells of one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from gridsvc.domain.crews import Crews, drawn_pairs, standing_pairs
from gridsvc.domain.ids import RetailerId, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.domain.workload import CYCLE_DAYS, UrbanForm
from gridsvc.engines.periodic import draw_order
from gridsvc.storage.staff import StaffMember
from gridsvc.usecases.survey_work import WorkSurvey, minutes_of

_ROOM_OF_MEAN = 1.5  # minutes free a day, as a multiple of what an even spread would need
_LEAST_INSPECTIONS = 2  # that fit into any day of an officer who takes part
_MOST_ROOM_SHARE = 0.4  # of a working day


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnInspection:
    """One enforcement inspection: `day` is a row of the working days, None where no day has room for both officers.

    `candidates` are the days it was drawn from, in rows.
    """

    retailer_id: RetailerId
    leader: StaffMember
    partner: StaffMember | None
    day: int | None
    candidates: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """Every enforcement inspection of the cycle, and the minutes a day that officers have free for them."""

    inspections: tuple[DrawnInspection, ...] = ()
    room_min: Mapping[StaffId, float] = field(default_factory=dict)


def draw_inspections(
    survey: WorkSurvey,
    secret: bytes,
    *,
    crews: Crews = Crews.PAIRS,
    kept: Mapping[RetailerId, int] | None = None,
    first_open_row: int = 0,
) -> Draw:
    """Draw a day for each shop that is due, uniformly from the days on which its crew is there and has room.

    Parameters
    ----------
    secret : whoever is shown it afterwards draws the same days from the same candidates, in the order of the shops
    crews : standing pairs, or a rota: each week's pairs are drawn from the secret too
    kept : days that are drawn already; they stay while the crew is there
    first_open_row : the first working day that is still to come
    """
    due = _due(survey)
    if not due:
        return Draw()
    partners = _partners(survey, secret, crews)
    week_of = [(day - survey.days.first_day).days // 7 for day in survey.days.working]
    room = _room(survey, [leader for _, leader in due], partners)
    used: dict[StaffId, NDArray[np.float64]] = {}
    each_min = _minutes_of_one(survey)
    here = {member.staff_id: minutes_of(survey, member) > 0 for member in survey.staff[Layer.INSPECTION]}
    found = []
    for retailer, leader in due:
        crew_of = [_crew(leader, partners[week]) for week in week_of]
        present = [all(here[member.staff_id][row] for member in crew) for row, crew in enumerate(crew_of)]
        candidates = tuple(int(row) for row in np.flatnonzero(present) if row >= first_open_row)
        day = (kept or {}).get(retailer)
        if day is None or (day >= first_open_row and day not in candidates):
            ordered = draw_order(secret, draw_subject(survey.days.first_day, retailer), candidates)
            day = next((row for row in ordered if _fits(row, crew_of[row], used, room, each_min)), None)
        for member in crew_of[day] if day is not None else ():
            used.setdefault(member.staff_id, np.zeros(len(survey.days.working)))[day] += each_min
        partner = crew_of[day or 0][1] if len(crew_of[day or 0]) > 1 else None
        found.append(
            DrawnInspection(retailer_id=retailer, leader=leader, partner=partner, day=day, candidates=candidates)
        )
    return Draw(inspections=tuple(found), room_min=room)


def draw_subject(first_day: date, retailer: RetailerId) -> str:
    """Give what a draw is about, so that it can be drawn again when the secret is shown."""
    return f"{first_day.isoformat()} {retailer}"


def _partners(survey: WorkSurvey, secret: bytes, crews: Crews) -> list[dict[StaffId, StaffMember]]:
    """Each officer's partner in each week of the cycle; empty where one officer inspects alone."""
    n_weeks = CYCLE_DAYS // 7
    if survey.workload.enforcement_crew < 2:
        return [{} for _ in range(n_weeks)]
    here = [member for member in survey.staff[Layer.INSPECTION] if minutes_of(survey, member).any()]
    if crews is Crews.PAIRS:
        return [standing_pairs(here)] * n_weeks
    subject = f"{survey.days.first_day.isoformat()} crews of week"
    return [drawn_pairs(here, draw_order(secret, f"{subject} {week}", range(len(here)))) for week in range(n_weeks)]


def _crew(leader: StaffMember, partner_of: Mapping[StaffId, StaffMember]) -> list[StaffMember]:
    partner = partner_of.get(leader.staff_id)
    return [leader] if partner is None else [leader, partner]


def _due(survey: WorkSurvey) -> list[tuple[RetailerId, StaffMember]]:
    """Shops that are due, in the order of their identifiers, with their owner."""
    member_of = {member.staff_id: member for member in survey.staff[Layer.INSPECTION]}
    due = []
    for retailer, row in sorted(survey.row_of.items()):
        owner = survey.owners.get((retailer, Layer.INSPECTION))
        if owner is not None and survey.retailers.needs_enforcement[row] and owner.staff_id in member_of:
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


def _fits(
    row: int,
    crew: Sequence[StaffMember],
    used: Mapping[StaffId, NDArray[np.float64]],
    room: Mapping[StaffId, float],
    each_min: float,
) -> bool:
    return all(
        (used[member.staff_id][row] if member.staff_id in used else 0.0) + each_min <= room[member.staff_id] + 1e-9
        for member in crew
    )
