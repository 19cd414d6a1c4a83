"""A duty that finds no room names other days, minutes or more room, and the territory solved again holds it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gridsvc.engines.periodic import Change, CyclePerson, Duty, Engine, TerritoryCycle, territory_problem
from gridsvc.engines.periodic_relax import RelaxRequest, relax_territories
from optimize.periodic.filling import filled
from optimize.periodic.result import plan_of_tours
from tests.fakes.near_pool import NearPool

N_DAYS, DAY_MIN = 20, 100.0
FREE = (1, 12)  # Tuesday of the first week and Wednesday of the third


def full_month(*, wanted: Duty, free: tuple[int, ...] = FREE, capacity: float = np.inf) -> TerritoryCycle:
    """One person whose days hold a duty of 90 of 100 minutes each, the free ones excepted; the last duty waits."""
    taken = [day for day in range(N_DAYS) if day not in free]
    fillers = [
        Duty(shop=shop, person=0, role=0, frequency=1, service_min=90.0, demand=5.0, fixed_days=(day,))
        for shop, day in enumerate(taken)
    ]
    n_places = 1 + len(taken) + 1
    return TerritoryCycle(
        travel_min=np.zeros((n_places, n_places), np.float32),
        travel_km=np.zeros((n_places, n_places), np.float32),
        people=(
            CyclePerson(
                role=0, minutes_of_day=np.full(N_DAYS, DAY_MIN), reserved_min=np.zeros(N_DAYS), capacity=capacity
            ),
        ),
        duties=(*fillers, replace(wanted, shop=len(taken))),
        weekday_of_day=np.arange(N_DAYS, dtype=np.int32) % 5,
        week_of_day=np.arange(N_DAYS, dtype=np.int32) // 5,
        seed=1,
        max_iterations=2_000,
        apart=tuple((0, day, (shop,)) for shop, day in enumerate(taken)),
    )


def change_of(given: TerritoryCycle, *, are_guests: bool = False) -> Change | None:
    waiting = len(given.duties) - 1
    (found,) = relax_territories(NearPool(1), [RelaxRequest(given=given, wanted=(waiting,), are_guests=are_guests)])
    return found.get(waiting)


TWICE = Duty(shop=0, person=0, role=0, frequency=2, service_min=60.0)
ONCE = replace(TWICE, frequency=1, fixed_days=(3,))


@pytest.mark.parametrize("engine", ["auto", "ortools"])
def test_a_duty_whose_weekday_is_full_names_the_days_that_are_free(engine: Engine) -> None:
    change = change_of(replace(full_month(wanted=TWICE), engine=engine))
    assert change is not None
    assert (change.kind, change.days, change.person) == ("other_day", FREE, 0)


@pytest.mark.parametrize("engine", ["auto", "ortools"])
def test_minutes_name_the_day_that_grows_and_no_more_than_it_lacks(engine: Engine) -> None:
    given = replace(full_month(wanted=ONCE), engine=engine)
    change = change_of(given)
    assert change is not None
    assert change.kind == "minutes"
    ((person, day, minutes),) = change.longer
    assert (person, day) == (0, 3)
    assert minutes == pytest.approx(50.0, abs=0.2)  # 90 and 60 in 100
    longer = given.people[0].minutes_of_day.copy()
    longer[day] += minutes
    problem = territory_problem(replace(given, people=(replace(given.people[0], minutes_of_day=longer),)))
    again = filled(problem, plan_of_tours(problem, given.apart or ()))
    assert again.not_planned == ()


def test_room_in_a_tour_is_named_where_only_room_is_lacking() -> None:
    change = change_of(full_month(wanted=replace(ONCE, service_min=5.0, demand=8.0), capacity=10.0))
    assert change is not None
    assert (change.kind, change.amount, change.days) == ("capacity", 3.0, (3,))


def test_a_duty_that_fits_as_things_are_asks_for_a_longer_search_only() -> None:
    change = change_of(full_month(wanted=replace(ONCE, fixed_days=(1,))))
    assert change is not None
    assert change.kind == "longer_search"


def test_a_guest_is_taken_where_the_host_s_month_holds_it_and_nobody_is_lost() -> None:
    taken = change_of(full_month(wanted=replace(ONCE, fixed_days=(1,))), are_guests=True)
    assert taken is not None
    assert (taken.kind, taken.days) == ("other_person", (1,))
    assert change_of(full_month(wanted=ONCE), are_guests=True) is None
