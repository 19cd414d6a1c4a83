"""Solvers of published periodic instances that are measured beside the engine, each with the same CPU seconds."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from optimize.periodic.problem import PeriodicProblem
from optimize.periodic.solve import solve
from optimize.stopping import MaxSeconds, StoppingCriterion

Solver = Callable[[PeriodicProblem, float, int], float]


def cost_within(problem: PeriodicProblem, stop: StoppingCriterion, seed: int) -> float:
    """Cost by ruin and recreate, nan if not feasible."""
    result = solve(problem, stop, seed)
    return result.cost if result.is_feasible else math.nan


def own(problem: PeriodicProblem, seconds: float, seed: int) -> float:
    """Cost by ruin and recreate within CPU seconds, nan if not feasible."""
    return cost_within(problem, MaxSeconds(seconds), seed)


def ortools(problem: PeriodicProblem, seconds: float, seed: int) -> float:
    """Cost by OR-Tools alone, nan if not feasible; its limit is wall time, so measure on a quiet machine."""
    result = solve(problem, MaxSeconds(seconds), seed, engine="ortools")
    return result.cost if result.is_feasible else math.nan


def pyvrp(problem: PeriodicProblem, seconds: float, seed: int) -> float:
    """Cost by PyVRP with client groups: a duty visited once is a group with one client per legal day; PyVRP cannot tie
    several days together, so the others keep a pattern that evens out the demand. A day is a profile of its own.
    """
    import pyvrp as peer

    scale = 1000
    model = peer.Model()
    place = problem.location_of_retailer[problem.retailer_of_duty]
    fixed = _even_masks(problem)
    depot_location = model.add_location(0, 0)
    depot = model.add_depot(depot_location)
    of_day: list[list[tuple[peer.Location, int]]] = [
        [(depot_location, int(problem.office_of_staff[0]))] for _ in range(problem.n_days)
    ]
    for duty in range(problem.n_duties):
        own = problem.pattern_mask[problem.pattern_start[duty] : problem.pattern_start[duty + 1]].tolist()
        is_once = all(mask.bit_count() == 1 for mask in own)
        group = model.add_client_group() if is_once and len(own) > 1 else None
        days = (
            [mask.bit_length() - 1 for mask in own]
            if is_once
            else [d for d in range(problem.n_days) if fixed[duty] >> d & 1]
        )
        for day in days:
            location = model.add_location(0, 0)
            of_day[day].append((location, int(place[duty])))
            model.add_client(
                location,
                delivery=[round(float(problem.demand[duty]))],
                service_duration=round(float(problem.service_min[duty]) * scale),
                required=group is None,
                group=group,
            )
    for day, members in enumerate(of_day):
        profile = model.add_profile()
        for a, row in members:
            for b, column in members:
                minutes = round(float(problem.travel_min[row, column]) * scale)
                model.add_edge(a, b, minutes, minutes, profile)
        limit = float(problem.minutes_of_staff_day[0, day])
        model.add_vehicle_type(
            problem.n_staff,
            [int(problem.capacity_of_staff_day[0, day])],
            depot,
            depot,
            shift_duration=int(limit * scale) if math.isfinite(limit) else 2**50,
            profile=profile,
        )
    stop = MaxSeconds(seconds)  # CPU seconds; PyVRP's own limit is wall time
    found = model.solve(lambda cost: stop(0, cost), seed=seed, collect_stats=False, display=False)
    return found.cost() / scale if found.is_feasible() else math.nan


def _even_masks(problem: PeriodicProblem) -> list[int]:
    """One pattern per duty, chosen in turn so that the busiest day stays smallest; the largest demand first."""
    load = np.zeros(problem.n_days)
    masks = [0] * problem.n_duties
    for duty in np.argsort(-problem.demand, kind="stable").tolist():
        own = problem.pattern_mask[problem.pattern_start[duty] : problem.pattern_start[duty + 1]].tolist()
        bits = {mask: np.array([mask >> day & 1 for day in range(problem.n_days)], float) for mask in own}
        masks[duty] = min(own, key=lambda mask: ((load + bits[mask] * problem.demand[duty]).max(), mask))
        load += bits[masks[duty]] * problem.demand[duty]
    return masks


SOLVERS: dict[str, Solver] = {"own": own, "ortools": ortools, "pyvrp": pyvrp}
