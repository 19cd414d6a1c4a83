"""A plan's life: from a draft that is edited to a version that is in force and never edited again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gridsvc.domain.errors import Conflict
from gridsvc.domain.ids import Adcode, PlanId, PlanVersionId, UnitSetId
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
