"""Cut the district into basic units: H3 cells that are finer where shops crowd, or administrative areas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from geo_data.units import COARSEST, FINEST, SPLIT_ABOVE, Units, UnitsError, adaptive_units, area_units
from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode, UnitSetId
from gridsvc.storage import Store, Transaction, areas, audit, districts, retailers
from gridsvc.storage import units as unit_rows
from gridsvc.storage.areas import AreaColumns
from gridsvc.storage.districts import District
from gridsvc.storage.retailers import RetailerColumns
from gridsvc.usecases.keep_units import barriers_of, keep_units, offices_of


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUnits:
    """A unit set and what had to be done to make it one piece.

    Parameters
    ----------
    is_new : false when the same set existed already and is given again
    n_cut : borders that a barrier cuts
    n_by_size : number of units by H3 resolution, empty for areas
    n_outside : open shops that lie in no unit
    notes : sentences: what was joined, which bridges reopened nothing
    """

    unit_set_id: UnitSetId
    is_new: bool
    kind: str
    n_units: int
    n_borders: int
    n_cut: int
    n_by_size: dict[int, int]
    n_outside: int
    notes: tuple[str, ...]


def make_units(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    kind: str = "h3",
    level: str | None = None,
    coarsest: int = COARSEST,
    finest: int = FINEST,
    split_above: int = SPLIT_ABOVE,
    on_progress: Callable[[float, str], None] | None = None,
) -> MadeUnits:
    """Make a unit set of the whole district with its adjacency; barriers cut it, bridges and hand links reopen it.

    The same district, shops, areas and barriers give the same set again instead of a second one.

    Parameters
    ----------
    kind : h3, or areas (then `level` names the areas)
    coarsest, finest : H3 resolutions; a cell is split while it holds more than `split_above` shops

    Raises
    ------
    BadInput
        an unknown kind, no areas of the level, resolutions out of order, an empty district.
    """
    say = on_progress or (lambda share, words: None)
    if kind not in ("h3", "areas"):
        raise BadInput(f"units are made of h3 or of areas, not of {kind}")
    with store.transaction(adcode) as tx:
        district = districts.find(tx)
        shops = retailers.columns(tx, statuses=("active", "suspended"))
        say(0.1, "cutting the district into units")
        parameters = {"coarsest": coarsest, "finest": finest, "split_above": split_above} if kind == "h3" else {}
        try:
            units = _cells(tx, district, shops, parameters) if kind == "h3" else _areas(tx, level)
        except UnitsError as error:
            raise BadInput(str(error)) from error
        say(0.7, f"writing {len(units)} units")
        kept = keep_units(tx, clock, units, level=level, made_from={"kind": kind, "area_level": level, **parameters})
        if kept.is_new:
            content = {"kind": kind, "n_units": len(units)}
            audit.add(tx, clock, actor=actor, action="make_units", subject=kept.unit_set_id, content=content)
        rows = unit_rows.load(tx, kept.unit_set_id).rows_of_points(shops.lon, shops.lat)
    say(1.0, "done")
    return MadeUnits(
        unit_set_id=kept.unit_set_id, is_new=kept.is_new, kind=kind, n_units=len(units), n_borders=len(units.edges),
        n_cut=int((~units.passable).sum()), n_by_size=_sizes(units) if kind == "h3" else {},
        n_outside=int((shops.is_located & (rows < 0)).sum()), notes=kept.notes,
    )  # fmt: skip


def _cells(tx: Transaction, district: District, shops: RetailerColumns, parameters: dict[str, int]) -> Units:
    return adaptive_units(
        district.boundary, shops.lon, shops.lat, **parameters, barriers=barriers_of(tx), adcode=district.adcode,
        offices=offices_of(tx),
    )  # fmt: skip


def _areas(tx: Transaction, level: str | None) -> Units:
    known = areas.levels(tx)
    if level not in known:
        choices = tuple(f"--level {name}  {count} areas" for name, count in known.items())
        raise BadInput(f"there are no areas of level {level}" if level else "name the areas' level", violations=choices)
    columns: AreaColumns = areas.columns(tx, level)
    return area_units(list(columns.area_code), list(columns.name), columns.outline, barriers=barriers_of(tx))


def _sizes(units: Units) -> dict[int, Any]:
    from geo_data.cells import resolutions

    sizes, counts = np.unique(resolutions(units.cells()), return_counts=True)
    return dict(zip(sizes.tolist(), counts.tolist(), strict=True))
