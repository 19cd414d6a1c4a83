"""Read the publication that is in force."""

from __future__ import annotations

from gridsvc.clock import Clock
from gridsvc.domain.errors import NotFound
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store
from gridsvc.usecases.list_generations import GenerationFacts, list_generations


def read_current_generation(store: Store, clock: Clock, *, adcode: Adcode) -> GenerationFacts:
    """Give the generation in force; raises `NotFound` before the first."""
    for one in list_generations(store, clock, adcode=adcode):
        if one.is_current:
            return one
    raise NotFound(f"nothing was ever published in district {adcode}")
