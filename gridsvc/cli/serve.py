"""`gridsvc serve`: the API and the pages."""

from __future__ import annotations

import importlib
import socket
from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="address to listen on; default 127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="port to listen on; default 8000, 0 takes a free one")] = None,
) -> None:
    """Serve the API and the pages until Ctrl-C or SIGTERM; requests that run then are answered first."""
    from gridsvc.settings import Settings
    from gridsvc.wiring import open_service

    settings = Settings()
    listener = _listen(host or settings.host, settings.port if port is None else port)
    with listener, open_service(settings) as service:
        import uvicorn

        # by name: the API stands above this package, which never imports it
        create_app = importlib.import_module("api.app").create_app
        bound_host, bound_port = listener.getsockname()[:2]
        typer.echo(f"serving http://{bound_host}:{bound_port}", err=True)
        config = uvicorn.Config(
            create_app(service),
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=20,
            proxy_headers=False,
        )
        uvicorn.Server(config).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    """Take the port before the database is opened, so that a taken one is said at once."""
    from gridsvc.domain.errors import BadInput

    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadInput(f"cannot listen on port {port} of {host} ({reason}); name another with --port") from None
    return listener
