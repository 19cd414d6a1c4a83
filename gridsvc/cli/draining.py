"""A server that stops without failing a request: it lets kept-alive connections finish by themselves."""

from __future__ import annotations

import asyncio
import os
import socket
import threading

import uvicorn

READY_FD = "GRIDSVC_READY_FD"
_LOOK_S = 0.05
_LONGEST_PREPARATION_S = 60.0


class DrainingServer(uvicorn.Server):
    """Closes idle connections only after their keep-alive time, when uvicorn alone would cut them off at once.

    A client may be sending its next request on a connection at the very moment at which it is closed; that request
    would fail. So the port is left first (the supervisor still holds it, and other workers take what waits there),
    every answer from then on closes its connection, and what stays idle ends by its own timeout.

    Parameters
    ----------
    draining : set when the server begins to stop; the application's envelope then adds `Connection: close`
    prepared : set when the application has read what it needs; the supervisor hears of this worker then
    is_supervised : other processes take new connections meanwhile; alone, the server does not wait for idle ones
    """

    def __init__(
        self, config: uvicorn.Config, draining: threading.Event, prepared: threading.Event, *, is_supervised: bool
    ) -> None:
        super().__init__(config)
        self._draining, self._prepared = draining, prepared
        self._is_supervised = is_supervised

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell the supervisor: the worker that this one replaces answers until then."""
        await super().startup(sockets)
        ready = os.environ.get(READY_FD)
        if ready is not None and self.started:
            await asyncio.to_thread(self._prepared.wait, _LONGEST_PREPARATION_S)
            os.write(int(ready), b"ready\n")
            os.close(int(ready))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Leave the port, let connections end, then stop."""
        self._draining.set()
        if self._is_supervised:
            for server in self.servers:
                server.close()
            loop = asyncio.get_running_loop()
            ends_at = loop.time() + self.config.timeout_keep_alive + 1
            while self.server_state.connections and loop.time() < ends_at and not self.force_exit:
                await asyncio.sleep(_LOOK_S)
        await super().shutdown(sockets)
