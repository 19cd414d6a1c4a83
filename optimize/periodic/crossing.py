"""Cross two plans of a fleet: the days and tours of one half of the map from each.

A line through the office parts the duties. Tours near it are cut in two; where a day has more pieces than people, the
smallest is joined to a near one that can carry it, or its duties are left out for the search that follows. The idea of
a child that inherits patterns and routes from two plans is that of Vidal, Crainic, Gendreau, Lahrichi and Rei
(Operations Research 60(3), 2012); their crossover chooses days, this one places.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from optimize.periodic.problem import PeriodicProblem, PeriodicResult

Tour = NDArray[np.int32]


def cross(
    problem: PeriodicProblem, first: PeriodicResult, second: PeriodicResult, random: np.random.Generator
) -> PeriodicResult:
    """A draft of a plan, half from each; O(n_duties^2).

    Only for fleets (`fleet.is_plain_fleet`). Limits may be broken and duties left out: load it into a search.
    """
    location = problem.location_of_retailer[problem.retailer_of_duty]
    there_and_back = problem.travel_min + problem.travel_min.T
    apart = there_and_back[np.ix_(location, location)]
    of_first = _one_side(apart, there_and_back[problem.office_of_staff[0], location], random)
    masks = np.where(of_first, first.mask_of_duty, second.mask_of_duty)
    rows: list[tuple[int, int, Tour]] = []
    for day in range(problem.n_days):
        people = np.flatnonzero(problem.minutes_of_staff_day[:, day] > 0)
        pieces = _pieces(first, of_first, day) + _pieces(second, ~of_first, day)
        tours = _at_most(len(people), pieces, problem.demand, _capacity(problem, day), apart)
        masks[[duty for tour in tours[len(people) :] for duty in tour.tolist()]] = 0
        rows += [(day, int(staff), tour) for staff, tour in zip(people, tours, strict=False)]
    return replace(
        first,
        mask_of_duty=masks,
        tour_day=np.array([day for day, _, _ in rows], np.int32),
        tour_staff=np.array([staff for _, staff, _ in rows], np.int32),
        tour_start=np.concatenate(([0], np.cumsum([len(tour) for _, _, tour in rows]))).astype(np.int32),
        tour_duty=np.concatenate([*(tour for _, _, tour in rows), np.zeros(0, np.int32)]).astype(np.int32),
    )


def _one_side(
    apart: NDArray[np.floating], from_office: NDArray[np.floating], random: np.random.Generator
) -> NDArray[np.bool_]:
    """Duties nearer to one than to another of two duties that are about equally far from the office, drawn at random.

    The second lies at least as far from the first as the office does, so that the line between them passes near it.
    """
    here = int(random.integers(len(apart)))
    others = np.flatnonzero(apart[here] > from_office[here])
    if not others.size:
        return np.ones(len(apart), np.bool_)
    others = others[np.argsort(np.abs(from_office[others] - from_office[here]), kind="stable")]
    there = int(random.choice(others[: max(1, len(others) // 4)]))
    is_here: NDArray[np.bool_] = apart[here] < apart[there]
    return is_here


def _pieces(plan: PeriodicResult, is_kept: NDArray[np.bool_], day: int) -> list[Tour]:
    """What is kept of a plan's tours on a day, empty ones left away."""
    tours = [plan.tour(row) for row in np.flatnonzero(plan.tour_day == day).tolist()]
    return [kept for tour in tours if len(kept := tour[is_kept[tour]])]


def _at_most(
    n_people: int, pieces: list[Tour], demand: NDArray[np.float64], capacity: float, apart: NDArray[np.floating]
) -> list[Tour]:
    """The pieces, longest first, the smallest joined to near ones while too many; what fits nowhere is last."""
    tours = sorted(pieces, key=len, reverse=True)
    left_over: list[Tour] = []
    while len(tours) > n_people:
        small = tours.pop()
        load = demand[small].sum()
        fitting = [row for row, tour in enumerate(tours) if demand[tour].sum() + load <= capacity]
        if not fitting:
            left_over.append(small)
            continue
        nearest = min(fitting, key=lambda row: float(apart[np.ix_(tours[row], small)].min()))
        tours[nearest] = np.concatenate((tours[nearest], small))
    return tours + left_over


def _capacity(problem: PeriodicProblem, day: int) -> float:
    return float(problem.capacity_of_staff_day[:, day].max(initial=0.0))
