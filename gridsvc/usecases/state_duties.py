"""State every person's open duties of a cycle: what is owed to whom, how often, and on which days at most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gridsvc.domain.ids import RetailerId, StaffId
from gridsvc.domain.layers import TASK_OF_LAYER, Layer, TaskType
from gridsvc.domain.workload import CYCLE_DAYS, RetailerFacts
from gridsvc.engines.periodic import Duty
from gridsvc.storage.staff import StaffMember
from gridsvc.usecases.shop_facts import shop_facts
from gridsvc.usecases.survey_work import WorkSurvey, minutes_of

ROLE_INDEX = {layer: index for index, layer in enumerate(Layer)}
_OVERDUE_SHARE = 1.5  # cadences since the last real visit after which a shop is overdue
_OVERDUE_DAYS = 5  # working days within which an overdue shop is seen


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """The plan that is being planned again: its open days per shop and task, and what is over.

    Parameters
    ----------
    mask_of : days of each open duty as a mask of the cycle's working days
    kept_days : mask of the working days before today: nothing on them changes
    """

    mask_of: Mapping[tuple[RetailerId, TaskType], int] = field(default_factory=dict)
    kept_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonWork:
    """One person's open part of the cycle.

    Parameters
    ----------
    rows : rows of the retailers, rising; `duties` name shops by their place in it, and their person as 0
    minutes_of_day : (n_days,) minutes for open duties; what is free for enforcement inspections is taken off, the same
        on every day
    """

    layer: Layer
    member: StaffMember
    rows: NDArray[np.int64]
    duties: tuple[Duty, ...]
    minutes_of_day: NDArray[np.float64]


def state_duties(
    survey: WorkSurvey,
    room_min: Mapping[StaffId, float],
    *,
    in_force: InForce | None = None,
    keeps_delivery_weekday: bool = False,
) -> list[PersonWork]:
    """State every person's open duties, by layer and code.

    Parameters
    ----------
    room_min : minutes a day that a person has free for enforcement inspections
    in_force : the plan of this cycle that is planned again, or None
    keeps_delivery_weekday : deliveries stay on the weekday of their line, which the order batch follows
    """
    shops_of: dict[tuple[Layer, StaffId], list[int]] = {}
    for (retailer, layer), owner in survey.owners.items():
        row = survey.row_of.get(retailer)
        if row is not None:
            shops_of.setdefault((layer, owner.staff_id), []).append(row)
    people = []
    for layer in Layer:
        draft = _Draft(survey, layer, in_force or InForce(), keeps_delivery_weekday)
        for member in survey.staff[layer]:
            rows = np.array(sorted(shops_of.get((layer, member.staff_id), [])), dtype=np.int64)
            if not len(rows):
                continue
            minutes = minutes_of(survey, member)
            people.append(
                PersonWork(
                    layer=layer,
                    member=member,
                    rows=rows,
                    duties=tuple(duty for shop, row in enumerate(rows.tolist()) for duty in draft.duties_at(shop, row)),
                    minutes_of_day=np.maximum(0.0, minutes - room_min.get(member.staff_id, 0.0)),
                )
            )
    return people


@dataclass(frozen=True, slots=True)
class _Draft:
    """States the duties of a layer at one shop after the other."""

    survey: WorkSurvey
    layer: Layer
    in_force: InForce
    keeps_delivery_weekday: bool

    def duties_at(self, shop: int, row: int) -> list[Duty]:
        """What the layer's owner owes the retailer of a row."""
        shops = self.survey.retailers
        facts = shop_facts(shops, row)
        retailer = RetailerId(shops.retailer_id[row])
        frequency = self.survey.workload.frequency(facts, self.layer)
        if not frequency and (retailer, self.layer) not in self.survey.introduced_within:
            return []
        return [self._regular(shop, retailer, facts, max(1, frequency))]

    def _regular(self, shop: int, retailer: RetailerId, facts: RetailerFacts, frequency: int) -> Duty:
        survey, task = self.survey, TASK_OF_LAYER[self.layer]
        weekday = survey.weekday_now.get((retailer, self.layer))
        is_fixed = (self.keeps_delivery_weekday and self.layer is Layer.DELIVERY) or (
            (retailer, self.layer) in survey.handed  # a line that was given away keeps its weekday
        )
        last = survey.last_visit.get((retailer, task))
        since = (survey.days.first_day - last).days if last is not None else None
        is_overdue = since is not None and since > _OVERDUE_SHARE * CYCLE_DAYS / frequency
        n_days = len(survey.days.working)
        return Duty(
            shop=shop,
            person=0,
            role=ROLE_INDEX[self.layer],
            frequency=frequency,
            service_min=survey.workload.service_min(facts, self.layer),
            demand=survey.workload.cartons_of_delivery(facts) if self.layer is Layer.DELIVERY else 0.0,
            fixed_weekday=weekday if is_fixed else None,
            preferred_weekday=None if is_fixed else weekday,
            due_row=min(_OVERDUE_DAYS, n_days) - 1 if is_overdue else None,
            days_since_visit=since if not is_overdue else None,
            seen_within=survey.introduced_within.get((retailer, self.layer)),
            previous_mask=self.in_force.mask_of.get((retailer, task), 0),
            kept_days=self.in_force.kept_days,
        )
