"""Tell where people are interchangeable: a fleet, whose tours may change hands."""

from __future__ import annotations

import numpy as np

from optimize.periodic.problem import PeriodicProblem


def is_fleet_of_several(problem: PeriodicProblem) -> bool:
    """Whether there are several people, and each could drive any tour of the others."""
    return problem.n_staff > 1 and is_plain_fleet(problem)


def is_plain_fleet(problem: PeriodicProblem) -> bool:
    """Whether all people are alike and nothing but their limits ties tours to each other."""
    p = problem
    alike = all(
        (values == values[:1]).all()
        for values in (p.minutes_of_staff_day, p.capacity_of_staff_day, p.office_of_staff, p.staff_of_duty.T)
    )
    plain = not (p.reserved_min.any() or (p.partner_of_staff >= 0).any() or np.isfinite(p.band_ratio_of_staff).any())
    alone = not (p.shared_day_saving_min.any() or p.overlap_share.any()) and bool((p.trips_of_staff == 1).all())
    return bool(alike and plain and alone and p.n_duties > 0)


def n_visits(problem: PeriodicProblem) -> int:
    """Visits of a cycle in which everything is planned; the longest pattern counts where they differ."""
    named = np.bitwise_count(problem.pattern_mask).astype(np.int64)
    starts = problem.pattern_start[:-1][np.diff(problem.pattern_start) > 0]
    return int(np.maximum.reduceat(named, starts).sum()) if starts.size else 0
