"""Who is responsible: one answer per layer, with why it is this person and what to do when it is nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gridsvc.domain.ids import Adcode, GridId, RetailerId, StaffId
from gridsvc.domain.layers import Layer, Role


class MatchedBy(StrEnum):
    """What the question was answered from."""

    POINT = "point"
    RETAILER_ID = "retailer_id"
    RETAILER_CODE = "retailer_code"
    LICENCE_NO = "licence_no"
    ADDRESS = "address"
    CELL = "cell"


class OwnershipSource(StrEnum):
    """Where an ownership row came from."""

    IMPORTED = "imported"  # generation 0: the present owners as the bureau had them
    PLAN = "plan"
    EXCEPTION = "exception"  # one shop kept by another owner
    ASSIGNED = "assigned"  # a shop opened between plans


class FallbackReason(StrEnum):
    """Why no person answers for a layer."""

    NO_GENERATION = "no_generation"  # nothing was ever published for this layer
    NO_GRID = "no_grid"  # the point lies in the district but in no grid of this layer
    VACANCY = "vacancy"  # the grid has no owner now
    UNOWNED_RETAILER = "unowned_retailer"  # present owners were imported without one for this shop


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A member of staff as far as other roles may know them."""

    staff_id: StaffId
    staff_code: str
    name: str
    org_unit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GridRef:
    """A grid by its name and number within its layer."""

    grid_id: GridId
    name: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """Who else may be responsible when the place is uncertain; `share` is the probability of it, 0 to 1."""

    grid: GridRef | None
    owner: Person | None
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerOwner:
    """One layer's answer: an owner, perhaps somebody acting, or the department with the reason why.

    Parameters
    ----------
    deputies : whom to ask when the owner cannot be reached: those whom the organisation declared, in their order, else
        the owners of the adjoining grids, of the same department first, then by the length of the shared border
    are_deputies_declared : whether the organisation named them
    distance_to_border_m : from the place to the nearest border of the grid it lies in, metres; None outside every grid
    certainty : probability that a place which is known only roughly lies in this grid, 0 to 1; 1 for an exact one
    alternatives : the other grids where such a place may lie, most likely first
    """

    layer: Layer
    role: Role
    grid: GridRef | None
    owner: Person | None
    acting_owner: Person | None = None
    acting_reason: str | None = None
    source: OwnershipSource | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    fallback_department: str | None = None
    fallback_reason: FallbackReason | None = None
    deputies: tuple[Person, ...] = ()
    are_deputies_declared: bool = False
    distance_to_border_m: float | None = None
    certainty: float = 1.0
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RetailerRef:
    """The retailer that the answer is about."""

    retailer_id: RetailerId
    retailer_code: str
    licence_no: str
    name: str
    address: str
    lon: float | None
    lat: float | None
    precision_class: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceCandidate:
    """One place that an address may mean; `score` is the likeness of the words, 0 to 1."""

    label: str
    lon: float
    lat: float
    score: float
    precision: str
    uncertainty_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressMatch:
    """How an address was found.

    Parameters
    ----------
    confidence : probability that what was meant is among the readings, 0 to 1; part of every layer's certainty
    precision : what the place stands for: address, interpolated, estate, street or area
    uncertainty_m : radius within which 90 % of such places are expected to lie, metres
    candidates : other readings of the address, best first
    """

    address: str
    label: str
    confidence: float
    precision: str
    uncertainty_m: float
    reason: str
    candidates: tuple[PlaceCandidate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnershipAnswer:
    """The whole answer: what was asked, which generation answered, and the owner per layer.

    Parameters
    ----------
    valid_from, valid_to : since when, and until when at the latest, every layer of this answer stays as it is;
        `valid_to` is None while nothing that is scheduled ends it
    is_stale, stale_since : the database does not answer; this is what was known when it last did
    crs : datum of every lon and lat in this answer
    unit : H3 index or area code of the unit that the place lies in, None where it lies in none
    certainty : the least of the layers'
    uncertainty_m : radius of the place where it is known only roughly, metres; None for an exact one
    address : how an address was found, where one was asked
    """

    adcode: Adcode
    district: str
    is_synthetic: bool
    generation: int | None
    revision: int
    as_of: datetime
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    is_stale: bool = False
    stale_since: datetime | None = None
    matched_by: MatchedBy
    crs: str = "wgs84"
    lon: float | None
    lat: float | None
    retailer: RetailerRef | None
    unit: str | None
    certainty: float = 1.0
    uncertainty_m: float | None = None
    address: AddressMatch | None = None
    layers: tuple[LayerOwner, ...]
