"""Find what is wrong with the present owners: uneven work, shops without an owner, shops amid those of others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay, QhullError

from geo_data.projection import LocalProjection
from gridsvc.domain.layers import Layer
from gridsvc.domain.workload import WORKING_DAYS_PER_CYCLE, Workload
from gridsvc.storage.retailers import RetailerColumns
from gridsvc.usecases.measure_load import measure_load

TOLERANCE_SHARE = 0.05
LONGEST_LINK_M = 1500.0  # neighbours farther apart than this do not hold a grid together
LEAST_SHOPS_OF_ENCLAVE = 5  # smaller pieces are strays: shops that drifted to a neighbour


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerFault:
    """One fault of one layer; `subject` is the code of the member of staff or of the shop concerned."""

    code: str
    layer: Layer
    subject: str
    words: str
    evidence: Mapping[str, float | str] = field(default_factory=dict)


def find_owner_faults(
    shops: RetailerColumns, layer: Layer, owner: NDArray[np.object_], workload: Workload
) -> list[OwnerFault]:
    """List the faults of one layer.

    Parameters
    ----------
    shops : open shops
    owner : (n_shops,) staff_code of each shop's owner, None for none
    """
    return [*_unowned(shops, layer, owner), *_uneven(shops, layer, owner, workload), *_pieces(shops, layer, owner)]


def _unowned(shops: RetailerColumns, layer: Layer, owner: NDArray[np.object_]) -> list[OwnerFault]:
    codes = [code for code, staff in zip(shops.retailer_code, owner, strict=True) if staff is None]
    return [
        OwnerFault(code="unowned", layer=layer, subject=code, words=f"retailer {code} has no {layer.value} owner")
        for code in codes
    ]


def _uneven(shops: RetailerColumns, layer: Layer, owner: NDArray[np.object_], workload: Workload) -> list[OwnerFault]:
    """Find owners whose minutes are more than the tolerance away from the mean."""
    minutes = measure_load(shops, layer, workload)
    per_day: dict[str, float] = {}
    n_shops: dict[str, int] = {}
    for staff, load in zip(owner, minutes.tolist(), strict=True):
        if staff is not None:
            per_day[staff] = per_day.get(staff, 0.0) + load / WORKING_DAYS_PER_CYCLE
            n_shops[staff] = n_shops.get(staff, 0) + 1
    mean = sum(per_day.values()) / max(len(per_day), 1)
    return [
        OwnerFault(
            code="out_of_tolerance", layer=layer, subject=staff,
            words=f"{staff} has {n_shops[staff]} shops and {load:.0f} min a day, {load / mean - 1:+.0%} from the mean",
            evidence={"staff": staff, "n_shops": n_shops[staff], "minutes": round(load),
                      "off_percent": round(100 * (load / mean - 1))},
        )
        for staff, load in sorted(per_day.items())
        if mean > 0 and abs(load / mean - 1) > TOLERANCE_SHARE
    ]  # fmt: skip


def _pieces(shops: RetailerColumns, layer: Layer, owner: NDArray[np.object_]) -> list[OwnerFault]:
    """Find pieces of an owner's shops that others' shops cut off from the largest piece."""
    rows = np.flatnonzero(shops.is_located & np.array([staff is not None for staff in owner], dtype=bool))
    if not len(rows):
        return []
    labels, staff_row = np.unique(owner[rows].astype(str), return_inverse=True)
    piece = _same_owner_pieces(shops, rows, staff_row)
    sizes = np.bincount(piece)
    first_row = np.full(len(sizes), -1)
    first_row[piece[::-1]] = np.arange(len(rows))[::-1]
    largest: dict[int, int] = {}
    for number in np.argsort(-sizes, kind="stable").tolist():
        largest.setdefault(int(staff_row[first_row[number]]), number)
    faults, strays = [], dict.fromkeys(range(len(labels)), 0)
    for number, size in enumerate(sizes.tolist()):
        staff = int(staff_row[first_row[number]])
        if largest[staff] == number:
            continue
        if size < LEAST_SHOPS_OF_ENCLAVE:
            strays[staff] += size
            continue
        around = shops.retailer_code[rows[first_row[number]]]
        words = f"{labels[staff]} keeps {size} shops around retailer {around} amid the shops of others"
        found: dict[str, float | str] = {"staff": str(labels[staff]), "n_shops": size, "around": around}
        faults.append(OwnerFault(code="enclave", layer=layer, subject=str(labels[staff]), words=words, evidence=found))
    for staff, count in strays.items():
        if count:
            words = f"{labels[staff]} keeps {count} single shops amid the shops of others"
            found = {"staff": str(labels[staff]), "n_shops": count}
            faults.append(
                OwnerFault(code="strays", layer=layer, subject=str(labels[staff]), words=words, evidence=found)
            )
    return faults


def _same_owner_pieces(shops: RetailerColumns, rows: NDArray[np.intp], staff_row: NDArray[np.intp]) -> NDArray[np.intp]:
    """Number the pieces: shops of one owner that are neighbours in the Delaunay triangulation of all shops."""
    lon, lat = shops.lon[rows], shops.lat[rows]
    spots, at = np.unique(np.round(LocalProjection.around(lon, lat).xy_m(lon, lat), 1), axis=0, return_inverse=True)
    pairs = _neighbours(spots)
    near = np.hypot(*(spots[pairs[:, 0]] - spots[pairs[:, 1]]).T) <= LONGEST_LINK_M
    # one node per (spot, owner): several shops with different owners may share a spot
    node_key, node = np.unique(at.ravel() * (int(staff_row.max()) + 1) + staff_row, return_inverse=True)
    n_staff = int(staff_row.max()) + 1
    spot_of, staff_of = node_key // n_staff, node_key % n_staff
    by_spot: dict[int, list[int]] = {}
    for index, spot in enumerate(spot_of.tolist()):
        by_spot.setdefault(spot, []).append(index)
    links = [
        (a, b)
        for first, second in pairs[near].tolist()
        for a in by_spot[first]
        for b in by_spot[second]
        if staff_of[a] == staff_of[b]
    ]
    ends = np.array(links, dtype=np.int64).reshape(-1, 2)
    graph = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(len(node_key), len(node_key)))
    _, label = connected_components(graph, directed=False)
    piece: NDArray[np.intp] = label[node.ravel()]
    return piece


def _neighbours(spots: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give the pairs of neighbouring spots; all pairs where they are too few or lie on one line."""
    try:
        corners = Delaunay(spots).simplices
    except (QhullError, ValueError):
        first, second = np.triu_indices(len(spots), k=1)
        return np.column_stack([first, second]).astype(np.int64)
    pairs = np.vstack([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]])
    return np.unique(np.sort(pairs, axis=1), axis=0).astype(np.int64)


def summarise(faults: list[OwnerFault]) -> Mapping[str, dict[str, int]]:
    """Count the faults by layer and code."""
    counts: dict[str, dict[str, int]] = {}
    for fault in faults:
        layer = counts.setdefault(fault.layer.value, {})
        layer[fault.code] = layer.get(fault.code, 0) + 1
    return counts
