"""What can be done to a draft, what has to be kept in it, and how a stale edit is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gridsvc.domain.borders import KeptBorder, border_document, border_from
from gridsvc.domain.crews import Crews
from gridsvc.domain.distances import Distance
from gridsvc.domain.errors import Conflict, GridsvcError
from gridsvc.domain.ids import GridId, RetailerId, StaffId


class VersionMissing(GridsvcError):
    """Say which version you saw: send `If-Match` with the ETag of the draft, so that nobody's work is overwritten."""


class VersionUnknown(GridsvcError):
    """`If-Match` names a version that this draft never had. Read the draft again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """One thing that somebody else changed since the version that an edit was made on.

    Parameters
    ----------
    kind : units, retailers, grids, rules, or everything (a design, a split)
    units : unit rows, `cells` the same by H3 index or area code
    retailer_ids, grid_ids : shops and grids that both touched
    revision : of the other edit
    """

    kind: str
    units: tuple[int, ...] = ()
    cells: tuple[str, ...] = ()
    retailer_ids: tuple[RetailerId, ...] = ()
    grid_ids: tuple[GridId, ...] = ()
    by: str
    at: datetime
    revision: int


class DraftConflict(Conflict):
    """Somebody else changed the same units since the version that you saw. Read the draft and repeat your change."""

    def __init__(self, detail: str, *, violations: tuple[str, ...], clashes: tuple[Clash, ...]) -> None:
        super().__init__(detail, violations=violations)
        self.clashes = clashes

    @property
    def members(self) -> Mapping[str, Any]:
        """What a machine reads of the conflict."""
        return {"conflicts": self.clashes}


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRule:
    """A unit that has to lie in a grid (a pin), or must not (forbidden)."""

    unit: int
    grid_id: GridId


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerRules:
    """What one layer of a plan has to keep.

    Parameters
    ----------
    tolerance : greatest deviation of a grid's minutes from the mean, a fraction
    count_tolerance : the same for shops; for cartons in the delivery layer where `carton_tolerance` is None
    carton_tolerance : the same for cartons, which count beside minutes and shops then; None = they do not
    churn_budget : most shops that may get another owner than today; None = no cap
    locks : grids that no edit and no search may change
    pins, forbidden : units that must, or must not, lie in a grid
    links : groups of units that must share one grid, whichever it is
    bases : units of staff bases, which must lie in their own grids
    barriers : pairs of neighbouring unit rows between which nobody can pass, besides those of the unit set
    borders : what the borders of offices and bureaus count; levels left out have their default (`borders_of`)
    distance : what compactness is measured along
    crews : who assists whom on inspections, for the minutes that are expected; None = as in the newest cycle
    """

    tolerance: float = 0.05
    count_tolerance: float = 0.25
    carton_tolerance: float | None = None
    churn_budget: int | None = None
    locks: tuple[GridId, ...] = ()
    pins: tuple[UnitRule, ...] = ()
    forbidden: tuple[UnitRule, ...] = ()
    links: tuple[tuple[int, ...], ...] = ()
    bases: tuple[UnitRule, ...] = ()
    barriers: tuple[tuple[int, int], ...] = ()
    borders: tuple[KeptBorder, ...] = ()
    distance: Distance = Distance.STRAIGHT
    crews: Crews | None = None


def rules_from(document: Mapping[str, Any]) -> LayerRules:
    """Read the rules of a layer as they are stored; what is left out has its default."""
    known = dict(document)
    for name in ("pins", "forbidden", "bases"):
        known[name] = tuple(UnitRule(unit=unit, grid_id=GridId(grid_id)) for unit, grid_id in known.get(name, ()))
    known["links"] = tuple(tuple(int(unit) for unit in group) for group in known.get("links", ()))
    known["locks"] = tuple(GridId(grid_id) for grid_id in known.get("locks", ()))
    known["barriers"] = tuple((int(a), int(b)) for a, b in known.get("barriers", ()))
    known["borders"] = tuple(border_from(border) for border in known.get("borders", ()))
    known["distance"] = Distance(known.get("distance", Distance.STRAIGHT))
    known["crews"] = Crews(known["crews"]) if known.get("crews") else None
    return LayerRules(**known)


def rules_document(rules: LayerRules) -> dict[str, Any]:
    """Give the rules of a layer as they are stored."""
    return {
        "tolerance": rules.tolerance,
        "count_tolerance": rules.count_tolerance,
        "carton_tolerance": rules.carton_tolerance,
        "churn_budget": rules.churn_budget,
        "locks": list(rules.locks),
        "pins": [[pin.unit, pin.grid_id] for pin in rules.pins],
        "forbidden": [[ban.unit, ban.grid_id] for ban in rules.forbidden],
        "links": [list(group) for group in rules.links],
        "bases": [[base.unit, base.grid_id] for base in rules.bases],
        "barriers": [list(pair) for pair in rules.barriers],
        "borders": [border_document(border) for border in rules.borders],
        "distance": str(rules.distance),
        "crews": str(rules.crews) if rules.crews else None,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveUnits:
    """Give units to a grid, None = to nobody; `cells` name units by H3 index or area code."""

    units: tuple[int, ...] = ()
    cells: tuple[str, ...] = ()
    to: GridId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MovePolygon:
    """Give the units whose centre lies inside a GeoJSON polygon (WGS-84) to a grid, None = to nobody."""

    polygon: Mapping[str, Any]
    to: GridId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRetailers:
    """Keep single shops with the owner of another grid than their unit's; None or their own grid ends that."""

    retailer_ids: tuple[RetailerId, ...]
    to: GridId | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockGrid:
    """Lock a grid against every change of its units, or unlock it."""

    grid_id: GridId
    locked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PinUnits:
    """Pin units to the grid in which they have to lie, None = take the pin out."""

    units: tuple[int, ...]
    to: GridId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForbidUnits:
    """Forbid a grid for units, or allow it again."""

    units: tuple[int, ...]
    grid_id: GridId
    forbidden: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedUnits:
    """Units that must share one grid; `cells` name units by H3 index or area code."""

    units: tuple[int, ...] = ()
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffBase:
    """A unit, by row or name, that must lie in a grid, by its identifier or the staff code of its owner."""

    unit: int | None = None
    cell: str = ""
    grid_id: GridId | None = None
    staff_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRules:
    """Change the numbers that the layer has to keep; what is left out stays.

    `churn_budget` below zero takes the cap away, `carton_tolerance` below zero leaves cartons out; `borders`
    replaces all that was said of borders, () = the defaults; `links` and `bases` replace all that there were.
    """

    tolerance: float | None = None
    count_tolerance: float | None = None
    carton_tolerance: float | None = None
    churn_budget: int | None = None
    barriers: tuple[tuple[int, int], ...] | None = None
    links: tuple[LinkedUnits, ...] | None = None
    bases: tuple[StaffBase, ...] | None = None
    borders: tuple[KeptBorder, ...] | None = None
    distance: Distance | None = None
    crews: Crews | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOwner:
    """Give a grid to a member of staff of the layer's role, None = a vacancy for which the department answers."""

    grid_id: GridId
    staff_id: StaffId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddGrid:
    """Add an empty grid under the next free number, owned or not."""

    staff_id: StaffId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveGrid:
    """Remove a grid; its units are nobody's until they are given away."""

    grid_id: GridId


Edit = (
    MoveUnits | MovePolygon | MoveRetailers | LockGrid | PinUnits | ForbidUnits | SetRules | SetOwner | AddGrid
    | RemoveGrid
)  # fmt: skip
EXCEPTION_REASON_LENGTH = 500
