"""`gridsvc serve`: the API and the pages."""

from __future__ import annotations

import importlib
import socket
from contextlib import nullcontext
from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="address to listen on; default 127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="port to listen on; default 8000, 0 takes a free one")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="serving processes; one supervisor holds the port")] = 1,
    inherited: Annotated[int | None, typer.Option(hidden=True, help="file descriptor of the supervisor's port")] = None,
) -> None:
    """Serve the API and the pages until Ctrl-C or SIGTERM; requests that run then are answered first.

    With several workers, SIGHUP to the supervisor replaces them one by one without a failed request, for example after
    an update; a worker that dies is replaced too.
    """
    from gridsvc.engines.warm import compiling_in_background
    from gridsvc.settings import Settings
    from gridsvc.wiring import open_service

    settings = Settings()
    if inherited is not None:
        listener = socket.socket(fileno=inherited)
    else:
        listener = _listen(host or settings.host, settings.port if port is None else port)
    compiling = compiling_in_background() if inherited is None else nullcontext()
    with listener, open_service(settings) as service, compiling:
        if inherited is None:
            if workers > 1:
                listener.listen(socket.SOMAXCONN)  # what comes before the first worker answers waits
            bound_host, bound_port = listener.getsockname()[:2]
            typer.echo(f"serving http://{bound_host}:{bound_port}", err=True)
        if workers > 1:
            from gridsvc.cli.supervisor import supervise

            supervise(listener, workers, service.database.environment())
            return
        import uvicorn

        from gridsvc.cli.draining import DrainingServer

        # by name: the API stands above this package, which never imports it
        application = importlib.import_module("api.app").create_app(service)
        config = uvicorn.Config(
            application,
            http=importlib.import_module("api.look_up_protocol").LookUpProtocol,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=20,
            proxy_headers=False,
        )
        state = application.state
        server = DrainingServer(config, state.draining, state.preparation.is_done, is_supervised=inherited is not None)
        server.run(sockets=[listener])


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
