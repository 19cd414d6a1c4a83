"""Territory problems drawn as text: letters are present grids, '.' is unowned, '#' is a barrier no one may cross."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimize.territory.problem import TerritoryProblem


class AsciiMap:
    """A square lattice of units; `rows_of[r, c]` is the unit of a character, -1 for a barrier."""

    def __init__(self, text: str) -> None:
        self.lines = [line.strip() for line in text.strip().splitlines()]
        places = [(r, c) for r, line in enumerate(self.lines) for c, char in enumerate(line) if char != "#"]
        self.unit_at = {place: unit for unit, place in enumerate(places)}
        self.places = places
        letters = sorted({char for line in self.lines for char in line if char.isalpha()})
        self.letters = letters
        self.plan = np.array(
            [letters.index(self.lines[r][c]) if self.lines[r][c].isalpha() else -1 for r, c in places], dtype=np.int32
        )

    @property
    def edges(self) -> NDArray[np.int32]:
        """Pairs of units beside or below each other."""
        near = [
            (unit, self.unit_at[r + dr, c + dc])
            for (r, c), unit in self.unit_at.items()
            for dr, dc in ((0, 1), (1, 0))
            if (r + dr, c + dc) in self.unit_at
        ]
        return np.array(near, dtype=np.int32).reshape(-1, 2)

    def problem(self, n_grids: int, loads: Sequence[int] | None = None, **rules: Any) -> TerritoryProblem:
        """Return the problem with one retailer a unit, or the loads given in reading order."""
        xy_km = np.array([(c, -r) for r, c in self.places], dtype=np.float64)
        given = np.ones(len(self.places), dtype=np.int64) if loads is None else np.array(loads)
        rules.setdefault("tolerance_share", 0.0)
        return TerritoryProblem(n_grids=n_grids, xy_km=xy_km, loads=given, edges=self.edges, **rules)

    def unit(self, row: int, column: int) -> int:
        """Return the unit at a place."""
        return self.unit_at[row, column]


TOWN = AsciiMap("""
    AAABBB
    AAABBB
    AAABBB
    CCCDDD
    CCCDDD
    CCCDDD
""")
