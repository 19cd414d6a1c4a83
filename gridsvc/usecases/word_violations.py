"""Say what a division breaks in a planner's words: names of grids and units instead of rows."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gridsvc.domain.workload import WORKING_DAYS_PER_CYCLE
from gridsvc.engines.territory import BrokenRule


def word_violation(broken: BrokenRule, grid_names: Sequence[str], unit_ids: Sequence[str]) -> str:
    """Give one sentence; a load says by how much it leaves its range, minutes per working day."""
    if broken.rule == "load" and broken.grid >= 0:
        name = grid_names[broken.grid]
        if broken.measure == "minutes":
            return f"{name} is {broken.amount / WORKING_DAYS_PER_CYCLE:.1f} minutes a day outside its tolerance"
        return f"{name} is {broken.amount:,.0f} {broken.measure} outside its tolerance"
    if broken.rule == "jurisdiction" and broken.grid >= 0:
        return f"{grid_names[broken.grid]} reaches into {broken.amount + 1:.0f} bureaus; it may lie in one only"
    if broken.rule == "must_link":
        grids = ", ".join(
            _named(grid_names, match) for match in re.finditer(r"\d+", broken.words.partition("grids")[2])
        )
        group = unit_ids[broken.unit] if 0 <= broken.unit < len(unit_ids) else "of units"
        return f"The units of group {group} must stay together but lie in grids {grids}."
    words = re.sub(r"\b[Gg]rid (\d+)", lambda match: _named(grid_names, match), broken.words)
    return re.sub(r"\b[Uu]nit (\d+)", lambda match: "unit " + _named(unit_ids, match), words)


def _named(names: Sequence[str], match: re.Match[str]) -> str:
    row = int(match.group(match.lastindex or 0))
    return names[row] if row < len(names) else match.group(0)
