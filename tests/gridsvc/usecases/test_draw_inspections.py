"""The draw of enforcement inspections: uniform, apart from the open plan, and not to be guessed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from geo_data.calendars import Cycle
from gridsvc.domain.crews import Crews
from gridsvc.domain.draws import DayOrigin, read_record
from gridsvc.domain.ids import RetailerId
from gridsvc.domain.layers import Layer
from gridsvc.domain.workload import WorkingHours, Workload
from gridsvc.usecases.check_draw import check_draw, drawn_order
from gridsvc.usecases.draw_inspections import Draw, draw_inspections
from gridsvc.usecases.survey_work import WorkSurvey

N_OFFICERS, N_SHOPS, N_CYCLES = 6, 120, 40


def survey(first_day: date, absences: tuple[Any, ...] = ()) -> WorkSurvey:
    """Six officers in three pairs, 120 shops that are all due: what the draw reads of a survey, and nothing else."""
    staff = [
        SimpleNamespace(
            staff_id=f"s{n}", staff_code=f"I{n}", org_unit_name="office", first_day=None, last_day=None, partner_id=None
        )
        for n in range(N_OFFICERS)
    ]
    working = [first_day + timedelta(days=n) for n in range(28) if n % 7 < 5]
    shops = [f"r{n:03d}" for n in range(N_SHOPS)]
    return cast(
        WorkSurvey,
        SimpleNamespace(
            days=SimpleNamespace(first_day=first_day, working=working),
            staff={Layer.INSPECTION: staff},
            absences=list(absences),
            owners={
                (shop, Layer.INSPECTION): SimpleNamespace(staff_id=f"s{n % N_OFFICERS}") for n, shop in enumerate(shops)
            },
            row_of={shop: n for n, shop in enumerate(shops)},
            retailers=SimpleNamespace(needs_enforcement=np.ones(N_SHOPS, np.bool_), risk=np.zeros(N_SHOPS)),
            workload=Workload(),
            hours=WorkingHours(),
        ),
    )


def draws(crews: Crews = Crews.PAIRS) -> list[Draw]:
    """Forty cycles, each with a secret of its own."""
    first = date(2026, 1, 5)
    return [
        draw_inspections(survey(first + timedelta(days=28 * n)), f"secret number {n:04d}".encode(), crews=crews)
        for n in range(N_CYCLES)
    ]


@pytest.mark.parametrize("crews", list(Crews))
def test_a_guesser_who_knows_all_of_the_past_does_hardly_better_than_chance(crews: Crews) -> None:
    found = draws(crews)
    days = [{item.retailer_id: item.day for item in draw.inspections} for draw in found]
    hits: Counter[str] = Counter()
    n_guesses = 0
    all_days: Counter[int] = Counter()
    of_shop: dict[RetailerId, Counter[int]] = {}
    for cycle, known in enumerate(days[:-1], start=1):
        for shop, day in known.items():
            all_days[day or 0] += 1
            of_shop.setdefault(shop, Counter())[day or 0] += 1
        favourite = all_days.most_common(1)[0][0]
        rarest = min(range(20), key=lambda day: all_days[day])
        for shop, day in days[cycle].items():
            n_guesses += 1
            guesses = {
                "the day of last time": known[shop],
                "the shop's most frequent day": of_shop[shop].most_common(1)[0][0],
                "everybody's most frequent day": favourite,
                "the day that is due": rarest,
                "the first Monday": 0,
                "the weekday of its line": int(shop[1:]) % 5 + 5,
            }
            hits.update(name for name, guess in guesses.items() if guess == day)
    chance = n_guesses / 20
    assert n_guesses > 4000
    assert max(hits.values()) <= 1.2 * chance, hits


@pytest.mark.parametrize("crews", list(Crews))
def test_every_inspection_has_a_day_and_no_officer_more_than_the_room_that_is_kept_free(crews: Crews) -> None:
    for draw in draws(crews)[:5]:
        used: Counter[tuple[str, int]] = Counter()
        for item in draw.inspections:
            assert item.day in item.candidates
            assert item.partner is not None
            for member in (item.leader, item.partner):
                used[member.staff_id, item.day or 0] += 1
        each_min = Workload().enforcement_min + max(Workload().travel_min.values())
        assert all(n * each_min <= draw.room_min[staff] + 1e-6 for (staff, _), n in used.items())  # type: ignore[index]


def test_the_same_secret_draws_the_same_days_and_another_does_not() -> None:
    ground = survey(date(2026, 1, 5))
    first, again, other = (draw_inspections(ground, secret) for secret in (b"a" * 16, b"a" * 16, b"b" * 16))
    assert first == again
    assert [item.day for item in first.inspections] != [item.day for item in other.inspections]


def test_a_rota_pairs_officers_anew_each_week_and_every_pair_comes_up() -> None:
    met: Counter[frozenset[str]] = Counter()
    for draw in draws(Crews.ROTA):
        of_week: dict[tuple[str, int], str] = {}
        for item in draw.inspections:
            assert item.partner is not None
            assert item.day is not None
            known = of_week.setdefault((item.leader.staff_id, item.day // 5), item.partner.staff_id)
            assert known == item.partner.staff_id
        met.update(frozenset((leader, partner)) for (leader, _), partner in of_week.items())
    assert len(met) == N_OFFICERS * (N_OFFICERS - 1) // 2
    mean = sum(met.values()) / len(met)
    spread = sum((n - mean) ** 2 for n in met.values()) / (2 * mean * (1 - 1 / (N_OFFICERS - 1)))  # each counted twice
    assert spread < 36.1  # chi-square with 14 degrees of freedom: 0.1 %


def test_days_that_were_drawn_stay_while_the_crew_is_there() -> None:
    ground = survey(date(2026, 1, 5))
    first = draw_inspections(ground, b"a" * 16)
    kept = {item.retailer_id: item.day for item in first.inspections if item.day is not None}
    away = SimpleNamespace(staff_id="s0", first_day=date(2026, 1, 5), last_day=date(2026, 1, 16))
    again = draw_inspections(survey(date(2026, 1, 5), (away,)), b"a" * 16, kept=kept)
    for old, new in zip(first.inspections, again.inspections, strict=True):
        involved = {old.leader.staff_id, old.partner.staff_id if old.partner else ""}
        if "s0" not in involved or (old.day or 0) >= 10:
            assert new.day == old.day
        else:
            assert new.day is None or new.day >= 10


@pytest.mark.parametrize("crews", list(Crews))
def test_who_is_shown_secret_and_record_makes_the_same_draw_and_sees_what_was_changed(crews: Crews) -> None:
    secret = b"secret number 0001"
    away = SimpleNamespace(staff_id="s0", first_day=date(2026, 1, 5), last_day=date(2026, 1, 16))
    drawn = draw_inspections(survey(date(2026, 1, 5), (away,)), secret, crews=crews)
    record = read_record(drawn.record.text())
    assert record == drawn.record
    assert check_draw(secret, record, None, is_same_secret=False) == []
    places = [drawn_order(secret, record, one).index(one.day) for one in record.entries if one.day is not None]
    assert max(places) > 0  # a day whose first choices had no room can be checked too
    assert check_draw(b"secret number 0002", record, None, is_same_secret=False)
    one = next(entry for entry in record.entries if entry.day is not None and len(entry.candidates) > 1)
    other_day = next(day for day in one.candidates if day != one.day)
    for wrong in (
        replace(one, day=other_day),
        replace(one, candidates=one.candidates[1:]),
        replace(one, partner_id=one.leader_id),
        replace(one, leader_id=one.partner_id),
        replace(one, day=None),
        replace(one, origin=DayOrigin.KEPT, day=date(2026, 1, 10)),
    ):
        entries = tuple(wrong if entry is one else entry for entry in record.entries)
        assert check_draw(secret, replace(record, entries=entries), None, is_same_secret=False), wrong


def test_a_calendar_cycle_has_what_the_draw_reads() -> None:
    assert {"first_day", "working"} <= set(Cycle.__dataclass_fields__)
