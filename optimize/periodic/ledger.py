"""Account for joint stops: what planning the roles together costs or saves against planning each alone.

Both plans are solved under the same matrix and limits; nothing is estimated and no saving is assumed. Same-day joint
stops save no service minutes by themselves: the ledger then shows the travel that fewer disturbed days cost or save.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimize.periodic.joining import join_roles
from optimize.periodic.metrics import disturbed_days_per_retailer, shared_days
from optimize.periodic.problem import PeriodicProblem, PeriodicResult
from optimize.periodic.solve import solve
from optimize.periodic.subproblem import only_duties, side_by_side
from optimize.stopping import StoppingCriterion

_SEED_STEP = 10_007


@dataclass(frozen=True, slots=True, kw_only=True)
class JointStopLedger:
    """Together less apart; negative minutes are saved.

    Attributes
    ----------
    joint, separate : the two plans
    person_minutes_of_role : (n_roles,) travel, service and second officers of all people of a role, together less apart
    person_minutes : sum over the roles
    person_minutes_share : the sum over the separate plans' person-minutes
    disturbed_days_joint, disturbed_days_separate : mean days on which a retailer is visited
    shared_days_joint, shared_days_separate : visits that meet another role at the retailer that day; those of the
        separate plans met by chance
    n_not_planned_joint, n_not_planned_separate : duties without days
    n_meetings : pairs of visits that start within their roles' window, in the joint plan
    """

    joint: PeriodicResult
    separate: PeriodicResult
    person_minutes_of_role: tuple[float, ...]
    person_minutes: float
    person_minutes_share: float
    disturbed_days_joint: float
    disturbed_days_separate: float
    shared_days_joint: float
    shared_days_separate: float
    n_not_planned_joint: int
    n_not_planned_separate: int
    n_meetings: int


def joint_stop_ledger(
    problem: PeriodicProblem,
    stop: Callable[[], StoppingCriterion],
    seed: int,
    *,
    separate: PeriodicProblem | None = None,
    stop_alone: Callable[[], StoppingCriterion] | None = None,
) -> JointStopLedger:
    """Solve each role by itself, and the roles together; `stop` makes one criterion per solve.

    Together, the search begins with the plans made apart, where the same people are in both (`joining`).

    Parameters
    ----------
    separate : the same duties with each role's own people, where `problem` lends people to other roles or puts two into
        one vehicle; default: `problem` without interest in shared days
    stop_alone : makes the criterion of one role's solve; default: `stop`
    """
    apart = separate or replace(problem, shared_day_saving_min=np.zeros((problem.n_roles, problem.n_roles)))
    alone = solve_each_role(apart, stop_alone or stop, seed)
    joint = join_roles(problem, alone, stop(), seed) if separate is None else solve(problem, stop(), seed)
    return compare_plans(problem, joint, alone, separate_problem=apart)


def solve_each_role(problem: PeriodicProblem, stop: Callable[[], StoppingCriterion], seed: int) -> PeriodicResult:
    """Solve each role's duties by themselves and put the plans side by side, judged as one result.

    Each role has a seed of its own: the same random numbers on the same retailers would let roles meet by design.
    """
    parts = []
    for role in range(problem.n_roles):
        rows = np.flatnonzero(problem.role_of_duty == role)
        if rows.size:
            parts.append((rows, solve(only_duties(problem, rows), stop(), seed + role * _SEED_STEP)))
    return side_by_side(problem, parts)


def compare_plans(
    problem: PeriodicProblem,
    joint: PeriodicResult,
    separate: PeriodicResult,
    *,
    separate_problem: PeriodicProblem | None = None,
) -> JointStopLedger:
    """The ledger of two plans of the same duties. Sealed duties appear in neither the shared nor the disturbed days."""
    apart = separate_problem or problem
    together_min, apart_min = person_minutes(problem, joint), person_minutes(apart, separate)
    by_role = np.bincount(problem.role_of_staff, weights=together_min, minlength=problem.n_roles)
    by_role = by_role - np.bincount(apart.role_of_staff, weights=apart_min, minlength=problem.n_roles)
    difference, total = float(together_min.sum() - apart_min.sum()), float(apart_min.sum())
    return JointStopLedger(
        joint=joint,
        separate=separate,
        person_minutes_of_role=tuple(by_role.tolist()),
        person_minutes=difference,
        person_minutes_share=difference / total if total > 0 else 0.0,
        disturbed_days_joint=disturbed_days_per_retailer(problem, joint),
        disturbed_days_separate=disturbed_days_per_retailer(problem, separate),
        shared_days_joint=shared_days(problem, joint),
        shared_days_separate=shared_days(problem, separate),
        n_not_planned_joint=len(joint.not_planned),
        n_not_planned_separate=len(separate.not_planned),
        n_meetings=len(joint.meetings),
    )


def person_minutes(problem: PeriodicProblem, result: PeriodicResult) -> NDArray[np.float64]:
    """(n_staff,) minutes of everybody in a row over the cycle: two riders of one vehicle count twice."""
    minutes: NDArray[np.float64] = result.work_of_staff_day.sum(axis=1) * problem.people_of_staff
    return minutes
