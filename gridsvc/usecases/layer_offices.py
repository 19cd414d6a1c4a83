"""Where the departments of a layer sit, so that the nearest one answers for a place that nobody owns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridsvc.domain.layers import Layer
from gridsvc.storage.staff import StaffMember


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerOffices:
    """The department and the office of each member of a layer's staff, in the order of their codes.

    Parameters
    ----------
    names : of the departments
    places : (n, 2) lon and lat of the offices, WGS-84
    """

    names: tuple[str, ...]
    places: NDArray[np.float64]

    def nearest(self, lon: float | None, lat: float | None) -> str | None:
        """Give the department with the office nearest to a place, the first where there is no place; None: no staff."""
        if not self.names:
            return None
        if lon is None or lat is None:
            return self.names[0]
        squeeze = np.cos(np.radians(lat))
        away = ((self.places[:, 0] - lon) * squeeze) ** 2 + (self.places[:, 1] - lat) ** 2
        return self.names[int(away.argmin())]


def offices_by_layer(staff: Iterable[StaffMember]) -> dict[Layer, LayerOffices]:
    """Give the offices of every layer; members without a department are left out."""
    members = [(member.role.layer, member.org_unit_name, member) for member in staff if member.org_unit_name]
    return {
        layer: LayerOffices(
            names=tuple(name for of, name, _ in members if of is layer),
            places=np.array(
                [(one.office_lon, one.office_lat) for of, _, one in members if of is layer], dtype=np.float64
            ).reshape(-1, 2),
        )
        for layer in Layer
    }
