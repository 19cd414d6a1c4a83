"""Sets of shops as they would be, to be estimated."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from gridsvc.domain.layers import Layer
from gridsvc.usecases.estimate_route_minutes import ShopSet

_MOST_MEMBERS = 50_000


class GridIn(BaseModel):
    """One grid as it would be: the shops of its units, and single ones."""

    model_config = ConfigDict(extra="forbid")

    key: Annotated[str, Field(min_length=1, max_length=100, description="Comes back with the answer.")]
    units: Annotated[
        list[Annotated[int, Field(ge=0)]] | None,
        Field(max_length=_MOST_MEMBERS, description="Rows of the unit set; name these, `retailers` or both."),
    ] = None
    retailers: Annotated[
        list[UUID] | None,
        Field(max_length=_MOST_MEMBERS, description="retailer_id of each shop that is the grid's wherever it lies."),
    ] = None
    without: Annotated[
        list[UUID], Field(max_length=_MOST_MEMBERS, description="Shops of `units` that are another grid's.")
    ] = []
    staff: Annotated[
        str | None,
        Field(max_length=100, description="staff_id or staff_code whose office it is; default: the nearest office."),
    ] = None


class RouteMinutesIn(BaseModel):
    """The grids that a stroke touched, as they are after it."""

    model_config = ConfigDict(extra="forbid")

    layer: Layer
    unit_set_id: Annotated[UUID | None, Field(description="Required where a grid names units.")] = None
    grids: Annotated[list[GridIn], Field(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _keys_differ(self) -> RouteMinutesIn:
        keys = [grid.key for grid in self.grids]
        if len(set(keys)) < len(keys):
            raise ValueError("the keys of the grids have to differ")
        return self

    def sets(self) -> list[ShopSet]:
        """Give the grids as the use-case takes them."""
        return [
            ShopSet(
                key=grid.key,
                units=grid.units,
                retailers=[str(shop) for shop in grid.retailers] if grid.retailers is not None else None,
                without=[str(shop) for shop in grid.without],
                staff=grid.staff,
            )
            for grid in self.grids
        ]
