"""Account for joint stops: what planning together costs or saves, by role and by person, against planning apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gridsvc.domain.joint_stops import JointLedger, JointRules, LedgerLine
from gridsvc.domain.layers import Layer
from gridsvc.usecases.gather_month import Month, open_masks
from gridsvc.usecases.state_duties import PersonWork
from gridsvc.usecases.survey_work import WorkSurvey


def account_joint_stops(
    survey: WorkSurvey, people: Sequence[PersonWork], rules: JointRules, joint: Month, separate: Month
) -> JointLedger:
    """Give the ledger of two solved plans of the same duties; enforcement inspections are in neither."""
    joint_days, separate_days = _disturbed(people, joint), _disturbed(people, separate)
    return JointLedger(
        mode=rules.mode,
        day_price_min=rules.day_price_min,
        total=_line(people, joint, separate, range(len(people))),
        of_layer={
            layer.value: _line(people, joint, separate, chosen)
            for layer in Layer
            if (chosen := [index for index, person in enumerate(people) if person.layer is layer])
        },
        of_staff={
            person.member.staff_code: _line(people, joint, separate, [index]) for index, person in enumerate(people)
        },
        disturbed_days_joint=joint_days[0],
        disturbed_days_separate=separate_days[0],
        shared_visits_joint=joint_days[1],
        shared_visits_separate=separate_days[1],
        same_weekday_joint=_same_weekday(survey, joint),
        same_weekday_separate=_same_weekday(survey, separate),
        n_unplanned_joint=len(joint.left),
        n_unplanned_separate=len(separate.left),
        n_meetings=joint.n_meetings,
    )


def is_worth_its_price(people: Sequence[PersonWork], rules: JointRules, joint: Month, separate: Month) -> bool:
    """Return whether fewer disturbed days cost no more than their price; always so where more duties get days."""
    if len(joint.left) != len(separate.left):
        return len(joint.left) < len(separate.left)
    days = [sum(mask.bit_count() for mask in _union(people, month).values()) for month in (separate, joint)]
    extra_min = float(joint.open_min.sum() - separate.open_min.sum())
    return extra_min <= rules.day_price_min * (days[0] - days[1])


def _union(people: Sequence[PersonWork], month: Month) -> dict[int, int]:
    """Days on which anybody is at a shop, as a mask, by retailer row."""
    union: dict[int, int] = {}
    for (row, _), mask in open_masks(people, month).items():
        union[row] = union.get(row, 0) | mask
    return union


def _line(people: Sequence[PersonWork], joint: Month, separate: Month, chosen: Sequence[int]) -> LedgerLine:
    rows = list(chosen)
    owned = [visits for (index, _), visits in joint.visits.items() if index in set(rows)]
    return LedgerLine(
        joint_min=round(float(joint.open_min[rows].sum()), 1),
        separate_min=round(float(separate.open_min[rows].sum()), 1),
        joint_km=round(float(joint.open_km[rows].sum()), 1),
        separate_km=round(float(separate.open_km[rows].sum()), 1),
        n_stops=sum(len(visits) for visits in owned),
    )


def _disturbed(people: Sequence[PersonWork], month: Month) -> tuple[float, int]:
    """Mean days on which a shop is visited by anybody, and visits that meet another role's at the shop that day."""
    n_visits = sum(mask.bit_count() for mask in open_masks(people, month).values())
    days = [mask.bit_count() for mask in _union(people, month).values() if mask]
    return (round(float(np.mean(days)), 4) if days else 0.0), n_visits - sum(days)


def _same_weekday(survey: WorkSurvey, month: Month) -> float:
    """Share of the open duties with two visits or more, at most one a week, that keep one weekday."""
    n_weeks = len({(day - survey.days.first_day).days // 7 for day in survey.days.working})
    kept = [
        len({survey.days.working[day].weekday() for day, _ in visits}) == 1
        for visits in month.visits.values()
        if 1 < len(visits) <= n_weeks
    ]
    return round(float(np.mean(kept)), 4) if kept else 1.0
