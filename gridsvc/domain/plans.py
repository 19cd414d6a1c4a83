"""A plan's life: from a draft that is edited to a version that is in force and never edited again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from gridsvc.domain.errors import Conflict
from gridsvc.domain.ids import Adcode, PlanId, PlanVersionId, RetailerId, UnitSetId
from gridsvc.domain.layers import Layer


class PlanState(StrEnum):
    """Where a plan stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


NEXT_STATES: dict[PlanState, frozenset[PlanState]] = {
    PlanState.DRAFT: frozenset({PlanState.SUBMITTED, PlanState.WITHDRAWN}),
    PlanState.SUBMITTED: frozenset({PlanState.RETURNED, PlanState.APPROVED, PlanState.WITHDRAWN}),
    PlanState.RETURNED: frozenset({PlanState.SUBMITTED, PlanState.WITHDRAWN}),
    PlanState.APPROVED: frozenset({PlanState.PUBLISHED, PlanState.RETURNED, PlanState.WITHDRAWN}),
    PlanState.PUBLISHED: frozenset({PlanState.SUPERSEDED}),
    PlanState.SUPERSEDED: frozenset(),
    PlanState.WITHDRAWN: frozenset(),
}


EDITABLE = frozenset({PlanState.DRAFT, PlanState.RETURNED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A scenario over one immutable unit set, for one or more layers.

    `revision` counts the edits of the draft; `base_generation` is the generation it was drawn from, and publishing on
    an older base than the district's current generation is refused with the difference.
    """

    adcode: Adcode
    plan_id: PlanId
    title: str
    state: PlanState
    layers: tuple[Layer, ...]
    unit_set_id: UnitSetId
    base_generation: int
    plan_version_id: PlanVersionId
    revision: int
    created_by: str
    created_at: datetime
    effective_from: datetime | None = None


def require_transition(state: PlanState, wanted: PlanState) -> None:
    """Raise `Conflict` when a plan in `state` cannot become `wanted`."""
    if wanted not in NEXT_STATES[state]:
        allowed = ", ".join(sorted(NEXT_STATES[state])) or "nothing: this state is final"
        raise Conflict(f"a plan that is {state} cannot become {wanted}; from here it can become {allowed}")


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedUnit:
    """A unit whose owner a publication changed; staff by code, None = nobody.

    `is_yours_too` holds where the outdated plan gives the same unit to somebody else than its base did.
    """

    unit: int
    cell: str
    before: str | None
    after: str | None
    is_yours_too: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedRetailer:
    """A shop that a publication gave to somebody else; staff by code, None = nobody."""

    retailer_id: RetailerId
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerDifference:
    """What a publication changed in one layer; `units` is None where it is on units that the plan's do not divide."""

    layer: Layer
    units: tuple[MovedUnit, ...] | None
    retailers: tuple[MovedRetailer, ...]

    @property
    def words(self) -> str:
        """The difference in one line."""
        if self.units is None:
            return f"{self.layer}: {len(self.retailers):,} shops"
        n_yours = sum(moved.is_yours_too for moved in self.units)
        yours = f" ({n_yours:,} of them moved in your plan too)" if n_yours else ""
        return f"{self.layer}: {len(self.units):,} units{yours}, {len(self.retailers):,} shops"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewerGeneration:
    """A publication that a plan was drawn before: who, when, and what it changed in the plan's layers."""

    generation: int
    plan_id: PlanId | None
    title: str | None
    published_by: str
    published_at: datetime
    effective_from: datetime
    layers: tuple[LayerDifference, ...]

    @property
    def words(self) -> str:
        """The publication in one line."""
        named = f" ({self.title})" if self.title else ""
        changed = "; ".join(layer.words for layer in self.layers)
        return (
            f"generation {self.generation}{named} by {self.published_by} on {self.published_at:%Y-%m-%d %H:%M} UTC: "
            f"{changed}"
        )


class BaseOutdated(Conflict):
    """The plan was drawn from an earlier generation than the newest. Draw it again from there."""

    def __init__(self, plan: Plan, newer: tuple[NewerGeneration, ...], clashes: tuple[str, ...] = ()) -> None:
        self.base_generation = plan.base_generation
        self.newer = newer
        way_on = (
            "both changed the same; draw it again from there" if clashes else "rebase it, or draw it again from there"
        )
        newest = newer[-1]
        super().__init__(
            f"plan {plan.title} was drawn from generation {plan.base_generation}, but generation {newest.generation} "
            f"was published by {newest.published_by} on {newest.published_at:%Y-%m-%d %H:%M} UTC; {way_on}",
            violations=(*clashes, *(one.words for one in newer)),
        )

    @property
    def members(self) -> Mapping[str, Any]:
        """The whole difference, publication by publication."""
        return {"base_generation": self.base_generation, "newer": self.newer}
