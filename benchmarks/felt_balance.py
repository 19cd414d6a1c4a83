"""Measure what people feel of a repair: the solved minutes of everybody's month before and after it, travel included.

    python -m benchmarks.felt_balance yunyan --seeds 1 2 3 4 5
    python -m benchmarks.felt_balance brooklyn [--units area]

For each district: the present owners (generation 0) get a solved 28-day cycle, on which travel is calibrated; `plan
repair` drafts grids within `--tolerance`; they are published and the same cycle is solved again. One line per layer:
longest over shortest month of a person (own and assisted minutes), visits planned, hours of travel and minutes on the
way for each visit, shops that changed hands, and the bounds. Whoever has too much to do leaves visits out and travels
less, and a vacant post travels not at all: hours compare only where visits do. Brooklyn is read from `GRIDSVC_CASES`;
its present owners are the community districts, merged by `sample owners` to one group per person. Every person's month
is solved alone: shared visit days would mix what roles give up for each other into it. Both months are solved from
nothing: the weekdays of the lines that the first one made, and the introductions of new owners, cost once and are not
asked of the second, for the first had none to keep. Everything runs in a private database in `--folder`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import sqlalchemy as sa

from gridsvc.clock import midnight
from gridsvc.domain.ids import Adcode, PlanId
from gridsvc.domain.joint_stops import JointMode
from gridsvc.domain.layers import ROLE_OF_LAYER, Layer
from gridsvc.domain.plans import PlanState
from gridsvc.engines.pool import EnginePool
from gridsvc.settings import Settings
from gridsvc.storage import cycles, districts, handovers, lines, staff
from gridsvc.storage import units as unit_rows
from gridsvc.storage.tables import cycle_stop
from gridsvc.usecases.move_plan import move_plan
from gridsvc.usecases.plan_cycle import plan_cycle
from gridsvc.usecases.publish_plan import publish_plan
from gridsvc.usecases.repair_plan import repair_plan
from gridsvc.usecases.survey_district import DesignRules
from gridsvc.wiring import Service, open_service

FIRST_DAY = date(2027, 3, 1)  # a cycle without public holidays in China and in the United States
BROOKLYN = """
district add 36047 Brooklyn --country US --time-zone America/New_York --boundary {nyc}/boroughs.geojson.gz --where borough=BROOKLYN
import areas {nyc}/community_districts.geojson.gz --level community_district --where borough=BROOKLYN
import areas {nyc}/census_tracts_2020.geojson.gz --level census_tract --where borough=BROOKLYN
import streets {nyc}/brooklyn_road_edges.csv.gz --nodes {nyc}/brooklyn_road_nodes.csv.gz --where main=1 --crs wgs84
import retailers {nyc}/shops_nyc.csv.gz --where borough=BROOKLYN --crs wgs84 --map licence_no=license_number --map name=dba_name --map street_office=zip_code
geocode
sample demand --seed 1
sample staff --inspectors 12 --managers 12 --drivers auto --seed 1
sample owners --level community_district
units make --kind h3
units make --kind areas --level census_tract
"""  # noqa: E501 - commands as one types them
YUNYAN = """
sample district {files} --seed {seed}
district add 520103 Yunyan --country CN --time-zone Asia/Shanghai --boundary {files}/district.geojson
import areas {files}/areas.geojson --level street_office --crs wgs84
import barriers {files}/barriers.geojson --crs wgs84
import streets {files}/street_edges.csv --nodes {files}/street_nodes.csv --crs wgs84
import staff {files}/staff.csv --crs wgs84
import retailers {files}/retailers.csv --crs wgs84
sample demand --seed {seed}
units make --kind h3
import assignments {files}/assignments.csv
"""


def run_commands(script: str, folder: Path) -> None:
    """Run `gridsvc` commands, one a line, on the private database of the folder."""
    environment = os.environ | {"GRIDSVC_VAR_DIR": str(folder / "var")}
    for line in script.strip().splitlines():
        command = [sys.executable, "-m", "gridsvc.cli", *line.split()]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"gridsvc {line}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def month_min(service: Service, adcode: Adcode, layer: Layer) -> tuple[dict[str, float], float]:
    """Give each person's solved minutes of the newest cycle by staff code, crews counted for both, and all travel."""
    c = cycle_stop.c
    with service.store.transaction(adcode) as tx:
        latest = cycles.latest(tx)
        assert latest is not None
        cycle = latest[0]
        found, travel = {}, 0.0
        drawn: dict[str, float] = {}
        sealed = sa.select(c.staff_id, c.second_staff_id, c.service_min)
        for row in tx.execute(sealed.where(c.adcode == adcode, c.cycle_id == cycle.cycle_id, c.is_sealed)):
            for officer in (row.staff_id, row.second_staff_id):
                if officer is not None:
                    drawn[officer] = drawn.get(officer, 0.0) + row.service_min
        for member in staff.all_staff(tx, role=ROLE_OF_LAYER[layer]):
            known = cycle.metrics.get(member.staff_id)
            if known is not None:
                found[member.staff_code] = sum(known["work_min"]) + drawn.get(member.staff_id, 0.0)
                travel += sum(known["travel_min"])
    return found, travel


def measure(folder: Path, adcode: Adcode, kind: str, tolerance: float, iterations: int, name: str) -> None:
    """Solve, repair, publish, solve again, and print one line per layer."""
    with open_service(Settings(var_dir=folder / "var")) as service, EnginePool(2) as pool:
        who = {"adcode": adcode, "actor": "benchmark"}

        def solve() -> Mapping[Layer, int]:
            return plan_cycle(
                service.store, service.clock, pool, **who, first_day=FIRST_DAY, max_iterations=iterations,  # type: ignore[arg-type]
                mode=JointMode.APART,
                cache_folder=service.settings.cache_dir,
            ).n_stops  # fmt: skip

        stops_before = solve()
        before = {layer: month_min(service, adcode, layer) for layer in Layer}
        with service.store.transaction(adcode) as tx:
            unit_set_id = unit_rows.newest(tx, kind=kind)
        rules = DesignRules(minutes_tolerance_share=tolerance, max_iterations=1000)
        repaired = repair_plan(
            service.store, service.clock, pool, **who, unit_set_id=unit_set_id, rules=rules,  # type: ignore[arg-type]
        )  # fmt: skip
        for state in (PlanState.SUBMITTED, PlanState.APPROVED):
            move_plan(service.store, service.clock, **who, plan_id=repaired.plan.plan_id, state=state)  # type: ignore[arg-type]
        publish_plan(service.store, service.clock, **who, plan_id=repaired.plan.plan_id, reason="benchmark")  # type: ignore[arg-type]
        forget_first_month(service, adcode, repaired.plan.plan_id)
        stops_after = solve()
        for report in repaired.layers:
            old, old_travel = before[report.layer]
            new, new_travel = month_min(service, adcode, report.layer)
            bound = repaired.bounds[report.layer]
            moved, n_old, n_new = report.n_moved, stops_before[report.layer], stops_after[report.layer]
            cells = (
                name, report.layer, f"{_ratio(old):.2f}", f"{_ratio(new):.3f}", n_old, n_new, f"{old_travel / 60:.0f}",
                f"{new_travel / 60:.0f}", f"{old_travel / n_old:.2f}", f"{new_travel / n_new:.2f}", moved,
                f"{bound.n_flow:.0f}", f"{moved / bound.n_flow:.2f}", f"{bound.n_least:.0f}",
                f"{moved / max(bound.n_least, 1):.2f}", report.is_feasible,
            )  # fmt: skip
            print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def forget_first_month(service: Service, adcode: Adcode, plan_id: PlanId) -> None:
    """End the lines of the first month and drop the introductions of the repair: the second begins from nothing too."""
    with service.store.transaction(adcode) as tx:
        begins = midnight(FIRST_DAY, districts.find(tx).time_zone)
        for layer in Layer:
            lines.replace_layer(tx, layer, (), begins)
        handovers.replace_introductions(tx, plan_id, ())


def _ratio(minutes: dict[str, float]) -> float:
    worked = [value for value in minutes.values() if value > 0]
    return max(worked) / min(worked)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("district", choices=["yunyan", "brooklyn"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--units", choices=["h3", "area"], default="h3")
    parser.add_argument("--tolerance", type=float, default=0.03)
    parser.add_argument("--iterations", type=int, default=2000, help="of the cycle's search per territory")
    parser.add_argument("--folder", type=Path, required=True, help="for files and databases; made where it lacks")
    given = parser.parse_args(arguments)
    print(
        "| district | layer | max/min before | after | visits before | after | travel h before | after "
        "| min a visit before | after | moved | flow bound | x | least | x | ok |"
    )
    print("|" + "---|" * 16)
    if given.district == "brooklyn":
        folder = given.folder / f"brooklyn-{given.units}"
        if not folder.exists():
            run_commands(BROOKLYN.format(nyc=Path(os.environ["GRIDSVC_CASES"]) / "nyc-retail"), folder)
        measure(folder, Adcode("36047"), given.units, given.tolerance, given.iterations, f"Brooklyn, {given.units}")
        return
    for seed in given.seeds:
        folder = given.folder / f"yunyan-{seed}"
        if not folder.exists():
            run_commands(YUNYAN.format(files=folder / "files", seed=seed), folder)
        measure(folder, Adcode("520103"), "h3", given.tolerance, given.iterations, f"Yunyan, seed {seed}")


if __name__ == "__main__":
    main()
