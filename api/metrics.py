"""Count requests and how long they take, in Prometheus' text format.

Forty lines replace a dependency: its counters lock and look up labels on every request, which costs more than the
look-up itself. Each process counts for itself under its own `worker` label; a sum over the label is the service.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field

BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_Key = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Sample:
    """One number to tell: name, help, type (`gauge` or `counter`), labels, value."""

    name: str
    words: str
    kind: str
    labels: dict[str, str]
    value: float


@dataclass(slots=True)
class Metrics:
    """The requests of this process, by method, address template and status. Updates are made by one thread only."""

    _bins: dict[_Key, list[int]] = field(default_factory=dict)
    _seconds: dict[_Key, float] = field(default_factory=dict)

    def count(self, method: str, template: str, status: int, seconds: float) -> None:
        """Count one answered request under its address template."""
        key = (method, template, status)
        bins = self._bins.get(key)
        if bins is None:
            bins = self._bins[key] = [0] * (len(BOUNDS_S) + 1)
            self._seconds[key] = 0.0
        bins[bisect_left(BOUNDS_S, seconds)] += 1
        self._seconds[key] += seconds

    def text(self, samples: Iterable[Sample] = ()) -> str:
        """Give every count, and the further `samples`, as Prometheus reads them."""
        worker = str(os.getpid())
        lines = [
            "# HELP gridsvc_request_seconds Time from the request to the head of the response.",
            "# TYPE gridsvc_request_seconds histogram",
        ]
        for (method, path, status), bins in sorted(self._bins.items()):
            labels = f'method="{method}",path="{_escaped(path)}",status="{status}",worker="{worker}"'
            total = 0
            for bound, n in zip((*map(str, BOUNDS_S), "+Inf"), bins, strict=True):
                total += n
                lines.append(f'gridsvc_request_seconds_bucket{{{labels},le="{bound}"}} {total}')
            lines.append(f"gridsvc_request_seconds_sum{{{labels}}} {self._seconds[(method, path, status)]:.6f}")
            lines.append(f"gridsvc_request_seconds_count{{{labels}}} {total}")
        told: set[str] = set()
        for sample in samples:
            if sample.name not in told:
                told.add(sample.name)
                lines += [f"# HELP {sample.name} {sample.words}", f"# TYPE {sample.name} {sample.kind}"]
            labels = ",".join(
                f'{name}="{_escaped(value)}"' for name, value in {**sample.labels, "worker": worker}.items()
            )
            lines.append(f"{sample.name}{{{labels}}} {sample.value:g}")
        return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
