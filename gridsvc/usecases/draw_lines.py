"""Draw the lines of a planned cycle: grid x weekday."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from gridsvc.domain.ids import GridId, LineId, RetailerId, StaffId
from gridsvc.domain.layers import TASK_OF_LAYER, Layer
from gridsvc.storage.cycles import CycleStop
from gridsvc.storage.lines import Line
from gridsvc.usecases.survey_work import WorkSurvey


def draw_lines(survey: WorkSurvey, stops: Sequence[CycleStop]) -> dict[Layer, list[Line]]:
    """Give the lines (grid x weekday): a shop belongs to the weekday of most of its stops, the earlier one on a tie.

    Sealed stops do not count, so that no line gives one away. A line is of the person who works most of its shops.
    """
    layer_of = {task: layer for layer, task in TASK_OF_LAYER.items()}
    weekdays: dict[tuple[RetailerId, Layer], Counter[int]] = {}
    for item in stops:
        if not item.is_sealed:
            weekdays.setdefault((item.retailer_id, layer_of[item.task_type]), Counter())[item.day.isoweekday()] += 1
    members: dict[tuple[Layer, str, int], list[RetailerId]] = {}
    workers: dict[tuple[Layer, str, int], Counter[tuple[StaffId, StaffId | None, GridId | None]]] = {}
    codes = {member.staff_id: member.staff_code for listed in survey.staff.values() for member in listed}
    for (retailer, layer), counted in sorted(weekdays.items()):
        owner = survey.owners[(retailer, layer)]
        weekday = min(counted, key=lambda day: (-counted[day], day))
        # a shop that no unit holds keeps a grid that is no longer drawn: its line is named after the person
        name = (survey.grid_names.get(owner.grid_id) if owner.grid_id else None) or codes[
            survey.handed.get((retailer, layer), owner.staff_id)
        ]
        key = (layer, f"{name}-{weekday}", weekday)
        members.setdefault(key, []).append(retailer)
        who = (owner.staff_id, survey.handed.get((retailer, layer)), owner.grid_id)
        workers.setdefault(key, Counter())[who] += 1
    drawn: dict[Layer, list[Line]] = {layer: [] for layer in Layer}
    for (layer, name, weekday), retailers in sorted(members.items()):
        ((staff_id, instead_of, grid_id), _), *_ = workers[layer, name, weekday].most_common(1)
        drawn[layer].append(
            Line(
                line_id=LineId(""),
                layer=layer,
                name=name,
                grid_id=grid_id,
                staff_id=staff_id,
                weekday=weekday,
                retailers=tuple(retailers),
                instead_of=instead_of,
            )
        )
    return drawn
