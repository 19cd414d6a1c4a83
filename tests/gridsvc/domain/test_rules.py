"""The domain's tables: how much work a shop is, what a plan may become, who may do what, and ids in order."""

from __future__ import annotations

import ast
import inspect
import itertools
import uuid

import pytest

from gridsvc.domain import permissions
from gridsvc.domain.errors import Conflict, NotPermitted
from gridsvc.domain.ids import uuid7
from gridsvc.domain.layers import Layer
from gridsvc.domain.permissions import PERMISSIONS, AccountRole, Action, Scope, scope_of
from gridsvc.domain.plans import NEXT_STATES, PlanState, require_transition
from gridsvc.domain.workload import RetailerFacts, UrbanForm, WorkingHours, Workload

WORK = Workload()


def facts(tier: str = "B", star: int = 4, cartons: float = 30.0, *, enforcement: bool = False) -> RetailerFacts:
    return RetailerFacts(
        tier=tier, integrity_star=star, urban_form=UrbanForm.NEW_TOWN, order_cartons=cartons,
        needs_enforcement=enforcement,
    )  # fmt: skip


@pytest.mark.parametrize(("tier", "visits"), [("A", 4), ("B", 2), ("C", 1)])
def test_a_better_tier_is_visited_more_often(tier: str, visits: int) -> None:
    assert WORK.frequency(facts(tier=tier), Layer.MARKETING) == visits


def test_the_lowest_star_is_inspected_most_and_no_star_is_forgotten() -> None:
    frequencies = [WORK.frequency(facts(star=star), Layer.INSPECTION) for star in (1, 2, 3, 4, 5)]
    assert frequencies == [4, 2, 1, 1, 1]


def test_only_a_shop_with_orders_is_delivered_to_and_then_weekly() -> None:
    assert [WORK.frequency(facts(cartons=cartons), Layer.DELIVERY) for cartons in (0.0, 0.5, 300.0)] == [0, 4, 4]
    assert WORK.minutes_per_cycle(facts(cartons=0.0), Layer.DELIVERY) == 0.0


def test_minutes_are_stops_times_service_and_way() -> None:
    assert WORK.minutes_per_cycle(facts(), Layer.MARKETING) == 2 * (10.0 + 2.5)
    assert WORK.minutes_per_cycle(facts(), Layer.DELIVERY) == 4 * (2.5 + 0.5 * 2.5)


def test_an_enforcement_inspection_counts_both_officers_and_only_them() -> None:
    for layer in Layer:
        extra = WORK.minutes_per_cycle(facts(enforcement=True), layer) - WORK.minutes_per_cycle(facts(), layer)
        assert extra == (2 * (25.0 + 2.5) if layer is Layer.INSPECTION else 0.0)


def test_a_working_day_leaves_the_noon_break_out() -> None:
    assert WorkingHours().minutes == 7.5 * 60
    with pytest.raises(ValueError, match="opens < break_from <= break_to < closes"):
        WorkingHours(opens_min=13 * 60)


def test_ids_sort_by_the_time_they_were_made() -> None:
    instants = [0, 1, 999, 1_000, 1_763_800_000_000, 1_763_800_000_001, (1 << 48) - 1]
    made = [uuid7(instant, entropy) for instant, entropy in zip(instants, itertools.cycle([b"\xff" * 10, bytes(10)]))]
    assert made == sorted(made)
    for text in made:
        assert (uuid.UUID(text).version, uuid.UUID(text).variant) == (7, uuid.RFC_4122)


@pytest.mark.parametrize(("unix_ms", "entropy"), [(-1, bytes(10)), (1 << 48, bytes(10)), (0, bytes(9))])
def test_an_id_outside_its_field_is_refused(unix_ms: int, entropy: bytes) -> None:
    with pytest.raises(ValueError, match="must"):
        uuid7(unix_ms, entropy)


def test_a_plan_moves_along_its_life_and_nowhere_else() -> None:
    assert set(NEXT_STATES) == set(PlanState)
    for state, wanted in itertools.product(PlanState, PlanState):
        if wanted in NEXT_STATES[state]:
            require_transition(state, wanted)
        else:
            with pytest.raises(Conflict, match=f"a plan that is {state} cannot become {wanted}"):
                require_transition(state, wanted)
    published_from = {state for state in PlanState if PlanState.PUBLISHED in NEXT_STATES[state]}
    assert published_from == {PlanState.APPROVED}
    assert {state for state in PlanState if not NEXT_STATES[state]} == {PlanState.SUPERSEDED, PlanState.WITHDRAWN}


def test_every_role_has_its_line_in_the_table_of_permissions() -> None:
    assert set(PERMISSIONS) == set(AccountRole)
    for role, action in itertools.product(AccountRole, Action):
        if action in PERMISSIONS[role]:
            assert scope_of(role, action) in Scope
        else:
            with pytest.raises(NotPermitted, match=f"the role {role} does not permit {action}"):
                scope_of(role, action)


def test_who_writes_a_plan_does_not_publish_it() -> None:
    def both(role: AccountRole) -> bool:
        return {Action.PLANS_WRITE, Action.PLANS_PUBLISH} <= PERMISSIONS[role].keys()

    assert {role for role in AccountRole if both(role)} == {AccountRole.ADMIN}


def test_field_roles_read_and_write_their_own_days_only_and_publish_nothing() -> None:
    own = {Action.DAYS_READ, Action.DAYS_WRITE, Action.VISITS_READ, Action.VISITS_WRITE}
    for role in (AccountRole.MARKET_INSPECTOR, AccountRole.CUSTOMER_MANAGER, AccountRole.DELIVERY_DRIVER):
        assert {scope_of(role, action) for action in own} == {Scope.OWN}
        written = {action for action in PERMISSIONS[role] if str(action).endswith((":write", ":publish", ":reveal"))}
        assert written <= own
    assert Action.DAYS_READ not in PERMISSIONS[AccountRole.HOTLINE]


def test_no_role_stands_in_the_table_twice() -> None:
    """A second line for a role would silently replace the first and give back what that one left out."""
    table = next(
        node.value
        for node in ast.walk(ast.parse(inspect.getsource(permissions)))
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "PERMISSIONS"
    )
    assert isinstance(table, ast.Dict)
    named = [ast.unparse(key) for key in table.keys if key is not None]
    assert len(named) == len(set(named)) == len(AccountRole)
