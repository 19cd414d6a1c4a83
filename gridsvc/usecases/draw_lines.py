"""Draw the lines of a planned cycle: grid x weekday."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from gridsvc.domain.ids import LineId, RetailerId
from gridsvc.domain.layers import TASK_OF_LAYER, Layer
from gridsvc.storage.cycles import CycleStop
from gridsvc.storage.lines import Line
from gridsvc.storage.ownership import Owner
from gridsvc.usecases.survey_work import WorkSurvey


def draw_lines(survey: WorkSurvey, stops: Sequence[CycleStop]) -> dict[Layer, list[Line]]:
    """Give the lines (grid x weekday): a shop belongs to the weekday of most of its stops, the earlier one on a tie.

    Sealed stops do not count, so that no line gives one away.
    """
    layer_of = {task: layer for layer, task in TASK_OF_LAYER.items()}
    weekdays: dict[tuple[RetailerId, Layer], Counter[int]] = {}
    for item in stops:
        if not item.is_sealed:
            weekdays.setdefault((item.retailer_id, layer_of[item.task_type]), Counter())[item.day.isoweekday()] += 1
    members: dict[tuple[Layer, str, int], list[RetailerId]] = {}
    first: dict[tuple[Layer, str, int], Owner] = {}
    codes = {member.staff_id: member.staff_code for listed in survey.staff.values() for member in listed}
    for (retailer, layer), counted in sorted(weekdays.items()):
        owner = survey.owners[(retailer, layer)]
        weekday = min(counted, key=lambda day: (-counted[day], day))
        # a shop that no unit holds keeps a grid that is no longer drawn: its line is named after the person
        name = (survey.grid_names.get(owner.grid_id) if owner.grid_id else None) or codes[owner.staff_id]
        key = (layer, f"{name}-{weekday}", weekday)
        members.setdefault(key, []).append(retailer)
        first.setdefault(key, owner)
    drawn: dict[Layer, list[Line]] = {layer: [] for layer in Layer}
    for (layer, name, weekday), retailers in sorted(members.items()):
        owner = first[(layer, name, weekday)]
        drawn[layer].append(
            Line(
                line_id=LineId(""),
                layer=layer,
                name=name,
                grid_id=owner.grid_id,
                staff_id=owner.staff_id,
                weekday=weekday,
                retailers=tuple(retailers),
            )
        )
    return drawn
