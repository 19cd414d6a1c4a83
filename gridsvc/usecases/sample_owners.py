"""Write plausible present owners for a district where none are known: areas merged to one group per member of staff."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geo_data.projection import LocalProjection
from geo_data.schemas import WEEKDAYS
from geo_data.units import area_units
from gridsvc.clock import Clock, today
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import ROLE_OF_LAYER, Layer
from gridsvc.storage import Store, Transaction, areas, districts, retailers, staff
from gridsvc.storage.areas import AreaColumns
from gridsvc.storage.retailers import RetailerColumns

COLUMNS = ("retailer_code", "layer", "staff_code", "line", "weekday", "valid_from", "synthetic")
N_LINES = 5  # one a working day


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleOwners:
    """The file written, and by layer how many shops each owner got."""

    path: Path
    n_shops: dict[Layer, dict[str, int]]
    n_left_out: int


def sample_owners(store: Store, clock: Clock, *, adcode: Adcode, level: str, path: Path) -> SampleOwners:
    """Write an assignments file to `path` that `import assignments` reads; the district itself stays as it is.

    The rule, per layer: every area of `level` is a group; the group with the fewest shops joins its neighbour with the
    fewest, until there are as many groups as staff; groups are given from north to south to the staff by code. Each
    owner's shops, sorted along their longer axis, fall into five equal lines, Monday to Friday. So the work is as
    uneven as borders of administration make it. Shops without a point or outside every area are left out.

    Raises
    ------
    BadInput
        no areas of the level, no staff of a role, or fewer areas than staff.
    """
    with store.transaction(adcode) as tx:
        district = districts.find(tx)
        known = areas.columns(tx, level)
        shops = retailers.columns(tx, statuses=("active", "suspended"))
        codes = {layer: [m.staff_code for m in staff.all_staff(tx, role=ROLE_OF_LAYER[layer])] for layer in Layer}
        _require(tx, known, level, codes)
    day = today(clock, district.time_zone).isoformat()
    area_of_shop, edges = _areas_of_shops(known, shops)
    rows: list[tuple[str, ...]] = []
    n_shops: dict[Layer, dict[str, int]] = {}
    for layer, staff_codes in codes.items():
        owner = _owners(known, area_of_shop, edges, staff_codes)
        n_shops[layer] = {code: int((owner == code).sum()) for code in staff_codes}
        weekday = _weekdays(shops, owner)
        rows += [
            (code, layer.value, who, f"{who}-{WEEKDAYS[when]}", WEEKDAYS[when], day, "SYNTHETIC")
            for code, who, when in zip(shops.retailer_code, owner, weekday.tolist(), strict=True)
            if who is not None
        ]
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([COLUMNS, *rows])
    return SampleOwners(path=path, n_shops=n_shops, n_left_out=int((area_of_shop < 0).sum()))


def _require(tx: Transaction, known: AreaColumns, level: str, codes: dict[Layer, list[str]]) -> None:
    if not len(known):
        choices = tuple(f"--level {name}  {count} areas" for name, count in areas.levels(tx).items())
        raise BadInput(f"there are no areas of level {level}", violations=choices)
    faults = [f"{layer.value}: there is no staff of this layer" for layer, members in codes.items() if not members]
    faults += [
        f"{layer.value}: {len(members)} staff, but only {len(known)} areas; name a finer level"
        for layer, members in codes.items()
        if len(members) > len(known)
    ]
    if faults:
        raise BadInput(f"areas of level {level} cannot be shared out", violations=tuple(faults))


def _areas_of_shops(known: AreaColumns, shops: RetailerColumns) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Give the area of each shop (-1 for none) and the pairs of neighbouring areas, joined to one piece."""
    units = area_units(list(known.area_code), list(known.name), known.outline)
    return units.row_of_points(shops.lon, shops.lat), units.edges


def _owners(
    known: AreaColumns, area_of_shop: NDArray[np.int32], edges: NDArray[np.int32], staff_codes: list[str]
) -> NDArray[np.object_]:
    """Give the staff_code of each shop's owner, None for shops in no area."""
    load = np.bincount(area_of_shop[area_of_shop >= 0], minlength=len(known))
    group = merge_areas(load, edges, len(staff_codes))
    north = np.array([shape.centroid.y for shape in known.outline])
    middles = [float(north[group == number].mean()) for number in range(len(staff_codes))]
    staff_of_group = np.empty(len(staff_codes), dtype=object)
    staff_of_group[np.argsort([-middle for middle in middles], kind="stable")] = staff_codes
    owner = np.full(len(area_of_shop), None, dtype=object)
    inside = area_of_shop >= 0
    owner[inside] = staff_of_group[group[area_of_shop[inside]]]
    return owner


def merge_areas(load: NDArray[np.int64], edges: NDArray[np.int32], n_groups: int) -> NDArray[np.int64]:
    """Merge areas to `n_groups` contiguous groups: the lightest group joins its lightest neighbour, again and again.

    Parameters
    ----------
    load : (n,) shops of each area
    edges : (m, 2) neighbouring areas, all in one piece

    Returns
    -------
    group : (n,) 0 .. n_groups-1, numbered by their lowest area; ties go to the lower area
    """
    members = {area: {area} for area in range(len(load))}
    weight = {area: int(count) for area, count in enumerate(load)}
    near: dict[int, set[int]] = {area: set() for area in range(len(load))}
    for a, b in edges.tolist():
        near[a].add(b)
        near[b].add(a)
    while len(members) > n_groups:
        lightest = min((area for area in members if near[area]), key=lambda area: (weight[area], area))
        other = min(near[lightest], key=lambda area: (weight[area], area))
        keep, gone = min(lightest, other), max(lightest, other)
        members[keep] |= members.pop(gone)
        weight[keep] += weight.pop(gone)
        for area in near.pop(gone):
            near[area].discard(gone)
            if area != keep:
                near[area].add(keep)
                near[keep].add(area)
    group = np.empty(len(load), dtype=np.int64)
    for number, area in enumerate(sorted(members)):
        group[list(members[area])] = number
    return group


def _weekdays(shops: RetailerColumns, owner: NDArray[np.object_]) -> NDArray[np.int64]:
    """Give each shop's line as a weekday 0 .. 4: equal slices of its owner's shops along their longer axis."""
    plane = LocalProjection.around(shops.lon, shops.lat)
    xy_m = plane.xy_m(shops.lon, shops.lat)
    weekday = np.zeros(len(owner), dtype=np.int64)
    for code in sorted({who for who in owner if who is not None}):
        rows = np.flatnonzero(owner == code)
        own = xy_m[rows] - xy_m[rows].mean(axis=0)
        axis = np.linalg.svd(own, full_matrices=False)[2][0]
        order = np.argsort(own @ (axis if axis[np.argmax(np.abs(axis))] > 0 else -axis), kind="stable")
        weekday[rows[order]] = np.arange(len(rows)) * N_LINES // len(rows)
    return weekday
