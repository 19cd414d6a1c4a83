"""Seeded territory instances: a hilly district of hexagonal units with towns, a river and a few bridges.

`python -m benchmarks.instances.territory district OUT.npz --seed 1` writes the arrays that `gridsvc solve territory`
reads. Places are invented; nothing in them comes from a map.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

# name: retailers, grids, area km2, side of a hexagon km
SIZES = {
    "small": (1_000, 4, 30.0, 0.2),
    "district": (5_000, 12, 94.0, 0.2),
    "fine": (5_000, 12, 94.0, 0.076),
    "city": (30_000, 70, 2_000.0, 0.2),
    "region": (300_000, 700, 60_000.0, 0.45),
}
NEIGHBOURS = ((1, 0), (0, 1), (-1, 1))  # half of the six, axial coordinates


def make(name: str, seed: int) -> dict[str, Any]:
    """Return the arrays of an instance: pts, pcell, cxy, cload, cmin, edges, gedges, side, area, p."""
    n, p, area_km2, side_km = SIZES[name]
    rng = np.random.default_rng(seed)
    wave = rng.uniform(0, 2 * np.pi, 3)
    axial, centres = _lattice(area_km2, side_km, wave)
    places, unit = _retailers(n, centres, side_km, np.sqrt(area_km2 / np.pi), rng)
    borders = _borders(axial)
    edges = _passable(borders, centres, np.sqrt(area_km2 / np.pi), wave[0])
    minutes = rng.choice([80, 30, 10], n, p=[0.2, 0.35, 0.45])
    cells = len(centres)
    return {
        "pts": places, "pcell": unit, "cxy": centres, "p": p, "edges": edges, "gedges": borders,
        "cload": np.bincount(unit, minlength=cells), "cmin": np.bincount(unit, minutes, cells).astype(np.int64),
        "side": np.full(cells, side_km), "area": np.full(cells, 1.5 * np.sqrt(3) * side_km**2),
    }  # fmt: skip


def _lattice(area_km2: float, side_km: float, wave: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return axial coordinates and centres of the hexagons whose centre lies in a wavy outline of the area."""
    reach = int(2.2 * np.sqrt(area_km2 / np.pi) / side_km) + 2
    q, r = (axis.ravel() for axis in np.meshgrid(np.arange(-reach, reach + 1), np.arange(-reach, reach + 1)))
    centres = side_km * np.stack([np.sqrt(3) * (q + r / 2), 1.5 * r], axis=1)
    angle = np.arctan2(centres[:, 1], centres[:, 0])
    shape = 1 + sum(h * np.sin(k * angle + w) for h, k, w in zip((0.22, 0.1, 0.05), (2, 5, 9), wave, strict=True))
    radius = shape * np.sqrt(area_km2 / (np.pi * (1 + (0.22**2 + 0.1**2 + 0.05**2) / 2)))
    inside = np.hypot(centres[:, 0], centres[:, 1]) <= radius
    return np.stack([q, r], axis=1)[inside], centres[inside]


def _retailers(
    n: int, centres: NDArray[Any], side_km: float, radius_km: float, rng: np.random.Generator
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return places and units: nine in ten in towns of falling size, the rest anywhere."""
    n_towns = max(7, n // 700)
    towns = centres[rng.choice(len(centres), n_towns, replace=False)]
    share = 1 / np.arange(1, n_towns + 1) ** 0.9
    share /= share.sum()
    density = np.append(650.0, rng.uniform(120, 450, n_towns - 1))  # retailers per km2 in the middle
    spread_km = np.sqrt(0.9 * n * share / (2 * np.pi * density))
    reach_km = side_km * np.sqrt(3) / 2  # within it a place surely lies in the hexagon
    found, units = np.empty((0, 2)), np.empty(0, dtype=np.int64)
    while len(found) < n:
        town = rng.choice(n_towns, n, p=share)
        places = towns[town] + rng.normal(size=(n, 2)) * spread_km[town][:, None]
        scattered = rng.random(n) < 0.1
        places[scattered] = rng.uniform(-1.5 * radius_km, 1.5 * radius_km, (int(scattered.sum()), 2))
        distance, unit = _nearest(centres, places)
        inside = distance <= reach_km * 1.15
        found, units = np.vstack([found, places[inside]]), np.append(units, unit[inside])
    return found[:n], units[:n]


def _nearest(centres: NDArray[Any], places: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    from scipy.spatial import cKDTree

    distance, unit = cKDTree(centres).query(places)
    return np.asarray(distance), np.asarray(unit)


def _borders(axial: NDArray[Any]) -> NDArray[np.int64]:
    """Return the pairs of hexagons that share a side."""
    at = {place: unit for unit, place in enumerate(map(tuple, axial.tolist()))}
    pairs = [
        (unit, at[q + dq, r + dr]) for (q, r), unit in at.items() for dq, dr in NEIGHBOURS if (q + dq, r + dr) in at
    ]
    return np.sort(np.array(pairs, dtype=np.int64), axis=1)


def _passable(borders: NDArray[Any], centres: NDArray[Any], radius_km: float, phase: float) -> NDArray[np.int64]:
    """Return the borders without those the river cuts, bridges excepted, and enough of them to hang together."""
    bed = centres[:, 1] - 0.3 * radius_km - 0.18 * radius_km * np.sin(3 * centres[:, 0] / radius_km + phase)
    cut = (bed[borders[:, 0]] > 0) != (bed[borders[:, 1]] > 0)
    x_km = centres[borders].mean(axis=1)[:, 0] / (0.5 * radius_km)
    is_bridge = np.abs(x_km - np.round(x_km)) * 0.5 * radius_km < max(0.25, 0.03 * radius_km)
    keep = ~cut | is_bridge
    while True:
        links = borders[keep]
        graph = coo_matrix((np.ones(len(links)), (links[:, 0], links[:, 1])), shape=(len(centres),) * 2)
        count, part = connected_components(graph, directed=False)
        apart = np.flatnonzero(part[borders[:, 0]] != part[borders[:, 1]])
        if count == 1 or not len(apart):
            return borders[keep]
        keep[apart[0]] = True


def main() -> None:
    """Write one instance."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=sorted(SIZES))
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    np.savez_compressed(given.out, **make(given.name, given.seed))


if __name__ == "__main__":
    main()
