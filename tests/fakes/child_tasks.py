"""Functions that tests of the engine pool run in its child processes."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

from gridsvc.domain.errors import RuleBroken

Report = Callable[[float, str], None]


def tell_pid(payload: object, report: Report) -> int:
    """Give the child's process id."""
    return os.getpid()


def count(payload: int, report: Report) -> int:
    """Report every step of a count and give its end."""
    for step in range(payload):
        report((step + 1) / payload, f"step {step + 1}")
    return payload


def wait_for_ever(payload: str, report: Report) -> None:
    """Write the child's process id to a file, then wait until somebody ends the child."""
    Path(payload).write_text(str(os.getpid()))
    threading.Event().wait()


def die(payload: object, report: Report) -> None:
    """End the child as the kernel does when memory is short."""
    os.kill(os.getpid(), signal.SIGKILL)


def break_a_rule(payload: str, report: Report) -> None:
    """Raise a fault of the domain."""
    raise RuleBroken(payload, violations=("first reason", "second reason"))


def wait_then_give(payload: tuple[float, str], report: Report) -> str:
    """Give the words after the seconds."""
    time.sleep(payload[0])
    return payload[1]


def give_what_cannot_travel(payload: object, report: Report) -> object:
    """Give a value that does not pickle."""
    return lambda: None
