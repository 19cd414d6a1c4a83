"""Measure the ownership service against its peers, all in one run, and print the table.

    python -m benchmarks.service [--rows look-up,peers,batch,freshness,exactness] [--rounds N]

A synthetic district of 4,921 units, 5,000 shops and 1,500 grids (500 a layer) is written into a private database under
var/benchmark. Rounds of the compared servers are interleaved, and ratios are of CPU time (server and database
together), so that a busy machine weighs on both sides alike. Peers: a bare FastAPI hello-world; the same look-up by
SQLAlchemy's ORM + ST_Covers and by asyncpg + ST_Covers, over exact polygons with a GiST index, without any
guard; a PostGIS join for batches. Ours carries all guards: key, scope, rate limit, ETag, metrics.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import psycopg
import uvicorn

from benchmarks.instances import look_up as peers
from benchmarks.instances.look_up import Server, closed_loop, get, open_loop, post, serving
from gridsvc import cluster
from gridsvc.clock import SystemClock
from gridsvc.domain.permissions import AccountRole
from gridsvc.settings import Settings
from gridsvc.storage import Store, migrate
from gridsvc.storage.listening import libpq_url
from gridsvc.usecases.create_key import create_key
from gridsvc.usecases.ownership_snapshot import OwnershipBoard
from gridsvc.wiring import Service
from tests.fakes.seeded_district import ADCODE, Seeded, seed

VAR = Path("var/benchmark")
ROWS = ("look-up", "peers", "batch", "freshness", "exactness")


@dataclass(frozen=True)
class Bench:
    """What every row needs: the database, the district, a key."""

    database: cluster.RunningDatabase
    store: Store
    seeded: Seeded
    key: str
    rounds: int
    environment: dict[str, str]

    def requests(self, n: int, seed_of: int, key: str) -> list[bytes]:
        """Give look-ups at places of the district."""
        lon, lat = self.places(n, seed_of)
        return [get(f"/v1/ownership?lat={y:.7f}&lon={x:.7f}", key) for x, y in zip(lon, lat, strict=True)]

    def places(self, n: int, seed_of: int) -> tuple[np.ndarray, np.ndarray]:
        """Give places around shops, where people ask."""
        rng = np.random.default_rng(seed_of)
        at = rng.integers(len(self.seeded.lon), size=n)
        return self.seeded.lon[at] + rng.normal(0, 1e-4, n), self.seeded.lat[at] + rng.normal(0, 1e-4, n)

    def database_cpu_s(self) -> float:
        """Give the CPU seconds of the whole database cluster."""
        return peers.cpu_s(int((VAR / "postgres" / "data" / "postmaster.pid").read_text().split()[0]))


def say(row: str, figure: str, bar: str) -> None:
    """Print one row of the table."""
    print(f"| {row} | {figure} | {bar} |", flush=True)


def look_up(bench: Bench) -> None:
    """Open loop at 200 requests a second; closed loop against hello-world."""
    with serving("ours", bench.environment) as ours, serving("hello", bench.environment) as hello:
        closed_loop([ours.port], bench.requests(2000, 1, bench.key))
        closed_loop([hello.port], bench.requests(2000, 1, ""))
        for name, server, key in (("look-up", ours, bench.key), ("hello-world, same run", hello, "")):
            took = np.concatenate(
                [
                    asyncio.run(open_loop(server.port, bench.requests(2000, 10 + n, key), 200))
                    for n in range(bench.rounds)
                ]
            )
            p50, p99 = np.nanpercentile(took, [50, 99]) * 1000
            n_failed = int(np.isnan(took).sum())
            bar = "p99 <= 20 ms" if server is ours else ""
            say(
                f"{name}, open loop 200/s", f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, {n_failed} failed of {len(took)}", bar
            )
        per_request = {"ours": [], "hello": []}  # type: dict[str, list[float]]
        rates = {"ours": [], "hello": []}  # type: dict[str, list[float]]
        for n in range(max(bench.rounds, 5)):
            for name, server, key in (("ours", ours, bench.key), ("hello", hello, "")):
                used, rate = _cpu_per_request(server, bench.requests(4000, 100 + n, key))
                per_request[name].append(used)
                rates[name].append(rate)
        ours_us, hello_us = (float(np.median(per_request[name])) * 1e6 for name in ("ours", "hello"))
        rate = float(np.median(np.array(rates["ours"]) / np.array(rates["hello"])))
        say(
            "closed loop, ratio to FastAPI hello-world",
            f"{hello_us / ours_us:.2f} by CPU ({ours_us:.0f} us, hello {hello_us:.0f} us), {rate:.2f} by wall clock",
            ">= 0.8",
        )


def _cpu_per_request(
    server: Server | Sequence[Server], requests: list[bytes], other: Callable[[], float] = lambda: 0.0
) -> tuple[float, float]:
    servers = [server] if isinstance(server, Server) else server

    def used() -> float:
        return sum(one.cpu_s() for one in servers) + other()

    before = used()
    good, seconds = closed_loop([one.port for one in servers], requests)
    if good != len(requests):
        raise RuntimeError(f"{len(requests) - good} of {len(requests)} requests failed")
    return (used() - before) / good, good / seconds


def against_sql(bench: Bench) -> None:
    """The same look-up by an ORM and by plain SQL over polygons; with a worker each, and with one a core.

    One worker of the peers uses two cores, its own and the database's; one of ours uses one. The bar is of one worker.
    """
    kinds = ("ours", "orm", "sql")
    with ExitStack() as stack:
        workers = {kind: [stack.enter_context(serving(kind, bench.environment)) for _ in range(2)] for kind in kinds}
        for n_workers in (1, 2):
            used: dict[str, list[float]] = {kind: [] for kind in kinds}
            rates: dict[str, list[float]] = {kind: [] for kind in kinds}
            for n in range(max(bench.rounds, 5)):
                for kind in kinds:
                    n_requests = 3000 if kind == "ours" else 800
                    requests = bench.requests(n_requests, 200 + n, bench.key if kind == "ours" else "")
                    if not n:
                        closed_loop([one.port for one in workers[kind][:n_workers]], requests)
                    cpu, rate = _cpu_per_request(workers[kind][:n_workers], requests, bench.database_cpu_s)
                    used[kind].append(cpu)
                    rates[kind].append(rate)
            cost = {kind: float(np.median(used[kind])) * 1e6 for kind in kinds}
            for kind, name, bar in (
                ("orm", "SQLAlchemy ORM + ST_Covers", ">= 10 x"),
                ("sql", "asyncpg + ST_Covers", ">= 3 x"),
            ):
                by_clock = float(np.median(np.array(rates["ours"]) / np.array(rates[kind])))
                per_s = {one: float(np.median(rates[one])) for one in ("ours", kind)}
                say(
                    f"throughput against {name}, {n_workers} worker{'s' if n_workers > 1 else ''} each",
                    f"{by_clock:.1f} x by wall clock ({per_s['ours']:,.0f} a second against {per_s[kind]:,.0f}), "
                    f"{cost[kind] / cost['ours']:.1f} x by CPU ({cost['ours']:.0f} us against {cost[kind]:.0f} us)",
                    bar if n_workers == 1 else "",
                )


def batch(bench: Bench) -> None:
    """10,000 points over HTTP against a PostGIS join."""
    lon, lat = bench.places(10_000, 7)
    items = [{"lon": round(x, 7), "lat": round(y, 7)} for x, y in zip(lon.tolist(), lat.tolist(), strict=True)]
    bodies = {
        "items": orjson.dumps({"items": items}),
        "columns": orjson.dumps({"lon": [i["lon"] for i in items], "lat": [i["lat"] for i in items]}),
    }
    ours_s: dict[str, list[float]] = {name: [] for name in bodies}
    join_s: list[float] = []
    with (
        serving("ours", bench.environment) as server,
        psycopg.connect(libpq_url(bench.database.owner_url), autocommit=True) as connection,
    ):
        connection.execute("CREATE TEMP TABLE asked AS SELECT * FROM unnest(%s::float8[], %s::float8[]) AS t(lon, lat)",
                           (lon.tolist(), lat.tolist()))  # fmt: skip
        connection.execute("ALTER TABLE asked ADD COLUMN at geometry(Point, 4326)")
        connection.execute("UPDATE asked SET at = ST_SetSRID(ST_MakePoint(lon, lat), 4326)")
        connection.execute("ANALYZE asked")
        for _ in range(max(bench.rounds, 5) + 1):
            for name, body in bodies.items():
                requests = [post("/v1/ownership:batch", body, bench.key)] * 8
                before = server.cpu_s()
                good, _ = closed_loop([server.port], requests, n_connections=1)
                if good != len(requests):
                    raise RuntimeError("a batch failed")
                ours_s[name].append((server.cpu_s() - before) / len(requests))
            before = bench.database_cpu_s()
            connection.execute(
                "SELECT count(*), count(DISTINCT grid_id) FROM asked JOIN peer_grid ON ST_Covers(outline, at)"
            ).fetchone()
            join_s.append(bench.database_cpu_s() - before)
    join = float(np.median(join_s[1:]))
    for name, seconds in ours_s.items():
        ours = float(np.median(seconds[1:]))
        say(
            f"batch of 10,000 points as {name}",
            f"{len(items) / ours:,.0f} points per CPU-s end to end; {join / ours:.1f} x less CPU than the PostGIS join "
            f"({ours * 1000:.1f} ms against {join * 1000:.0f} ms)",
            ">= 400,000; >= 15 x",
        )


def serve(kind: str, port: int) -> None:
    """Serve one application (in a child process)."""
    url = os.environ["BENCHMARK_APP_URL"]
    if kind == "hello":
        app = peers.hello_app()
    elif kind == "orm":
        app = peers.orm_app(url)
    elif kind == "sql":
        app = peers.sql_app(url)
    else:
        from api.app import create_app

        database = cluster.RunningDatabase(owner_conninfo=os.environ["BENCHMARK_OWNER"], app_conninfo=url)
        store = Store(url)
        app = create_app(Service(Settings(rate_limit_per_s=1_000_000), SystemClock(), store, database))
        app.state.board.now(ADCODE).warm()
    http: Any = "auto"
    if kind == "ours":  # as `gridsvc serve` does
        from api.look_up_protocol import LookUpProtocol

        http = LookUpProtocol
    uvicorn.run(
        app, host="127.0.0.1", port=port, log_level="warning", access_log=False, http=http, server_header=False,
        proxy_headers=False,
    )  # fmt: skip


def main() -> None:
    """Measure the named rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", default=",".join(ROWS), help=f"comma between: {', '.join(ROWS)}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.serve:
        serve(chosen.serve, chosen.port)
        return
    rows = chosen.rows.split(",")
    if set(rows) - set(ROWS):
        parser.error(f"--rows takes {', '.join(ROWS)}")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from benchmarks.instances.exactness import exactness
    from benchmarks.instances.freshness import freshness

    VAR.mkdir(parents=True, exist_ok=True)
    with cluster.running(VAR, durable=True) as running:
        key = f"bench{int(time.time())}"
        name = cluster.template(running, key, lambda fresh: migrate(fresh.owner_url), n_kept=1)
        with cluster.cloned(running, name) as database:
            bench = prepare(database, chosen.rounds)
            print("| what | measured | to reach |\n|---|---|---|")
            for row, measure in (("look-up", look_up), ("peers", against_sql), ("batch", batch)):
                if row in rows:
                    measure(bench)
            if "freshness" in rows:
                freshness(bench, say)
            if "exactness" in rows:
                exactness(bench, say)
            bench.store.close()


def prepare(database: cluster.RunningDatabase, rounds: int) -> Bench:
    """Write the district and the peers' tables."""
    store = Store(database.app_url)
    clock = SystemClock()
    seeded = seed(store, clock, rings=40, n_shops=5000, n_grids=500, compact=True)
    key = create_key(store, clock, adcode=ADCODE, actor="benchmark", name="benchmark", role=AccountRole.SYSTEM)
    snapshot = OwnershipBoard(store, clock).now(ADCODE)
    cells = next(iter(snapshot.units.values())).units.cell
    peers.write_peer_tables(database.owner_url, snapshot.grids, cells, snapshot.persons)
    environment = {"BENCHMARK_APP_URL": database.app_url, "BENCHMARK_OWNER": database.owner_conninfo}
    return Bench(database, store, seeded, key, rounds, environment)


if __name__ == "__main__":
    main()
