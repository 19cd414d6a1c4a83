"""The served district of `benchmarks/service.py`, its peers, and a client that costs little."""

import asyncio
import os
import selectors
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import psycopg
import shapely
from fastapi import FastAPI
from starlette.requests import Request

from geo_data.cells import descendants, outlines
from gridsvc.domain.layers import Layer
from gridsvc.storage.listening import libpq_url

HERTZ = os.sysconf("SC_CLK_TCK")
FIRST_ANSWER_S = 300.0
ROOT = Path(__file__).parents[2]


def hello_app() -> FastAPI:
    """Give the barest application there is."""
    app = FastAPI()

    @app.get("/v1/ownership")
    async def hello() -> dict[str, str]:
        return {"hello": "world"}

    return app


def orm_app(url: str) -> FastAPI:
    """Give the same look-up as one writes it first: SQLAlchemy's ORM over polygons."""
    import sqlalchemy as sa
    from geoalchemy2 import Geometry
    from pydantic import BaseModel, ConfigDict
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

    class Base(DeclarativeBase):
        pass

    class PeerGrid(Base):
        __tablename__ = "peer_grid"
        grid_id: Mapped[str] = mapped_column(primary_key=True)
        layer: Mapped[str]
        name: Mapped[str]
        staff_code: Mapped[str]
        owner_name: Mapped[str]
        org_unit: Mapped[str]
        outline: Mapped[Any] = mapped_column(Geometry("MULTIPOLYGON", srid=4326), deferred=True)

    class GridOut(BaseModel):
        model_config = ConfigDict(from_attributes=True)
        grid_id: str
        layer: str
        name: str
        staff_code: str
        owner_name: str
        org_unit: str

    engine = sa.create_engine(url, pool_size=8)
    app = FastAPI()

    @app.get("/v1/ownership", response_model=list[GridOut])
    def look_up(lat: float, lon: float) -> Any:
        point = sa.func.ST_SetSRID(sa.func.ST_MakePoint(lon, lat), 4326)
        with Session(engine) as session:
            return session.scalars(sa.select(PeerGrid).where(sa.func.ST_Covers(PeerGrid.outline, point))).all()

    return app


def sql_app(url: str) -> FastAPI:
    """Give the same look-up as one writes it for speed: asyncpg's prepared statement over polygons."""
    from contextlib import asynccontextmanager

    import asyncpg

    pools: list[Any] = []

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> Any:
        async with asyncpg.create_pool(libpq_url(url), min_size=4, max_size=8) as pool:
            pools.append(pool)
            yield

    app = FastAPI(lifespan=lifespan)
    text = (
        "SELECT grid_id, layer, name, staff_code, owner_name, org_unit FROM peer_grid"
        " WHERE ST_Covers(outline, ST_SetSRID(ST_MakePoint($1, $2), 4326))"
    )

    @app.get("/v1/ownership")
    async def look_up(request: Request) -> Any:
        query = request.query_params
        return [dict(row) for row in await pools[0].fetch(text, float(query["lon"]), float(query["lat"]))]

    return app


def write_peer_tables(url: str, grids: dict[Layer, Any], cells: np.ndarray, people: dict[str, Any]) -> None:
    """Write every grid's exact polygon with its owner, indexed, as the peers ask for it."""
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS peer_grid")
        connection.execute(
            "CREATE TABLE peer_grid (grid_id text PRIMARY KEY, layer text, name text, staff_code text, owner_name text,"
            " org_unit text, outline geometry(MultiPolygon, 4326))"
        )
        with connection.cursor() as cursor, cursor.copy("COPY peer_grid FROM STDIN") as copy:
            for layer, of_layer in grids.items():
                for at, grid_id in enumerate(of_layer.grid_ids):
                    parts = np.concatenate([descendants(int(c)) for c in cells[of_layer.grid_of_unit == at]])
                    shape = shapely.union_all(outlines(parts), grid_size=1e-9)
                    multi = shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape])
                    who = people[of_layer.staff_ids[at]]
                    wkb = shapely.to_wkb(shapely.set_srid(multi, 4326), hex=True, include_srid=True)
                    copy.write_row(
                        (grid_id, str(layer), of_layer.names[at], who.staff_code, who.name, who.org_unit, wkb)
                    )
        connection.execute("CREATE INDEX ON peer_grid USING gist (outline)")
        connection.execute("GRANT SELECT ON peer_grid TO gridsvc_app")
        connection.execute("ANALYZE peer_grid")


@dataclass(frozen=True)
class Server:
    """A server process that answers on a port of the loopback."""

    port: int
    pid: int

    def cpu_s(self) -> float:
        """Give the CPU seconds that its process has used."""
        return cpu_s(self.pid)


def cpu_s(pid: int) -> float:
    """Give the CPU seconds of a process and of its children, the ended ones included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    total = sum(int(fields[at]) for at in (11, 12, 13, 14)) / HERTZ
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += sum(cpu_s(int(child)) for child in (task / "children").read_text().split() if _lives(child))
    return total


def _lives(pid: str) -> bool:
    return Path(f"/proc/{pid}/stat").exists()


@contextmanager
def serving(kind: str, environment: dict[str, str]) -> Iterator[Server]:
    """Serve one of the applications in a process of its own."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.service", "--serve", kind, "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, **environment},
    )
    try:
        _wait_for(kind, port, process)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait()


def _wait_for(kind: str, port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server answers; a busy machine needs a minute to import everything for the first time.

    Ours is ready once what pages need is read, which is none of what is measured.
    """
    path = "readyz" if kind == "ours" else "openapi.json"
    ends_at = time.monotonic() + FIRST_ANSWER_S
    while time.monotonic() < ends_at:
        if process.poll() is not None:
            raise RuntimeError(f"the server of {kind} ended with {process.returncode}")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=30).read()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"the server of {kind} did not answer within {FIRST_ANSWER_S:.0f} s")


class Connection:
    """One kept-alive HTTP/1.1 connection that reads bodies of a stated length."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port: int) -> "Connection":
        """Connect."""
        return cls(*await asyncio.open_connection("127.0.0.1", port, limit=2**24))

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a request and give status and body."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        at = head.lower().index(b"content-length:") + 15
        length = int(head[at : head.index(b"\r\n", at)])
        body = await self._reader.readexactly(length) if length else b""
        return int(head[9:12]), body

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


def get(path: str, key: str = "") -> bytes:
    """Give the bytes of a GET request."""
    guard = f"Authorization: Bearer {key}\r\n" if key else ""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{guard}\r\n".encode()


def post(path: str, body: bytes, key: str) -> bytes:
    """Give the bytes of a POST request of JSON."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def closed_loop(ports: Sequence[int], requests: list[bytes], n_connections: int = 16) -> tuple[int, float]:
    """Ask everything as fast as answers come; give how many answers were 200, and the seconds.

    Connections are shared out among the ports. The servers share two cores with whoever asks, so that asking has to be
    cheap: sockets and a selector (about 25 us a request, where streams take 120).
    """
    waiting, good, n_open = iter(requests), 0, n_connections
    with selectors.DefaultSelector() as ready:
        began = time.perf_counter()
        for number in range(n_connections):
            link = socket.create_connection(("127.0.0.1", ports[number % len(ports)]))
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            ready.register(link, selectors.EVENT_READ, bytearray())
            n_open -= not _ask_next(link, waiting)
        while n_open:
            for event, _ in ready.select():
                link, held = cast(socket.socket, event.fileobj), event.data
                part = link.recv(1 << 20)
                held += part
                if part and not _is_whole(held):
                    continue
                good += held[9:12] == b"200"
                held.clear()
                if not part or not _ask_next(link, waiting):
                    ready.unregister(link)
                    link.close()
                    n_open -= 1
        seconds = time.perf_counter() - began
    return good, seconds


def _ask_next(link: socket.socket, waiting: Iterator[bytes]) -> bool:
    """Send the next request, where there is one left."""
    request = next(waiting, None)
    if request is not None:
        link.sendall(request)
    return request is not None


def _is_whole(held: bytearray) -> bool:
    """Tell whether an answer of a stated length has come to its end."""
    end = held.find(b"\r\n\r\n")
    if end < 0:
        return False
    head = bytes(held[:end]).lower()
    at = head.index(b"content-length:") + 15
    return len(held) >= end + 4 + int(head[at:].split(b"\r\n", 1)[0])


async def open_loop(port: int, requests: list[bytes], per_s: float, n_connections: int = 24) -> np.ndarray:
    """Ask at fixed instants whatever comes back; give each answer's seconds since its instant, NaN for a failure."""
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(n_connections):
        free.put_nowait(await Connection.open(port))
    began = time.perf_counter() + 0.1
    took = np.full(len(requests), np.nan)

    async def one(number: int, request: bytes) -> None:
        due = began + number / per_s
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        connection = await free.get()
        status, _ = await connection.ask(request)
        if status == 200:
            took[number] = time.perf_counter() - due
        free.put_nowait(connection)

    await asyncio.gather(*(one(number, request) for number, request in enumerate(requests)))
    while not free.empty():
        free.get_nowait().close()
    return took
