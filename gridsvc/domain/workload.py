"""How much work a retailer is: duties per 28-day cycle and their minutes, by role, tier, star, risk, orders and form.

The tables are configuration, not law: a district may carry its own (`domain/workload_tables.py`). The defaults follow
the trade's arithmetic (about 420 shops a person; A, B and C shops visited 4, 2 and 1 times a cycle; weekly deliveries)
and are assumptions until service minutes are measured from real check-ins.
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


class OrderCycle(StrEnum):
    """How often a shop orders, as its orders tell (`domain/order_cycles.py`)."""

    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    MONTHLY = "monthly"  # once a cycle of 28 days
    NONE = "none"  # it has stopped ordering
    UNKNOWN = "unknown"  # fewer than three orders are known


@dataclass(frozen=True, slots=True, kw_only=True)
class RetailerFacts:
    """What the work at a retailer depends on."""

    tier: str  # A, B or C
    integrity_star: int  # 1 (worst) .. 5
    urban_form: UrbanForm
    order_cartons: float  # a week
    needs_enforcement: bool = False  # one enforcement inspection this cycle, by a crew of two
    risk: float = 0.0  # 0 .. 1
    order_cycle: OrderCycle = OrderCycle.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskStep:
    """From a risk on: at least so many routine inspections a cycle, and whether an enforcement inspection is due."""

    from_risk: float
    inspections: int
    enforcement: bool = False


FormMinutes = Mapping[UrbanForm, float]
TierMinutes = Mapping[str, FormMinutes]


def _minutes(old_town: float, new_town: float, hills: float) -> FormMinutes:
    return {UrbanForm.OLD_TOWN: old_town, UrbanForm.NEW_TOWN: new_town, UrbanForm.HILLS: hills}


def _service() -> dict[Layer, TierMinutes]:
    """Minutes of a regular stop; weighed by how many shops a tier has and how often it is visited they keep the mean
    of what was assumed for all tiers alike (visits 9, 10 and 12; inspections 10, 10, 12; deliveries 3.5, 2.5, 3)."""
    return {
        Layer.INSPECTION: {
            "A": _minutes(11.0, 11.0, 13.0), "B": _minutes(10.0, 10.0, 12.0), "C": _minutes(10.0, 10.0, 12.0),
        },
        Layer.MARKETING: {
            "A": _minutes(11.0, 12.0, 14.0), "B": _minutes(9.0, 10.0, 12.0), "C": _minutes(8.0, 9.0, 11.0),
        },
        Layer.DELIVERY: {
            "A": _minutes(4.5, 3.5, 4.0), "B": _minutes(3.5, 2.5, 3.0), "C": _minutes(3.4, 2.4, 2.9),
        },
    }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """One district's tables: frequencies a cycle, service minutes, and the way to the shop.

    Parameters
    ----------
    risk_steps : rising; the last one that a shop's risk reaches raises what its star asks for
    measured_min : by layer, tier and urban form; it takes the place of the assumed `service_table`
    delivery_travel_share : a van stops more densely: this share of `travel_min`
    """

    version: str = "default-2"
    visits_per_cycle: Mapping[str, int] = field(default_factory=lambda: {"A": 4, "B": 2, "C": 1})
    inspections_per_cycle: Mapping[int, int] = field(default_factory=lambda: {1: 4, 2: 2, 3: 1, 4: 1, 5: 1})
    risk_steps: tuple[RiskStep, ...] = (
        RiskStep(from_risk=0.5, inspections=2),
        RiskStep(from_risk=0.8, inspections=4, enforcement=True),
    )
    deliveries_per_cycle: Mapping[OrderCycle, int] = field(
        default_factory=lambda: {
            OrderCycle.WEEKLY: 4,
            OrderCycle.FORTNIGHTLY: 2,
            OrderCycle.MONTHLY: 1,
            OrderCycle.NONE: 0,
            OrderCycle.UNKNOWN: 4,
        }
    )
    service_table: Mapping[Layer, TierMinutes] = field(default_factory=_service)
    enforcement_min: float = 25.0
    enforcement_crew: int = 2
    travel_min: FormMinutes = field(default_factory=lambda: _minutes(1.5, 2.5, 6.0))  # expected way to a stop of a tour
    measured_min: Mapping[tuple[Layer, str, UrbanForm], float] = field(default_factory=dict)
    delivery_travel_share: float = 0.5

    def frequency(self, facts: RetailerFacts, layer: Layer) -> int:
        """Give the regular stops per cycle that `layer` owes the retailer; enforcement comes on top."""
        if layer is Layer.MARKETING:
            return self.visits_per_cycle[facts.tier]
        if layer is Layer.INSPECTION:
            step = self._risk_step(facts.risk)
            return max(self.inspections_per_cycle[facts.integrity_star], step.inspections if step else 0)
        return self.deliveries_per_cycle[facts.order_cycle] if facts.order_cartons > 0 else 0

    def asks_enforcement(self, *, is_stated: bool, risk: float) -> bool:
        """Tell whether a shop is due for an enforcement inspection: as stated, or because its risk asks for one."""
        step = self._risk_step(risk)
        return is_stated or (step is not None and step.enforcement)

    def cartons_of_delivery(self, facts: RetailerFacts) -> float:
        """Give the cartons of one delivery: what is ordered a week, times the weeks from one delivery to the next."""
        frequency = self.frequency(facts, Layer.DELIVERY)
        return facts.order_cartons * CYCLE_DAYS / 7 / frequency if frequency else facts.order_cartons

    def service_min(self, facts: RetailerFacts, layer: Layer) -> float:
        """Give the minutes of one regular stop, without the way there: as estimated from visits, else as assumed."""
        measured = self.measured_min.get((layer, facts.tier, facts.urban_form))
        return self.service_table[layer][facts.tier][facts.urban_form] if measured is None else measured

    def minutes_per_cycle(self, facts: RetailerFacts, layer: Layer) -> float:
        """Give the person-minutes per cycle that the retailer asks of `layer`, the expected way included.

        An enforcement inspection counts both officers of its crew.
        """
        share = self.delivery_travel_share if layer is Layer.DELIVERY else 1.0
        way_min = self.travel_min[facts.urban_form] * share
        minutes = self.frequency(facts, layer) * (self.service_min(facts, layer) + way_min)
        if layer is Layer.INSPECTION and self.asks_enforcement(is_stated=facts.needs_enforcement, risk=facts.risk):
            minutes += self.enforcement_crew * (self.enforcement_min + way_min)
        return minutes

    def _risk_step(self, risk: float) -> RiskStep | None:
        return next((step for step in reversed(self.risk_steps) if risk >= step.from_risk), None)


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
