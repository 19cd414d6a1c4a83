"""Make periodic fleet instances like the published ones that are not at hand, in their text format, from a seed.

The published sets hold more than the ten instances that the engine was built on: depots in the middle of rings or stars
with hardly any capacity to spare, customers in clusters with a limit on a tour's duration, and 417 customers on seven
days. Each instance here is made around a hidden plan that keeps its limits, so that one exists: days are drawn so that
their loads are even, a day's customers are dealt out to vehicles, and the limits are what the hidden plan needs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What an instance looks like.

    Attributes
    ----------
    layout : "rings" around the depot, "arms" of a star, "clusters", or "even"
    patterns_of : for each frequency, its legal patterns as day rows
    share_of : how many customers have each frequency, relative to each other
    duration_of_hidden : limit on a tour's duration as a share of the hidden plan's longest; 0 = none
    spare : capacity as a share of the hidden plan's largest load; 1 = nothing to spare there
    """

    n_customers: int
    n_vehicles: int
    n_days: int
    layout: str
    patterns_of: dict[int, list[tuple[int, ...]]]
    share_of: dict[int, float]
    most_demand: int = 5
    most_service: int = 0
    duration_of_hidden: float = 0.0
    spare: float = 1.0


def _every(n_days: int) -> list[tuple[int, ...]]:
    return [tuple(range(n_days))]


def _spaced(n_days: int, frequency: int) -> list[tuple[int, ...]]:
    gap = n_days // frequency
    return [tuple(range(first, n_days, gap)) for first in range(gap)]


Choices = dict[int, list[tuple[int, ...]]]
"""Legal patterns, as day rows, by frequency."""

_FOUR: Choices = {1: _spaced(4, 1), 2: _spaced(4, 2), 4: _every(4)}
_SIX: Choices = {1: _spaced(6, 1), 2: _spaced(6, 2), 3: _spaced(6, 3), 6: _every(6)}
_FIVE: Choices = {1: _spaced(5, 1), 2: [(0, 2), (1, 3), (2, 4)], 3: [(0, 2, 4), (0, 1, 3), (1, 3, 4)], 5: _every(5)}
_SEVEN: Choices = {
    1: _spaced(7, 1),
    2: [(0, 3), (1, 4), (2, 5), (3, 6)],
    3: [(0, 2, 4), (1, 3, 5), (2, 4, 6)],
    7: _every(7),
}

_STRUCTURED = {1: 0.4, 2: 0.4, 4: 0.2}
_WEEK = {1: 0.5, 2: 0.25, 3: 0.15, 6: 0.1}


def _structured(customers: int, vehicles: int, days: int, layout: str) -> Kind:
    return Kind(
        n_customers=customers,
        n_vehicles=vehicles,
        n_days=days,
        layout=layout,
        patterns_of=_FOUR if days == 4 else _SIX,
        share_of=_STRUCTURED if days == 4 else _WEEK,
    )


def _timed(customers: int, vehicles: int, days: int) -> Kind:
    return Kind(
        n_customers=customers,
        n_vehicles=vehicles,
        n_days=days,
        patterns_of=_FOUR if days == 4 else _SIX,
        share_of=dict.fromkeys(_FOUR if days == 4 else _SIX, 1.0),
        layout="clusters",
        most_demand=25,
        most_service=25,
        duration_of_hidden=0.85,
        spare=1.1,
    )


KINDS = {
    "arms20": _structured(20, 2, 4, "arms"),
    "rings38": _structured(38, 2, 4, "rings"),
    "arms56": _structured(56, 4, 4, "arms"),
    "rings76": _structured(76, 4, 4, "rings"),
    "arms184": _structured(184, 4, 4, "arms"),
    "rings60": _structured(60, 6, 4, "rings"),
    "rings168": _structured(168, 6, 4, "rings"),
    "rings51": _structured(51, 3, 6, "rings"),
    "arms102": _structured(102, 6, 6, "arms"),
    "rings153": _structured(153, 9, 6, "rings"),
    "timed48": _timed(48, 2, 4),
    "timed144": _timed(144, 6, 4),
    "timed288": _timed(288, 12, 4),
    "timed72": _timed(72, 3, 6),
    "timed216": _timed(216, 9, 6),
    "even139": Kind(
        n_customers=139,
        n_vehicles=4,
        n_days=5,
        layout="even",
        patterns_of=_FIVE,
        share_of={1: 0.5, 2: 0.3, 3: 0.1, 5: 0.1},
        most_demand=40,
        spare=1.05,
    ),
    "even417": Kind(
        n_customers=417,
        n_vehicles=9,
        n_days=7,
        layout="even",
        patterns_of=_SEVEN,
        share_of={1: 0.55, 2: 0.25, 3: 0.1, 7: 0.1},
        most_demand=40,
        spare=1.05,
    ),
}
"""By name: a layout and its number of customers, each like one published instance in size, fleet and days."""


def fleet_instance(kind: Kind, seed: int) -> str:
    """The text of an instance; the same kind and seed give the same bytes."""
    random = np.random.default_rng(seed)
    place = _places(kind, random)
    frequency = _frequencies(kind, random)
    demand = random.integers(1, kind.most_demand + 1, kind.n_customers)
    service = random.integers(1, kind.most_service + 1, kind.n_customers) if kind.most_service else 0 * demand
    days = _hidden_days(kind, frequency, demand)
    loads, durations = _hidden_tours(kind, place, demand, service, days)
    capacity = math.ceil(kind.spare * max(loads))
    longest = math.ceil(kind.duration_of_hidden * max(durations))
    lines = [f"1 {kind.n_vehicles} {kind.n_customers} {kind.n_days}"]
    lines += [f"{longest} {capacity}"] * kind.n_days
    lines.append("0 0.000 0.000 0 0 0 0")
    for row, ((x, y), times) in enumerate(zip(place.tolist(), frequency, strict=True)):
        patterns = [sum(1 << (kind.n_days - 1 - day) for day in own) for own in kind.patterns_of[times]]
        numbers = " ".join(map(str, (times, len(patterns), *patterns)))
        lines.append(f"{row + 1} {x:.3f} {y:.3f} {service[row]} {demand[row]} {numbers}")
    return "\n".join(lines) + "\n"


def _places(kind: Kind, random: np.random.Generator) -> NDArray[np.float64]:
    """Customers around a depot at (0, 0)."""
    n = kind.n_customers
    if kind.layout == "even":
        return random.uniform(-50, 50, (n, 2))
    if kind.layout == "clusters":
        centres = random.uniform(-70, 70, (max(2, n // 24), 2))
        return centres[random.integers(len(centres), size=n)] + random.normal(0, 12, (n, 2))
    n_around = 8 if kind.layout == "arms" else max(6, int(2 * math.sqrt(n)))
    angle = 2 * math.pi * (np.arange(n) % n_around) / n_around
    radius = 10.0 * (1 + np.arange(n) // n_around)
    return np.column_stack((radius * np.cos(angle), radius * np.sin(angle)))


def _frequencies(kind: Kind, random: np.random.Generator) -> list[int]:
    share = np.array(list(kind.share_of.values()))
    return [int(times) for times in random.choice(list(kind.share_of), kind.n_customers, p=share / share.sum())]


def _hidden_days(kind: Kind, frequency: list[int], demand: NDArray[np.int64]) -> list[tuple[int, ...]]:
    """Each customer's days in the hidden plan: the heaviest first, where the fullest of its days is least full."""
    load = np.zeros(kind.n_days)
    days: list[tuple[int, ...]] = [()] * len(frequency)
    for row in np.argsort(-demand * np.array(frequency), kind="stable").tolist():
        days[row] = min(kind.patterns_of[frequency[row]], key=lambda own: (load[list(own)].max(), own))
        load[list(days[row])] += demand[row]
    return days


def _hidden_tours(
    kind: Kind,
    place: NDArray[np.float64],
    demand: NDArray[np.int64],
    service: NDArray[np.int64],
    days: list[tuple[int, ...]],
) -> tuple[list[int], list[float]]:
    """Loads and durations: with a limit on durations, sectors visited by angle; else the heaviest to the lightest."""
    loads, durations = [], []
    angle = np.arctan2(place[:, 1], place[:, 0])
    for day in range(kind.n_days):
        rows = [row for row, own in enumerate(days) if day in own]
        if kind.duration_of_hidden:
            rows.sort(key=lambda row: float(angle[row]))
            tours = [part.tolist() for part in np.array_split(np.array(rows, np.int64), kind.n_vehicles)]
        else:
            tours = [[] for _ in range(kind.n_vehicles)]
            for row in sorted(rows, key=lambda row: -int(demand[row])):
                min(tours, key=lambda tour: int(demand[tour].sum())).append(row)
        for tour in tours:
            stops = np.vstack((np.zeros((1, 2)), place[tour], np.zeros((1, 2))))
            legs = np.sqrt((np.diff(stops, axis=0) ** 2).sum(axis=1))
            loads.append(int(demand[tour].sum()))
            durations.append(float(legs.sum() + service[tour].sum()))
    return loads, durations
