"""How long a plan of 5,000 or 30,000 retailers takes to publish, and an edit of it: `python -m benchmarks.publish`.

A district is seeded into a database of its own; every plan divides it anew at random, so that nearly every shop changes
hands in three layers: the most rows that a publication can close and open. `--moved 0.2` divides pairs of neighbouring
grids anew instead until a fifth of the units of each layer has changed hands, as a redraw within a churn budget does.
Wall seconds beside CPU seconds of this process and of the database; each plan follows the one before. Meanwhile another
thread looks owners up.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.instances.look_up import cpu_s
from gridsvc import cluster
from gridsvc.clock import FixedClock
from gridsvc.domain.drafts import MoveUnits, SetRules
from gridsvc.domain.layers import Layer
from gridsvc.domain.plans import Plan, PlanState
from gridsvc.storage import Store, migrate
from gridsvc.usecases.draft_bench import DraftBoard
from gridsvc.usecases.edit_draft import edit_draft
from gridsvc.usecases.find_ownership import find_ownership
from gridsvc.usecases.move_plan import move_plan
from gridsvc.usecases.ownership_snapshot import OwnershipBoard
from gridsvc.usecases.publish_plan import publish_plan
from gridsvc.usecases.read_draft import read_draft
from gridsvc.usecases.start_plan import Start, start_plan
from tests.fakes.seeded_district import ADCODE, seed
from tests.fakes.small_district import grown

SIZES = {5_000: (25, 12), 30_000: (50, 72)}  # shops: rings of resolution-9 cells, grids a layer
LIMIT_S = {5_000: 0.5, 30_000: 2.0}


def percentile(values: list[float], share: float) -> float:
    """Give the value that `share` of the sorted values do not exceed."""
    return sorted(values)[min(len(values) - 1, round(share * (len(values) - 1)))]


def redivided(grid: Any, edges: Any, share: float, rng: np.random.Generator) -> Any:
    """Divide random pairs of neighbouring grids anew, in one piece each, until `share` of the units changed hands."""
    after, used = grid.copy(), set()
    across = edges[grid[edges[:, 0]] != grid[edges[:, 1]]]
    for edge in rng.permutation(across):
        pair = grid[edge]
        if used & set(pair.tolist()):
            continue
        used |= set(pair.tolist())
        units = np.flatnonzero(np.isin(grid, pair))
        row_of = np.full(len(grid), -1)
        row_of[units] = np.arange(len(units))
        inside = row_of[edges]
        inside = inside[(inside >= 0).all(axis=1)]
        for _ in range(20):  # until neither half is far outside the tolerance
            parts = grown(len(units), inside, 2, rng)
            if 0.35 <= parts.mean() <= 0.65:
                after[units] = pair[parts]
                break
        if (after != grid).mean() >= share:
            break
    return after


def run(n_shops: int, n_runs: int, n_edits: int, moved: float, conninfo: Any, postmaster: int) -> dict[str, Any]:
    """Publish `n_runs` plans one after the other and edit each draft; give the figures."""
    clock = FixedClock(datetime(2026, 11, 23, 1, 0, tzinfo=UTC))
    store = Store(conninfo.app_url)
    rings, n_grids = SIZES[n_shops]
    seed(store, clock, rings=rings, n_shops=n_shops, n_grids=n_grids)
    board, owners = DraftBoard(), OwnershipBoard(store, clock)
    who: dict[str, Any] = {"adcode": ADCODE, "actor": "planner"}
    publish_s, publish_cpu_s, edit_s, changed, lookup_errors, n_lookups = [], [], [], [], 0, 0
    database_cpu_s: list[float] = []
    rng = np.random.default_rng(1)
    for number in range(n_runs + (moved < 1)):  # the first plan makes whole grids to divide
        clock.instant += timedelta(days=1)
        plan = start_plan(store, clock, **who, title=f"Plan {number}", start=Start())
        revision = plan.revision
        for layer in Layer:
            draft, _ = read_draft(store, clock, board, adcode=ADCODE, plan_id=plan.plan_id, layer=layer)
            now = np.array(draft.grid_of_unit)
            wanted: dict[str, Any] = {"plan_id": plan.plan_id, "layer": layer}
            for unit in rng.choice(len(draft.grid_of_unit), n_edits, replace=False).tolist():
                other = draft.grids[(draft.grid_of_unit[unit] + 1) % n_grids].grid_id
                begin = time.perf_counter()
                edited = edit_draft(
                    store, clock, board, **who, **wanted, base_revision=revision,
                    edits=[MoveUnits(units=(unit,), to=other)],
                )  # fmt: skip
                edit_s.append(time.perf_counter() - begin)
                revision = edited.revision
            edges = _edges(store, board, clock, plan)
            whole = redivided(now, edges, moved, rng) if moved < 1 and number else grown(len(now), edges, n_grids, rng)
            edits: list[Any] = [SetRules(tolerance=0.99, count_tolerance=0.99)]
            edits += [
                MoveUnits(units=tuple(np.flatnonzero(whole == position).tolist()), to=grid.grid_id)
                for position, grid in enumerate(draft.grids)
            ]
            revision = edit_draft(store, clock, board, **who, **wanted, base_revision=revision, edits=edits).revision
        for state in (PlanState.SUBMITTED, PlanState.APPROVED):
            move_plan(store, clock, **who, plan_id=plan.plan_id, state=state)
        stop, failures, asked = threading.Event(), [], []

        def look(stop: threading.Event = stop, failures: list[str] = failures, asked: list[int] = asked) -> None:
            while not stop.is_set():
                try:
                    find_ownership(owners, clock, adcode=ADCODE, retailer_code="R00001")
                    asked.append(1)
                except Exception as error:
                    failures.append(repr(error))
                time.sleep(0.002)

        thread = threading.Thread(target=look)
        find_ownership(owners, clock, adcode=ADCODE, retailer_code="R00001")
        thread.start()
        begin, begin_cpu, begin_database = time.perf_counter(), time.process_time(), cpu_s(postmaster)
        try:
            done = publish_plan(store, clock, **who, plan_id=plan.plan_id, reason="benchmark", board=board)
            publish_s.append(time.perf_counter() - begin)
            publish_cpu_s.append(time.process_time() - begin_cpu)
            database_cpu_s.append(cpu_s(postmaster) - begin_database)
        finally:
            stop.set()
            thread.join()
        lookup_errors += len(failures)
        n_lookups += len(asked)
        changed.append(sum(done.n_changed.values()))
        if moved < 1 and not number:
            del publish_s[:], publish_cpu_s[:], database_cpu_s[:], changed[:]
    store.close()
    return {
        "n_retailers": n_shops,
        "n_units": len(draft.grid_of_unit),
        "publish_s_median": round(statistics.median(publish_s), 3),
        "publish_s_max": round(max(publish_s), 3),
        "publish_cpu_s_median": round(statistics.median(publish_cpu_s), 3),
        "database_cpu_s_median": round(statistics.median(database_cpu_s), 3),
        "moved_share": moved,
        "limit_s": LIMIT_S[n_shops],
        "n_owners_changed_median": statistics.median(changed),
        "lookup_errors": lookup_errors,
        "n_lookups_meanwhile": n_lookups,
        "edit_s_p50": round(percentile(edit_s, 0.5), 4),
        "edit_s_p95": round(percentile(edit_s, 0.95), 4),
        "n_edits": len(edit_s),
    }


def _edges(store: Store, board: DraftBoard, clock: FixedClock, plan: Plan) -> Any:
    with store.transaction(ADCODE) as tx:
        return board.bench(tx, clock, plan.unit_set_id).survey.units.edges


def main() -> None:
    """Run both sizes and print one JSON line each; exit 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES), choices=list(SIZES))
    parser.add_argument("--moved", type=float, default=1.0, help="share of the units that change hands; 1 = any")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--edits", type=int, default=20, help="single edits timed per layer and plan")
    given = parser.parse_args()
    missed = False
    for n_shops in given.sizes:
        with tempfile.TemporaryDirectory() as folder, cluster.running(Path(folder), None, None) as database:
            migrate(database.owner_url)
            postmaster = int((Path(folder) / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
            figures = run(n_shops, given.runs, given.edits, given.moved, database, postmaster)
        print(json.dumps(figures), flush=True)
        missed |= figures["publish_s_median"] > figures["limit_s"] or figures["lookup_errors"] > 0
    raise SystemExit(1 if missed else 0)


if __name__ == "__main__":
    main()
