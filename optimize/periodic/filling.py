"""Take a plan as it stands and put what waits where it is cheapest: insertion alone, no search."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optimize.periodic.layout import World, lay_out
from optimize.periodic.placing import Settings, place_whole
from optimize.periodic.problem import PeriodicProblem, PeriodicResult
from optimize.periodic.result import load_result, read_result


def fill_in(w: World, wanted: Sequence[int] | None = None) -> None:
    """Insert every duty left out, or those that are wanted, where the plan has room, the largest demand first."""
    settings = Settings(skip_share=0.0)
    waits = (w.duties["mask"] == 0) & (w.duties["pattern_end"] > w.duties["pattern_first"])
    if wanted is not None:
        waits &= np.isin(np.arange(len(waits)), list(wanted))
    waiting = np.flatnonzero(waits)
    for duty in waiting[np.argsort(-w.duties["demand"][waiting], kind="stable")].tolist():
        place_whole(w, settings, duty)
        w.slots["is_touched"] = False
        w.state["n_touched"] = 0


def filled(problem: PeriodicProblem, before: PeriodicResult, wanted: Sequence[int] | None = None) -> PeriodicResult:
    """Give a plan with its waiting duties inserted where they fit; nothing that is planned moves to another day.

    Parameters
    ----------
    wanted : the duties that may be inserted; None = every one that waits
    """
    w = lay_out(problem, 0)
    load_result(problem, w, before)
    fill_in(w, wanted)
    return read_result(problem, w, 0)
