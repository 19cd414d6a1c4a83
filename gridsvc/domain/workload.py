"""How much work a retailer is: duties per 28-day cycle and their minutes, by role, tier, star and urban form.

The tables are configuration, not law: a district may carry its own. The defaults follow the trade's arithmetic
(about 420 shops a person; A, B and C shops visited 4, 2 and 1 times a cycle; weekly deliveries) and are assumptions
until service minutes are measured from real check-ins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gridsvc.domain.layers import Layer

CYCLE_DAYS = 28
WORKING_DAYS_PER_CYCLE = 20


class UrbanForm(StrEnum):
    """The built surroundings of a shop: they decide how long a stop and the way to it take."""

    OLD_TOWN = "old_town"
    NEW_TOWN = "new_town"
    HILLS = "hills"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetailerFacts:
    """What the work at a retailer depends on."""

    tier: str  # A, B or C
    integrity_star: int  # 1 (worst) .. 5
    urban_form: UrbanForm
    order_cartons: float  # a week
    needs_enforcement: bool = False  # one enforcement inspection this cycle, by a crew of two


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """One district's tables: frequencies a cycle, service minutes, and the way to the shop."""

    version: str = "default-1"
    visits_per_cycle: dict[str, int] = field(default_factory=lambda: {"A": 4, "B": 2, "C": 1})
    inspections_per_cycle: dict[int, int] = field(default_factory=lambda: {1: 4, 2: 2, 3: 1, 4: 1, 5: 1})
    deliveries_per_cycle: int = 4
    visit_min: dict[UrbanForm, float] = field(
        default_factory=lambda: {UrbanForm.OLD_TOWN: 9.0, UrbanForm.NEW_TOWN: 10.0, UrbanForm.HILLS: 12.0}
    )
    inspection_min: dict[UrbanForm, float] = field(
        default_factory=lambda: {UrbanForm.OLD_TOWN: 10.0, UrbanForm.NEW_TOWN: 10.0, UrbanForm.HILLS: 12.0}
    )
    enforcement_min: float = 25.0
    enforcement_crew: int = 2
    delivery_min: dict[UrbanForm, float] = field(
        default_factory=lambda: {UrbanForm.OLD_TOWN: 3.5, UrbanForm.NEW_TOWN: 2.5, UrbanForm.HILLS: 3.0}
    )
    travel_min: dict[UrbanForm, float] = field(  # expected way to a stop of a tour, by its surroundings
        default_factory=lambda: {UrbanForm.OLD_TOWN: 1.5, UrbanForm.NEW_TOWN: 2.5, UrbanForm.HILLS: 6.0}
    )
    measured_min: Mapping[tuple[Layer, str, UrbanForm], float] = field(default_factory=dict)  # by layer, tier and form
    delivery_travel_share: float = 0.5  # a van stops more densely: this share of `travel_min`

    def frequency(self, facts: RetailerFacts, layer: Layer) -> int:
        """Give the regular stops per cycle that `layer` owes the retailer; enforcement comes on top."""
        if layer is Layer.MARKETING:
            return self.visits_per_cycle[facts.tier]
        if layer is Layer.INSPECTION:
            return self.inspections_per_cycle[facts.integrity_star]
        return self.deliveries_per_cycle if facts.order_cartons > 0 else 0

    def service_min(self, facts: RetailerFacts, layer: Layer) -> float:
        """Give the minutes of one regular stop, without the way there: as estimated from visits, else as assumed."""
        measured = self.measured_min.get((layer, facts.tier, facts.urban_form))
        if measured is not None:
            return measured
        table = {
            Layer.MARKETING: self.visit_min,
            Layer.INSPECTION: self.inspection_min,
            Layer.DELIVERY: self.delivery_min,
        }[layer]
        return table[facts.urban_form]

    def minutes_per_cycle(self, facts: RetailerFacts, layer: Layer) -> float:
        """Give the person-minutes per cycle that the retailer asks of `layer`, the expected way included.

        An enforcement inspection counts both officers of its crew.
        """
        share = self.delivery_travel_share if layer is Layer.DELIVERY else 1.0
        way_min = self.travel_min[facts.urban_form] * share
        minutes = self.frequency(facts, layer) * (self.service_min(facts, layer) + way_min)
        if layer is Layer.INSPECTION and facts.needs_enforcement:
            minutes += self.enforcement_crew * (self.enforcement_min + way_min)
        return minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingHours:
    """A working day of two half-days, in minutes after local midnight."""

    opens_min: int = 8 * 60 + 30
    break_from_min: int = 12 * 60
    break_to_min: int = 13 * 60 + 30
    closes_min: int = 17 * 60 + 30

    def __post_init__(self) -> None:
        if not self.opens_min < self.break_from_min <= self.break_to_min < self.closes_min:
            raise ValueError("a working day needs opens < break_from <= break_to < closes")

    @property
    def minutes(self) -> int:
        """Working minutes of the day, the noon break left out."""
        return (self.break_from_min - self.opens_min) + (self.closes_min - self.break_to_min)

    def clock_min(self, worked_min: float) -> float:
        """Minutes after local midnight at which so many minutes of the day are worked; the noon break is not."""
        morning = self.break_from_min - self.opens_min
        return worked_min + (self.opens_min if worked_min < morning else self.break_to_min - morning)
