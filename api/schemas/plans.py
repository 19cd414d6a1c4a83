"""What a planner sends: a new plan, edits of a draft, words to a step."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.common import Instant, Plain
from gridsvc.domain import drafts
from gridsvc.domain.borders import DEFAULT_PRICE, BorderMode, KeptBorder
from gridsvc.domain.crews import Crews
from gridsvc.domain.distances import Distance
from gridsvc.domain.drafts import Edit
from gridsvc.domain.ids import GridId, RetailerId, StaffId
from gridsvc.domain.layers import Layer

MOST_UNITS = 200_000
MOST_RETAILERS = 50_000
MOST_SPLIT = 500
UnitRow = Annotated[int, Field(ge=0, lt=2**31)]
Units = Annotated[list[UnitRow], Field(max_length=MOST_UNITS)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class StartAt(_In):
    """Where a plan begins instead of what is in force."""

    plan_id: UUID | None = Field(None, description="Copy this plan, its rules included.")
    generation: int | None = Field(None, ge=0, le=10**9, description="Copy what was in force then.")


class PlanIn(_In):
    """A new plan."""

    title: Plain = Field(min_length=1, max_length=200, examples=["Winter redraw"])
    layers: list[Layer] | None = Field(None, min_length=1, max_length=3, description="Default: all three.")
    start: Literal["current", "empty"] | StartAt = Field("current", description="Where it begins.")


class StepIn(_In):
    """Words to a step of a plan."""

    words: str = Field("", max_length=2000, description="For whoever reads the record.")
    reason: str = Field("", max_length=2000, description="The same; kept beside a publication's warnings.")


class PublishIn(StepIn):
    """A publication."""

    effective_from: Instant | None = Field(None, description="RFC 3339 with an offset; absent = now.")


class RollbackIn(_In):
    """Which generation to restore."""

    to_generation: int | None = Field(None, ge=0, le=10**9, description="Default: the one before this plan.")


class DuplicateIn(_In):
    """A copy."""

    title: Plain | None = Field(None, min_length=1, max_length=200)


class SplitIn(_In):
    """Cells to be split into the next finer ones."""

    units: list[UnitRow] = Field(
        default_factory=list, max_length=MOST_SPLIT, description="Unit rows of the draft's unit set."
    )
    cells: list[Annotated[str, Field(max_length=40)]] = Field(
        default_factory=list, max_length=MOST_SPLIT, description="The same by H3 index."
    )


class EvenOutIn(_In):
    """What was drawn by hand and stays."""

    layer: Layer
    kept: Units = Field(default_factory=list, description="Unit rows of the draft's unit set that stay in their grids.")


class TakeDesignIn(_In):
    """Whose travel and certificate a layer gets."""

    layer: Layer
    plan_id: UUID = Field(description="The plan that was designed: the copy on which a proposal was made.")


class MergeIn(_In):
    """The cell whose finer cells are united."""

    cell: str = Field(max_length=40, description="H3 index of the cell that takes their place.")


class MoveUnitsIn(_In):
    """Give units to a grid; null = to nobody."""

    kind: Literal["move_units"]
    units: Units = Field(default_factory=list, description="Unit rows of the draft's unit set.")
    cells: list[Annotated[str, Field(max_length=40)]] = Field(
        default_factory=list, max_length=MOST_UNITS, description="The same by H3 index or area code."
    )
    to: UUID | None


class MovePolygonIn(_In):
    """Give the units whose centre lies inside a polygon to a grid."""

    kind: Literal["move_polygon"]
    polygon: dict[str, Any] = Field(description="GeoJSON Polygon, MultiPolygon, or a Feature of one; WGS-84.")
    to: UUID | None


class MoveRetailersIn(_In):
    """Keep single shops with the owner of another grid; null or their own grid ends that."""

    kind: Literal["move_retailers"]
    retailer_ids: list[UUID] = Field(min_length=1, max_length=MOST_RETAILERS)
    to: UUID | None
    reason: str = Field("", max_length=drafts.EXCEPTION_REASON_LENGTH)


class LockGridIn(_In):
    """Lock or unlock a grid."""

    kind: Literal["lock_grid"]
    grid_id: UUID
    locked: bool


class PinUnitIn(_In):
    """Pin units to a grid, which moves them there; null takes the pin out."""

    kind: Literal["pin_unit"]
    units: Units = Field(min_length=1)
    to: UUID | None


class ForbidUnitIn(_In):
    """Forbid a grid for units, or allow it again."""

    kind: Literal["forbid_unit"]
    units: Units = Field(min_length=1)
    grid_id: UUID
    forbidden: bool = True


class KeptBorderIn(_In):
    """What the borders of one level of areas count in the layer."""

    level: str = Field(min_length=1, max_length=40, examples=["street_office"])
    mode: BorderMode
    price: float = Field(
        DEFAULT_PRICE, gt=0, le=1e6, description="Where priced: mean squared distances a mean unit border crossed."
    )


class LinkedUnitsIn(_In):
    """Units that must share one grid."""

    units: Units = Field(default_factory=list, description="Unit rows of the draft's unit set.")
    cells: list[Annotated[str, Field(max_length=40)]] = Field(
        default_factory=list, max_length=MOST_UNITS, description="The same by H3 index or area code."
    )


class StaffBaseIn(_In):
    """A unit that must lie in a grid: the base of whoever owns it."""

    unit: UnitRow | None = Field(None, description="Unit row, or")
    cell: str = Field("", max_length=40, description="the same by H3 index or area code.")
    grid_id: UUID | None = Field(None, description="The grid, or")
    staff_code: str = Field("", max_length=100, description="the staff code of its owner.")


class SetRulesIn(_In):
    """Change what the layer has to keep; what is left out stays."""

    kind: Literal["set_rules"]
    tolerance: float | None = Field(None, ge=0, lt=1)
    count_tolerance: float | None = Field(None, ge=0, lt=1)
    carton_tolerance: float | None = Field(
        None, ge=-1, lt=1, description="For cartons beside minutes and shops; -1 leaves them out."
    )
    churn_budget: int | None = Field(None, ge=-1, lt=2**31, description="Shops; -1 takes the cap away.")
    barriers: list[tuple[UnitRow, UnitRow]] | None = Field(None, max_length=MOST_UNITS, description="Closed borders.")
    links: list[LinkedUnitsIn] | None = Field(
        None, max_length=1000, description="Groups of units that share one grid; replaces all that there were."
    )
    bases: list[StaffBaseIn] | None = Field(
        None, max_length=5000, description="Staff bases in their own grids; replaces all that there were."
    )
    borders: list[KeptBorderIn] | None = Field(
        None, max_length=20, description="What office and bureau borders count; replaces all said before."
    )
    distance: Distance | None = Field(None, description="What compactness is measured along.")
    crews: Crews | None = Field(None, description="Who assists whom on inspections, for expected minutes.")


class SetOwnerIn(_In):
    """Give a grid to a member of staff; null = a vacancy."""

    kind: Literal["set_owner"]
    grid_id: UUID
    staff_id: UUID | None


class AddGridIn(_In):
    """Add an empty grid."""

    kind: Literal["add_grid"]
    staff_id: UUID | None = None


class RemoveGridIn(_In):
    """Remove a grid."""

    kind: Literal["remove_grid"]
    grid_id: UUID


EditIn = Annotated[
    MoveUnitsIn
    | MovePolygonIn
    | MoveRetailersIn
    | LockGridIn
    | PinUnitIn
    | ForbidUnitIn
    | SetRulesIn
    | SetOwnerIn
    | AddGridIn
    | RemoveGridIn,
    Field(discriminator="kind"),
]


class EditsIn(_In):
    """One step of work on a layer: edits that are made together or not at all."""

    layer: Layer
    edits: list[EditIn] = Field(min_length=1, max_length=1000)
    step: str = Field("", max_length=500, description="What was done, in words, for the log.")


def _grid(value: UUID | None) -> GridId | None:
    return None if value is None else GridId(str(value))


def _staff(value: UUID | None) -> StaffId | None:
    return None if value is None else StaffId(str(value))


def _base(given: StaffBaseIn) -> drafts.StaffBase:
    return drafts.StaffBase(unit=given.unit, cell=given.cell, grid_id=_grid(given.grid_id), staff_code=given.staff_code)


def edit_of(given: EditIn) -> Edit:  # noqa: PLR0911 (one line a kind)
    """Give an edit as the domain knows it."""
    if isinstance(given, MoveUnitsIn):
        return drafts.MoveUnits(units=tuple(given.units), cells=tuple(given.cells), to=_grid(given.to))
    if isinstance(given, MovePolygonIn):
        return drafts.MovePolygon(polygon=given.polygon, to=_grid(given.to))
    if isinstance(given, MoveRetailersIn):
        shops = tuple(RetailerId(str(shop)) for shop in given.retailer_ids)
        return drafts.MoveRetailers(retailer_ids=shops, to=_grid(given.to), reason=given.reason)
    if isinstance(given, LockGridIn):
        return drafts.LockGrid(grid_id=GridId(str(given.grid_id)), locked=given.locked)
    if isinstance(given, PinUnitIn):
        return drafts.PinUnits(units=tuple(given.units), to=_grid(given.to))
    if isinstance(given, ForbidUnitIn):
        grid_id = GridId(str(given.grid_id))
        return drafts.ForbidUnits(units=tuple(given.units), grid_id=grid_id, forbidden=given.forbidden)
    if isinstance(given, SetRulesIn):
        return drafts.SetRules(
            tolerance=given.tolerance,
            count_tolerance=given.count_tolerance,
            carton_tolerance=given.carton_tolerance,
            churn_budget=given.churn_budget,
            barriers=None if given.barriers is None else tuple(given.barriers),
            links=None
            if given.links is None
            else tuple(drafts.LinkedUnits(units=tuple(one.units), cells=tuple(one.cells)) for one in given.links),
            bases=None if given.bases is None else tuple(_base(one) for one in given.bases),
            borders=None
            if given.borders is None
            else tuple(KeptBorder(level=one.level, mode=one.mode, price=one.price) for one in given.borders),
            distance=given.distance,
            crews=given.crews,
        )
    if isinstance(given, SetOwnerIn):
        return drafts.SetOwner(grid_id=GridId(str(given.grid_id)), staff_id=_staff(given.staff_id))
    if isinstance(given, AddGridIn):
        return drafts.AddGrid(staff_id=_staff(given.staff_id))
    return drafts.RemoveGrid(grid_id=GridId(str(given.grid_id)))
