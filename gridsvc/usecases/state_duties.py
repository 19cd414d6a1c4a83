"""State every person's duties of a cycle for the engine: what is owed to whom, and how far apart the shops are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridsvc.domain.ids import RetailerId, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.domain.workload import RetailerFacts, UrbanForm
from gridsvc.engines.periodic import Duty, PersonCycle
from gridsvc.storage.staff import StaffMember
from gridsvc.usecases.survey_work import WorkSurvey, minutes_of

BAND_RATIO = 1.10  # the longest day of a person against the shortest
VAN_TRIPS = 2  # a van may load once more at noon


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonWork:
    """One person's part of the cycle: the shops in the engine's order and what each duty is for."""

    layer: Layer
    member: StaffMember
    shops: NDArray[np.int64]  # rows of the retailers
    duties: tuple[Duty, ...]
    partner: StaffMember | None
    given: PersonCycle


def state_duties(survey: WorkSurvey, draw: np.random.Generator, seed: int, max_iterations: int) -> list[PersonWork]:
    """State every person's cycle; crews of two are drawn first, because they reserve the partner's minutes.

    `draw` is the secret source of the days of enforcement inspections.
    """
    shops_of: dict[tuple[Layer, StaffId], list[int]] = {}
    for (retailer, layer), owner in survey.owners.items():
        row = survey.row_of.get(retailer)
        if row is not None:
            shops_of.setdefault((layer, owner.staff_id), []).append(row)
    reserved: dict[StaffId, NDArray[np.float64]] = {}
    drafts = []
    for layer in Layer:
        here = [member for member in survey.staff[layer] if minutes_of(survey, member).any()]
        partner_of = _standing_pairs(here) if layer is Layer.INSPECTION else {}
        for member in survey.staff[layer]:
            rows = np.array(sorted(shops_of.get((layer, member.staff_id), [])), dtype=np.int64)
            if not len(rows):
                continue
            partner = partner_of.get(member.staff_id)
            duties = _duties(survey, layer, member, partner, rows, draw)
            for duty in duties:
                if duty.crew_size > 1 and partner is not None and duty.fixed_days:
                    minutes = reserved.setdefault(partner.staff_id, np.zeros(len(survey.days.working)))
                    minutes[list(duty.fixed_days)] += duty.service_min
            drafts.append((layer, member, rows, duties, partner))
    return [
        PersonWork(
            layer=layer,
            member=member,
            shops=rows,
            duties=duties,
            partner=partner,
            given=_given(survey, layer, member, rows, duties, reserved, seed, max_iterations),
        )
        for layer, member, rows, duties, partner in drafts
    ]


def _standing_pairs(staff: Sequence[StaffMember]) -> dict[StaffId, StaffMember]:
    """Pair officers who work in the cycle, by office in the order of their codes.

    The odd one out assists and is assisted by the first. Whoever left or is away for all of it is nobody's partner.
    """
    pairs: dict[StaffId, StaffMember] = {}
    ordered = sorted(staff, key=lambda member: (member.org_unit_name or "", member.staff_code))
    for left, right in zip(ordered[::2], ordered[1::2], strict=False):
        pairs[left.staff_id], pairs[right.staff_id] = right, left
    if len(ordered) > 1 and len(ordered) % 2:
        pairs[ordered[-1].staff_id] = ordered[0]
    return pairs


def _duties(
    survey: WorkSurvey,
    layer: Layer,
    member: StaffMember,
    partner: StaffMember | None,
    rows: NDArray[np.int64],
    draw: np.random.Generator,
) -> tuple[Duty, ...]:
    shops, workload = survey.retailers, survey.workload
    duties = []
    both_present = np.flatnonzero(
        (minutes_of(survey, member) > 0) & (minutes_of(survey, partner) > 0 if partner else True)
    )
    for shop, row in enumerate(rows.tolist()):
        facts = RetailerFacts(
            tier=shops.tier[row],
            integrity_star=int(shops.integrity_star[row]),
            urban_form=UrbanForm(shops.urban_form[row]),
            order_cartons=float(shops.order_cartons[row]),
            needs_enforcement=bool(shops.needs_enforcement[row]),
        )
        frequency = workload.frequency(facts, layer)
        if frequency:
            duties.append(
                Duty(
                    shop=shop,
                    frequency=frequency,
                    service_min=workload.service_min(facts, layer),
                    demand=facts.order_cartons if layer is Layer.DELIVERY else 0.0,
                    preferred_weekday=survey.weekday_now.get((RetailerId(shops.retailer_id[row]), layer)),
                )
            )
        if layer is Layer.INSPECTION and facts.needs_enforcement and len(both_present):
            duties.append(
                Duty(
                    shop=shop,
                    frequency=1,
                    service_min=workload.enforcement_min,
                    crew_size=workload.enforcement_crew if partner else 1,
                    is_sealed=True,
                    fixed_days=(int(draw.choice(both_present)),),
                )
            )
    return tuple(duties)


def _given(
    survey: WorkSurvey,
    layer: Layer,
    member: StaffMember,
    rows: NDArray[np.int64],
    duties: tuple[Duty, ...],
    reserved: Mapping[StaffId, NDArray[np.float64]],
    seed: int,
    max_iterations: int,
) -> PersonCycle:
    shops = survey.retailers
    matrix = survey.travel.matrix(
        np.concatenate([[member.office_lon], shops.lon[rows]]), np.concatenate([[member.office_lat], shops.lat[rows]])
    )
    weekdays = np.array([day.weekday() for day in survey.days.working], dtype=np.int32)
    weeks = np.array([(day - survey.days.first_day).days // 7 for day in survey.days.working], dtype=np.int32)
    carries = layer is Layer.DELIVERY and member.vehicle_capacity_cartons is not None
    minutes = minutes_of(survey, member)
    return PersonCycle(
        travel_min=matrix.seconds / np.float32(60),
        travel_km=matrix.metres / np.float32(1000),
        duties=duties,
        weekday_of_day=weekdays,
        week_of_day=weeks,
        minutes_of_day=minutes,
        reserved_min=np.minimum(reserved.get(member.staff_id, np.zeros(len(weekdays))), minutes),
        capacity=float(member.vehicle_capacity_cartons or 0) if carries else float("inf"),
        trips=VAN_TRIPS if carries else 1,
        band_ratio=BAND_RATIO,
        seed=seed,
        max_iterations=max_iterations,
    )
