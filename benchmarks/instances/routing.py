"""Seeded routing instances of 100 to 1,000 stops, in the formats of the published sets.

`python -m benchmarks.instances.routing FOLDER --seed 1` writes seven: five with time windows as Gehring and Homberger
name them (uniform or half in clusters; short days and small vans, or long days and large ones), two without as in the
X set. `--small` writes sixteen of 100 and 200 stops with short days, uniform or half in clusters, which differ in the
share of stops that have a window and in its width, as Solomon's R1 and RC1 do. Nobody knows their best plans. Places
are invented.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

# name: stops, side of the square, in clusters, long day
WITH_WINDOWS = {
    "r1_4_g": (400, 200, False, False),
    "rc1_6_g": (600, 300, True, False),
    "r2_8_g": (800, 400, False, True),
    "r1_10_g": (1_000, 500, False, False),
    "rc2_10_g": (1_000, 500, True, True),
}
WITHOUT = {"X-n500-g": 500, "X-n1000-g": 1_000}
# stops, side of the square, end of the day: (share of stops with a window, its mean width)
SMALL = {
    (100, 100, 235): [(1.0, 10), (0.5, 30), (1.0, 60), (0.25, 30), (1.0, 110)],
    (200, 140, 620): [(0.5, 20), (1.0, 60), (0.75, 120)],
}
_SERVICE = 10
_SHARE_WITH_WINDOW = 0.6
_SHARE_IN_CLUSTERS = 0.6


def places(rng: np.random.Generator, n: int, side: int, share_in_clusters: float) -> NDArray[np.int64]:
    """Give (n, 2) whole coordinates in a square, a share of them about one centre for each 25."""
    centres = rng.uniform(0, side, (max(n // 25, 1), 2))
    spread = centres[rng.integers(len(centres), size=n)] + rng.normal(0, side / 25, (n, 2))
    is_clustered = rng.random(n) < share_in_clusters
    found = np.where(is_clustered[:, None], np.clip(spread, 0, side), rng.uniform(0, side, (n, 2)))
    return found.astype(np.int64)


def with_windows(name: str, rng: np.random.Generator) -> str:
    """Give an instance in Solomon's format. Every stop can be reached in time from the depot, and left for it."""
    n, side, is_clustered, is_long = WITH_WINDOWS[name]
    horizon = (15 if is_long else 5) * side
    depot = np.array([side // 2, side // 2])
    xy = places(rng, n, side, _SHARE_IN_CLUSTERS if is_clustered else 0.0)
    way = np.ceil(np.hypot(*(xy - depot).T)).astype(np.int64)
    last = horizon - way - _SERVICE - 1
    width = np.minimum(rng.choice([20, 60, 120], n) * (3 if is_long else 1), last - way)
    opens = way + np.floor(rng.random(n) * (last - way - width + 1)).astype(np.int64)
    is_free = rng.random(n) >= _SHARE_WITH_WINDOW
    ready, due = np.where(is_free, 0, opens), np.where(is_free, last, opens + width)
    demand = rng.integers(1, 41, n)
    return _solomon_text(name, n // 3, 1_000 if is_long else 200, horizon, depot, xy, demand, ready, due)


def small(name: str, n: int, side: int, horizon: int, share: float, width: int, rng: np.random.Generator) -> str:
    """Give a small instance with short days in Solomon's format; names with rc are half in clusters."""
    is_clustered = name.startswith("rc")
    depot = np.array([side // 2, side // 2])
    xy = places(rng, n, side, _SHARE_IN_CLUSTERS if is_clustered else 0.0)
    way = np.ceil(np.hypot(*(xy - depot).T)).astype(np.int64)
    last = horizon - way - _SERVICE - 1
    wide = np.minimum(np.maximum(rng.normal(width, width / 6, n).astype(np.int64), 4), last - way)
    opens = way + np.floor(rng.random(n) * (last - way - wide + 1)).astype(np.int64)
    is_free = rng.random(n) >= share
    ready, due = np.where(is_free, 0, opens), np.where(is_free, last, opens + wide)
    demand = rng.integers(1, 41 if is_clustered else 30, n)
    return _solomon_text(name, n // 4, 200, horizon, depot, xy, demand, ready, due)


def _solomon_text(
    name: str,
    n_vehicles: int,
    capacity: int,
    horizon: int,
    depot: NDArray[np.int64],
    xy: NDArray[np.int64],
    demand: NDArray[np.int64],
    ready: NDArray[np.int64],
    due: NDArray[np.int64],
) -> str:
    rows = [(0, *depot, 0, 0, horizon, 0)]
    rows += [(k + 1, *xy[k], demand[k], ready[k], due[k], _SERVICE) for k in range(len(xy))]
    head = f"{name}\n\nVEHICLE\nNUMBER     CAPACITY\n{n_vehicles} {capacity}\n\nCUSTOMER\n"
    columns = "CUST NO.  XCOORD.    YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE TIME\n\n"
    return head + columns + "".join(" ".join(map(str, row)) + "\n" for row in rows)


def without_windows(name: str, rng: np.random.Generator) -> str:
    """Give an instance in TSPLIB's format, distances rounded as there."""
    n = WITHOUT[name]
    xy = np.vstack([[[500, 500]], places(rng, n - 1, 1_000, _SHARE_IN_CLUSTERS)])
    demand = [0, *rng.integers(1, 51, n - 1)]
    head = (
        f"NAME : {name}\nTYPE : CVRP\nDIMENSION : {n}\nEDGE_WEIGHT_TYPE : EUC_2D\nCAPACITY : 400\nNODE_COORD_SECTION\n"
    )
    at = "".join(f"{k} {x} {y}\n" for k, (x, y) in enumerate(xy, start=1))
    wanted = "".join(f"{k} {cartons}\n" for k, cartons in enumerate(demand, start=1))
    return f"{head}{at}DEMAND_SECTION\n{wanted}DEPOT_SECTION\n1\n-1\nEOF\n"


def main() -> None:
    """Read the command line and write the files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--small", action="store_true", help="sixteen of 100 and 200 stops instead")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(asked.seed)
    if asked.small:
        for (n, side, horizon), windows in SMALL.items():
            for number, (share, width) in enumerate(windows, start=1):
                for kind in ("r1", "rc1"):
                    name = f"{kind}_{n // 100}_g{number}"
                    (asked.folder / f"{name}.txt").write_text(small(name, n, side, horizon, share, width, rng))
        return
    for name in WITH_WINDOWS:
        (asked.folder / f"{name}.txt").write_text(with_windows(name, rng))
    for name in WITHOUT:
        (asked.folder / f"{name}.vrp").write_text(without_windows(name, rng))


if __name__ == "__main__":
    main()
