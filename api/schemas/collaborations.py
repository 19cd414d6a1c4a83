"""Collaborations as they come in and go out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.common import Plain
from geo_data.datums import Datum
from gridsvc.domain.collaborations import LONGEST_SUBJECT, LONGEST_TEXT, CollaborationType
from gridsvc.domain.ownership import LayerOwner
from gridsvc.usecases.read_collaboration import TracedCollaboration

_STRICT = ConfigDict(extra="forbid", str_strip_whitespace=False)
Name = Annotated[Plain, Field(min_length=1, max_length=100)]


class PlaceIn(BaseModel):
    """One place: a shop by one of its names, a grid, or a point."""

    model_config = _STRICT
    retailer_id: Name | None = None
    retailer_code: Name | None = None
    licence_no: Name | None = None
    grid_id: Name | None = None
    lon: float | None = Field(None, ge=-180, le=180, allow_inf_nan=False)
    lat: float | None = Field(None, ge=-90, le=90, allow_inf_nan=False)
    crs: Datum = Field(Datum.WGS84, description="Datum of lon and lat. Never guessed.")


class ReporterIn(BaseModel):
    """Who told us; stored apart and read by the intake alone."""

    model_config = _STRICT
    name: Plain = Field("", max_length=100)
    phone: Plain = Field("", max_length=40)


class CollaborationIn(BaseModel):
    """A request to whoever is responsible for a place."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "type": "complaint",
                    "subject": "Cigarettes without a code sold at the corner shop",
                    "content": "The caller saw it this morning.",
                    "place": {"lat": 26.5783, "lon": 106.7135},
                    "external_ref": "12313-2026-000871",
                }
            ]
        },
    )
    type: CollaborationType
    subject: Plain = Field(max_length=LONGEST_SUBJECT)
    content: Plain = Field("", max_length=LONGEST_TEXT)
    place: PlaceIn
    about_staff_code: Name | None = Field(None, description="Whom a complaint is about; never its handler.")
    external_ref: Name | None = Field(None, description="Your ticket number; the same again is the same collaboration.")
    reporter: ReporterIn | None = None


class ProcessIn(BaseModel):
    """What the handler did, and who goes on; nobody named = it ends here."""

    model_config = _STRICT
    result: Plain = Field(max_length=LONGEST_TEXT)
    next_staff_code: Name | None = None
    next_department: Name | None = None


class RecallIn(BaseModel):
    """Why a request is taken back."""

    model_config = _STRICT
    reason: Plain = Field(max_length=LONGEST_TEXT)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedOut:
    """A request after it was dispatched, with the owners of its place per layer."""

    traced: TracedCollaboration
    candidates: tuple[LayerOwner, ...]
