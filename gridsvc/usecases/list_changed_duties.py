"""List the duties whose days a re-planning changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from gridsvc.domain.ids import RetailerId
from gridsvc.domain.layers import TaskType
from gridsvc.storage.cycles import CycleStop
from gridsvc.usecases.state_duties import PersonWork
from gridsvc.usecases.survey_work import WorkSurvey


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedDuty:
    """An open duty whose days differ from the plan that was in force; dates in order."""

    retailer_code: str
    task_type: TaskType
    staff_code: str
    before: tuple[date, ...]
    after: tuple[date, ...]


def list_changed_duties(
    survey: WorkSurvey, people: Sequence[PersonWork], before: Sequence[CycleStop], after: Sequence[CycleStop]
) -> tuple[ChangedDuty, ...]:
    """Give open duties whose days differ, by shop and task; a duty that is new or gone counts too."""
    code_of = dict(zip(survey.retailers.retailer_id, survey.retailers.retailer_code, strict=True))
    staff = {person.member.staff_id: person.member.staff_code for person in people}

    def days(stops: Sequence[CycleStop]) -> dict[tuple[RetailerId, TaskType], list[CycleStop]]:
        found: dict[tuple[RetailerId, TaskType], list[CycleStop]] = {}
        for stop in stops:
            if not stop.is_sealed:
                found.setdefault((stop.retailer_id, stop.task_type), []).append(stop)
        return found

    old, new = days(before), days(after)
    changed = []
    for key in sorted(old.keys() | new.keys()):
        was, is_now = (tuple(sorted(stop.day for stop in found.get(key, []))) for found in (old, new))
        if was != is_now:
            holder = (new.get(key) or old[key])[0]
            changed.append(
                ChangedDuty(
                    retailer_code=str(code_of.get(key[0], key[0])),
                    task_type=key[1],
                    staff_code=staff.get(holder.staff_id, ""),
                    before=was,
                    after=is_now,
                )
            )
    return tuple(changed)
