"""What `./run` promises: the synthetic district gets better grids in three layers, and they are put in force."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridsvc.clock import FixedClock
from gridsvc.domain.layers import Layer
from gridsvc.engines.pool import EnginePool
from gridsvc.storage import Store, generations
from gridsvc.usecases.first_run import first_run
from gridsvc.usecases.found_sample import found_sample

pytestmark = pytest.mark.database


class GridsAreThereError(Exception):
    """The steps that follow are other tests' business."""


def test_the_first_design_of_the_synthetic_district_keeps_every_rule_and_is_published(
    store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    adcode = found_sample(store, clock, folder=tmp_path, size="district", seed=1)

    def until_the_cycle(share: float, words: str) -> None:
        if words.startswith("Cycle"):
            raise GridsAreThereError

    with EnginePool(2) as pool, pytest.raises(GridsAreThereError):
        first_run(store, clock, pool, adcode=adcode, actor="test", folder=tmp_path, on_progress=until_the_cycle)
    with store.transaction(adcode) as tx:
        current = generations.current(tx, clock.now())
        assert current is not None
        assert current.number == 1
        assert set(generations.layer_spans(tx, clock.now())) == set(Layer)
