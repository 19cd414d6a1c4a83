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
class LayerOwner:
    """One layer's answer: an owner, perhaps somebody acting, or the department with the reason why."""

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
class OwnershipAnswer:
    """The whole answer: what was asked, which generation answered, and the owner per layer.

    `valid_to` of a layer is None while nothing that is known ends it. `unit` is the H3 index or area code per layer's
    unit set that the point fell into, None where it fell into none.
    """

    adcode: Adcode
    district: str
    is_synthetic: bool
    generation: int | None
    revision: int
    as_of: datetime
    matched_by: MatchedBy
    lon: float | None
    lat: float | None
    retailer: RetailerRef | None
    unit: str | None
    layers: tuple[LayerOwner, ...]
