"""Hear what other processes commit, through PostgreSQL's NOTIFY."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import psycopg

log = logging.getLogger("gridsvc.listening")
_LOOK_UP_S = 0.5  # how often a listener looks whether it has to stop
_PAUSE_S = 1.0  # before it connects again


def libpq_url(url: str) -> str:
    """Give an SQLAlchemy URL as libpq takes it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def listen(
    url: str,
    channel: str,
    *,
    on_notice: Callable[[str], None],
    on_connect: Callable[[], None],
    on_loss: Callable[[], None],
    stop: threading.Event,
) -> None:
    """Call `on_notice` with the payload of every notice until `stop` is set; connects again when the database goes.

    `on_connect` is called after every connect: what was notified in between is lost, so assume that all changed.
    `on_loss` is called when the connection is lost or cannot be made: until then nobody tells of changes.
    """
    while not stop.is_set():
        try:
            with psycopg.connect(libpq_url(url), autocommit=True) as connection:
                connection.execute(psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(channel)))
                on_connect()
                while not stop.is_set():
                    for notice in connection.notifies(timeout=_LOOK_UP_S):
                        on_notice(notice.payload)
        except psycopg.OperationalError as error:
            on_loss()
            log.warning("the listener lost the database and tries again: %s", error)
            stop.wait(_PAUSE_S)
