"""Account for joint stops: what planning the roles together costs or saves against planning each alone.

Both plans are solved under the same matrix and limits; nothing is estimated and no saving is assumed. Same-day joint
stops save no service minutes by themselves: the ledger then shows the travel that fewer disturbed days cost or save.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from optimize.periodic.metrics import disturbed_days_per_retailer, shared_days
from optimize.periodic.problem import PeriodicProblem, PeriodicResult
from optimize.periodic.solve import solve
from optimize.stopping import StoppingCriterion


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


def joint_stop_ledger(problem: PeriodicProblem, stop: Callable[[], StoppingCriterion], seed: int) -> JointStopLedger:
    """Solve the roles together and, without interest in shared days, apart; `stop` makes one criterion per solve."""
    apart = replace(problem, shared_day_saving_min=np.zeros((problem.n_roles, problem.n_roles)))
    return compare_plans(problem, solve(problem, stop(), seed), solve(apart, stop(), seed))


def compare_plans(problem: PeriodicProblem, joint: PeriodicResult, separate: PeriodicResult) -> JointStopLedger:
    """The ledger of two plans of one problem. Sealed duties appear in neither the shared nor the disturbed days."""
    difference = (joint.work_of_staff_day - separate.work_of_staff_day).sum(axis=1)
    by_role = np.bincount(problem.role_of_staff, weights=difference, minlength=problem.n_roles)
    total = float(separate.work_of_staff_day.sum())
    return JointStopLedger(
        joint=joint,
        separate=separate,
        person_minutes_of_role=tuple(by_role.tolist()),
        person_minutes=float(difference.sum()),
        person_minutes_share=float(difference.sum()) / total if total > 0 else 0.0,
        disturbed_days_joint=disturbed_days_per_retailer(problem, joint),
        disturbed_days_separate=disturbed_days_per_retailer(problem, separate),
        shared_days_joint=shared_days(problem, joint),
        shared_days_separate=shared_days(problem, separate),
        n_not_planned_joint=len(joint.not_planned),
        n_not_planned_separate=len(separate.not_planned),
    )
