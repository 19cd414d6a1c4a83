"""Territory instances as arrays in one `.npz` file: read, solve, judge and write them without any database.

Required arrays: `pts` (r, 2) places of retailers in km, `pcell` (r,) the unit of each, `cxy` (n, 2) centres of units in
km, `cload` (n,) retailers of each unit, `edges` (m, 2) pairs of units that staff may pass between, `p` the number of
grids. `cmin` (n,) minutes and `ccartons` (n,) cartons of each unit are needed to balance those.
`gedges` (k, 2) neighbours with or without a barrier, `side` (n,) km and `area` (n,) km2 describe hexagonal units and
serve the Polsby-Popper metric, which is not defined where units of several sizes meet. `way_from` (k,) units and `way`
(k, n) ways from them to all, in any measure and infinite where there is none, let grids be compact along streets.
Units, grids and rows count from zero.
"""

from __future__ import annotations

import csv
import io
import math
import resource
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gridsvc.domain.distances import Distance
from gridsvc.domain.errors import BadInput
from gridsvc.engines import ways
from optimize.crew import Crew
from optimize.stopping import AnyOf, MaxIterations, MaxSeconds
from optimize.territory.metrics import REGISTRY, inertia_km2, spread_km2
from optimize.territory.problem import MalformedProblemError, TerritoryProblem, TerritoryResult
from optimize.territory.solve import Engine, solve

Load = Literal["retailers", "minutes", "cartons", "both", "all"]
MEASURES_OF_LOAD: dict[Load, tuple[str, ...]] = {
    "retailers": ("retailers",), "minutes": ("minutes",), "cartons": ("cartons",), "both": ("retailers", "minutes"),
    "all": ("retailers", "minutes", "cartons"),
}  # fmt: skip
ARRAY_OF_MEASURE = {"retailers": "cload", "minutes": "cmin", "cartons": "ccartons"}
REQUIRED = ("pts", "pcell", "cxy", "cload", "edges", "p")
WHOLE = {"pcell", "cload", "cmin", "ccartons", "edges", "gedges", "p"}
OPTIONAL = ("cmin", "ccartons", "gedges", "side", "area")
SHOWN_KEYS = (
    "max_deviation_share", "n_broken_grids", "n_pieces", "inertia_km2", "polsby_popper", "n_cut_edges", "churn_share",
)  # fmt: skip
H3_APERTURE = 7.0  # area ratio of one resolution to the next
MOST_SHOWN = 20
MOST_CHARACTERS = 60  # of a faulty value that is echoed
GREATEST_NUMBER = 1e9  # km, km2, minutes, retailers of one unit: beyond it squares and sums lose whole units
CHURN_PRICE = 8.0  # a retailer that moves costs this many mean squared distances to the centre of a grid
COMPACT_SHARE = 0.02  # of the present grids' inertia that a re-plan may give up for fewer moves


@dataclass(frozen=True, slots=True)
class SolvedInstance:
    """A plan for an instance and what it cost to find.

    Parameters
    ----------
    result : plan, violations and metrics
    search_s : CPU seconds of search of the busiest thread, without imports and first compile
    peak_mb : greatest resident memory of this process so far
    straight_km2 : inertia along straight lines, where ways were what counted; None where they are the same
    """

    result: TerritoryResult
    search_s: float
    peak_mb: float
    straight_km2: float | None = None

    def summary(self) -> dict[str, object]:
        """Return the JSON object that the command line prints; words are there only when something is broken."""
        found: dict[str, object] = {"feasible": self.result.feasible}
        for key in SHOWN_KEYS:
            value = self.result.metrics[key]
            found[key] = round(value, 9) if isinstance(value, float) else value
        if self.straight_km2 is not None:
            found |= {"inertia_km2": round(self.straight_km2, 9), "inertia_along_ways_km2": found["inertia_km2"]}
        found |= {"iterations": self.result.iterations, "seed": self.result.seed}
        found |= {"search_s": round(self.search_s, 3), "peak_mb": round(self.peak_mb, 1)}
        if not self.result.feasible:
            found["violations"] = [violation.words for violation in self.result.violations[:MOST_SHOWN]]
            found["n_violations"] = len(self.result.violations)
        return found


@dataclass(slots=True)
class _Stopwatch:
    """A clock that remembers when it was first asked: the search asks it after everything is compiled."""

    clock: Callable[[], float]
    first_s: float | None = field(default=None, init=False)

    def __call__(self) -> float:
        now_s = self.clock()
        if self.first_s is None:
            self.first_s = now_s
        return now_s

    def elapsed_s(self) -> float:
        return 0.0 if self.first_s is None else self.clock() - self.first_s


def read_instance(
    path: Path,
    *,
    tolerance: float,
    load: Load = "retailers",
    n_grids: int | None = None,
    own_tolerance: Mapping[str, float] | None = None,
) -> TerritoryProblem:
    """Return the problem a file describes, with another number of grids where one is named.

    `own_tolerance` holds, by measure, those that are not `tolerance`.

    Raises
    ------
    BadInput
        with one sentence for each fault: no such file, not an npz, missing arrays, NaN, wrong shapes, p <= 0 or more
        than there are units.
    """
    arrays = _arrays(path, load)
    n, p = len(arrays["cxy"]), int(arrays["p"]) if n_grids is None else n_grids
    retailers, measures = arrays["cload"].astype(np.int64), MEASURES_OF_LOAD[load]
    unit, places = arrays["pcell"].astype(np.int64), arrays["pts"].astype(np.float64)
    sums = np.stack([np.bincount(unit, places[:, k], n) for k in range(2)], axis=1)
    xy_km = np.where(retailers[:, None] > 0, sums / np.maximum(retailers, 1)[:, None], arrays["cxy"])
    within_km2 = np.bincount(unit, ((places - xy_km[unit]) ** 2).sum(axis=1), n).astype(np.float64)
    try:
        return TerritoryProblem(
            n_grids=p,
            xy_km=xy_km,
            loads=np.stack([arrays[ARRAY_OF_MEASURE[measure]].astype(np.int64) for measure in measures]),
            measures=measures,
            tolerance_share=np.array([(own_tolerance or {}).get(measure, tolerance) for measure in measures]),
            weight=retailers.astype(np.float64),
            within_km2=within_km2,
            edges=arrays["edges"].astype(np.int32),
            **_shapes(arrays),
        )
    except MalformedProblemError as error:
        raise BadInput(f"{path}: " + "; ".join(error.complaints)) from error


def read_labels(path: Path, *, n_units: int, n_grids: int, named: str = "grid") -> NDArray[np.int32]:
    """Return (n_units,) the grid of each unit listed in a `unit,grid` file; -1 for units that are not listed.

    `named` is the heading of the second column, `n_grids` the number beyond its values.

    Raises
    ------
    BadInput
        with every faulty line, up to 20: another header, no number, a unit twice, a row or grid that does not exist.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read: {error}") from error
    try:
        rows = list(csv.reader(io.StringIO(text)))
    except csv.Error as error:
        raise BadInput(f"{path} is no readable csv file: {error}.") from error
    if not rows or [cell.strip() for cell in rows[0]] != ["unit", named]:
        raise BadInput(f"{path}: the first line must be 'unit,{named}'.")
    labels = np.full(n_units, -1, dtype=np.int32)
    seen = np.zeros(n_units, dtype=bool)
    faults: list[str] = []
    for number, row in enumerate(rows[1:], start=2):
        if not row:
            continue
        fault = _label_fault(row, n_units, n_grids, seen, named)
        if fault:
            faults.append(f"line {number}: {fault}")
        else:
            labels[int(row[0])] = int(row[1])
            seen[int(row[0])] = True
    if faults:
        more = f"; and {len(faults) - MOST_SHOWN} more" if len(faults) > MOST_SHOWN else ""
        raise BadInput(f"{path}: " + "; ".join(faults[:MOST_SHOWN]) + more)
    return labels


def with_linked(problem: TerritoryProblem, path: Path) -> TerritoryProblem:
    """Return the problem in which the units of each group of a `unit,group` file share one grid; raises `BadInput`."""
    n = problem.n_units
    return replace(problem, must_link=read_labels(path, n_units=n, n_grids=n, named="group"))


def with_bases(problem: TerritoryProblem, path: Path) -> TerritoryProblem:
    """Return the problem with the staff bases of a `unit,grid` file, one unit a grid at most; raises `BadInput`."""
    grid = read_labels(path, n_units=problem.n_units, n_grids=problem.n_grids)
    centre = np.full(problem.n_grids, -1, dtype=np.int32)
    units = np.flatnonzero(grid >= 0)
    centre[grid[units]] = units
    several = np.flatnonzero(np.bincount(grid[units], minlength=problem.n_grids) > 1)
    if len(several):
        raise BadInput(f"{path}: a grid has one base; these have several: {', '.join(map(str, several[:MOST_SHOWN]))}.")
    return replace(problem, centre_unit=centre)


def replan_from(problem: TerritoryProblem, previous: NDArray[np.int32]) -> TerritoryProblem:
    """Return the problem as a re-plan: units keep their present grid wherever the rules let them."""
    return replace(problem, previous=previous, churn_weight_km2=CHURN_PRICE * spread_km2(problem, previous))


def along_ways(problem: TerritoryProblem, path: Path, distance: Distance) -> TerritoryProblem:
    """Return the problem with its units where ways in place of straight lines put them.

    Raises `BadInput` where ways on streets are wanted and the file's `way_from` and `way` are missing or do not fit.
    """
    if distance is Distance.STRAIGHT:
        return problem
    if distance is Distance.BARRIER:
        return replace(problem, xy_km=ways.around_barriers(problem.xy_km, problem.edges).xy_km)
    try:
        with np.load(path, allow_pickle=False) as file:
            landmark, way = file["way_from"], file["way"]
    except (KeyError, ValueError) as error:
        raise BadInput(f"{path}: --distance street needs the arrays way_from and way: {error}.") from error
    n = problem.n_units
    is_row = landmark.ndim == 1 and landmark.dtype.kind in "iu" and len(landmark) > 0
    if not (is_row and (landmark >= 0).all() and (landmark < n).all()):
        raise BadInput(f"{path}: way_from has to hold rows of units from 0 to {n - 1}.")
    if way.shape != (len(landmark), n) or way.dtype.kind not in "iuf" or not (way >= 0).all():
        raise BadInput(f"{path}: way has to be {len(landmark)} x {n} numbers >= 0 (infinite for no way), none NaN.")
    placed = ways.along_streets(problem.xy_km, landmark.astype(np.int32), way.astype(np.float64), problem.edges)
    return replace(problem, xy_km=placed.xy_km)


def labels_text(grid_of_unit: NDArray[np.int32]) -> str:
    """Return the `unit,grid` file of a plan, one line a unit."""
    return "unit,grid\n" + "".join(f"{unit},{grid}\n" for unit, grid in enumerate(grid_of_unit.tolist()))


def solve_instance(
    problem: TerritoryProblem,
    *,
    seed: int,
    max_seconds: float | None,
    max_iterations: int | None,
    engine: Engine,
    threads: int = 1,
    straight: TerritoryProblem | None = None,
) -> SolvedInstance:
    """Solve the problem within CPU seconds of the busiest thread, iterations, or both; without a limit it runs on.

    A re-plan gives up to 2 % of the compactness of the present grids for fewer moves.

    Parameters
    ----------
    threads : >= 1 that search side by side; with iterations alone the plan is the same for any number
    straight : the problem before `along_ways`, whose inertia is told beside
    """
    most_km2 = (1 + COMPACT_SHARE) * inertia_km2(problem, problem.previous) if (problem.previous >= 0).all() else None
    with Crew(threads) as crew:
        watch = _Stopwatch(crew.clock)
        limit = MaxSeconds(math.inf if max_seconds is None else max_seconds, clock=watch)
        stop = AnyOf((limit,) if max_iterations is None else (limit, MaxIterations(max_iterations)))
        result = solve(problem, stop, seed, engine=engine, crew=crew, most_km2=most_km2)
        straight_km2 = None if straight is None else inertia_km2(straight, result.grid_of_unit)
        return SolvedInstance(result, watch.elapsed_s(), peak_mb(), straight_km2)


def peak_mb() -> float:
    """Return the greatest resident memory of this process; where /proc is missing, that of a parent may count too."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text(encoding="utf-8").splitlines())
        return int(lines["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _arrays(path: Path, load: Load) -> dict[str, NDArray[Any]]:
    """Return the file's arrays after checking that they fit together; all faults at once."""
    try:
        loaded = np.load(path, allow_pickle=False)
        if not isinstance(loaded, np.lib.npyio.NpzFile):
            raise BadInput(f"{path} is no .npz archive: it holds one array without a name; write it with numpy.savez.")
        with loaded as file:
            arrays = {name: file[name] for name in (*REQUIRED, *OPTIONAL) if name in file}
    except (OSError, ValueError, zipfile.BadZipFile, EOFError, TypeError, KeyError) as error:
        raise BadInput(f"{path} is not a readable .npz file: {error}") from error
    needed = dict.fromkeys([*REQUIRED, *(ARRAY_OF_MEASURE[measure] for measure in MEASURES_OF_LOAD[load])])
    missing = [name for name in needed if name not in arrays]
    if missing:
        raise BadInput(f"{path}: missing arrays: {', '.join(missing)}.")
    faults = _type_faults(arrays) or _shape_faults(arrays) or _value_faults(arrays)
    if faults:
        raise BadInput(f"{path}: " + "; ".join(faults) + ".")
    return arrays


def _type_faults(arrays: dict[str, NDArray[Any]]) -> list[str]:
    faults = []
    for name, array in arrays.items():
        is_real = array.dtype.kind == "f"
        if array.dtype.kind not in "iuf":
            faults.append(f"{name} must hold numbers, not {array.dtype}")
        elif is_real and not np.isfinite(array).all():
            faults.append(f"{name} holds NaN or infinity")
        elif array.size and (array.max() > GREATEST_NUMBER or array.min() < -GREATEST_NUMBER):
            faults.append(f"{name} holds numbers beyond {GREATEST_NUMBER:g}")
        elif is_real and name in WHOLE and (array != np.round(array)).any():
            faults.append(f"{name} must hold whole numbers")
    return faults


def _shape_faults(arrays: dict[str, NDArray[Any]]) -> list[str]:
    faults = [f"{name} must have shape (any, 2), not {arrays[name].shape}"
              for name in ("pts", "cxy", "edges", "gedges")
              if name in arrays and not (arrays[name].ndim == 2 and arrays[name].shape[1] == 2)]  # fmt: skip
    if arrays["p"].size != 1:
        faults.append(f"p must be one number, not {arrays['p'].shape}")
    if faults:
        return faults
    n, r = len(arrays["cxy"]), len(arrays["pts"])
    for name, length in (("pcell", r), ("cload", n), ("cmin", n), ("ccartons", n), ("side", n), ("area", n)):
        if name in arrays and arrays[name].shape != (length,):
            faults.append(f"{name} must have shape ({length},), not {arrays[name].shape}")
    return faults


def _value_faults(arrays: dict[str, NDArray[Any]]) -> list[str]:
    n, p = len(arrays["cxy"]), int(arrays["p"].item())
    arrays["p"] = np.asarray(p)
    faults = []
    if n == 0:
        faults.append("there are no units")
    if p <= 0:
        faults.append(f"p must be at least 1, not {p}: without staff there are no grids")
    elif p > n:
        faults.append(f"p is {p} but there are only {n} units: every grid needs a unit of its own")
    given = {name: array for name, array in arrays.items() if array.size}
    beyond = [name for name in ("pcell", "edges", "gedges") if name in given and not _is_within(given[name], n)]
    negative = [name for name in ("cload", "cmin", "ccartons") if name in given and given[name].min() < 0]
    no_size = [name for name in ("side", "area") if name in given and given[name].min() <= 0]
    faults += [f"{name} names units outside [0, {n})" for name in beyond]
    faults += [f"{name} holds negative numbers" for name in negative]
    faults += [f"{name} must be positive" for name in no_size]
    if not faults:
        apart = np.flatnonzero(np.bincount(arrays["pcell"].astype(np.int64), minlength=n) != arrays["cload"])
        if len(apart):
            faults.append(f"cload is not the count of pcell in {len(apart)} units, the first is {apart[0]}")
    return faults


def _is_within(rows: NDArray[Any], n: int) -> bool:
    return bool(rows.min() >= 0 and rows.max() < n)


def _shapes(arrays: dict[str, NDArray[Any]]) -> dict[str, Any]:
    """Return borders, perimeters and areas where the file describes them."""
    if "gedges" not in arrays:
        return {}
    borders = arrays["gedges"].astype(np.int32)
    if "side" not in arrays:
        return {"border_edges": borders}
    side_km = arrays["side"].astype(np.float64)
    ends_km = side_km[borders]
    if "area" in arrays and _is_one_size(arrays["area"].astype(np.float64)):
        mean_km = {"border_edges": borders, "border_km": ends_km.mean(axis=1), "perimeter_km": 6 * side_km}
        return {**mean_km, "area_km2": arrays["area"].astype(np.float64)}
    return {"border_edges": borders, "border_km": ends_km.min(axis=1)}


def _is_one_size(area_km2: NDArray[np.float64]) -> bool:
    """Tell whether all units are cells of one H3 resolution."""
    steps = np.round(np.log(area_km2 / np.median(area_km2)) / math.log(H3_APERTURE))
    return bool((steps == steps[0]).all())


def _label_fault(row: list[str], n_units: int, n_grids: int, seen: NDArray[np.bool_], named: str) -> str:
    if len(row) != 2:
        return f"two values expected, not {len(row)}"
    try:
        unit, grid = int(row[0]), int(row[1])
    except ValueError:
        return f"'{_shortened(','.join(row))}' is not two whole numbers"
    if not 0 <= unit < n_units:
        return f"unit {_shortened(row[0])} is not in [0, {n_units})"
    if seen[unit]:
        return f"unit {unit} is listed twice"
    return "" if 0 <= grid < n_grids else f"{named} {_shortened(row[1])} is not in [0, {n_grids})"


def _shortened(words: str) -> str:
    return words if len(words) <= MOST_CHARACTERS else words[:MOST_CHARACTERS] + "..."


assert set(SHOWN_KEYS) <= set(REGISTRY)
