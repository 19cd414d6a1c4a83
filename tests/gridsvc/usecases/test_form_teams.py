"""Teams and what their days ought to hold."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.domain.layers import Layer
from gridsvc.engines.periodic import Duty
from gridsvc.usecases.form_teams import form_teams, waves_of
from gridsvc.usecases.state_duties import PersonWork
from gridsvc.usecases.state_territory import band_share


def person(layer: Layer, *rows: int, duties: tuple[Duty, ...] = (), minutes: float = 450.0) -> PersonWork:
    return PersonWork(
        layer=layer,
        member=cast("object", SimpleNamespace(staff_id="s")),  # type: ignore[arg-type]
        rows=np.array(rows, np.int64),
        duties=duties,
        minutes_of_day=np.full(20, minutes),
    )


def duty(frequency: int, service_min: float = 10.0) -> Duty:
    return Duty(shop=0, person=0, role=0, frequency=frequency, service_min=service_min)


def test_people_of_one_partition_are_trios() -> None:
    people = [person(layer, *shops) for layer in Layer for shops in ((0, 1, 2), (3, 4))]
    assert form_teams(people) == [(0, 2, 4), (1, 3, 5)]
    assert waves_of(people, form_teams(people)) == [[0, 1]]


def test_where_layers_cross_the_most_common_shops_join_first_and_waves_share_no_shop() -> None:
    people = [
        person(Layer.INSPECTION, 0, 1, 2),
        person(Layer.INSPECTION, 3, 4, 5),
        person(Layer.MARKETING, 0, 1, 3),
        person(Layer.MARKETING, 2, 4, 5),
    ]
    assert form_teams(people) == [(0, 2), (1, 3)]
    assert waves_of(people, form_teams(people)) == [[0], [1]]


@given(st.lists(st.sets(st.integers(0, 9), min_size=1), min_size=1, max_size=9))
def test_everybody_is_in_one_team_with_one_person_a_layer_at_most(shops: list[set[int]]) -> None:
    layers = list(Layer)
    people = [person(layers[n % 3], *sorted(own)) for n, own in enumerate(shops)]
    teams = form_teams(people)
    assert sorted(index for team in teams for index in team) == list(range(len(people)))
    assert all(len({people[index].layer for index in team}) == len(team) for team in teams)
    waves = waves_of(people, teams)
    assert sorted(number for wave in waves for number in wave) == list(range(len(teams)))


def test_days_are_equal_where_the_week_leaves_room_and_longer_where_weekly_duties_do_not() -> None:
    week = np.array([0] * 5 + [1] * 4 + [2] * 5 + [3] * 5 + [3], np.int32)
    few_weekly = band_share(person(Layer.MARKETING, 0, duties=(duty(4), *[duty(1)] * 80)), week)
    assert few_weekly == pytest.approx(np.ones(20))
    only_weekly = band_share(person(Layer.DELIVERY, 0, duties=(duty(4),) * 100), week)
    assert only_weekly[week == 1] == pytest.approx(np.ones(4))
    assert only_weekly[week == 0] == pytest.approx(np.full(5, 0.8))
    assert only_weekly[week == 3] == pytest.approx(np.full(6, 4 / 6))


def test_somebody_who_is_away_has_no_share_of_the_day() -> None:
    one = person(Layer.MARKETING, 0, duties=(duty(4),))
    one.minutes_of_day[3] = 0.0
    share = band_share(one, np.arange(20, dtype=np.int32) // 5)
    assert share[3] == 0.0
    assert (share[np.arange(20) != 3] > 0).all()
