"""Read and write the periodic vehicle routing texts of Cordeau, Gendreau and Laporte (1997).

An instance is numbers separated by blanks, one record a line, empty lines anywhere: `type vehicles customers days`
(type 1 = periodic), then for each day `longest-tour capacity` (0 = no limit on a tour's length, service included), then
the depot as number 0 and the customers 1..n: `number x y service demand frequency count pattern...`. A pattern's binary
digits name the days, the first day as the *highest* of `days` digits. Distances are Euclidean, not rounded.

A solution is its cost, then one line a tour: `day vehicle duration load 0 customers... 0`.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from optimize.periodic.problem import MAX_DAYS, PeriodicProblem, PeriodicResult
from optimize.periodic.solve import solve
from optimize.stopping import AnyOf, MaxIterations, MaxSeconds, StoppingCriterion

_PERIODIC = 1
_COMPLAINTS_SHOWN = 10
_END_OF_TEXT = "\x1a\r\n\t "
"""Texts of the nineties may end in a control-Z."""


class MalformedInstanceError(ValueError):
    """The file is no periodic instance; the message lists what is wrong, with line numbers."""


@dataclass(frozen=True, slots=True)
class _Record:
    """One line of numbers."""

    line: int
    values: tuple[float, ...]


def read_periodic(path: Path) -> PeriodicProblem:
    """The instance in a file as a problem: retailer and location 0 are the depot, duty `i` is customer `i + 1`.

    Raises
    ------
    MalformedInstanceError : with the first ten complaints and the number of the others
    OSError : the file cannot be read
    """
    try:
        text = path.read_bytes().decode("ascii").rstrip(_END_OF_TEXT)
    except UnicodeDecodeError as error:
        message = f"{path.name} is not an ASCII text: byte {error.start} is {error.object[error.start]:#x}."
        raise MalformedInstanceError(message) from error
    records, complaints = _records(text)
    if not complaints:
        complaints = _complaints(records)
    if complaints:
        more = [f"and {len(complaints) - _COMPLAINTS_SHOWN} more faults"] if len(complaints) > _COMPLAINTS_SHOWN else []
        listed = "; ".join([*complaints[:_COMPLAINTS_SHOWN], *more])
        raise MalformedInstanceError(f"{path.name} is no periodic routing instance: {listed}.")
    try:
        with np.errstate(over="ignore"):
            return _problem(records)
    except ValueError as error:
        message = f"{path.name} cannot be solved: {error}."
        raise MalformedInstanceError(message) from error


def solve_instance(
    problem: PeriodicProblem,
    *,
    seed: int,
    max_seconds: float | None,
    max_iterations: int | None,
    engine: Literal["auto", "ortools"],
) -> PeriodicResult:
    """The engine's answer within CPU seconds of search, iterations, or both."""
    limits: list[StoppingCriterion] = []
    if max_seconds is not None:
        limits.append(MaxSeconds(max_seconds))
    if max_iterations is not None:
        limits.append(MaxIterations(max_iterations))
    return solve(problem, AnyOf(tuple(limits)), seed, engine=engine)


def write_solution(problem: PeriodicProblem, result: PeriodicResult) -> str:
    """The published solution format for a result; vehicles are numbered from 1 on each day, unused ones left out."""
    cost, lines = 0.0, []
    vehicle_of_day: dict[int, int] = {}
    for index in range(len(result.tour_day)):
        day, duties = int(result.tour_day[index]), result.tour(index)
        stops = [0, *(int(problem.location_of_retailer[problem.retailer_of_duty[duty]]) for duty in duties), 0]
        length = math.fsum(float(problem.travel_min[a, b]) for a, b in itertools.pairwise(stops))
        duration = length + math.fsum(float(problem.service_min[duty]) for duty in duties)
        load = math.fsum(float(problem.demand[duty]) for duty in duties)
        cost += length
        vehicle_of_day[day] = vehicle_of_day.get(day, 0) + 1
        numbers = " ".join(str(stop) for stop in stops)
        lines.append(f"{day + 1} {vehicle_of_day[day]} {duration:.2f} {load:g} {numbers}")
    return "\n".join([f"{cost:.2f}", *lines]) + "\n"


def _records(text: str) -> tuple[list[_Record], list[str]]:
    records, complaints = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        fields = line.split()
        if not fields:
            continue
        try:
            values = tuple(float(field) for field in fields)
        except ValueError:
            complaints.append(f"line {number} holds something that is not a number: {line.strip()[:60]!r}")
            continue
        if not all(math.isfinite(value) for value in values):
            complaints.append(f"line {number} holds a number that is not finite")
        records.append(_Record(number, values))
    return records, complaints


def _complaints(records: list[_Record]) -> list[str]:
    """Everything wrong with the records, the header first because the rest cannot be read without it."""
    if not records:
        return ["the file is empty"]
    header = records[0].values
    if len(header) < 4 or any(value != int(value) for value in header[:4]):
        return ["line 1 must hold four whole numbers: type, vehicles, customers, days"]
    kind, vehicles, customers, days = (int(value) for value in header[:4])
    if kind != _PERIODIC:
        return [f"line 1 says type {kind}, and only type 1 (periodic) is solved here"]
    if vehicles < 1 or customers < 1 or not 1 <= days <= MAX_DAYS:
        return [f"line 1 must name at least one vehicle, one customer and 1..{MAX_DAYS} days"]
    wanted = 1 + days + 1 + customers
    if len(records) != wanted:
        return [
            f"header, {days} days, depot and {customers} customers need {wanted} lines with numbers, not {len(records)}"
        ]
    found = [
        f"line {record.line} must hold the longest tour (0 = any) and the capacity, both >= 0"
        for record in records[1 : 1 + days]
        if len(record.values) < 2 or min(record.values[:2]) < 0
    ]
    for expected, record in enumerate(records[1 + days :]):
        found += _complaints_of_row(record, expected, days)
    return found


def _complaints_of_row(record: _Record, expected: int, days: int) -> list[str]:
    """What is wrong with the depot's line (expected 0) or a customer's."""
    values, where = record.values, f"line {record.line}"
    if len(values) < 5 or values[0] != expected:
        return [f"{where} must start with number {expected}, x, y, service and demand"]
    if min(values[3:5]) < 0:
        return [f"{where} has a negative service time or demand"]
    if expected == 0:
        return []
    if len(values) < 7 or any(value != int(value) or value < 0 for value in values[5:]):
        return [f"{where} must go on with whole numbers: frequency, number of patterns, patterns"]
    frequency, count, patterns = int(values[5]), int(values[6]), [int(value) for value in values[7:]]
    if len(patterns) != count or count < 1:
        return [f"{where} announces {count} patterns and holds {len(patterns)}"]
    found = []
    for pattern in patterns:
        if not 0 < pattern < 1 << days:
            found.append(f"{where} has pattern {pattern}, which names days outside 1..{days}")
        elif pattern.bit_count() != frequency:
            found.append(f"{where} has pattern {pattern} with {pattern.bit_count()} days and frequency {frequency}")
    return found


def _problem(records: list[_Record]) -> PeriodicProblem:
    """The problem of checked records; of more vehicles than customers the others would never leave."""
    _, vehicles, customers, days = (int(value) for value in records[0].values[:4])
    vehicles = min(vehicles, customers)
    limits = np.array([record.values[:2] for record in records[1 : 1 + days]])
    rows = records[1 + days :]
    place = np.array([row.values[1:3] for row in rows])
    between = np.sqrt(((place[:, None, :] - place[None, :, :]) ** 2).sum(axis=2))
    longest = np.where(limits[:, 0] > 0, limits[:, 0], np.inf)
    patterns = [sorted({_first_day_lowest(int(value), days) for value in row.values[7:]}) for row in rows[1:]]
    return PeriodicProblem(
        n_days=days,
        travel_min=between,
        location_of_retailer=np.arange(customers + 1, dtype=np.int32),
        role_of_staff=np.zeros(vehicles, np.int32),
        office_of_staff=np.zeros(vehicles, np.int32),
        minutes_of_staff_day=np.tile(longest, (vehicles, 1)),
        capacity_of_staff_day=np.tile(limits[:, 1], (vehicles, 1)),
        retailer_of_duty=np.arange(1, customers + 1, dtype=np.int32),
        role_of_duty=np.zeros(customers, np.int32),
        staff_of_duty=np.ones((customers, vehicles), np.bool_),
        service_min=np.array([row.values[3] for row in rows[1:]]),
        demand=np.array([row.values[4] for row in rows[1:]]),
        pattern_start=np.concatenate(([0], np.cumsum([len(own) for own in patterns]))).astype(np.int32),
        pattern_mask=np.array([mask for own in patterns for mask in own], np.int64),
    )


def _first_day_lowest(pattern: int, days: int) -> int:
    """The published pattern (first day in the highest digit) as a mask (first day in bit 0)."""
    return sum(1 << day for day in range(days) if pattern >> (days - 1 - day) & 1)
