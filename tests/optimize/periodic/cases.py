"""Small cycles for the tests: seeded, with real distances between points on a plane."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimize.periodic.patterns import patterns_for
from optimize.periodic.problem import PeriodicProblem

WEEKDAY = np.arange(20, dtype=np.int32) % 5
WEEK = np.arange(20, dtype=np.int32) // 5


def month(
    n_retailers: int = 40,
    n_roles: int = 1,
    seed: int = 0,
    band: float = np.inf,
    minutes: float = 480.0,
    **changes: object,
) -> PeriodicProblem:
    """A territory's month: one person a role, offices in the middle, tiers 10/20/70 % at 4/2/1 visits."""
    random = np.random.default_rng(seed)
    place = np.vstack((random.uniform(0, 20, (n_retailers, 2)), [[10.0, 10.0]]))
    travel = np.sqrt(((place[:, None] - place[None]) ** 2).sum(2))
    retailer = np.tile(np.arange(n_retailers), n_roles).astype(np.int32)
    role = np.repeat(np.arange(n_roles), n_retailers).astype(np.int32)
    frequency = random.choice([4, 2, 1], len(role), p=[0.1, 0.2, 0.7])
    patterns = [patterns_for(int(f), WEEKDAY, WEEK).mask for f in frequency]
    problem = PeriodicProblem(
        n_days=20,
        travel_min=travel,
        location_of_retailer=np.arange(n_retailers, dtype=np.int32),
        role_of_staff=np.arange(n_roles, dtype=np.int32),
        office_of_staff=np.full(n_roles, n_retailers, np.int32),
        minutes_of_staff_day=np.full((n_roles, 20), minutes),
        retailer_of_duty=retailer,
        role_of_duty=role,
        staff_of_duty=role[:, None] == np.arange(n_roles)[None, :],
        service_min=random.uniform(8, 14, len(role)),
        pattern_start=np.concatenate(([0], np.cumsum([len(p) for p in patterns]))).astype(np.int32),
        pattern_mask=np.concatenate(patterns),
        band_ratio_of_staff=np.full(n_roles, band),
        weekday_of_day=WEEKDAY,
        week_of_day=WEEK,
    )
    return replace(problem, **changes) if changes else problem


def tiny(seed: int, n_duties: int = 5, n_days: int = 2, n_staff: int = 2) -> PeriodicProblem:
    """A cycle small enough to try every plan of it: short days and small loads bind."""
    random = np.random.default_rng(seed)
    place = random.uniform(0, 10, (n_duties + 1, 2))
    own = [[1, 2] if random.random() < 0.7 else [3] for _ in range(n_duties)]
    return PeriodicProblem(
        n_days=n_days,
        travel_min=np.sqrt(((place[:, None] - place[None]) ** 2).sum(2)),
        location_of_retailer=np.arange(n_duties, dtype=np.int32),
        role_of_staff=np.zeros(n_staff, np.int32),
        office_of_staff=np.full(n_staff, n_duties, np.int32),
        minutes_of_staff_day=np.full((n_staff, n_days), 45.0),
        capacity_of_staff_day=np.full((n_staff, n_days), 3.0),
        retailer_of_duty=np.arange(n_duties, dtype=np.int32),
        role_of_duty=np.zeros(n_duties, np.int32),
        staff_of_duty=np.ones((n_duties, n_staff), np.bool_),
        service_min=np.full(n_duties, 3.0),
        demand=np.ones(n_duties),
        pattern_start=np.concatenate(([0], np.cumsum([len(o) for o in own]))).astype(np.int32),
        pattern_mask=np.array([m for o in own for m in o], np.int64),
    )
