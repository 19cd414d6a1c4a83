"""`gridsvc worker`: take long work from the queue."""

from __future__ import annotations

import typer

app = typer.Typer(rich_markup_mode=None)


@app.command()
def worker() -> None:
    """Work on queued jobs until Ctrl-C or SIGTERM; start as many on as many machines as there is work for."""
    import logging

    from gridsvc.wiring import open_service
    from gridsvc.worker import run

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    with open_service() as service:
        run(service)
