"""Draw the lines of a planned cycle: grid x weekday."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from gridsvc.domain.ids import GridId, LineId, RetailerId, StaffId
from gridsvc.domain.layers import TASK_OF_LAYER, Layer
from gridsvc.domain.line_keys import free_key, place_of_key
from gridsvc.storage.cycles import CycleStop
from gridsvc.storage.lines import Line
from gridsvc.usecases.survey_work import WorkSurvey


def draw_lines(survey: WorkSurvey, stops: Sequence[CycleStop]) -> dict[Layer, list[Line]]:
    """Give the lines (grid x weekday): a shop belongs to the weekday of most of its stops, the earlier one on a tie.

    Sealed stops do not count, so that no line gives one away. A line is of the person who works most of its shops. A
    line in force of that grid and weekday is gone on with: a shop stays on the one that it is on; where a planner made
    several, the others go to the first.
    """
    layer_of = {task: layer for layer, task in TASK_OF_LAYER.items()}
    weekdays: dict[tuple[RetailerId, Layer], Counter[int]] = {}
    for item in stops:
        if not item.is_sealed:
            weekdays.setdefault((item.retailer_id, layer_of[item.task_type]), Counter())[item.day.isoweekday()] += 1
    members: dict[tuple[Layer, str, int], list[RetailerId]] = {}
    workers: dict[tuple[Layer, str, int], Counter[tuple[StaffId, StaffId | None, GridId | None]]] = {}
    present = _Present(survey.lines)
    codes = {member.staff_id: member.staff_code for listed in survey.staff.values() for member in listed}
    for (retailer, layer), counted in sorted(weekdays.items()):
        owner = survey.owners[(retailer, layer)]
        weekday = min(counted, key=lambda day: (-counted[day], day))
        # a shop that no unit holds keeps a grid that is no longer drawn: its line is named after the person
        name = (survey.grid_names.get(owner.grid_id) if owner.grid_id else None) or codes[
            survey.handed.get((retailer, layer), owner.staff_id)
        ]
        key = (layer, present.key_of(retailer, layer, name, weekday), weekday)
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
                key=name,
                grid_id=grid_id,
                staff_id=staff_id,
                weekday=weekday,
                retailers=tuple(retailers),
                instead_of=instead_of,
            )
        )
    return drawn


class _Present:
    """The lines in force where a cycle begins, by their layer, place and weekday."""

    def __init__(self, known: Sequence[Line]) -> None:
        self._at: dict[tuple[Layer, str, int | None], list[str]] = {}
        self._keys: dict[Layer, set[str]] = {layer: set() for layer in Layer}
        self._line_of: dict[tuple[RetailerId, Layer], str] = {}
        for item in known:
            place = place_of_key(item.key)
            self._keys[item.layer].add(item.key)
            self._line_of.update({(retailer, item.layer): item.key for retailer in item.retailers})
            if place is not None:
                self._at.setdefault((item.layer, place, item.weekday), []).append(item.key)

    def key_of(self, retailer: RetailerId, layer: Layer, place: str, weekday: int) -> str:
        """Give the key of the line that a shop belongs to: one in force, or a new one."""
        known = self._at.get((layer, place, weekday))
        if known is None:
            known = [free_key(place, weekday, self._keys[layer])]
            self._at[layer, place, weekday] = known
            self._keys[layer].add(known[0])
        here = self._line_of.get((retailer, layer))
        return here if here in known else min(known)
