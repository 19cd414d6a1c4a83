"""Month instances: one territory for 20 working days, synthetic or on Brooklyn's streets.

About 420 retailers with visit tiers of 10/20/70 % at 4/2/1 visits a cycle, ten-minute visits (+-3), days of two halves
(450 minutes with the noon break taken out), an office at the territory's edge and a hard band: the longest day at most
1.10 times the shortest. Three roles: manager, inspector (frequencies drawn apart), delivery (weekly, three minutes).

The data behind `GRIDSVC_CASES` (a folder that holds `nyc-retail`) is optional; tiers and minutes are SYNTHETIC always.
"""

from __future__ import annotations

import csv
import gzip
import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from optimize.periodic.patterns import mask_of, patterns_for
from optimize.periodic.problem import PeriodicProblem

N_DAYS = 20
WEEKDAY = np.arange(N_DAYS, dtype=np.int32) % 5
WEEK = np.arange(N_DAYS, dtype=np.int32) // 5
_DAY_MIN = 450.0
_BAND = 1.10
_KMH = 20.0
_WINDOW_MIN = 30.0


@dataclass(frozen=True, slots=True)
class Territory:
    """Where a territory's retailers and its office are: the office is the last row."""

    name: str
    place_km: NDArray[np.float64]
    travel_min: NDArray[np.float32]


def synthetic_territory(seed: int, n_retailers: int = 420, spread: float = 1.0) -> Territory:
    """Retailers in a dozen clusters and scattered between them over about 8 km2; straight lines times 1.3.

    `spread` stretches the map: 8 makes villages of shops.
    """
    random = np.random.default_rng(seed)
    centres = random.uniform(0, 2.8, (12, 2))
    clustered = centres[random.integers(0, 12, n_retailers)] + random.normal(0, 0.15, (n_retailers, 2))
    scattered = random.uniform(0, 2.8, (n_retailers, 2))
    place = np.where(random.random((n_retailers, 1)) < 0.7, clustered, scattered)
    place = np.vstack((place, [[2.9, 2.9]])) * spread
    km = 1.3 * np.sqrt(((place[:, None] - place[None]) ** 2).sum(axis=2))
    return Territory(
        f"synthetic-{seed}" if spread == 1.0 else f"sparse-{seed}", place, (km / _KMH * 60).astype(np.float32)
    )


def brooklyn_territory(seed: int, n_retailers: int = 420) -> Territory | None:
    """The retailers nearest to one drawn at random, on streets; None where the data is not present."""
    import pyroutingkit

    folder = Path(os.environ.get("GRIDSVC_CASES", "")) / "nyc-retail"
    if not (folder / "shops_nyc.csv.gz").exists():
        return None
    nodes, edges = _rows(folder / "brooklyn_road_nodes.csv.gz"), _rows(folder / "brooklyn_road_edges.csv.gz")
    shops = [r for r in _rows(folder / "shops_nyc.csv.gz") if r["borough"] == "BROOKLYN" and r["coord_ok"] == "True"]
    scale = np.array([110.57, 111.32 * np.cos(np.radians(40.65))])
    node = np.array([(float(r["lat"]), float(r["lon"])) for r in nodes])
    shop = np.array([(float(r["lat"]), float(r["lon"])) for r in shops]) * scale
    first = np.random.default_rng(seed).integers(len(shop))
    shop = shop[np.argsort(((shop - shop[first]) ** 2).sum(axis=1), kind="stable")[:n_retailers]]
    place = np.vstack((shop, shop.mean(axis=0) + np.array([1.5, 1.5])))
    at = cKDTree(node * scale).query(place)[1].astype(np.uint32)
    u, v = (np.array([int(r[key]) for r in edges]) for key in ("u", "v"))
    seconds = np.array([float(r["length_m"]) for r in edges]) / (_KMH / 3.6)
    deci = (seconds * 10).astype(np.uint32) + 1
    streets = pyroutingkit.CCH()
    tail, head = np.r_[u, v].astype(np.uint32), np.r_[v, u].astype(np.uint32)
    streets.build_topology(tail, head, node[:, 0].astype(np.float32), node[:, 1].astype(np.float32), len(node))
    streets.customize_weights(np.r_[deci, deci])
    minutes = np.asarray(streets.distances_many_to_many(at, at), np.float64) / 600.0
    np.fill_diagonal(minutes, 0.0)
    return Territory(f"brooklyn-{seed}", place, minutes.astype(np.float32))


def month(
    territory: Territory, seed: int, roles: tuple[str, ...] = ("manager",), saving_min: float = 0.0
) -> PeriodicProblem:
    """The territory's cycle for the named roles, one person each; `saving_min` is credited per shared day."""
    n_retailers, n_roles = len(territory.place_km) - 1, len(roles)
    frequency, service = [], []
    for role in roles:
        random = np.random.default_rng([seed, {"manager": 1, "inspector": 2, "delivery": 3}[role]])
        is_delivery = role == "delivery"
        frequency.append(
            np.full(n_retailers, 4) if is_delivery else random.choice([4, 2, 1], n_retailers, p=[0.1, 0.2, 0.7])
        )
        service.append(random.uniform(2, 4, n_retailers) if is_delivery else random.uniform(7, 13, n_retailers))
    patterns = [patterns_for(int(f), WEEKDAY, WEEK).mask for f in np.concatenate(frequency)]
    role_of_duty = np.repeat(np.arange(n_roles, dtype=np.int32), n_retailers)
    return PeriodicProblem(
        n_days=N_DAYS,
        travel_min=territory.travel_min,
        location_of_retailer=np.arange(n_retailers, dtype=np.int32),
        role_of_staff=np.arange(n_roles, dtype=np.int32),
        office_of_staff=np.full(n_roles, n_retailers, np.int32),
        minutes_of_staff_day=np.full((n_roles, N_DAYS), _DAY_MIN),
        retailer_of_duty=np.tile(np.arange(n_retailers, dtype=np.int32), n_roles),
        role_of_duty=role_of_duty,
        staff_of_duty=role_of_duty[:, None] == np.arange(n_roles)[None, :],
        service_min=np.concatenate(service),
        pattern_start=np.concatenate(([0], np.cumsum([len(p) for p in patterns]))).astype(np.int32),
        pattern_mask=np.concatenate(patterns),
        band_ratio_of_staff=np.full(n_roles, _BAND),
        shared_day_saving_min=saving_min * (1.0 - np.eye(n_roles)),
        weekday_of_day=WEEKDAY,
        week_of_day=WEEK,
    )


def together(problem: PeriodicProblem, mode: str, saving_min: float = 0.0) -> PeriodicProblem:
    """The same duties where the roles share something: `same_day`, `same_time`, `ride`, or `substitute`.

    Manager and inspector (roles 0 and 1) start at a retailer within half an hour of each other, ride in one vehicle, or
    stand in for each other; the van goes by itself.
    """
    saving = saving_min * (1.0 - np.eye(problem.n_roles))
    if mode == "same_day":
        return replace(problem, shared_day_saving_min=saving)
    if mode == "same_time":
        window = np.full_like(saving, np.inf)
        window[0, 1] = window[1, 0] = _WINDOW_MIN
        return replace(problem, shared_day_saving_min=saving, meeting_window_min=window)
    allowed = problem.staff_of_duty.copy()
    paired = problem.role_of_duty <= 1
    allowed[paired, 0], allowed[paired, 1] = True, mode == "substitute"
    if mode == "substitute":
        return replace(problem, staff_of_duty=allowed, shared_day_saving_min=saving)
    overlap = np.zeros((problem.n_roles, problem.n_roles))
    overlap[0, 1] = overlap[1, 0] = 1.0
    minutes, people = problem.minutes_of_staff_day.copy(), problem.people_of_staff.copy()
    minutes[1], people[0] = 0.0, 2
    return replace(
        problem,
        staff_of_duty=allowed,
        minutes_of_staff_day=minutes,
        people_of_staff=people,
        overlap_share=overlap,
        shared_day_saving_min=saving,
        band_share_of_staff_day=np.ones_like(minutes),
    )


def swept(problem: PeriodicProblem, territory: Territory, *, is_nested: bool) -> PeriodicProblem:
    """The same cycle with every day fixed by an angle sweep: what a planner draws by hand around the office.

    Retailers are sorted by their angle at the territory's middle and dealt out to sectors of equal service minutes:
    weekly ones to weekdays, fortnightly ones to day pairs, the others to days. Nested sectors give neighbouring sectors
    of all frequencies the same weekday; otherwise sectors are numbered in order of days.
    """
    place = territory.place_km[problem.location_of_retailer[problem.retailer_of_duty]]
    middle = territory.place_km[:-1].mean(axis=0)
    angle = np.arctan2(place[:, 0] - middle[0], place[:, 1] - middle[1])
    visits = np.array(
        [
            int(problem.pattern_mask[first]).bit_count() if first < end else 0
            for first, end in zip(problem.pattern_start[:-1], problem.pattern_start[1:], strict=True)
        ]
    )
    masks = np.zeros(problem.n_duties, np.int64)
    for role in range(problem.n_roles):
        for frequency, n_groups in ((4, 5), (2, 10), (1, N_DAYS)):
            own = np.flatnonzero((problem.role_of_duty == role) & (visits == frequency))
            own = own[np.argsort(angle[own], kind="stable")]
            minutes = np.cumsum(problem.service_min[own])
            group = np.minimum(
                (minutes - problem.service_min[own] / 2) / max(minutes[-1], 1e-9) * n_groups, n_groups - 1
            )
            for duty, at in zip(own.tolist(), group.astype(int).tolist(), strict=True):
                first = _nested(at, n_groups) if is_nested else at
                masks[duty] = mask_of(list(range(first, N_DAYS, n_groups)))
    return replace(
        problem,
        pattern_start=np.arange(problem.n_duties + 1, dtype=np.int32),
        pattern_mask=masks,
        pattern_cost=np.zeros(problem.n_duties),
        band_ratio_of_staff=np.full(problem.n_staff, np.inf),
    )


def _nested(at: int, n_groups: int) -> int:
    """Day of the `at`-th sector, so that neighbouring sectors of all frequencies share weekdays."""
    weeks = max(1, n_groups // 5)
    return at // weeks + 5 * (at % weeks)


def _rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt") as lines:
        return list(csv.DictReader(lines))
