"""Find the grids of one place and nothing else: the step that nearly every look-up takes, in a few microseconds."""

from __future__ import annotations

from dataclasses import dataclass

from gridsvc.domain.layers import Layer
from gridsvc.usecases.district_snapshot import DistrictSnapshot

_LAYERS = tuple(Layer)


@dataclass(frozen=True, slots=True)
class PlainPlace:
    """Where a place lies: grid positions and metres to the grids' borders by layer, and its unit."""

    positions: tuple[int, ...]
    distance_m: tuple[float, ...]
    unit: str


class PlainPlaces:
    """The places of one snapshot whose answer depends on their grids alone; made once a snapshot."""

    def __init__(self, snapshot: DistrictSnapshot) -> None:
        ground = [snapshot.ground[layer] for layer in _LAYERS if layer in snapshot.ground]
        is_whole = len(ground) == len(_LAYERS) and len({id(of_layer.index) for of_layer in ground}) == 1
        self._index = ground[0].index if is_whole else None
        self._layers = [
            (of_layer.grids.grid_of_unit.tolist(), snapshot.depends_on_place(layer).tolist(), of_layer.surroundings)
            for layer, of_layer in zip(_LAYERS, ground, strict=False)
            if is_whole
        ]

    def find(self, lon: float, lat: float) -> PlainPlace | None:
        """Give where a place lies.

        None where its answer depends on more: no plan or no grid in some layer, layers over different units, a vacancy,
        a leave.
        """
        row = -1 if self._index is None else self._index.row(lon, lat)
        if self._index is None or row < 0:
            return None
        x, y = self._index.plane.xy_m(lon, lat)
        positions, away = [], []
        for grid_of_unit, depends, surroundings in self._layers:
            position = grid_of_unit[row]
            if position < 0 or depends[position]:
                return None
            positions.append(position)
            away.append(surroundings.distance_m(position, x, y))
        return PlainPlace(tuple(positions), tuple(away), self._index.units.ids[row])
