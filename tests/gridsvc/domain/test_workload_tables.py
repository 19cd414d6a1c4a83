"""What a shop asks for by tier, star, risk and orders, and a district's own tables, judged whole."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridsvc.domain.errors import BadInput
from gridsvc.domain.layers import Layer
from gridsvc.domain.order_cycles import order_cycle, reach_of
from gridsvc.domain.workload import OrderCycle, RetailerFacts, RiskStep, UrbanForm, Workload
from gridsvc.domain.workload_tables import tables_of, workload_of

WORK = Workload()
DAY = date(2026, 11, 1)


def facts(**told: object) -> RetailerFacts:
    given: dict[str, object] = {
        "tier": "B", "integrity_star": 4, "urban_form": UrbanForm.NEW_TOWN, "order_cartons": 30.0,
    } | told  # fmt: skip
    return RetailerFacts(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("star", "risk", "inspections", "enforcement"),
    [(4, 0.0, 1, False), (4, 0.49, 1, False), (4, 0.5, 2, False), (1, 0.5, 4, False), (5, 0.9, 4, True)],
)
def test_risk_raises_what_the_star_asks_for_and_asks_for_enforcement_at_last(
    star: int, risk: float, inspections: int, enforcement: bool
) -> None:
    shop = facts(integrity_star=star, risk=risk)
    assert WORK.frequency(shop, Layer.INSPECTION) == inspections
    assert WORK.asks_enforcement(is_stated=False, risk=risk) is enforcement
    assert WORK.asks_enforcement(is_stated=True, risk=risk)
    extra = 2 * (25.0 + 2.5) if enforcement else 0.0
    assert WORK.minutes_per_cycle(shop, Layer.INSPECTION) == inspections * (10.0 + 2.5) + extra
    for layer in (Layer.MARKETING, Layer.DELIVERY):
        assert WORK.minutes_per_cycle(shop, layer) == WORK.minutes_per_cycle(facts(), layer)


@pytest.mark.parametrize(
    ("cycle", "deliveries", "cartons"),
    [
        (OrderCycle.WEEKLY, 4, 30.0),
        (OrderCycle.FORTNIGHTLY, 2, 60.0),
        (OrderCycle.MONTHLY, 1, 120.0),
        (OrderCycle.NONE, 0, 30.0),
        (OrderCycle.UNKNOWN, 4, 30.0),
    ],
)
def test_deliveries_follow_the_order_cycle_and_carry_the_same_cartons_a_cycle(
    cycle: OrderCycle, deliveries: int, cartons: float
) -> None:
    shop = facts(order_cycle=cycle)
    assert WORK.frequency(shop, Layer.DELIVERY) == deliveries
    assert WORK.cartons_of_delivery(shop) == cartons


def test_a_better_tier_takes_longer_and_the_mean_stop_is_as_long_as_when_tiers_were_alike() -> None:
    shares = {"A": 0.1, "B": 0.2, "C": 0.7}
    before = {Layer.INSPECTION: (10.0, 10.0, 12.0), Layer.MARKETING: (9.0, 10.0, 12.0), Layer.DELIVERY: (3.5, 2.5, 3.0)}
    for layer in Layer:
        for form, assumed in zip(UrbanForm, before[layer], strict=True):
            shops = {tier: facts(tier=tier, urban_form=form) for tier in shares}
            minutes = {tier: WORK.service_min(shop, layer) for tier, shop in shops.items()}
            assert minutes["A"] > minutes["B"] >= minutes["C"]
            stops = {tier: shares[tier] * WORK.frequency(shop, layer) for tier, shop in shops.items()}
            mean = sum(stops[tier] * minutes[tier] for tier in shares) / sum(stops.values())
            assert mean == pytest.approx(assumed, rel=0.015)


@pytest.mark.parametrize(
    ("gaps", "cycle"),
    [
        ([7] * 8, OrderCycle.WEEKLY),
        ([7, 7, 14, 7, 8, 6, 7], OrderCycle.WEEKLY),  # a week left out
        ([14] * 5, OrderCycle.FORTNIGHTLY),
        ([15, 13], OrderCycle.FORTNIGHTLY),
        ([28, 30, 27], OrderCycle.MONTHLY),
        ([7], OrderCycle.UNKNOWN),
        ([], OrderCycle.UNKNOWN),
        ([28, 28, 28, *[7] * 8], OrderCycle.WEEKLY),  # the last ones count
    ],
)
def test_an_order_cycle_is_the_median_interval_of_the_last_orders(gaps: list[int], cycle: OrderCycle) -> None:
    days = [DAY]
    for gap in reversed(gaps):
        days.append(days[-1] - timedelta(days=gap))
    assert order_cycle(days, DAY) is cycle
    assert order_cycle(days, DAY + timedelta(days=56)) is cycle
    assert order_cycle(days, DAY + timedelta(days=57)) is OrderCycle.NONE


def test_one_mistyped_year_makes_nobody_silent() -> None:
    last = [DAY] * 9 + [DAY.replace(year=2036)]
    assert reach_of(last) == DAY
    assert reach_of([DAY]) == DAY


@given(st.lists(st.dates(date(2024, 1, 1), date(2026, 12, 31)), min_size=1, max_size=40), st.randoms())
def test_the_order_of_orders_changes_nothing(days: list[date], chance: object) -> None:
    mixed = list(days)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert order_cycle(mixed, max(days)) is order_cycle(days, max(days))


def test_tables_told_and_read_again_are_the_same() -> None:
    again = workload_of(tables_of(WORK))
    assert tables_of(again) == tables_of(WORK)
    assert workload_of({}) == WORK
    assert again.version.startswith("district-")


def test_a_district_changes_what_it_names_and_nothing_else() -> None:
    told = {
        "visits_per_cycle": {"C": 2},
        "inspections_per_cycle": {"5": 0},
        "deliveries_per_cycle": {"unknown": 2},
        "risk": [{"from": 0.3, "inspections": 3}, {"from": 0.9, "inspections": 4, "enforcement": True}],
        "service_min": {"marketing": {"A": {"hills": 20}}},
        "enforcement_crew": 1,
    }
    own = workload_of(told)
    assert own.visits_per_cycle == {"A": 4, "B": 2, "C": 2}
    assert own.inspections_per_cycle == {1: 4, 2: 2, 3: 1, 4: 1, 5: 0}
    assert own.frequency(facts(), Layer.DELIVERY) == 2
    assert own.risk_steps == (
        RiskStep(from_risk=0.3, inspections=3),
        RiskStep(from_risk=0.9, inspections=4, enforcement=True),
    )
    assert own.service_min(facts(tier="A", urban_form=UrbanForm.HILLS), Layer.MARKETING) == 20.0
    assert own.service_min(facts(tier="A"), Layer.MARKETING) == 12.0
    assert own.enforcement_crew == 1


def test_every_fault_of_a_file_is_told_with_its_place() -> None:
    told = {
        "visit_per_cycle": {},
        "visits_per_cycle": {"A": 4.5, "D": 1},
        "inspections_per_cycle": {"6": 1},
        "travel_min": {"hills": "far"},
        "service_min": {"marketing": {"A": {"hills": 0}}, "sales": {}},
        "risk": [{"from": 0.8, "inspections": 4}, {"from": 0.5, "inspections": True, "often": 1}],
        "delivery_travel_share": 2,
        "enforcement_crew": 3,
    }
    with pytest.raises(BadInput, match="the workload tables cannot be used") as refused:
        workload_of(told)
    faults = "\n".join(refused.value.violations)
    for part in (
        "visit_per_cycle: unknown; known are",
        "visits_per_cycle.A: 4.5 is not a whole number from 0 to 28",
        "visits_per_cycle.D: unknown; known are A, B, C",
        "inspections_per_cycle.6: unknown",
        "travel_min.hills: 'far' is not a number from 0.5 to 480",
        "service_min.marketing.A.hills: 0 is not a number from 0.5 to 480",
        "service_min.sales: unknown; known are delivery, inspection, marketing",
        "risk: each step begins at a higher risk than the one before",
        "risk, step 2: inspections: True is not a whole number",
        "risk, step 2: often: unknown",
        "delivery_travel_share: 2 is not a number from 0 to 1",
        "enforcement_crew: 3 is not a whole number from 1 to 2",
    ):
        assert part in faults, part


@pytest.mark.parametrize("told", [{"risk": 3}, {"risk": [3]}, {"service_min": 3}, {"visits_per_cycle": [1]}])
def test_what_is_no_table_is_refused(told: dict[str, object]) -> None:
    with pytest.raises(BadInput, match="cannot be used"):
        workload_of(told)
