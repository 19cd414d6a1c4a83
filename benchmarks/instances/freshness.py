"""Measure how soon every worker answers what was committed, and that no answer mixes two generations."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import orjson

from benchmarks.instances.look_up import Connection, Server, get, post, serving
from gridsvc.clock import SystemClock, new_id
from gridsvc.domain.ids import PlanId, PlanVersionId, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.domain.ownership import OwnershipSource
from gridsvc.domain.plans import Plan, PlanState
from gridsvc.storage import Transaction, districts, generations, ownership, plans, tables
from gridsvc.storage import units as unit_rows
from gridsvc.storage.plans import Grids

N_EVENTS = 60
N_CHECKS_PER_EVENT = 90  # of each of two workers
APPROVED_S = 1.0  # from a plan's approval to its publication
N_MOVED = 50  # units of each layer that a publication draws elsewhere
CLOCK = SystemClock()


def freshness(bench: Any, say: Callable[[str, str, str], None]) -> None:
    """Publications and leave covers in turn, seen by two workers."""
    with serving("ours", bench.environment) as one, serving("ours", bench.environment) as two:
        took, n_stale, n_checks, n_mixed, n_batches = asyncio.run(_watch(bench, (one, two)))
    both = took.reshape(-1, 2, 2)  # a publication and a cover in turn, each seen by two workers
    for what, seconds in (
        ("publication or leave cover", both),
        ("publications alone", both[:, 0]),
        ("leave covers alone", both[:, 1]),
    ):
        p50, p99 = np.percentile(seconds, [50, 99]) * 1000
        say(
            f"freshness at 1,500 grids: {what} -> both workers",
            f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, at most {seconds.max() * 1000:.0f} ms of {seconds.size}",
            "p99 <= 100 ms",
        )
    say("stale answers after a worker's first new one", f"{n_stale} of {n_checks:,} checks", "0")
    say("answers of two generations at once", f"{n_mixed} of {n_batches:,} batches of 200 shops", "0")


async def _watch(bench: Any, servers: tuple[Server, Server]) -> tuple[np.ndarray, int, int, int, int]:
    with bench.store.transaction(bench.seeded.adcode) as tx:
        spans = generations.layer_spans(tx, CLOCK.now())
        n_units = 4921
        grids = {
            layer: plans.grids_of(tx, span.version.plan_version_id, layer, n_units) for layer, span in spans.items()
        }
        owners = ownership.owners_at(tx, CLOCK.now())
    loop = asyncio.get_running_loop()
    links = [await Connection.open(server.port) for server in servers]
    shops = bench.seeded.retailer_ids[:200]
    batch = post("/v1/ownership:batch", orjson.dumps({"items": [{"retailer_id": s} for s in shops]}), bench.key)
    look = get(f"/v1/retailers/{bench.seeded.retailer_ids[0]}/ownership", bench.key)
    took, counts = [], np.zeros(4, dtype=np.int64)
    for event in range(N_EVENTS):
        before = [await _version(link, look) for link in links]
        work = _publish if event % 2 == 0 else _cover
        watching = [
            asyncio.create_task(_until_new(link, look, known)) for link, known in zip(links, before, strict=True)
        ]
        committed = await loop.run_in_executor(None, work, bench, grids, owners, spans, event)
        took += [seen - committed for seen in await asyncio.gather(*watching)]
        now = [await _version(link, look) for link in links]
        for link, known in zip(links, now, strict=True):
            for _ in range(N_CHECKS_PER_EVENT):
                counts[0] += await _version(link, look) < known
                counts[1] += 1
            counts[2] += await _is_mixed(link, batch, grids)
            counts[3] += 1
    return np.maximum(np.array(took), 0), int(counts[0]), int(counts[1]), int(counts[2]), int(counts[3])


async def _version(link: Connection, look: bytes) -> tuple[int, int]:
    _, body = await link.ask(look)
    answer = orjson.loads(body)
    return answer["generation"], answer["revision"]


async def _until_new(link: Connection, look: bytes, known: tuple[int, int]) -> float:
    while await _version(link, look) == known:
        await asyncio.sleep(0.002)
    return time.perf_counter()


async def _is_mixed(link: Connection, batch: bytes, grids: dict[Layer, Grids]) -> bool:
    """Tell whether any owner in the answer is not the one of the answer's own generation."""
    _, body = await link.ask(batch)
    answer = orjson.loads(body)
    number_of = {g: (layer, at) for layer, known in grids.items() for at, g in enumerate(known.grid_ids)}
    for owners in answer["owners"].values():
        for owner in owners:
            layer, at = number_of[owner["grid"]["grid_id"]]
            if owner["owner"]["staff_id"] != _staff(grids[layer], at, answer["generation"]):
                return True
    return False


def _staff(grids: Grids, at: int, generation: int) -> StaffId | None:
    """Give who owns a grid in a generation: every publication moves everybody on by one grid."""
    return grids.staff_ids[(at + generation - 1) % len(grids.staff_ids)]


def _publish(bench: Any, grids: dict[Layer, Grids], owners: Any, spans: Any, event: int) -> float:
    """Put another owner on every grid and draw some anew, as a publication does: versions, all rows, notice.

    The plan is approved in a transaction of its own a second before, as whoever approves it does.
    """
    del event
    plan_id, version = PlanId(new_id()), PlanVersionId(new_id())
    in_force = generations.VersionInForce(
        plan_version_id=version, unit_set_id=next(iter(spans.values())).version.unit_set_id
    )
    with bench.store.transaction(bench.seeded.adcode) as tx:
        number = (districts.lock(tx).generation or 0) + 1
        plans.insert_plan(
            tx,
            Plan(
                adcode=tx.adcode, plan_id=plan_id, title=f"generation {number}", state=PlanState.APPROVED,
                layers=tuple(grids), unit_set_id=in_force.unit_set_id, base_generation=number - 1,
                plan_version_id=version, revision=0, created_by="benchmark", created_at=datetime.now(UTC),
            ),
        )  # fmt: skip
        for layer, known in grids.items():
            staff = tuple(_staff(known, at, number) for at in range(len(known.grid_ids)))
            drawn = replace(known, staff_ids=staff, grid_of_unit=_redrawn(bench, tx, known, number))
            plans.write_layer(tx, CLOCK, version, layer, drawn)
        plans.freeze(tx, CLOCK, version)
        districts.tell(tx)
    time.sleep(APPROVED_S)
    with bench.store.transaction(bench.seeded.adcode) as tx:
        begins = datetime.now(UTC)
        generations.insert(
            tx,
            generations.Generation(
                number=number, plan_id=plan_id, published_by="benchmark", published_at=begins, effective_from=begins,
                faults={},
            ),
            dict.fromkeys(grids, in_force),
        )  # fmt: skip
        plan = plans.find(tx, plan_id)
        plans.move_to(tx, CLOCK, plan, PlanState.PUBLISHED, actor="benchmark", words="benchmark")
        held = ownership.held_owners_at(tx, begins)
        ownership.hand_over(tx, _handovers(grids, owners, number), begins, number, held)
        districts.bump_revision(tx)
    return time.perf_counter()


def _redrawn(bench: Any, tx: Transaction, known: Grids, number: int) -> np.ndarray:
    """Move a few units without a shop to a grid beside them, so that every publication has borders of its own."""
    units = unit_rows.load(tx, bench.seeded.unit_set_id)
    is_empty = np.ones(len(units), dtype=bool)
    is_empty[units.rows_of_points(bench.seeded.lon, bench.seeded.lat)] = False
    grid_of_unit = known.grid_of_unit.copy()
    here, there = units.border_a_b.T
    movable = np.flatnonzero((grid_of_unit[here] != grid_of_unit[there]) & is_empty[here])
    chosen = np.random.default_rng(number).choice(movable, N_MOVED, replace=False)
    grid_of_unit[here[chosen]] = grid_of_unit[there[chosen]]
    return grid_of_unit


def _handovers(grids: dict[Layer, Grids], owners: Any, number: int) -> list[ownership.Handover]:
    """Give every shop of every layer to whom its grid belongs in a generation."""
    of_layer: dict[Layer, list[tuple[str, str | None, str | None]]] = {layer: [] for layer in grids}
    for (shop, layer), owner in owners.items():
        known = grids[layer]
        of_layer[layer].append((shop, owner.grid_id, _staff(known, known.grid_ids.index(owner.grid_id), number)))
    plan = tuple(OwnershipSource).index(OwnershipSource.PLAN)
    changes = []
    for layer, rows in of_layer.items():
        shops, grid_ids, staff_ids = (ownership.uuid_keys(values) for values in zip(*rows, strict=True))
        changes.append(
            ownership.Handover(
                layer=layer, ended=shops, opened=shops, staff_ids=staff_ids, grid_ids=grid_ids,
                sources=np.full(len(shops), plan),
            )
        )  # fmt: skip
    return changes


def _cover(bench: Any, grids: dict[Layer, Grids], owners: Any, spans: Any, event: int) -> float:
    """Write acting owners for the shops of one person, as a leave cover does."""
    del spans
    layer = tuple(Layer)[event % 3]
    away, standing_in = grids[layer].staff_ids[event], grids[layer].staff_ids[event + 1]
    shops = [shop for (shop, of_layer), owner in owners.items() if of_layer is layer and owner.staff_id == away]
    with bench.store.transaction(bench.seeded.adcode) as tx:
        begins = datetime.now(UTC)
        _insert_acting(tx, shops, layer, standing_in, begins)
        districts.bump_revision(tx)
    return time.perf_counter()


def _insert_acting(tx: Transaction, shops: list[Any], layer: Layer, staff_id: Any, begins: datetime) -> None:
    rows = [
        {
            "adcode": tx.adcode, "retailer_id": shop, "layer": layer, "valid_from": begins,
            "valid_to": begins + timedelta(hours=6), "staff_id": staff_id, "reason": "leave",
        }
        for shop in shops
    ]  # fmt: skip
    if rows:
        tx.execute(tables.acting_owner.insert(), rows)
