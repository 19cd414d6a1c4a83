"""Puts the sample's turned plane on the earth: metres to WGS-84 degrees, rounded as they are written."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geo_data.projection import LocalProjection
from geo_data.samples.blocks import Geometries
from geo_data.samples.landscape import Array

MIDDLE = LocalProjection(106.71, 26.60)
"""Origin of every sample: the invented land lies about where Guiyang is, so that datums and travel look right."""

DECIMALS = 7
"""Decimals of degrees, about 1 cm: rounding moves shared corners of areas alike, so they still meet."""


@dataclass(frozen=True, slots=True)
class Plane:
    """Equal-area plane around `MIDDLE`, turned by `turn_rad`."""

    turn_rad: float

    def lonlat(self, xy: Array) -> Array:
        """Return (n, 2) longitude and latitude of (n, 2) metres, rounded to `DECIMALS`."""
        cos, sin = np.cos(self.turn_rad), np.sin(self.turn_rad)
        turned = np.column_stack([xy[:, 0] * cos - xy[:, 1] * sin, xy[:, 0] * sin + xy[:, 1] * cos])
        degrees: Array = np.column_stack(MIDDLE.lonlat(turned))
        return degrees.round(DECIMALS)

    def place(self, geometry: Geometries) -> Geometries:
        """Return geometries in rounded WGS-84 degrees."""
        return np.asarray(shapely.transform(geometry, self.lonlat), dtype=object)
