"""Joint stops: how the roles of one territory are planned together, and what that was worth."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gridsvc.domain.layers import Layer


class JointMode(StrEnum):
    """What the roles of a territory share."""

    APART = "apart"  # nothing: each person's month by itself
    SAME_DAY = "same_day"  # the day at a shop, where that is worth its price
    SAME_TIME = "same_time"  # a window: inspector and manager start at a shop within so many minutes of each other
    RIDE = "ride"  # one vehicle: inspector and manager ride together and work side by side
    SUBSTITUTE = "substitute"  # either of inspector and manager may do the other's visit; enforcement never


PAIRED_LAYERS = (Layer.INSPECTION, Layer.MARKETING)
"""The layers whose people may meet at a shop, ride together or stand in for each other; vans go by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JointRules:
    """How a cycle is planned together.

    Parameters
    ----------
    mode : what is shared
    day_price_min : minutes that one day less on which a shop is disturbed may cost, >= 0
    window_min : minutes within which both start at a shop, in the mode `same_time`; 0 = at the same moment
    """

    mode: JointMode = JointMode.SAME_DAY
    day_price_min: float = 1.0
    window_min: float = 30.0

    def __post_init__(self) -> None:
        if not 0 <= self.day_price_min <= 60:
            raise ValueError("a shared day is worth 0 to 60 minutes")
        if not 0 <= self.window_min <= 240:
            raise ValueError("a shared window has 0 to 240 minutes, half a day at most")


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """Minutes and kilometres of some people in the cycle, planned together and apart, under the same matrix and limits.

    Minutes are person-minutes: travel, service, both riders of a vehicle. Sealed duties are in
    neither plan's figures.
    """

    joint_min: float
    separate_min: float
    joint_km: float
    separate_km: float
    n_stops: int

    @property
    def extra_min(self) -> float:
        """Minutes that the joint plan takes more; negative = saved."""
        return self.joint_min - self.separate_min

    @property
    def extra_km(self) -> float:
        """Kilometres that the joint plan takes more; negative = saved."""
        return self.joint_km - self.separate_km


@dataclass(frozen=True, slots=True, kw_only=True)
class JointLedger:
    """What planning together costs or saves against planning each person alone; both plans solved, nothing estimated.

    Parameters
    ----------
    total, of_layer, of_staff : by whom
    disturbed_days_joint, disturbed_days_separate : mean days of the cycle on which a shop is visited by anybody
    shared_visits_joint, shared_visits_separate : visits that meet another role's at the shop on the same day
    same_weekday_joint, same_weekday_separate : share of the duties with several visits that keep one weekday
    n_unplanned_joint, n_unplanned_separate : duties without days
    n_meetings : pairs of visits that start within the shared window, in the mode `same_time`
    """

    mode: JointMode
    day_price_min: float
    total: LedgerLine
    of_layer: dict[str, LedgerLine]
    of_staff: dict[str, LedgerLine]
    disturbed_days_joint: float
    disturbed_days_separate: float
    shared_visits_joint: int
    shared_visits_separate: int
    same_weekday_joint: float
    same_weekday_separate: float
    n_unplanned_joint: int
    n_unplanned_separate: int
    n_meetings: int = 0
