"""Put people together for one search: their shops, the way between them, and what their roles share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gridsvc.domain.joint_stops import PAIRED_LAYERS, JointMode, JointRules
from gridsvc.domain.layers import Layer
from gridsvc.engines.periodic import CyclePerson, Duty, Engine, TerritoryCycle
from gridsvc.engines.periodic import Tour as EngineTour
from gridsvc.usecases.state_duties import ROLE_INDEX, PersonWork
from gridsvc.usecases.survey_work import WorkSurvey

BAND_RATIO = 1.10  # the longest day of a person against the shortest
VAN_TRIPS = 2  # a van may load once more at noon
_STABILITY_MIN = 10.0  # price of a visit day that the plan in force does not have

Tour = tuple[int, Sequence[tuple[int, int]]]
"""A day row, and the (person, duty) of each visit in their order."""

Planned = Mapping[tuple[int, Layer], int]
"""Days (a mask) of the open duties that are planned already, by retailer row and layer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Territory:
    """Some people who are planned by one search.

    Parameters
    ----------
    people : in the order of the engine's people
    source : of each duty given to the engine: the person who owes it and the row of that person's duties
    riders : the two people who ride together on the first row, or None
    """

    people: tuple[PersonWork, ...]
    source: tuple[tuple[int, int], ...]
    riders: tuple[int, int] | None
    given: TerritoryCycle


def state_territory(
    survey: WorkSurvey,
    people: Sequence[PersonWork],
    rules: JointRules,
    planned: Planned,
    *,
    seed: int,
    max_iterations: int,
    is_replanned: bool = False,
    engine: Engine = "auto",
    apart: Sequence[Sequence[Tour]] | None = None,
) -> Territory:
    """State the cycle of some people as one problem of the engine.

    Parameters
    ----------
    planned : days of people outside this territory; meeting them at a shop is credited like meeting within it
    max_iterations : per person
    apart : tours of each of these people, planned by themselves, each visit with its place among `people`; the search
        begins with them
    """
    rows = np.unique(np.concatenate([person.rows for person in people]))
    shops = survey.retailers
    matrix = survey.travel.matrix(
        np.concatenate([[person.member.office_lon for person in people], shops.lon[rows]]),
        np.concatenate([[person.member.office_lat for person in people], shops.lat[rows]]),
    )
    together = rules.mode is not JointMode.APART and len(people) > 1
    riders = _pair(people) if together and rules.mode is JointMode.RIDE else None
    stand_ins = _pair(people) if together and rules.mode is JointMode.SUBSTITUTE else None
    meeting = _pair(people) if together and rules.mode is JointMode.SAME_TIME else None
    price = 0.0 if rules.mode is JointMode.APART else rules.day_price_min
    days = len(survey.days.working)
    duties: list[Duty] = []
    source: list[tuple[int, int]] = []
    for index, person in enumerate(people):
        shop_of = np.searchsorted(rows, person.rows)
        for number, duty in enumerate(person.duties):
            row = int(person.rows[duty.shop])
            serves = riders[0] if riders and index in riders else index
            others = [other for other in stand_ins or () if index in (stand_ins or ()) and other != index]
            duties.append(
                replace(
                    duty,
                    shop=int(shop_of[duty.shop]),
                    person=serves,
                    substitutes=tuple(others),
                    credit_of_day=_credit(row, person.layer, planned, price, days),
                )
            )
            source.append((index, number))
    weekdays = np.array([day.weekday() for day in survey.days.working], dtype=np.int32)
    weeks = np.array([(day - survey.days.first_day).days // 7 for day in survey.days.working], dtype=np.int32)
    staff = tuple(_person(person, weeks) for person in people)
    if riders:
        staff = _ride(staff, riders)
    return Territory(
        people=tuple(people),
        source=tuple(source),
        riders=riders,
        given=TerritoryCycle(
            travel_min=matrix.seconds / np.float32(60),
            travel_km=matrix.metres / np.float32(1000),
            people=staff,
            duties=tuple(duties),
            weekday_of_day=weekdays,
            week_of_day=weeks,
            seed=seed,
            max_iterations=max_iterations * len(people),
            day_price_min=price if together else 0.0,
            meeting_window_min=rules.window_min if meeting else float("inf"),
            meeting_roles=tuple(ROLE_INDEX[people[index].layer] for index in meeting or ()),
            rides_together=riders is not None,
            stability_min=_STABILITY_MIN if is_replanned else 0.0,
            engine=engine,
            apart=_tours(source, apart) if apart is not None else None,
        ),
    )


def _tours(source: Sequence[tuple[int, int]], apart: Sequence[Sequence[Tour]]) -> tuple[EngineTour, ...]:
    """Tours of people as the engine reads them: `source` names the person and duty of each of its duties."""
    row_of = {owner: row for row, owner in enumerate(source)}
    return tuple(
        (index, day, tuple(row_of[visit] for visit in visits))
        for index, tours in enumerate(apart)
        for day, visits in tours
    )


def _pair(people: Sequence[PersonWork]) -> tuple[int, int] | None:
    """The inspector and the manager of the territory, or None."""
    of_layer = {person.layer: index for index, person in enumerate(people)}
    pair = [of_layer[layer] for layer in PAIRED_LAYERS if layer in of_layer]
    return (pair[0], pair[1]) if len(pair) == 2 else None


def _credit(row: int, layer: Layer, planned: Planned, price: float, n_days: int) -> tuple[float, ...]:
    """Minutes credited on each day because somebody of another territory is at the shop."""
    met = [planned[row, other] for other in Layer if other is not layer and (row, other) in planned]
    if not price or not any(met):
        return ()
    return tuple(price * sum(mask >> day & 1 for mask in met) for day in range(n_days))


def _person(person: PersonWork, weeks: NDArray[np.int32]) -> CyclePerson:
    carries = person.layer is Layer.DELIVERY and person.member.vehicle_capacity_cartons is not None
    return CyclePerson(
        role=ROLE_INDEX[person.layer],
        minutes_of_day=person.minutes_of_day,
        reserved_min=np.zeros(len(weeks)),
        band_share_of_day=band_share(person, weeks),
        capacity=float(person.member.vehicle_capacity_cartons or 0) if carries else float("inf"),
        trips=VAN_TRIPS if carries else 1,
        band_ratio=BAND_RATIO,
    )


def band_share(person: PersonWork, week_of_day: NDArray[np.int32]) -> NDArray[np.float64]:
    """Give what each day ought to hold: equal days, but a short week's days carry all of its weekly duties.

    Duties of at least one visit a week cannot leave their week; the others fill the longer weeks up to one level, as
    water does. Where the weekly ones are few, all days are equal.
    """
    present = person.minutes_of_day > 0
    n_days = np.bincount(week_of_day[present], minlength=int(week_of_day.max(initial=0)) + 1).astype(np.float64)
    n_weeks = len(n_days)
    weekly = sum(duty.frequency * duty.service_min for duty in person.duties if duty.frequency >= n_weeks)
    free = sum(duty.frequency * duty.service_min for duty in person.duties if duty.frequency < n_weeks)
    worked = np.flatnonzero(n_days > 0)
    if not worked.size:
        return np.zeros(len(week_of_day))
    least = np.zeros(n_weeks)
    least[worked] = weekly / n_weeks / n_days[worked]
    level = least.copy()
    for week in worked[np.argsort(least[worked], kind="stable")][::-1]:
        # the highest weeks stand out; the level is what the others reach together
        below = worked[least[worked] <= least[week]]
        level_here = (weekly / n_weeks * len(below) + free) / n_days[below].sum()
        if level_here >= least[week]:
            level[below] = level_here
            break
    share: NDArray[np.float64] = np.where(present, level[week_of_day], 0.0)
    longest = share.max(initial=0.0)
    return share / longest if longest > 0 else present.astype(np.float64)


def _ride(staff: tuple[CyclePerson, ...], riders: tuple[int, int]) -> tuple[CyclePerson, ...]:
    """Give the first rider's row to both: it is there while both are, and its minutes are two people's."""
    first, second = riders
    minutes = np.minimum(staff[first].minutes_of_day, staff[second].minutes_of_day)
    nothing = np.zeros(len(minutes))
    share = np.where(minutes > 0, np.maximum(_share(staff[first]), _share(staff[second])), 0.0)
    changed = list(staff)
    changed[first] = replace(staff[first], minutes_of_day=minutes, band_share_of_day=share, n_people=2)
    changed[second] = replace(staff[second], minutes_of_day=nothing, band_ratio=float("inf"))
    return tuple(changed)


def _share(person: CyclePerson) -> NDArray[np.float64]:
    return person.minutes_of_day if person.band_share_of_day is None else person.band_share_of_day
