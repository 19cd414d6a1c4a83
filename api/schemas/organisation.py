"""What an administrator sends of departments and people."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.common import Day, Plain
from gridsvc.domain.layers import Layer, Role
from gridsvc.domain.organisation import LONGEST_NAME, LONGEST_PHONE, OrgKind

Code = Annotated[Plain, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9._-]+$")]
Name = Annotated[Plain, Field(min_length=1, max_length=LONGEST_NAME)]
Phone = Annotated[Plain, Field(min_length=1, max_length=LONGEST_PHONE)]
Lon = Annotated[float, Field(ge=-180, le=180)]
Lat = Annotated[float, Field(ge=-90, le=90)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class OrgUnitIn(_In):
    """A new department."""

    name: Name = Field(examples=["Market department 3"])
    kind: OrgKind
    layer: Layer | None = Field(None, description="Whose staff it holds; absent: above the layers.")
    parent_id: UUID | None = None
    head_staff_code: Code | None = Field(None, description="Who gets what may not go to an owner.")
    duty_phone: Phone | None = None


class OrgUnitChange(_In):
    """What changes of a department; what is left out stays, null takes a value away."""

    name: Name | None = None
    kind: OrgKind | None = None
    layer: Layer | None = None
    parent_id: UUID | None = None
    head_staff_code: Code | None = None
    duty_phone: Phone | None = None


class StaffChange(_In):
    """What changes of a member of staff; what is left out stays, null takes a value away."""

    name: Name | None = None
    role: Role | None = None
    org_unit_name: Name | None = Field(None, description="Name of the department.")
    office_lon: Lon | None = Field(None, description="Where the day begins and ends, WGS-84.")
    office_lat: Lat | None = None
    vehicle_capacity_cartons: int | None = Field(None, ge=1, le=1_000_000, description="Drivers only.")
    first_day: Day | None = None
    last_day: Day | None = None
    deputies: list[Code] | None = Field(
        None, max_length=5, description="Staff codes, first asked first; none: owners of adjoining grids stand in."
    )
    crew_partner: Code | None = Field(None, description="Staff code of the other officer; null: paired by office.")


class StaffIn(StaffChange):
    """A new member of staff."""

    staff_code: Code
    name: Name
    role: Role


class AbsenceIn(_In):
    """Days away, both included."""

    first_day: Day
    last_day: Day
    reason: Literal["leave", "sick", "training", "vacancy", "other"] = "leave"
