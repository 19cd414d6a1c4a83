"""What would plan the duties that a month leaves over: a territory is solved again with one thing changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gridsvc.engines.periodic import Change, TerritoryCycle, change_of, territory_problem
from gridsvc.engines.periodic_patterns import legal_patterns
from gridsvc.engines.pool import EnginePool, Report, Task
from optimize.periodic.filling import filled
from optimize.periodic.patterns import days_of
from optimize.periodic.relax import placed_again, server_of, smallest_relaxations
from optimize.periodic.result import plan_of_tours

_MOST_STEPS = 2_000
RELAXED_AT_MOST = 100  # duties of a territory for which a change of their own is solved; beyond, figures are unverified


@dataclass(frozen=True, slots=True, kw_only=True)
class RelaxRequest:
    """A territory's cycle with the plan that stands (`given.apart`), and duties that it leaves over.

    Parameters
    ----------
    wanted : rows of duties that have no days in the plan
    are_guests : the duties are other people's: they are only put into these people's months, and nothing is changed
    """

    given: TerritoryCycle
    wanted: tuple[int, ...]
    are_guests: bool = False


def relax_territories(
    pool: EnginePool,
    requests: Sequence[RelaxRequest],
    *,
    on_progress: Report | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> list[dict[int, Change]]:
    """Give, by duty, the smallest change that plans it and takes nobody else's days; what none plans is left out.

    Every change is verified by solving the territory again with it. Side by side; the same input gives the same.
    """
    tasks = [Task(f"{__name__}._relax_in_child", request, limit_s=1800.0) for request in requests]
    found: list[dict[int, Change]] = pool.run_all(tasks, on_progress=on_progress, is_cancelled=is_cancelled)
    return found


def _relax_in_child(request: RelaxRequest, report: Report) -> dict[int, Change]:
    given, problem = request.given, territory_problem(request.given)
    stands = filled(problem, plan_of_tours(problem, given.apart or ()), ())
    left = {item.duty for item in stands.not_planned}
    wanted = [duty for duty in request.wanted if duty in left]
    steps = min(_MOST_STEPS, max(200, given.max_iterations // 10))
    if request.are_guests:
        placed = placed_again(problem, stands, wanted, steps, given.seed, given.engine)
        return {
            duty: Change(
                kind="other_person",
                person=server_of(placed.result, duty),
                days=days_of(int(placed.result.mask_of_duty[duty])),
            )
            for duty in placed.duties
        }
    chosen = wanted[:RELAXED_AT_MOST]
    same_role = problem.role_of_duty[:, None] == problem.role_of_staff[None, :]
    found = smallest_relaxations(
        problem,
        stands,
        chosen,
        other_days={duty: _wider(given, duty) for duty in chosen if not problem.sealed[duty]},
        other_staff=same_role & ~problem.staff_of_duty & ~problem.sealed[:, None],
        max_iterations=steps,
        seed=given.seed,
        engine=given.engine,
    )
    return {duty: change_of(relaxation) for duty, relaxation in found.items()}


def _wider(given: TerritoryCycle, duty: int) -> np.ndarray:
    own = given.duties[duty]
    is_present = given.people[own.person].minutes_of_day > 0
    return legal_patterns(replace(own, is_strict=False), given.weekday_of_day, given.week_of_day, is_present).mask
