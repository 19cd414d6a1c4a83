"""Borders of offices and bureaus that grids keep to: hard where jurisdiction demands it, at a price elsewhere."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gridsvc.domain.layers import Layer

BUREAU_LEVEL = "county_bureau"  # its borders count without being asked for
DEFAULT_PRICE = 1.0
MOST_AREAS = 200  # of a level whose borders can be kept; finer ones are units, not offices


class BorderMode(StrEnum):
    """How much the borders of a level count."""

    HARD = "hard"
    PRICED = "priced"
    FREE = "free"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBorder:
    """What a layer does about the borders of one level of areas.

    Parameters
    ----------
    level : of areas as they were imported: county_bureau, street_office, community_district, ...
    mode : hard = a grid lies in one area; priced = a grid that goes on across pays; free = nothing
    price : of a crossing as long as a mean border between units, in mean squared distances of a shop to its centre;
        only where priced
    """

    level: str
    mode: BorderMode
    price: float = DEFAULT_PRICE

    def fault(self) -> str | None:
        """Say what cannot be used, None when all can."""
        if self.mode is BorderMode.PRICED and not (math.isfinite(self.price) and 0 < self.price <= 1e6):
            return f"borders of {self.level}: a price is a number above 0, not {self.price}"
        return None


def borders_of(layer: Layer, given: Iterable[KeptBorder], levels: Iterable[str]) -> tuple[KeptBorder, ...]:
    """Give what counts in a layer: what was said, and for bureaus the default, where there are areas of the level.

    County bureaus are hard in the inspection layer, because an inspector's powers end there, and priced in the others.
    """
    said = {border.level: border for border in given}
    known = set(levels)
    if BUREAU_LEVEL in known and BUREAU_LEVEL not in said:
        mode = BorderMode.HARD if layer is Layer.INSPECTION else BorderMode.PRICED
        said[BUREAU_LEVEL] = KeptBorder(level=BUREAU_LEVEL, mode=mode)
    return tuple(said[level] for level in sorted(said) if level in known and said[level].mode is not BorderMode.FREE)


def border_from(document: Mapping[str, Any]) -> KeptBorder:
    """Read a border as it is stored."""
    return KeptBorder(level=document["level"], mode=BorderMode(document["mode"]), price=float(document["price"]))


def border_document(border: KeptBorder) -> dict[str, Any]:
    """Give a border as it is stored."""
    return {"level": border.level, "mode": str(border.mode), "price": border.price}
