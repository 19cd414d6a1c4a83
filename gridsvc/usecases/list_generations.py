"""List the publications of a district."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, generations
from gridsvc.storage.generations import Generation


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationFacts:
    """One publication; `plan_id` is None for generation 0, the imported present owners."""

    generation: int
    plan_id: str | None
    published_by: str
    published_at: datetime
    effective_from: datetime
    is_current: bool


def list_generations(store: Store, clock: Clock, *, adcode: Adcode) -> list[GenerationFacts]:
    """Give the publications, newest first."""
    with store.transaction(adcode) as tx:
        current = generations.current(tx, clock.now())
        found = generations.all_generations(tx)
    return [_facts(one, current) for one in reversed(found)]


def _facts(one: Generation, current: Generation | None) -> GenerationFacts:
    return GenerationFacts(
        generation=one.number, plan_id=one.plan_id, published_by=one.published_by, published_at=one.published_at,
        effective_from=one.effective_from, is_current=current is not None and one.number == current.number,
    )  # fmt: skip
