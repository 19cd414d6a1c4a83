"""The day through the API: live re-plans of 27-stop days, and route minutes after a brush stroke.

    python -m benchmarks.live --cases 100

A served district is made for it (a database of its own, a real server on the loopback, 240 SYNTHETIC shops on streets,
a manager and a van with 27 stops each). Each case asks for one proposal, with eight stops done: a closed shop, an
urgent stop, a delay, the manager ill (three colleagues' days are planned anew), or another van with more or less room
than what is ahead. Printed are wall and CPU seconds of the server's process and its child, the stops moved (those of
somebody who is ill move anyway and are not counted), and what was dropped. The estimate is asked for two grids of 120
shops.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import numpy as np
import sqlalchemy as sa

from gridsvc import cluster
from gridsvc.cluster import RunningDatabase
from gridsvc.domain.layers import Layer
from gridsvc.domain.permissions import AccountRole
from gridsvc.storage import migrate, tables
from tests.api.conftest import Served, serving_district

N_STOPS, N_DONE = 27, 8
KINDS = ("closed", "urgent", "delay", "absent", "vehicle")
WHO = {"vehicle": "D01"}  # everybody else is the manager
N_CARTONS = 6.0


def cpu_s() -> float:
    """CPU seconds of this process and the children that it has waited for."""
    own = time.process_time()
    return own + sum(_child_cpu_s(pid) for pid in _children())


def _children() -> list[int]:
    path = Path(f"/proc/{os.getpid()}/task")
    return [int(pid) for task in path.iterdir() for pid in (task / "children").read_text().split()]


def _child_cpu_s(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def give_days(served: Served) -> None:
    """Give the first manager and the first van 27 stops of eight minutes, in the order of a nearest-neighbour tour."""
    seeded = served.seeded
    with served.service.store.transaction(seeded.adcode) as tx:
        for person in (seeded.staff[Layer.MARKETING][0], seeded.staff[Layer.DELIVERY][0]):
            is_van = person in seeded.staff[Layer.DELIVERY]
            route = tx.execute(sa.select(tables.route).where(tables.route.c.staff_id == person.staff_id)).one()
            rows = _tour(seeded.lon, seeded.lat, N_STOPS)
            tx.execute(tables.stop.delete().where(tables.stop.c.route_id == route.route_id))
            for sequence, row in enumerate(rows, start=1):
                starts = route.departs_at + timedelta(minutes=14 * sequence + (90 if sequence > 13 else 0))
                tx.execute(
                    tables.stop.insert().values(
                        adcode=tx.adcode,
                        route_id=route.route_id,
                        sequence=sequence,
                        retailer_id=seeded.retailer_ids[row],
                        task_type="delivery" if is_van else "visit",
                        arrives_at=starts,
                        starts_at=starts,
                        departs_at=starts + timedelta(minutes=8),
                        slack_s=600,
                        cartons=N_CARTONS if is_van else 0.0,
                        is_sealed=False,
                        why=f"cartons:{N_CARTONS:g}" if is_van else "tier:A",
                    )
                )


def _tour(lon: np.ndarray, lat: np.ndarray, n: int) -> list[int]:
    left, tour = set(range(len(lon))), [0]
    left.discard(0)
    while len(tour) < n:
        at = tour[-1]
        tour.append(min(left, key=lambda k: float(np.hypot(lon[k] - lon[at], lat[k] - lat[at]))))
        left.discard(tour[-1])
    return tour


def do_the_first(served: Served, client: httpx.Client, staff: str) -> tuple[list[str], set[str]]:
    """Record eight visits of a day; give the shops ahead, and all of the day."""
    stops = client.get(_path(served, staff)).json()["stops"]
    for stop in stops[:N_DONE]:
        visit = {
            "visit_id": str(uuid4()),
            "staff": staff,
            "retailer_id": stop["retailer"]["retailer_id"],
            "outcome": "done",
            "ended_at": stop["departs_at"],
        }
        served.clock.instant = max(served.clock.instant, datetime.fromisoformat(stop["departs_at"]))
        client.post("/v1/visits", json=visit).raise_for_status()
    shops = [stop["retailer"]["retailer_id"] for stop in stops]
    return shops[N_DONE:], set(shops)


def _path(served: Served, staff: str) -> str:
    return f"/v1/staff/{staff}/days/{served.seeded.day.isoformat()}"


def replans(served: Served, client: httpx.Client, n_cases: int) -> None:
    """Ask for proposals and print how long they took and what they moved, by kind and over all."""
    rng = np.random.default_rng(1)
    ahead, on_route = do_the_first(served, client, "M01")
    do_the_first(served, client, "D01")
    free = [shop for shop in served.seeded.retailer_ids if shop not in on_route]
    wall_s: dict[str, list[float]] = {kind: [] for kind in KINDS}
    spent_s: list[float] = []
    moved: list[int] = []
    dropped = dict.fromkeys(KINDS, 0)
    for case in range(n_cases + 1):
        kind = KINDS[case % len(KINDS)]
        change: dict[str, object] = {"kind": kind}
        if kind == "delay":
            change["delay_min"] = int(rng.integers(5, 25))
        elif kind == "vehicle":
            change["capacity_cartons"] = int(rng.integers(N_CARTONS * (N_STOPS - N_DONE) / 2, N_CARTONS * N_STOPS))
        elif kind != "absent":
            change["retailer_id"] = str(rng.choice(ahead if kind == "closed" else free))
        began_s, began_cpu_s = time.perf_counter(), cpu_s()
        answer = client.post(f"{_path(served, WHO.get(kind, 'M01'))}/proposals", json=change)
        answer.raise_for_status()
        if case == 0:
            print(f"first answer, with the child's start and imports: {time.perf_counter() - began_s:.1f} s wall")
            continue
        wall_s[kind].append(time.perf_counter() - began_s)
        spent_s.append(cpu_s() - began_cpu_s)
        look = answer.json()["outlook"]
        dropped[kind] += sum(item["is_promised"] for item in look["left_out"])
        if kind != "absent":
            moved.append(look["n_moved"])
    all_s = [seconds for kind in KINDS for seconds in wall_s[kind]]
    print(f"live re-plan through the API, {N_STOPS} stops, {N_DONE} done, {n_cases} cases of {', '.join(KINDS)}")
    print(f"  wall p50 {np.percentile(all_s, 50):.3f} s, p95 {np.percentile(all_s, 95):.3f} s (bar 0.5)")
    print(f"  CPU p50 {np.percentile(spent_s, 50):.3f} s, p95 {np.percentile(spent_s, 95):.3f} s, all processes")
    print(f"  {sum(n <= 3 for n in moved)} of {len(moved)} move <= 3 stops, at most {max(moved)}")
    for kind in KINDS:
        if wall_s[kind]:
            print(f"  {kind}: wall p95 {np.percentile(wall_s[kind], 95):.3f} s, {dropped[kind]} promised stops dropped "
                  f"in {len(wall_s[kind])} cases")  # fmt: skip


def estimates(served: Served, client: httpx.Client, n_cases: int) -> None:
    """Ask for the route minutes of two grids and print the round trips."""
    shops = served.seeded.retailer_ids
    body = {
        "layer": "marketing",
        "grids": [{"key": "a", "retailers": shops[:120]}, {"key": "b", "retailers": shops[120:]}],
    }
    wall_s = []
    for _ in range(n_cases):
        began_s = time.perf_counter()
        client.post("/v1/estimates/route-minutes", json=body).raise_for_status()
        wall_s.append(time.perf_counter() - began_s)
    first, rest = wall_s[0], wall_s[1:]
    print(f"route minutes of two grids of 120 shops: first {first:.2f} s, then p50 {np.percentile(rest, 50):.3f} s, "
          f"p95 {np.percentile(rest, 95):.3f} s wall (bar 0.2)")  # fmt: skip


def main() -> None:
    """Serve, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=100)
    arguments = parser.parse_args()
    os.environ.setdefault("NUMBA_CACHE_DIR", str(Path(__file__).parents[1] / "var" / "numba"))
    with tempfile.TemporaryDirectory() as folder, cluster.running(Path(folder), None, None) as database:
        migrate(database.owner_url)
        measure(database, arguments.cases)


def measure(database: RunningDatabase, n_cases: int) -> None:
    """Measure on a database of its own."""
    with serving_district(database, rings=8, n_shops=240, n_grids=3) as served:
        give_days(served)
        with served.as_key(AccountRole.PLANNER) as client:
            replans(served, client, n_cases)
            estimates(served, client, n_cases)


if __name__ == "__main__":
    main()
