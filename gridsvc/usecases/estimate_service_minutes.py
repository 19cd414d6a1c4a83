"""Estimate how long stops take, from the visits of the last months: every night, and whenever somebody asks."""

from __future__ import annotations

from datetime import timedelta

from gridsvc.clock import Clock, today
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import TASK_OF_LAYER, Layer, TaskType
from gridsvc.domain.service_minutes import estimate_minutes
from gridsvc.domain.workload import RetailerFacts, UrbanForm, Workload
from gridsvc.storage import Store, audit, districts, visits
from gridsvc.storage.visits import ServiceEstimate
from gridsvc.usecases.measured_workload import assumed_workload

OBSERVED_DAYS = 182  # half a year: long enough for rare kinds, short enough to follow a change of habits
TIERS = ("A", "B", "C")


def estimate_service_minutes(store: Store, clock: Clock, *, adcode: Adcode, actor: str) -> list[ServiceEstimate]:
    """Weigh measured against assumed minutes for every task type, tier and urban form, and keep the result.

    Measured is what was done since half a year with a check-in; sealed inspections are left out. The next cycle that is
    planned counts with the result.
    """
    with store.transaction(adcode) as tx:
        district, workload = districts.find(tx), assumed_workload(tx)
        since = today(clock, district.time_zone) - timedelta(days=OBSERVED_DAYS)
        measured: dict[TaskType, dict[tuple[str, str], list[float]]] = {}
        for item in visits.observed_services(tx, since=since):
            kinds = measured.setdefault(item.task_type, {})
            kinds.setdefault((item.tier, item.urban_form), []).append(item.service_min)
        found = [
            ServiceEstimate(
                task_type=TASK_OF_LAYER[layer],
                tier=tier,
                urban_form=form,
                assumed_min=known.assumed_min,
                observed_min=known.observed_min,
                n_observed=known.n_observed,
                weight_share=known.weight_share,
                estimate_min=known.estimate_min,
            )
            for layer in Layer
            for (tier, form), known in estimate_minutes(
                _assumed(workload, layer), measured.get(TASK_OF_LAYER[layer], {})
            ).items()
        ]
        visits.replace_estimates(tx, found, clock.now())
        content = {"n_observed": sum(item.n_observed for item in found)}
        audit.add(tx, clock, actor=actor, action="service_minutes.estimate", subject=adcode, content=content)
    return found


def _assumed(workload: Workload, layer: Layer) -> dict[tuple[str, str], float]:
    return {
        (tier, form.value): workload.service_min(
            RetailerFacts(tier=tier, integrity_star=4, urban_form=form, order_cartons=1.0), layer
        )
        for tier in TIERS
        for form in UrbanForm
    }
