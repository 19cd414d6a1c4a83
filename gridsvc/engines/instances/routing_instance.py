"""A published vehicle routing instance, as its readers give it and the engine's front door takes it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

SCALES: Final = (10_000, 1_000, 100, 10, 1)
FREE_FLEET: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VehicleRoutingInstance:
    """An instance in its own units; row 0 of the arrays is the depot, row k customer k.

    Parameters
    ----------
    name : as the file says
    distance : (n + 1, n + 1) in the convention's rounding
    convention : the rounding, in words
    scale : what distances and times are multiplied by to become integers
    demand : (n + 1,) whole units; 0 at the depot
    capacity : of every vehicle
    n_vehicles : fleet limit; `FREE_FLEET` = none
    is_limit_a_remark : the limit comes from the comment only and is given up where it cannot be kept
    window : (n + 1, 2) when service may start, or None
    service : (n + 1,) durations
    max_length : longest route, service included; infinite = no limit
    """

    name: str
    distance: NDArray[np.float64]
    convention: str
    scale: int
    demand: NDArray[np.int64]
    capacity: int
    n_vehicles: int = FREE_FLEET
    is_limit_a_remark: bool = False
    window: NDArray[np.float64] | None = None
    service: NDArray[np.float64]
    max_length: float = math.inf

    @property
    def n_customers(self) -> int:
        """Number of customers."""
        return len(self.demand) - 1
