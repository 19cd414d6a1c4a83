"""Vehicle routing instances as people publish them: read, solve, judge and write them without any database.

`.vrp` is CVRPLIB's (TSPLIB's) format, `.txt` Solomon's and Gehring and Homberger's. Conventions: distances of `.vrp`
files are rounded to the nearest integer, except where the file has fractional coordinates or a limit on route length
(Golden, Li, CMT: real distances); Solomon's are truncated to one decimal, only distance counts and the number of
vehicles is kept. Solutions are written in CVRPLIB's format: customer k of a `.vrp` file is its node k + 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from gridsvc.domain.errors import BadInput
from gridsvc.engines.instances.cvrplib import parse_cvrplib
from gridsvc.engines.instances.routing_instance import FREE_FLEET, VehicleRoutingInstance
from gridsvc.engines.instances.solomon import parse_solomon
from optimize.routing import Objective, RoutingProblem, RoutingResult, pack_intervals, solve
from optimize.routing.checks import check
from optimize.routing.problem import UNREACHABLE, Engine
from optimize.stopping import AnyOf, MaxIterations, MaxSeconds, StoppingCriterion


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceSolution:
    """Routes of customer numbers, without empty ones, and their cost in the instance's convention.

    `reasons` is empty for a feasible solution; else it says of each customer left out why.
    """

    routes: tuple[tuple[int, ...], ...]
    cost: float
    iterations: int
    reasons: tuple[str, ...] = ()


def read_instance(path: Path) -> VehicleRoutingInstance:
    """Read a `.vrp` or `.txt` instance, told apart by what stands in it.

    Raises
    ------
    BadInput
        With every fault found.
    """

    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not a text file (byte {error.start} is not UTF-8).") from error
    if not text.strip():
        raise BadInput(f"{path} is empty.")
    looks_like_solomon = "CUST" in text.upper() and "VEHICLE" in text.upper() and "_SECTION" not in text
    instance, faults = parse_solomon(text) if looks_like_solomon else parse_cvrplib(text)
    if faults or instance is None:
        raise BadInput(f"{path} is not a usable routing instance.", violations=tuple(faults))
    return instance


def problem_of(instance: VehicleRoutingInstance) -> RoutingProblem:
    """Lay the instance out for the engine: scaled integers, one staff row per vehicle."""
    n, m = instance.n_customers, fleet_size(instance)
    scale = instance.scale
    distance = np.rint(instance.distance * scale)
    distance = np.where(np.isfinite(distance), distance, UNREACHABLE).astype(np.int64)
    has_clock = instance.window is not None or math.isfinite(instance.max_length)
    travel = distance if has_clock else np.zeros_like(distance)
    open_close = np.array([0, 0], dtype=np.int64)
    window_ptr, windows = pack_intervals([[] for _ in range(n)])
    if instance.window is not None:
        scaled = np.rint(instance.window * scale).astype(np.int64)
        open_close = scaled[0]
        window_ptr, windows = pack_intervals([[(int(a), int(b))] for a, b in scaled[1:]])
    elif has_clock:
        open_close = np.array([0, math.floor(instance.max_length * scale + 1e-6)], dtype=np.int64)
    return RoutingProblem(
        travel_s=travel.astype(np.int32),
        distance_m=distance.astype(np.int32),
        stop_place=np.arange(1, n + 1),
        start_place=np.zeros(m, dtype=np.int64),
        end_place=np.zeros(m, dtype=np.int64),
        shift_s=np.tile(open_close, (m, 1)),
        service_s=np.rint(instance.service[1:] * scale).astype(np.int64) if has_clock else np.zeros(n, dtype=np.int64),
        window_ptr=window_ptr,
        windows_s=windows,
        demand=instance.demand[1:],
        capacity=np.full(m, instance.capacity, dtype=np.int64),
        objective=Objective.DISTANCE,
    )


def fleet_size(instance: VehicleRoutingInstance) -> int:
    """Return the fleet limit, or as many vehicles as a good solution could use.

    Two routes that fit into one vehicle together are better joined, so no good solution needs more than twice the
    vehicles that the demand fills; a limit on route length undoes this argument.
    """
    if instance.n_vehicles != FREE_FLEET:
        return min(instance.n_vehicles, instance.n_customers)
    if math.isfinite(instance.max_length):
        return instance.n_customers
    filled = math.ceil(int(instance.demand.sum()) / max(1, instance.capacity))
    return max(1, min(instance.n_customers, 2 * filled + 1))


def solve_instance(
    instance: VehicleRoutingInstance,
    *,
    seed: int,
    engine: Engine = "auto",
    max_seconds: float | None = None,
    max_iterations: int | None = None,
) -> InstanceSolution:
    """Solve an instance and have the independent judge confirm it.

    A fleet limit that stands in the comment only is tried first, for half of the search.
    """
    if instance.n_vehicles != FREE_FLEET and instance.is_limit_a_remark:
        half = (max_seconds and max_seconds / 2, max_iterations and max_iterations // 2)
        fewest = math.ceil(int(instance.demand.sum()) / max(1, instance.capacity))
        if instance.n_vehicles >= fewest:
            solution, result = _solve_once(instance, seed, engine, *half)
            if not solution.reasons:
                better, _ = _solve_once(instance, seed, engine, *half, initial=result)
                return replace(better, iterations=solution.iterations + better.iterations)
        free = replace(instance, n_vehicles=FREE_FLEET, is_limit_a_remark=False)
        return _solve_once(free, seed, engine, *half)[0]
    return _solve_once(instance, seed, engine, max_seconds, max_iterations)[0]


def _solve_once(
    instance: VehicleRoutingInstance,
    seed: int,
    engine: Engine,
    max_seconds: float | None,
    max_iterations: int | None,
    initial: RoutingResult | None = None,
) -> tuple[InstanceSolution, RoutingResult]:
    limits: list[StoppingCriterion] = []
    if max_seconds is not None:
        limits.append(MaxSeconds(max_seconds))
    if max_iterations is not None:
        limits.append(MaxIterations(max_iterations))
    problem = problem_of(instance)
    result = solve(problem, AnyOf(tuple(limits)), seed, initial, engine=engine)
    violations = check(problem, result)
    if violations:
        raise AssertionError(f"the engine broke a rule: {violations[0].words}")
    reasons = tuple(f"customer {u.stop + 1}: {u.words}" for u in result.unserved)
    routes = tuple(tuple(int(s) + 1 for s in route.stops) for route in result.routes if len(route.stops))
    cost = cost_of(instance, routes)
    return InstanceSolution(routes=routes, cost=cost, iterations=result.iterations, reasons=reasons), result


def cost_of(instance: VehicleRoutingInstance, routes: tuple[tuple[int, ...], ...]) -> float:
    """Add up the arcs of the routes in the instance's convention."""
    arcs = [(a, b) for route in routes for a, b in zip((0, *route), (*route, 0), strict=True)]
    return math.fsum(float(instance.distance[a, b]) for a, b in arcs)


def solution_text(solution: InstanceSolution) -> str:
    """Write a solution in CVRPLIB's format, at most four decimals in the cost."""
    lines = [f"Route #{i}: {' '.join(map(str, route))}" for i, route in enumerate(solution.routes, start=1)]
    return "\n".join([*lines, f"Cost {round(solution.cost, 4):.15g}"]) + "\n"
