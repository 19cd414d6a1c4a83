"""One layer of the district as people read it: its grids, who keeps each, and how even the work is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gridsvc.domain.ids import Adcode, GridId, UnitSetId
from gridsvc.domain.layers import Layer
from gridsvc.domain.ownership import Person

DEFAULT_TOLERANCE_SHARE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class GridSummary:
    """One grid and its work.

    Before any plan is published the present owners have shops but no grids: then `grid_id` is None, the number counts
    the owners, and there are no units.

    Parameters
    ----------
    load_min_per_day : person-minutes of an average working day, the way to the shops included
    deviation_share : how far that is from the layer's mean; 0.05 = 5 % above it
    n_pieces : parts that do not touch across a passable border; 1 is whole, 0 has no units
    colour : fill, "#rrggbb"; grids that touch differ, for colour-blind eyes too
    label_lon, label_lat : a point well inside the largest piece, None without units
    """

    grid_id: GridId | None
    number: int
    name: str
    owner: Person | None
    n_retailers: int
    load_min_per_day: float
    deviation_share: float
    n_units: int
    n_pieces: int
    area_km2: float
    colour: str
    label_lon: float | None
    label_lat: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerGrids:
    """All grids of one layer at one instant.

    Parameters
    ----------
    generation : of the publication in force; None before the present owners are known
    is_planned : whether a published plan answers for this layer; otherwise the owners are the imported ones
    tolerance_share : greatest deviation that the district accepts
    max_deviation_share : the greatest absolute deviation among the grids, 0 without grids
    n_trios : distinct triples of owners over the three layers; None while a layer has no owners
    grid_of_unit : position in `grids` by unit row, -1 = none; empty without a plan
    """

    adcode: Adcode
    district: str
    is_synthetic: bool
    layer: Layer
    generation: int | None
    revision: int
    as_of: datetime
    is_planned: bool
    tolerance_share: float
    max_deviation_share: float
    mean_load_min_per_day: float
    n_retailers: int
    n_unowned: int
    n_trios: int | None
    unit_set_id: UnitSetId | None
    grids: tuple[GridSummary, ...]
    grid_of_unit: tuple[int, ...]
