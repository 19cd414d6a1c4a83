"""Read a district's description, its newest generation and revision, and how much is in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import ROLE_OF_LAYER, Layer
from gridsvc.storage import Store, districts, staff


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictFacts:
    """A district as pages and other systems need it; the box is lon and lat in WGS-84.

    `is_synthetic`: the district, or any value of one of its shops, is invented.
    """

    adcode: Adcode
    name: str
    country: str
    time_zone: str
    is_synthetic: bool
    generation: int | None
    revision: int
    west: float
    south: float
    east: float
    north: float
    n_staff: dict[Layer, int]


def read_district(store: Store, *, adcode: Adcode) -> DistrictFacts:
    """Give the district; raises `NotFound`."""
    with store.transaction(adcode) as tx:
        found = districts.find(tx)
        is_synthetic = districts.holds_invented(tx)
        n_by_role = Counter(member.role for member in staff.all_staff(tx))
    west, south, east, north = found.boundary.bounds
    return DistrictFacts(
        adcode=adcode,
        name=found.name,
        country=found.country,
        time_zone=found.time_zone,
        is_synthetic=is_synthetic,
        generation=found.generation,
        revision=found.revision,
        west=west,
        south=south,
        east=east,
        north=north,
        n_staff={layer: n_by_role[ROLE_OF_LAYER[layer]] for layer in Layer},
    )
