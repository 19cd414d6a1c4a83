"""What answers for one layer of a district: its units, its grids, and who stands beside whom.

A snapshot of ownership holds one for each layer. All of it depends on a published version alone, so that it is kept
from one reading of the district to the next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from gridsvc.domain.ids import StaffId
from gridsvc.domain.ownership import Alternative, GridRef, Person
from gridsvc.storage.plans import Grids
from gridsvc.usecases.unit_index import Surroundings, UnitIndex

N_DEPUTIES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerGround:
    """What answers for one layer: its units, its grids, what lies around them, and from when to when.

    `minutes_factor` (n_units,) is what the plan multiplies each unit's minutes with: its design's travel.
    """

    index: UnitIndex
    grids: Grids
    surroundings: Surroundings
    minutes_factor: NDArray[np.float64]
    valid_from: datetime
    valid_to: datetime | None

    def position_of_unit(self, unit_row: int) -> int:
        """Give the grid of a unit; -1 for a unit in no grid, and for -1: outside every unit."""
        return int(self.grids.grid_of_unit[unit_row]) if unit_row >= 0 else -1

    def grid_ref(self, position: int) -> GridRef:
        """Give a grid by its name and number."""
        grids = self.grids
        return GridRef(grid_id=grids.grid_ids[position], name=grids.names[position], number=grids.numbers[position])

    def distance_m(self, unit_row: int, lon: float, lat: float) -> float | None:
        """Give how far the border of its grid is from a place in a unit, metres; None in no grid."""
        position = self.position_of_unit(unit_row)
        if position < 0:
            return None
        return self.surroundings.distance_m(position, *self.index.plane.xy_m(lon, lat))

    def row_of_most(self, rows: NDArray[np.int32]) -> int:
        """Give a unit of the grid that holds most of `rows`; the lower grid number where two hold equally many."""
        inside = rows[rows >= 0]
        positions = self.grids.grid_of_unit[inside]
        if not len(inside):
            return -1
        counts = np.bincount(positions[positions >= 0], minlength=1)
        return int(inside[np.argmax(positions == counts.argmax())]) if counts.any() else int(inside[0])

    def spread(
        self, position: int, cloud: NDArray[np.int32], sureness: float, persons: Mapping[StaffId, Person]
    ) -> tuple[float, tuple[Alternative, ...]]:
        """Give the share of the cloud that lies in the grid, and the other grids by share; ties by grid number.

        `sureness` is the probability that the cloud is the right one at all; what it lacks to 1 is unknown.
        """
        grids = self.grids
        counts = Counter(np.where(cloud >= 0, grids.grid_of_unit[cloud], -1).tolist())
        others = sorted(((n, at) for at, n in counts.items() if at != position), key=lambda item: (-item[0], item[1]))
        alternatives = tuple(
            Alternative(
                grid=self.grid_ref(at) if at >= 0 else None,
                owner=persons.get(grids.staff_ids[at] or StaffId("")) if at >= 0 else None,
                share=round(sureness * n / len(cloud), 4),
            )
            for n, at in others
        )
        return round(sureness * counts[position] / len(cloud), 4), alternatives

    def owners_beside(self, position: int, persons: Mapping[StaffId, Person]) -> tuple[Person, ...]:
        """Give owners of the adjoining grids: of the same department first, then by the length of the shared border."""
        staff_ids = self.grids.staff_ids
        owner = persons.get(staff_ids[position] or StaffId(""))
        beside = [staff_ids[at] for at in self.surroundings.neighbours(position)]
        people = dict.fromkeys(persons[staff] for staff in beside if staff is not None)
        people.pop(owner, None)  # type: ignore[arg-type]
        ranked = sorted(people, key=lambda person: owner is not None and person.org_unit != owner.org_unit)
        return tuple(ranked[:N_DEPUTIES])
