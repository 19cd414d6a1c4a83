"""A pool that solves in this very process, so that a test can take the engines' parts away."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

from gridsvc.engines.pool import EnginePool, Report, Task


class NearPool(EnginePool):
    """Runs every task where it is called, one after the other."""

    def run(
        self, task: Task, *, on_progress: Report | None = None, is_cancelled: Callable[[], bool] | None = None
    ) -> Any:
        """Call the task's function here."""
        module, _, name = task.function.rpartition(".")
        return getattr(importlib.import_module(module), name)(task.payload, lambda share, words: None)

    def run_all(
        self,
        tasks: Sequence[Task],
        *,
        on_progress: Report | None = None,
        is_cancelled: Callable[[], bool] | None = None,
    ) -> list[Any]:
        """Run the tasks one after the other."""
        return [self.run(task) for task in tasks]
