"""A district's tables of work, with the minutes that were measured in place of the assumed ones."""

from __future__ import annotations

from dataclasses import replace

from gridsvc.domain.layers import TASK_OF_LAYER
from gridsvc.domain.workload import UrbanForm, Workload
from gridsvc.domain.workload_tables import workload_of
from gridsvc.storage import Transaction, districts, visits

_LAYER_OF_TASK = {task: layer for layer, task in TASK_OF_LAYER.items()}


def assumed_workload(tx: Transaction) -> Workload:
    """Read the district's tables: its own where it has some, else the defaults."""
    return workload_of(districts.workload_tables(tx))


def measured_workload(tx: Transaction) -> Workload:
    """Read the district's tables; kinds of stop that nobody measured keep their assumed minutes."""
    estimates, _ = visits.estimates(tx)
    measured = {
        (_LAYER_OF_TASK[item.task_type], item.tier, UrbanForm(item.urban_form)): item.estimate_min
        for item in estimates
        if item.n_observed
    }
    return replace(assumed_workload(tx), measured_min=measured)
