"""The review queue: what somebody has to look at, and what a person decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import RetailerId
from gridsvc.domain.layers import Layer

# doubts about where a shop is; everything else on the list is about what a file says
PIN_CODES = frozenset({
    "uncertain_location", "not_located", "conflicting_position", "shared_point", "outside_district",
    "just_outside_district", "outside_office", "wrong_datum", "check_ins_elsewhere", "register_disagrees",
})  # fmt: skip


class ReviewState(StrEnum):
    """What became of an item."""

    OPEN = "open"
    ACCEPTED = "accepted"  # the proposal, or the present point where nothing is proposed
    MENDED = "mended"  # moved by hand, or no longer so
    REJECTED = "rejected"  # looked at, and left as it is


class Decision(StrEnum):
    """What a person does with an item."""

    ACCEPT = "accept"
    MOVE = "move"
    REJECT = "reject"


STATE_OF = {Decision.ACCEPT: ReviewState.ACCEPTED, Decision.MOVE: ReviewState.MENDED,
            Decision.REJECT: ReviewState.REJECTED}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One item of the queue, with the shop as it is now.

    Parameters
    ----------
    severity : rejected, suspicious or fault
    code : kind of the finding, the same for all alike
    words : the finding in a sentence
    file_name, row_no : where it came from, None for what was found in the district itself
    lon, lat : the shop's point now, WGS-84, None without one
    proposed_lon, proposed_lat : a better point, None where none is proposed
    evidence : measures behind the words
    outcome : what was decided and why; None while open
    rule : the rule that settled it together with others, None otherwise
    """

    review_item_id: str
    severity: str
    code: str
    words: str
    state: ReviewState
    created_at: datetime
    file_name: str | None
    row_no: int | None
    retailer_id: RetailerId | None
    retailer_code: str | None
    retailer_name: str | None
    address: str | None
    street_office: str | None
    precision_class: str | None
    lon: float | None
    lat: float | None
    proposed_lon: float | None
    proposed_lat: float | None
    evidence: Mapping[str, float | str] = field(default_factory=dict)
    closed_at: datetime | None = None
    closed_by: str | None = None
    outcome: str | None = None
    rule: str | None = None

    @property
    def is_about_pin(self) -> bool:
        """Whether the doubt is about where the shop is."""
        return self.code in PIN_CODES and self.retailer_id is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class PinMove:
    """One move of a shop's point: before, after, by whom and why; None = no point then."""

    pin_move_id: str
    retailer_id: RetailerId
    retailer_code: str
    review_item_id: str | None
    before_lon: float | None
    before_lat: float | None
    before_precision: str
    after_lon: float
    after_lat: float
    moved_m: float | None
    reason: str
    moved_by: str
    moved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BorderCrossed:
    """A move that took a shop into another grid: its owner stays until the next plan."""

    layer: Layer
    from_grid: str | None
    to_grid: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRule:
    """Names open items by what they have in common, for one decision about all of them.

    Parameters
    ----------
    code : kind of finding; never empty
    street_office : only shops of this office, None for any
    evidence : lower and upper bounds of measures, both inclusive, for example {"likelihood_ratio": (1000, None)}
    """

    code: str
    street_office: str | None = None
    evidence: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.code:
            raise BadInput("a rule needs the code of the findings that it is about")

    def holds(self, item: Review) -> bool:
        """Whether an item is one that the rule names; one without a bounded measure is not."""
        if item.code != self.code or (self.street_office is not None and item.street_office != self.street_office):
            return False
        for name, (low, high) in self.evidence.items():
            value = item.evidence.get(name)
            if isinstance(value, str) or value is None:
                return False
            if (low is not None and value < low) or (high is not None and value > high):
                return False
        return True

    @property
    def words(self) -> str:
        """The rule in one line."""
        bounds = [
            f"{name} {'' if low is None else f'>= {low:g} '}{'' if high is None else f'<= {high:g}'}".strip()
            for name, (low, high) in self.evidence.items()
        ]
        office = [] if self.street_office is None else [f"in {self.street_office}"]
        return ", ".join([self.code, *office, *bounds])
