"""Licence layout cells: how many shops a place may have, and what one more would do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from gridsvc.domain.layers import Layer


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutCell:
    """One unit of the licence plan.

    Parameters
    ----------
    planned : shops that it may hold
    actual : open shops (active or suspended) whose point lies in it
    queue : applications waiting in it, in the order of their dates
    spacing_m : least distance between two shops on foot, 0 for none
    school_spacing_m : least distance from an entrance of a school on foot, 0 for none
    """

    cell_code: str
    name: str
    planned: int
    actual: int
    queue: tuple[str, ...]
    spacing_m: float
    school_spacing_m: float

    @property
    def remaining(self) -> int:
        """Shops that may still open; negative where there are too many already."""
        return self.planned - self.actual


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutState:
    """All cells, and the open shops that lie in none or have no point."""

    cells: tuple[LayoutCell, ...]
    n_outside: int
    n_unlocated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """Somebody's wish to open a shop; lon and lat are None without a point."""

    application_no: str
    name: str
    address: str
    lon: float | None
    lat: float | None
    applied_on: date | None
    state: str  # queued, approved or rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """Who or what stands nearest on foot."""

    label: str
    way_m: float
    required_m: float

    @property
    def is_too_near(self) -> bool:
        """Whether the rule is broken, judged to the centimetre: 30.00 m satisfy 30 m."""
        return round(self.way_m, 2) < self.required_m


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedApplication:
    """One application against the rules of its cell.

    Parameters
    ----------
    cell_code : None where it lies in no cell
    place_in_queue : 1 = first, None where it is not queued in a cell
    shop, school, rival : the nearest shop, school entrance and other application of the same question; None = none near
    faults : every rule in the way, in words
    """

    application: Application
    cell_code: str | None
    place_in_queue: int | None
    shop: Neighbour | None
    school: Neighbour | None
    rival: Neighbour | None
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GridAhead:
    """A grid as it is and as it would be."""

    layer: Layer
    grid: str
    n_shops: int
    n_shops_then: int
    minutes_per_day: float
    minutes_per_day_then: float

    @property
    def words(self) -> str:
        """The consequence in a sentence."""
        more = self.minutes_per_day_then - self.minutes_per_day
        return f"puts {self.grid} at {self.n_shops_then} shops and {more:+.0f} min/day ({self.layer.value})"


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAhead:
    """What approving some applications would do."""

    applications: tuple[JudgedApplication, ...]
    grids: tuple[GridAhead, ...]
    over_plan: tuple[str, ...]  # cells that would hold more than planned, in words

    @property
    def headline(self) -> str:
        """The consequence in one sentence."""
        n = len(self.applications)
        subject = f"approving {'this application' if n == 1 else f'these {n} applications'}"
        heaviest = max(self.grids, key=lambda g: g.minutes_per_day_then - g.minutes_per_day, default=None)
        return f"{subject} {heaviest.words}" if heaviest else f"{subject} touches no grid"
