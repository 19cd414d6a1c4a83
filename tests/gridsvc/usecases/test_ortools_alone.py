"""A district is planned, changed, given its month and its days by OR-Tools alone: all other solvers are taken away."""

from __future__ import annotations

from datetime import date
from typing import Any, NoReturn

import pytest

from gridsvc.domain.errors import BadInput
from gridsvc.domain.joint_stops import JointMode
from gridsvc.domain.layers import Layer
from gridsvc.storage import Store
from gridsvc.usecases.couple_layers import Coupling
from gridsvc.usecases.design_draft import design_draft
from gridsvc.usecases.plan_cycle import plan_cycle
from gridsvc.usecases.plan_day import plan_day
from gridsvc.usecases.price_moves import price_moves
from gridsvc.usecases.repair_draft import repair_draft
from gridsvc.usecases.repair_plan import repair_plan
from gridsvc.usecases.spend_moves import spend_moves
from gridsvc.usecases.survey_district import DesignRules
from optimize.periodic import annealing
from optimize.territory.solve import warm_up
from tests.fakes.near_pool import NearPool
from tests.fakes.small_district import SmallDistrict, build, owner_rows
from tests.gridsvc.usecases.small_town import member, shops

MONDAY = date(2026, 11, 23)
ROLES = {"I": "market_inspector", "M": "customer_manager", "D": "delivery_driver"}
RULES = DesignRules(minutes_tolerance_share=0.2, second_tolerance_share=0.5, max_iterations=10, engine="ortools")


def refused(*_: object, **__: object) -> NoReturn:
    raise AssertionError("a solver that is not of OR-Tools was asked")


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> NearPool:
    """A pool in this process, in which whatever is not of OR-Tools raises."""
    warm_up()  # compiles the own search once a process, whichever engine runs
    own_steps = annealing.search_chunk

    def no_steps(w: Any, settings: Any, steps: int, *rest: Any) -> Any:
        return own_steps(w, settings, steps, *rest) if steps == 0 else refused()

    monkeypatch.setattr(annealing, "search_chunk", no_steps)
    for taken in (
        "optimize.territory.search.Search.anneal",
        "optimize.territory.search.Search.anneal_halves",
        "optimize.periodic.meetings.meet",
        "optimize.routing.relay.search_auto",
        "optimize.routing.relay.search_tied",
        "optimize.routing.pyvrp_engine.orders_by_pyvrp",
    ):
        monkeypatch.setattr(taken, refused)
    return NearPool(1)


@pytest.fixture(scope="module")
def town(store: Store, tmp_path_factory: pytest.TempPathFactory) -> SmallDistrict:
    return build(store, tmp_path_factory.mktemp("town"), adcode="520391", shop_rows=shops(24))


@pytest.fixture(scope="module")
def trio(store: Store, tmp_path_factory: pytest.TempPathFactory) -> SmallDistrict:
    """Build a town of 12 shops and one person of each role."""
    people = [member(f"{code}1", role) for code, role in ROLES.items()]
    folder = tmp_path_factory.mktemp("trio")
    owners = owner_rows(shops(12), n_owners=1)
    return build(store, folder, adcode="520392", shop_rows=shops(12), staff_rows=people, owners=owners)


def test_a_district_is_planned_and_changed_by_ortools_alone(town: SmallDistrict, pool: NearPool) -> None:
    given: dict[str, Any] = {"rules": RULES, "layers": [Layer.MARKETING]}
    designed = town.design(pool, **given)
    on_draft = {"plan_id": designed.plan.plan_id} | given
    for layers in (designed.layers, repair_plan(town.store, town.clock, pool, **town.who, **given).layers):
        assert all(layer.is_feasible for layer in layers)
    for search in (design_draft, repair_draft):
        found = search(town.store, town.clock, pool, **town.who, **on_draft)
        assert all(layer.is_feasible for layer in found.layers)
    spend_moves(town.store, town.clock, pool, **town.who, **on_draft, n_moves=2)
    (curve,) = price_moves(
        town.store, town.clock, pool, adcode=town.adcode, plan_id=designed.plan.plan_id, budgets=[0, 2, 4],
        engine="ortools",
    )  # fmt: skip
    assert all(point.least_share <= point.spread_share + 1e-3 for point in curve.points)


def test_coupled_layers_are_repaired_by_ortools_alone(town: SmallDistrict, pool: NearPool) -> None:
    layers = [Layer.INSPECTION, Layer.MARKETING]
    designed = town.design(pool, rules=RULES, layers=layers, coupling=Coupling.COUPLED)
    assert {layer.layer for layer in designed.layers} == set(layers)


@pytest.mark.parametrize("mode", [JointMode.SAME_DAY, JointMode.APART])
def test_a_month_and_its_first_day_are_planned_by_ortools_alone(
    trio: SmallDistrict, pool: NearPool, mode: JointMode
) -> None:
    given: dict[str, Any] = trio.who | {"first_day": MONDAY, "max_iterations": 20, "engine": "ortools"}
    planned = plan_cycle(trio.store, trio.clock, pool, mode=mode, **given)
    assert sum(planned.n_unplanned.values()) == 0
    again = plan_cycle(trio.store, trio.clock, pool, mode=mode, is_again=True, **given)
    assert sum(again.n_unplanned.values()) == 0
    day = plan_day(trio.store, trio.clock, pool, **trio.who, day=date(2026, 11, 24), max_iterations=5, engine="ortools")
    assert sum(day.n_unplanned.values()) == 0
    assert sum(day.n_stops.values()) > 0


@pytest.mark.parametrize("mode", [JointMode.RIDE, JointMode.SAME_TIME, JointMode.SUBSTITUTE])
def test_what_ortools_has_no_form_of_is_refused_in_words(town: SmallDistrict, pool: NearPool, mode: JointMode) -> None:
    with pytest.raises(BadInput, match=f"OR-Tools alone cannot plan {mode}"):
        plan_cycle(town.store, town.clock, pool, **town.who, first_day=MONDAY, mode=mode, engine="ortools")
