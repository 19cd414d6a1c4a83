"""The review queue at the border: positions in the caller's datum, decisions as they come in."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.datums import in_datum
from geo_data.datums import Datum, to_wgs84
from gridsvc.domain.reviews import BorderCrossed, Decision, PinMove, Review, ReviewRule
from gridsvc.usecases.move_pin import LONGEST_REASON
from gridsvc.usecases.settle_review import SettledReview
from gridsvc.usecases.settle_reviews_by_rule import SettledByRule

Reason = Annotated[str, Field(max_length=LONGEST_REASON, description="Why; the history shows it.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewOut(Review):
    """One item of the queue; `crs` names the datum of every lon and lat in it.

    `can_move` holds where the doubt is about a shop's point.
    """

    crs: Datum
    can_move: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PinMoveOut(PinMove):
    """One move of a point; `crs` names the datum of every lon and lat in it."""

    crs: Datum


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledOut:
    """The item as it is now, and the borders that the shop's point crossed; its owners stay until the next plan."""

    item: ReviewOut
    crossed: tuple[BorderCrossed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossedOut:
    """The borders that a moved point crossed; the shop's owners stay until the next plan."""

    crossed: tuple[BorderCrossed, ...]


class ReasonIn(BaseModel):
    """A decision with its reason."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason = ""


class PlaceIn(BaseModel):
    """Where a shop is."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    lon: Annotated[float, Field(ge=-180, le=180)]
    lat: Annotated[float, Field(ge=-90, le=90)]
    crs: Datum = Datum.WGS84
    reason: Reason = ""

    def wgs84(self) -> tuple[float, float]:
        """Give the place in WGS-84."""
        x, y = to_wgs84(self.lon, self.lat, self.crs)
        return float(x), float(y)


class PinIn(PlaceIn):
    """Where a shop is, and where the caller saw it (in the same datum), so that nobody's move is overwritten."""

    reason: Annotated[str, Field(min_length=1, max_length=LONGEST_REASON)]
    expected_lon: Annotated[float | None, Field(ge=-180, le=180)] = None
    expected_lat: Annotated[float | None, Field(ge=-90, le=90)] = None

    def expected(self) -> tuple[float, float] | None:
        """Give where the caller saw the point, WGS-84."""
        if self.expected_lon is None or self.expected_lat is None:
            return None
        x, y = to_wgs84(self.expected_lon, self.expected_lat, self.crs)
        return float(x), float(y)


class BoundsIn(BaseModel):
    """Inclusive bounds of a measure."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    at_least: float | None = None
    at_most: float | None = None


class RuleIn(BaseModel):
    """A decision about every open item that the rule names."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(min_length=1, max_length=100)]
    street_office: Annotated[str | None, Field(max_length=100)] = None
    evidence: Annotated[dict[str, BoundsIn], Field(max_length=10)] = {}
    decision: Decision
    reason: Annotated[str, Field(min_length=1, max_length=LONGEST_REASON)]
    dry_run: bool = False

    def rule(self) -> ReviewRule:
        """Give the rule."""
        bounds = {name: (b.at_least, b.at_most) for name, b in self.evidence.items()}
        return ReviewRule(code=self.code, street_office=self.street_office, evidence=bounds)


def review_out(item: Review, crs: Datum) -> ReviewOut:
    """Give an item in `crs`."""
    values = {field.name: getattr(item, field.name) for field in fields(item)}
    values["lon"], values["lat"] = in_datum(item.lon, item.lat, crs)
    values["proposed_lon"], values["proposed_lat"] = in_datum(item.proposed_lon, item.proposed_lat, crs)
    values["evidence"] = {name: value for name, value in item.evidence.items() if name != "at"}
    return ReviewOut(**values, crs=crs, can_move=item.is_about_pin)


def settled_out(done: SettledReview, crs: Datum) -> SettledOut:
    """Give a settled item in `crs`."""
    return SettledOut(item=review_out(done.item, crs), crossed=done.crossed)


def by_rule_out(done: SettledByRule, crs: Datum) -> dict[str, object]:
    """Give what a rule did, with its examples in `crs`."""
    values: dict[str, object] = {field.name: getattr(done, field.name) for field in fields(done)}
    return values | {"examples": [review_out(item, crs) for item in done.examples]}


def pin_move_out(move: PinMove, crs: Datum) -> PinMoveOut:
    """Give a move in `crs`."""
    values = {field.name: getattr(move, field.name) for field in fields(move)}
    values["before_lon"], values["before_lat"] = in_datum(move.before_lon, move.before_lat, crs)
    values["after_lon"], values["after_lat"] = in_datum(move.after_lon, move.after_lat, crs)
    return PinMoveOut(**values, crs=crs)
