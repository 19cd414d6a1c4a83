"""Measure a district's month: territories of 420 shops and three roles through the service's pool of two processes.

As `cycle plan` does it: every person alone and every team together, so that the ledger has both sides. CPU seconds are
those of the children, memory is the parent's and the children's peak. The exponent of two sizes projects larger ones.
"""

from __future__ import annotations

import math
import resource
import time

import numpy as np

from benchmarks.instances.month import N_DAYS, WEEK, WEEKDAY, synthetic_territory
from gridsvc.engines.periodic import CyclePerson, Duty, TerritoryCycle, plan_territories
from gridsvc.engines.pool import EnginePool

SHOPS_A_TERRITORY = 420
N_PROCESSES = 2
_DAY_MIN = 450.0
_BAND = 1.10


def territory_cycle(seed: int, roles: tuple[int, ...], steps_a_person: int) -> TerritoryCycle:
    """One territory for some of its roles: manager 0, inspector 1, delivery 2."""
    place = synthetic_territory(seed, SHOPS_A_TERRITORY)
    shops = np.arange(SHOPS_A_TERRITORY)
    order = np.concatenate((np.full(len(roles), SHOPS_A_TERRITORY), shops))
    minutes = place.travel_min[np.ix_(order, order)]
    duties = []
    for person, role in enumerate(roles):
        random = np.random.default_rng([seed, role])
        for shop in shops.tolist():
            frequency = 4 if role == 2 else int(random.choice([4, 2, 1], p=[0.1, 0.2, 0.7]))
            service = random.uniform(2, 4) if role == 2 else random.uniform(7, 13)
            duties.append(Duty(shop=shop, person=person, role=role, frequency=frequency, service_min=float(service)))
    people = tuple(
        CyclePerson(
            role=role,
            minutes_of_day=np.full(N_DAYS, _DAY_MIN),
            reserved_min=np.zeros(N_DAYS),
            band_ratio=_BAND,
        )
        for role in roles
    )
    return TerritoryCycle(
        travel_min=minutes,
        travel_km=minutes / np.float32(3),
        people=people,
        duties=tuple(duties),
        weekday_of_day=WEEKDAY,
        week_of_day=WEEK,
        seed=seed,
        max_iterations=steps_a_person * len(roles),
        day_price_min=2.0 if len(roles) > 1 else 0.0,
    )


def run_scale(sizes: list[int], steps_a_person: int) -> None:
    """CPU seconds and memory of some sizes, the exponent between the first and the last, and projections."""
    print(f"{steps_a_person} steps a person, {N_PROCESSES} processes; every person alone and every team together")
    taken = []
    with EnginePool(N_PROCESSES) as pool:
        warm = [territory_cycle(0, (0,), 10)] * N_PROCESSES
        plan_territories(pool, warm)  # imports and compilation
        for size in sizes:
            n_territories = max(1, round(size / SHOPS_A_TERRITORY))
            started = _cpu_s(pool), time.monotonic()
            alone = [
                territory_cycle(seed, (role,), steps_a_person) for seed in range(n_territories) for role in range(3)
            ]
            joint = [territory_cycle(seed, (0, 1, 2), steps_a_person) for seed in range(n_territories)]
            outcomes = plan_territories(pool, alone) + plan_territories(pool, joint)
            cpu_s, wall_s = _cpu_s(pool) - started[0], time.monotonic() - started[1]
            taken.append(cpu_s)
            n_left = sum(len(outcome.unplanned) for outcome in outcomes)
            print(
                f"{n_territories * SHOPS_A_TERRITORY} shops x 3 roles: {cpu_s:.0f} CPU s, {wall_s:.0f} s wall, "
                f"{n_left} not planned, {sum(outcome.is_feasible for outcome in outcomes)}/{len(outcomes)} feasible",
                flush=True,
            )
    peak_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss + N_PROCESSES * _child_peak_kb()) / 1024
    print(f"peak memory {peak_mb:.0f} MB: this process and {N_PROCESSES} times the largest child")
    if len(sizes) > 1:
        exponent = math.log(taken[-1] / taken[0]) / math.log(sizes[-1] / sizes[0])
        print(f"exponent {exponent:.2f}")
        for size in (5_000, 30_000):
            projected_s = taken[-1] * (size / sizes[-1]) ** exponent
            print(f"projected: {size} shops x 3 roles {projected_s / 60:.1f} CPU min")


def _cpu_s(pool: EnginePool) -> float:
    """CPU seconds of this process and of the pool's living children."""
    import psutil

    children = sum(sum(child.cpu_times()[:2]) for child in psutil.Process().children(recursive=True))
    return time.process_time() + children


def _child_peak_kb() -> int:
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
