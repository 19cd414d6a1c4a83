"""`gridsvc up`: everything at once, which is what `./run` does."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gridsvc.domain.ids import Adcode
    from gridsvc.wiring import Service

app = typer.Typer(rich_markup_mode=None)
_FIRST_ANSWER_S = 60.0
_LAST_WORDS_S = 8.0  # then a child is ended: every write is a transaction, and the next worker goes on with its job


@app.command()
def up(
    port: Annotated[int | None, typer.Option(help="port of the pages and the API; default 8000")] = None,
    host: Annotated[str | None, typer.Option(help="address to listen on; default 127.0.0.1")] = None,
    sample_size: Annotated[str, typer.Option(help="district, city or province: what an empty database gets")] = (
        "district"
    ),
    seed: Annotated[int, typer.Option(help="seed of the synthetic district")] = 1,
    once: Annotated[bool, typer.Option(help="end when the first planning is done (for tests)")] = False,
) -> None:
    """Bring up the database, plan the synthetic district if there is none, serve the pages and the API."""
    from rich.console import Console

    from gridsvc.domain.errors import Unavailable
    from gridsvc.settings import Settings
    from gridsvc.wiring import open_service

    console = Console()
    settings = Settings()
    host, port = host or settings.host, settings.port if port is None else port
    _require_free(host, port)
    with console.status("Starting the database"):
        opening = open_service(settings)
        service = opening.__enter__()
    try:
        adcode, job_id = _first_district(service, sample_size, seed)
        with _children(service, host, port) as processes:
            address = f"http://{host}:{port}"
            with console.status("Starting the service"):
                if not _answers(f"{address}/healthz", processes):
                    raise Unavailable("the service does not answer; see var/log/serve.log")
            with console.status("Preparing the pages"):
                _answers(f"{address}/readyz", processes)  # a large district may be shown before: it is only slower
            _say_where(console, settings.var_dir, address)
            if job_id is not None:
                _follow(service, adcode, job_id, processes)
                _say_where(console, settings.var_dir, address)
            if not once:
                console.print("[dim]Ctrl-C stops everything; what was planned is kept.[/]")
                _wait_for_end(processes)
    except KeyboardInterrupt:
        console.print("Stopping.")
    finally:
        opening.__exit__(None, None, None)


def _require_free(host: str, port: int) -> None:
    from gridsvc.domain.errors import BadInput

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = error.strerror or str(error)
            raise BadInput(f"port {port} of {host} cannot be used ({reason}); name another with --port") from None


def _first_district(service: Service, size: str, seed: int) -> tuple[Adcode, str | None]:
    """Give the district to show and, where the first planning is not done, the job that does it."""
    from gridsvc.usecases.find_first_run import find_first_run

    state = find_first_run(service.store)
    adcode = _found(service, size, seed) if state.adcode is None else state.adcode
    if state.adcode is not None and not state.is_sample:
        return adcode, None
    _require_admin(service, adcode)
    if state.is_planned:
        return adcode, None
    if state.open_job_id is not None:
        return adcode, state.open_job_id
    from gridsvc.usecases.start_job import start_job

    request = {"folder": str((service.settings.var_dir / "sample").resolve()), "seed": seed}
    job_id = start_job(service.store, service.clock, adcode=adcode, actor="operator", kind="first_run", request=request)
    return adcode, job_id


def _found(service: Service, size: str, seed: int) -> Adcode:
    from typing import cast, get_args

    from geo_data.samples import Size
    from gridsvc.cli.progress import progress_bar
    from gridsvc.domain.errors import BadInput
    from gridsvc.usecases.found_sample import found_sample

    if size not in get_args(Size):
        raise BadInput(f"there is no sample of size {size}; choose {', '.join(get_args(Size))}")
    folder = service.settings.var_dir / "sample"
    with progress_bar("Founding the synthetic district") as report:
        return found_sample(
            service.store, service.clock, folder=folder, size=cast("Size", size), seed=seed, on_progress=report
        )


def _require_admin(service: Service, adcode: Adcode) -> None:
    """Make the administrator on the first run; the password stays in a file that only its owner can read."""
    from gridsvc.domain.errors import Conflict
    from gridsvc.domain.permissions import AccountRole
    from gridsvc.usecases.create_account import create_account
    from gridsvc.usecases.write_secret import write_secret

    file = service.settings.var_dir / "admin-password"
    if file.exists():
        return
    try:
        password = create_account(
            service.store, service.clock, adcode=adcode, actor="operator", user_name="admin", role=AccountRole.ADMIN
        )
    except Conflict:
        return
    write_secret(file, password + "\n")


@contextmanager
def _children(service: Service, host: str, port: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Run the service and a worker as children that end with this block, and with this process."""
    environment = os.environ | service.database.environment()
    command = [sys.executable, "-m", "gridsvc.cli"]
    logs = service.settings.var_dir / "log"
    logs.mkdir(parents=True, exist_ok=True)
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for name, words in (("serve", ["--host", host, "--port", str(port)]), ("worker", [])):
            with (logs / f"{name}.log").open("ab") as log:
                processes.append(
                    subprocess.Popen(  # noqa: S603 - our own command line
                        [*command, name, *words],
                        env=environment,
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=log,
                        start_new_session=True,
                        preexec_fn=_die_with_parent,  # noqa: PLW1509 - no thread has been started here
                    )
                )
        yield processes
    finally:
        for process in processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in processes:
            try:
                process.wait(_LAST_WORDS_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _die_with_parent() -> None:
    import ctypes

    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _answers(url: str, processes: list[subprocess.Popen[bytes]]) -> bool:
    ends_at = time.monotonic() + _FIRST_ANSWER_S
    while time.monotonic() < ends_at:
        _require_alive(processes)
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own service
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return False


def _require_alive(processes: list[subprocess.Popen[bytes]]) -> None:
    from gridsvc.domain.errors import Unavailable

    for process, name in zip(processes, ("serve", "worker"), strict=True):
        if process.poll() is not None:
            raise Unavailable(
                f"`gridsvc {name}` ended by itself with code {process.returncode}; see var/log/{name}.log"
            )


def _say_where(console: object, var_dir: Path, address: str) -> None:
    from rich.console import Console
    from rich.table import Table

    assert isinstance(console, Console)
    password_file = var_dir / "admin-password"
    password = password_file.read_text().strip() if password_file.exists() else f"(see {password_file})"
    console.print(f"\n  [bold]{address}[/]    pages")
    console.print(f"  [bold]{address}/docs[/]    API")
    table = Table("sign in as", "password", "role", box=None, padding=(0, 3, 0, 2))
    table.add_row("admin", password, "admin")
    demo_file = var_dir / "demo-accounts.json"
    for account in json.loads(demo_file.read_text()) if demo_file.exists() else []:
        table.add_row(account["user_name"], account["password"], account["role"])
    console.print(table)


def _follow(service: Service, adcode: Adcode, job_id: str, processes: list[subprocess.Popen[bytes]]) -> None:
    """Show the first planning until it ends; the pages show the same."""
    from rich.console import Console

    from gridsvc.cli.progress import progress_bar
    from gridsvc.usecases.read_job import read_job

    with progress_bar("First planning") as report:
        while True:
            job = read_job(service.store, adcode=adcode, job_id=job_id)
            report(job.progress_share, job.words)
            if job.ended_at is not None:
                break
            _require_alive(processes)
            time.sleep(0.3)
    console = Console()
    if job.state != "done":
        console.print(f"[red]The first planning ended as {job.state}:[/] {job.words}")
        return
    for line in (job.result or {}).get("summary", []):
        console.print(f"  {line}")


def _wait_for_end(processes: list[subprocess.Popen[bytes]]) -> None:
    while True:
        _require_alive(processes)
        time.sleep(0.5)
