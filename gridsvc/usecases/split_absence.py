"""Split the shops of somebody who is away among the neighbours: what each would take on, nothing written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode, RetailerId, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.domain.permissions import Reach
from gridsvc.domain.workload import WORKING_DAYS_PER_CYCLE
from gridsvc.engines import regrid
from gridsvc.storage import Store
from gridsvc.storage import staff as staff_rows
from gridsvc.storage.staff import Absence, StaffMember
from gridsvc.usecases.find_within_reach import member_within_reach
from gridsvc.usecases.measure_load import measure_load
from gridsvc.usecases.survey_district import DesignRules, Survey, layer_request, survey_district


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceShare:
    """What one neighbour takes on; minutes are those of an average working day, the way to the shops included."""

    member: StaffMember
    retailer_ids: tuple[RetailerId, ...]
    minutes_per_day_before: float
    minutes_per_day_after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceSplit:
    """The shops of one person, shared out.

    `unshared` are shops that no neighbour who is there can take: the department answers for them.
    """

    member: StaffMember
    layer: Layer
    first_day: date
    last_day: date
    shares: tuple[AbsenceShare, ...]
    unshared: tuple[RetailerId, ...]


def split_absence(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    staff_code_or_id: str,
    first_day: date,
    last_day: date,
    away: Iterable[StaffId] = (),
    reach: Reach | None = None,
    seed: int = 0,
) -> AbsenceSplit:
    """Share the shops of a member of staff among those whose grids touch his or hers, from `first_day` to `last_day`.

    The neighbours' minutes are levelled: who has least takes most. Among such splits the least distance to the
    neighbours' own shops is looked for. Nobody else's shops move. Whoever is known to be away on one of these days, or
    is named in `away`, takes nothing. Deterministic.

    Raises
    ------
    NotFound
        nobody has that code or identifier.
    NotPermitted
        the person is out of the caller's `reach`.
    BadInput
        the days are out of order, or the person owns no shop with a place.
    """
    if last_day < first_day:
        raise BadInput(f"an absence ends on or after its first day; {last_day} is before {first_day}")
    with store.transaction(adcode) as tx:
        member = member_within_reach(tx, reach, staff_code_or_id)
        layer = member.role.layer
        survey = survey_district(tx, clock, layers=[layer])
        absences = staff_rows.absences(tx)
    staff = survey.staff[layer]
    if member not in staff:
        raise BadInput(f"{member.staff_code} is not in service today and owns nothing that could be shared")
    missing = {one.staff_id for one in staff if _is_missing(one, absences, first_day, last_day)} | set(away)
    absent = staff.index(member)
    problem = layer_request(survey, layer, len(staff), DesignRules(max_iterations=0)).problem
    grid_of_unit = regrid.split_among_neighbours(
        problem, absent, away=[row for row, one in enumerate(staff) if one.staff_id in missing], seed=seed
    )
    return _shares(survey, layer, member, grid_of_unit, problem.previous, missing, (first_day, last_day))


def _is_missing(member: StaffMember, absences: Iterable[Absence], first_day: date, last_day: date) -> bool:
    """Tell whether a person is not there on one of the days."""
    if (member.first_day is not None and member.first_day > first_day) or (
        member.last_day is not None and member.last_day < last_day
    ):
        return True
    return any(
        known.staff_id == member.staff_id and known.first_day <= last_day and first_day <= known.last_day
        for known in absences
    )


def _shares(
    survey: Survey,
    layer: Layer,
    member: StaffMember,
    grid_of_unit: NDArray[np.int32],
    present: NDArray[np.int32],
    missing: set[StaffId],
    days: tuple[date, date],
) -> AbsenceSplit:
    """Give the person's shops to the owners of their units' grids, and count everybody's minutes before and after."""
    staff = survey.staff[layer]
    minutes = measure_load(survey.retailers, layer, survey.workload) / WORKING_DAYS_PER_CYCLE
    before = dict.fromkeys((one.staff_id for one in staff), 0.0)
    taken: dict[StaffId, list[int]] = {}
    unshared: list[RetailerId] = []
    for row, retailer in enumerate(survey.retailers.retailer_id):
        owner = survey.owner_of.get((RetailerId(retailer), layer))
        if owner in before:
            before[owner] += float(minutes[row])
        if owner != member.staff_id:
            continue
        unit = survey.retailer_unit[row]
        position = int(grid_of_unit[unit])
        if present[unit] != staff.index(member) and position < 0:
            position = int(present[unit])
        heir = staff[position].staff_id if position >= 0 else None
        if heir is None or heir == member.staff_id or heir in missing:
            unshared.append(RetailerId(retailer))
        else:
            taken.setdefault(heir, []).append(row)
    if not taken and not unshared:
        raise BadInput(f"{member.staff_code} owns no shop with a place; there is nothing to share")
    shares = tuple(
        AbsenceShare(
            member=one,
            retailer_ids=tuple(RetailerId(survey.retailers.retailer_id[row]) for row in taken[one.staff_id]),
            minutes_per_day_before=round(before[one.staff_id], 1),
            minutes_per_day_after=round(before[one.staff_id] + float(minutes[taken[one.staff_id]].sum()), 1),
        )
        for one in staff
        if one.staff_id in taken
    )
    return AbsenceSplit(
        member=member, layer=layer, first_day=days[0], last_day=days[1], shares=shares, unshared=tuple(unshared)
    )
