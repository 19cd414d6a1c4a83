"""Solve a cycle with OR-Tools alone: days by CP-SAT, then the tours of each day by its routing library.

A second, independent way to a judged plan and the peer of the main search. CP-SAT gives every duty a pattern so that
minutes and capacity suffice each day, days are even, and near duties meet on the same days; the routing library orders
each day; what it leaves out goes where it is cheapest. Where a day cannot hold its duties, days are chosen again with
less room counted on.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from ortools.constraint_solver import pywrapcp, routing_enums_pb2
from ortools.sat.python import cp_model

from optimize.periodic.filling import fill_in
from optimize.periodic.layout import lay_out
from optimize.periodic.problem import PeriodicProblem, PeriodicResult
from optimize.periodic.result import read_result
from optimize.periodic.tours import refill
from optimize.stopping import AnyOf, MaxIterations, MaxSeconds, StoppingCriterion

_NEIGHBOURS = 3
_ROOM_COUNTED_ON = (1.0, 0.93, 0.86)
_SHARE_FOR_DAYS = 0.25
_SCALE = 1000
_DROP = 10**9


@dataclass(frozen=True, slots=True)
class _Budget:
    """What OR-Tools may use: CPU seconds, or solutions and deterministic time where only iterations are given."""

    seconds: float
    solutions: int | None


def solve_by_ortools(
    problem: PeriodicProblem, stop: StoppingCriterion, *, on_progress: Callable[[int, float], None] | None = None
) -> PeriodicResult:
    """A plan made by OR-Tools; its `n_iterations` counts the routing models solved.

    OR-Tools ignores seeds in routing and cannot be asked between steps: only `MaxSeconds` and `MaxIterations` (as a
    limit on the solutions of each model, which then stops at its first local optimum) bound it. It holds the
    interpreter's lock for the whole solve.
    """
    budget = _budget(stop)
    best: PeriodicResult | None = None
    n_models = 0
    for room in _ROOM_COUNTED_ON:
        masks = _choose_days(problem, budget, room)
        w = lay_out(problem, 0)
        w.duties["mask"] = masks
        for day in range(problem.n_days):
            _route_day(problem, w.visit, w.slots, masks, day, budget)
            n_models += 1
        _drop_incomplete(w.visit, w.slots, w.duties)
        refill(w)
        fill_in(w)
        result = read_result(problem, w, n_models)
        if on_progress is not None:
            on_progress(n_models, result.cost)
        if best is None or (len(result.not_planned), result.cost) < (len(best.not_planned), best.cost):
            best = result
        if not result.not_planned:
            break
    assert best is not None
    return best


def _budget(stop: StoppingCriterion) -> _Budget:
    parts = stop.criteria if isinstance(stop, AnyOf) else (stop,)
    seconds = min((part.limit_s for part in parts if isinstance(part, MaxSeconds)), default=math.inf)
    solutions = min((part.limit for part in parts if isinstance(part, MaxIterations)), default=None)
    return _Budget(seconds, solutions)


def _choose_days(problem: PeriodicProblem, budget: _Budget, room: float) -> NDArray[np.int64]:
    """A pattern for each duty; 0 where CP-SAT leaves it out."""
    model = cp_model.CpModel()
    taken, on_day = _pattern_variables(problem, model)
    terms: list[cp_model.LinearExprT] = [_SCALE * 100 * (1 - sum(own)) for own in taken if own]
    terms += [
        round(float(problem.pattern_cost[int(problem.pattern_start[duty]) + place]) * _SCALE) * var
        for duty, own in enumerate(taken)
        for place, var in enumerate(own)
    ]
    typical = _typical_leg(problem)
    for role in range(problem.n_roles):
        terms += _fit_days(problem, model, on_day, role, typical, room)
    terms += _meet_neighbours(problem, model, on_day)
    model.minimize(sum(terms))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    if math.isfinite(budget.seconds):
        solver.parameters.max_time_in_seconds = max(0.1, budget.seconds * _SHARE_FOR_DAYS)
    else:
        solver.parameters.max_deterministic_time = 2.0
    status = solver.solve(model)
    masks = np.zeros(problem.n_duties, np.int64)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return masks
    for duty, own in enumerate(taken):
        for place, var in enumerate(own):
            if solver.boolean_value(var):
                masks[duty] = problem.pattern_mask[int(problem.pattern_start[duty]) + place]
    return masks


def _pattern_variables(
    problem: PeriodicProblem, model: cp_model.CpModel
) -> tuple[list[list[cp_model.IntVar]], list[dict[int, cp_model.LinearExprT]]]:
    """At most one pattern a duty, and whether it is served on each day."""
    taken: list[list[cp_model.IntVar]] = []
    on_day: list[dict[int, cp_model.LinearExprT]] = []
    for duty in range(problem.n_duties):
        own = range(int(problem.pattern_start[duty]), int(problem.pattern_start[duty + 1]))
        variables = [model.new_bool_var("") for _ in own]
        model.add_at_most_one(variables)
        days: dict[int, list[cp_model.IntVar]] = {}
        for variable, pattern in zip(variables, own, strict=True):
            for day in range(problem.n_days):
                if int(problem.pattern_mask[pattern]) >> day & 1:
                    days.setdefault(day, []).append(variable)
        taken.append(variables)
        on_day.append({day: sum(variables) for day, variables in days.items()})
    return taken, on_day


def _fit_days(
    problem: PeriodicProblem,
    model: cp_model.CpModel,
    on_day: list[dict[int, cp_model.LinearExprT]],
    role: int,
    typical: float,
    room: float,
) -> list[cp_model.LinearExprT]:
    """Minutes and capacity of a role suffice each day; unevenness is charged."""
    people = np.flatnonzero(problem.role_of_staff == role)
    duties = np.flatnonzero(problem.role_of_duty == role).tolist()
    spread = []
    for day in range(problem.n_days):
        present = people[problem.minutes_of_staff_day[people, day] > 0]
        minutes = sum(round((float(problem.service_min[d]) + typical) * 10) * on_day[d].get(day, 0) for d in duties)
        demand = sum(round(float(problem.demand[d]) * 100) * on_day[d].get(day, 0) for d in duties)
        free = float((problem.minutes_of_staff_day[present, day] - problem.reserved_min[present, day]).sum())
        carried = problem.capacity_of_staff_day[present, day] * problem.trips_of_staff[present]
        if math.isfinite(free):
            model.add(minutes <= int(free * room * 10))
        if np.isfinite(carried).all():
            model.add(demand <= int(carried.sum() * (1.0 if room == 1.0 else (1 + room) / 2) * 100))
        total = model.new_int_var(0, 10**9, "")
        model.add(total == minutes)
        spread.append(total)
    most, least = model.new_int_var(0, 10**9, ""), model.new_int_var(0, 10**9, "")
    model.add_max_equality(most, spread)
    model.add_min_equality(least, spread)
    is_banded = bool(np.isfinite(problem.band_ratio_of_staff[people]).any())
    return [(_SCALE if is_banded else 1) * (most - least)]


def _meet_neighbours(
    problem: PeriodicProblem, model: cp_model.CpModel, on_day: list[dict[int, cp_model.LinearExprT]]
) -> list[cp_model.LinearExprT]:
    """Charge each day that a duty does not share with a near duty of its role, by how near it is."""
    places = problem.location_of_retailer[problem.retailer_of_duty]
    between = problem.travel_min[np.ix_(places, places)].astype(np.float64)
    between = between + between.T
    np.fill_diagonal(between, np.inf)
    between[problem.role_of_duty[:, None] != problem.role_of_duty[None, :]] = np.inf
    typical = float(np.median(between[np.isfinite(between)])) if np.isfinite(between).any() else 1.0
    terms: list[cp_model.LinearExprT] = []
    for duty in range(problem.n_duties):
        for other in np.argsort(between[duty], kind="stable")[:_NEIGHBOURS].tolist():
            if not np.isfinite(between[duty, other]):
                continue
            weight = max(1, round(_SCALE * (1.0 - min(1.0, between[duty, other] / max(typical, 1e-9)))))
            for day, served in on_day[duty].items():
                apart = model.new_bool_var("")
                model.add(apart >= served - on_day[other].get(day, 0))
                terms.append(weight * apart)
    return terms


def _typical_leg(problem: PeriodicProblem) -> float:
    """A guess of the travel per visit: the mean way to the nearest other duty."""
    places = np.unique(problem.location_of_retailer[problem.retailer_of_duty])
    if len(places) < 2:
        return 0.0
    between = problem.travel_min[np.ix_(places, places)].astype(np.float64)
    np.fill_diagonal(between, np.inf)
    return float(between.min(axis=1).mean())


def _route_day(
    problem: PeriodicProblem,
    visit: NDArray[np.int32],
    slots: np.ndarray,
    masks: NDArray[np.int64],
    day: int,
    budget: _Budget,
) -> None:
    """Order one day; writes the slots' visits and lengths, leaving out what does not fit."""
    duties = np.flatnonzero(masks >> day & 1)
    own = np.flatnonzero(slots["day"] == day)
    if not duties.size or not own.size:
        return
    staff = slots["staff"][own]
    places = np.concatenate(
        (problem.location_of_retailer[problem.retailer_of_duty[duties]], problem.office_of_staff[staff])
    )
    travel = np.rint(problem.travel_min[np.ix_(places, places)].astype(np.float64) * _SCALE).astype(np.int64)
    first = len(duties)
    depots = list(range(first, first + len(own)))
    manager = pywrapcp.RoutingIndexManager(len(places), len(own), depots, depots)
    routing = pywrapcp.RoutingModel(manager)
    node = [manager.IndexToNode(index) for index in range(routing.Size() + len(own))]
    way = routing.RegisterTransitCallback(lambda a, b: int(travel[node[a], node[b]]))
    routing.SetArcCostEvaluatorOfAllVehicles(way)
    service = np.concatenate((np.rint(problem.service_min[duties] * _SCALE), np.zeros(len(own)))).astype(np.int64)
    spent = routing.RegisterTransitCallback(lambda a, b: int(travel[node[a], node[b]] + service[node[a]]))
    free = (problem.minutes_of_staff_day[staff, day] - problem.reserved_min[staff, day]) / problem.trips_of_staff[staff]
    limits = np.minimum(np.floor(np.minimum(free, 1e9) * _SCALE) - len(duties), 1e12).clip(0).astype(np.int64)
    routing.AddDimensionWithVehicleCapacity(spent, 0, limits.tolist(), True, "minutes")
    demand = np.concatenate((np.rint(problem.demand[duties] * _SCALE), np.zeros(len(own)))).astype(np.int64)
    load = routing.RegisterUnaryTransitCallback(lambda a: int(demand[node[a]]))
    carried = np.minimum(problem.capacity_of_staff_day[staff, day] * _SCALE, 1e12).astype(np.int64)
    routing.AddDimensionWithVehicleCapacity(load, 0, carried.tolist(), True, "load")
    for position, duty in enumerate(duties.tolist()):
        index = manager.NodeToIndex(position)
        routing.AddDisjunction([index], _DROP)
        allowed = np.flatnonzero(problem.staff_of_duty[duty, staff]).tolist()
        if len(allowed) < len(own):
            routing.VehicleVar(index).SetValues([-1, *allowed])
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GREEDY_DESCENT
    if math.isfinite(budget.seconds):
        parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
        a_day = budget.seconds * (1 - _SHARE_FOR_DAYS) / problem.n_days
        parameters.time_limit.FromMilliseconds(max(20, int(a_day * 1000)))
    parameters.solution_limit = budget.solutions if budget.solutions is not None else 2**31 - 1
    found = routing.SolveWithParameters(parameters)
    if found is None:
        return
    for vehicle, slot in enumerate(own.tolist()):
        index, at = found.Value(routing.NextVar(routing.Start(vehicle))), 0
        while not routing.IsEnd(index):
            visit[slot, at] = duties[node[index]]
            index, at = found.Value(routing.NextVar(index)), at + 1
        slots["length"][slot] = at


def _drop_incomplete(visit: NDArray[np.int32], slots: np.ndarray, duties: np.ndarray) -> None:
    """Take out every duty that misses one of its days, so that a plan holds whole duties only."""
    served = np.zeros(len(duties), np.int64)
    for slot in range(len(slots)):
        for duty in visit[slot, : slots["length"][slot]].tolist():
            served[duty] |= 1 << int(slots["day"][slot])
    duties["mask"] = np.where(served == duties["mask"], served, 0)
    for slot in range(len(slots)):
        row = visit[slot, : slots["length"][slot]]
        kept = row[duties["mask"][row] != 0]
        visit[slot, : len(kept)] = kept
        slots["length"][slot] = len(kept)
