"""Measure what it brings to divide a district along ways in place of straight lines.

    python -m benchmarks.ways yunyan --folder FOLDER --seeds 1 2 3
    python -m benchmarks.ways brooklyn --folder FOLDER --seeds 1 2 3

The district is made as in `benchmarks.felt_balance`; Brooklyn is read from `GRIDSVC_CASES`. For each distance and seed
all layers are designed from nothing within 5 %, with the same number of iterations. One line per layer: the mean and
the root mean square of street minutes, there and back halved, from the shop of a grid that lies best to its others, the
mean squared straight line to the grid's centre, and the last two as ratios to
the design along straight lines of that seed.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.felt_balance import BROOKLYN, YUNYAN, run_commands
from geo_data.projection import LocalProjection
from gridsvc.domain.distances import Distance
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Layer
from gridsvc.engines.pool import EnginePool
from gridsvc.settings import Settings
from gridsvc.storage import plans, streets
from gridsvc.storage import units as unit_rows
from gridsvc.usecases.design_plan import design_plan
from gridsvc.usecases.measure_travel import Travel
from gridsvc.usecases.survey_district import DesignRules, Survey, survey_district
from gridsvc.wiring import Service, open_service


def spread(survey: Survey, travel: Travel, grid_of_unit: np.ndarray) -> tuple[float, float, float]:
    """Return (mean minutes, root mean square minutes, mean squared km) from grids' middles to their shops."""
    lon, lat = survey.retailers.lon, survey.retailers.lat
    xy_km = LocalProjection.around(lon, lat).xy_m(lon, lat) / 1000
    grid = grid_of_unit[survey.retailer_unit]
    minutes, squared_km = [], []
    for number in range(int(grid_of_unit.max()) + 1):
        shops = np.flatnonzero(grid == number)
        seconds = travel.matrix(lon[shops], lat[shops]).seconds
        there_and_back = (seconds + seconds.T) / 2
        there_and_back[~np.isfinite(there_and_back)] = np.nan
        middle = int(np.nanargmin(np.nansum(there_and_back**2, axis=1)))
        minutes.append(there_and_back[middle] / 60)
        squared_km.append(((xy_km[shops] - xy_km[shops].mean(axis=0)) ** 2).sum(axis=1))
    way = np.concatenate(minutes)
    return float(np.nanmean(way)), float(np.sqrt(np.nanmean(way**2))), float(np.concatenate(squared_km).mean())


def measure(
    service: Service, pool: EnginePool, adcode: Adcode, unit_set_id: str, seeds: Sequence[int], iterations: int
) -> None:
    """Print a line for each distance, seed and layer."""
    with service.store.transaction(adcode) as tx:
        travel = Travel(streets.network(tx), None)
    print("seed layer distance feasible mean_min rms_min km2 rms_ratio km2_ratio")
    for seed in seeds:
        base: dict[Layer, tuple[float, float, float]] = {}
        for distance in Distance:
            rules = DesignRules(seed=seed, max_iterations=iterations, distance=distance)
            designed = design_plan(
                service.store, service.clock, pool, adcode=adcode, actor="operator", title=f"{distance} {seed}",
                rules=rules, unit_set_id=unit_set_id,
            )  # fmt: skip
            with service.store.transaction(adcode) as tx:
                survey = survey_district(tx, service.clock, layers=tuple(Layer), unit_set_id=unit_set_id)
                drawn = {
                    layer: plans.grids_of(tx, designed.plan.plan_version_id, layer, len(survey.units))
                    for layer in Layer
                }
            feasible = {report.layer: report.is_feasible for report in designed.layers}
            for layer in Layer:
                found = spread(survey, travel, drawn[layer].grid_of_unit)
                first = base.setdefault(layer, found)
                print(
                    f"{seed} {layer} {distance} {feasible[layer]} {found[0]:.3f} {found[1]:.3f} {found[2]:.4f} "
                    f"{found[1] / first[1]:.4f} {found[2] / first[2]:.4f}",
                    flush=True,
                )


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the district, design it, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("district", choices=["yunyan", "brooklyn"])
    parser.add_argument("--folder", type=Path, required=True, help="for files and the database; made where it lacks")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--iterations", type=int, default=2000, help="of the search for each layer and round")
    given = parser.parse_args(arguments)
    folder = given.folder / given.district
    is_brooklyn = given.district == "brooklyn"
    if not folder.exists() and is_brooklyn:
        run_commands(BROOKLYN.format(nyc=Path(os.environ["GRIDSVC_CASES"]) / "nyc-retail"), folder)
    elif not folder.exists():
        run_commands(YUNYAN.format(files=folder / "files", seed=1), folder)
    with open_service(Settings(var_dir=folder / "var")) as service, EnginePool(2) as pool:
        with service.store.transaction(adcode := Adcode("36047" if is_brooklyn else "520103")) as tx:
            unit_set_id = unit_rows.newest(tx, kind="h3")
        measure(service, pool, adcode, str(unit_set_id), given.seeds, given.iterations)


if __name__ == "__main__":
    main()
