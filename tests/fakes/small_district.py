"""A small town as its planner has it: files taken in, units, present owners, and plans drawn by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridsvc.clock import FixedClock, new_id
from gridsvc.domain.grids import grid_name
from gridsvc.domain.ids import Adcode, GridId, PlanId, PlanVersionId, UnitSetId
from gridsvc.domain.imports import ImportReport
from gridsvc.domain.layers import Layer
from gridsvc.domain.plans import Plan, PlanState
from gridsvc.engines.pool import EnginePool
from gridsvc.storage import Store, plans
from gridsvc.storage.plans import Grids
from gridsvc.usecases.design_plan import DesignedPlan, design_plan
from gridsvc.usecases.import_assignments import import_assignments
from gridsvc.usecases.import_retailers import import_retailers
from gridsvc.usecases.import_staff import import_staff
from gridsvc.usecases.make_units import make_units
from gridsvc.usecases.move_plan import move_plan
from gridsvc.usecases.ownership_snapshot import OwnershipBoard
from gridsvc.usecases.publish_plan import Publication, publish_plan
from gridsvc.usecases.survey_district import DesignRules, Survey, survey_district
from tests.gridsvc.usecases.small_town import WGS84, make_town, shops, six_staff, write_csv

MONDAY_NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # in China
LETTER = {Layer.INSPECTION: "I", Layer.MARKETING: "M", Layer.DELIVERY: "D"}
Rows = Sequence[Mapping[str, object]]


def owner_rows(shop_rows: Rows, n_owners: int = 2, **values: object) -> list[dict[str, object]]:
    """Give today's owners untidily: neighbours belong to different people, with lines by weekday."""
    return [
        {
            "retailer_code": shop["retailer_code"], "layer": layer.value,
            "staff_code": f"{LETTER[layer]}{1 + number % n_owners}",
            "line": f"{LETTER[layer]}{1 + number % n_owners}-old", "weekday": "mon",
        } | values
        for layer in Layer
        for number, shop in enumerate(shop_rows)
    ]  # fmt: skip


@dataclass(kw_only=True)
class SmallDistrict:
    """One town and what tests do with it again and again.

    Parameters
    ----------
    owners : what the import of the present owners said, None when none were imported
    """

    store: Store
    clock: FixedClock
    adcode: Adcode
    folder: Path
    unit_set_id: UnitSetId
    owners: ImportReport | None
    board: OwnershipBoard = field(init=False)

    def __post_init__(self) -> None:
        self.board = OwnershipBoard(self.store, self.clock)

    @property
    def who(self) -> dict[str, Any]:
        """The district and the person, as every use-case wants them."""
        return {"adcode": self.adcode, "actor": "planner"}

    def pass_time(self, **amount: float) -> datetime:
        """Move the clock and give the new instant."""
        self.clock.instant += timedelta(**amount)
        return self.clock.instant

    def survey(self, layers: Sequence[Layer] = tuple(Layer)) -> Survey:
        """Read what a design reads."""
        with self.store.transaction(self.adcode) as tx:
            return survey_district(tx, self.clock, layers=layers)

    def design(self, pool: EnginePool, **wanted: Any) -> DesignedPlan:
        """Design quickly: few iterations, wide tolerances."""
        rules = DesignRules(minutes_tolerance_share=0.10, second_tolerance_share=0.5, max_iterations=20)
        given: dict[str, Any] = {"title": "Design", "rules": rules} | self.who | wanted
        return design_plan(self.store, self.clock, pool, **given)

    def approve(self, plan_id: str) -> None:
        """Submit and approve a draft."""
        for state in (PlanState.SUBMITTED, PlanState.APPROVED):
            move_plan(self.store, self.clock, **self.who, plan_id=plan_id, state=state)

    def publish(self, plan_id: str, **wanted: Any) -> Publication:
        """Publish an approved plan."""
        return publish_plan(self.store, self.clock, **self.who, plan_id=plan_id, **wanted)

    def draw(
        self, layers: Sequence[Layer] = tuple(Layer), *, seed: int = 1, n_grids: int = 2, title: str = "By hand"
    ) -> PlanId:
        """Draw a draft by hand: grids grown unit by unit from random places, every one in one piece."""
        survey = self.survey(layers)
        rng = np.random.default_rng(seed)
        plan = Plan(
            adcode=self.adcode, plan_id=PlanId(new_id()), title=title, state=PlanState.DRAFT, layers=tuple(layers),
            unit_set_id=self.unit_set_id, base_generation=survey.base_generation,
            plan_version_id=PlanVersionId(new_id()), revision=0, created_by="planner", created_at=self.clock.now(),
        )  # fmt: skip
        with self.store.transaction(self.adcode) as tx:
            plans.insert_plan(tx, plan)
            for layer in layers:
                first = survey.greatest_number[layer] + 1
                numbers = tuple(range(first, first + n_grids))
                people = [member.staff_id for member in survey.staff[layer]][:n_grids]
                grids = Grids(
                    grid_ids=tuple(GridId(new_id()) for _ in numbers),
                    names=tuple(grid_name(layer, number) for number in numbers),
                    numbers=numbers,
                    staff_ids=(*people, *([None] * (n_grids - len(people)))),
                    grid_of_unit=grown(len(survey.units), survey.units.edges, n_grids, rng),
                )
                plans.write_layer(tx, self.clock, plan.plan_version_id, layer, grids)
        return plan.plan_id

    def draw_and_publish(self, layers: Sequence[Layer] = tuple(Layer), *, seed: int = 1, **wanted: Any) -> Publication:
        """Draw by hand, approve and publish with a reason: hand-drawn grids are seldom balanced."""
        plan_id = self.draw(layers, seed=seed)
        self.approve(plan_id)
        return self.publish(plan_id, **({"reason": "drawn by hand"} | wanted))


def grown(n_units: int, edges: NDArray[np.int32], n_grids: int, rng: np.random.Generator) -> NDArray[np.int32]:
    """Divide a graph in one piece into grids that are each in one piece, at random."""
    beside: list[list[int]] = [[] for _ in range(n_units)]
    for a, b in edges.tolist():
        beside[a].append(b)
        beside[b].append(a)
    grid_of_unit = np.full(n_units, -1, dtype=np.int32)
    seeds = rng.choice(n_units, n_grids, replace=False)
    grid_of_unit[seeds] = np.arange(n_grids)
    front = [(int(unit), other) for unit in seeds for other in beside[unit]]
    while front:
        unit, other = front.pop(int(rng.integers(len(front))))
        if grid_of_unit[other] < 0:
            grid_of_unit[other] = grid_of_unit[unit]
            front.extend((other, further) for further in beside[other])
    return grid_of_unit


def build(
    store: Store,
    folder: Path,
    *,
    adcode: str = "520103",
    shop_rows: Rows | None = None,
    staff_rows: Rows | None = None,
    owners: Rows | str | None = "untidy",
    coarsest: int = 8,
) -> SmallDistrict:
    """Build a town of 128 shops and two members of each role from files; `owners` None leaves it without any."""
    clock = FixedClock(MONDAY_NOON)
    folder.mkdir(parents=True, exist_ok=True)
    make_town(store, clock, adcode, folder)
    wanted_shops = shops(128) if shop_rows is None else shop_rows
    who: dict[str, Any] = {"adcode": Adcode(adcode), "actor": "planner"}
    staff_file = write_csv(folder / "staff.csv", six_staff() if staff_rows is None else staff_rows)
    import_staff(store, clock, **who, path=staff_file, options=WGS84)
    shop_file = write_csv(folder / "retailers.csv", wanted_shops)
    import_retailers(store, clock, **who, path=shop_file, options=WGS84)
    made = make_units(store, clock, **who, coarsest=coarsest)
    report = None
    if owners is not None:
        rows = owner_rows(wanted_shops) if isinstance(owners, str) else owners
        report = import_assignments(store, clock, **who, path=write_csv(folder / "owners.csv", rows), options=WGS84)
    return SmallDistrict(
        store=store, clock=clock, adcode=Adcode(adcode), folder=folder, unit_set_id=made.unit_set_id, owners=report
    )
