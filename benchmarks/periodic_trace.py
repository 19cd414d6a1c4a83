"""Draw how the gap to the best known cost falls with CPU seconds, beside the peers, as a small SVG."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from benchmarks.periodic_peers import SOLVERS
from gridsvc.engines.instances.periodic_cordeau import read_periodic
from optimize.periodic.problem import PeriodicProblem
from optimize.periodic.solve import solve
from optimize.stopping import MaxSeconds

_PANEL, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 380, 300, 48, 88, 50, 44
_MOST_GAP = 40.0
_COLOURS = {"own": "#1f5aa6", "pyvrp": "#b3541e", "ortools": "#4f7a28"}
_LABELS = {"own": "gridsvc", "pyvrp": "PyVRP", "ortools": "OR-Tools"}
_PARTS = 5
_SAMPLES = 120
_LINE_PX = 14

Points = list[tuple[float, float]]


def own_trace(problem: PeriodicProblem, seconds: float, seed: int, best: float) -> Points:
    """(CPU s, gap in %) whenever the best cost fell."""
    points: Points = []
    stop = MaxSeconds(seconds)
    started_s = stop.clock()

    def note(_n_iterations: int, cost: float) -> None:
        gap = 100 * (cost / best - 1)
        if not points or gap < points[-1][1]:
            points.append((stop.clock() - started_s, gap))

    result = solve(problem, stop, seed, on_progress=note)
    if result.is_feasible:
        points.append((stop.clock() - started_s, 100 * (result.cost / best - 1)))
    return points


def peer_trace(name: str, problem: PeriodicProblem, seconds: float, seed: int, best: float) -> Points:
    """(CPU s, gap in %) of separate solves with a fifth, two fifths, ... of the seconds."""
    found = []
    for part in range(1, _PARTS + 1):
        limit_s = seconds * part / _PARTS
        cost = SOLVERS[name](problem, limit_s, seed)
        if not math.isnan(cost):
            found.append((limit_s, 100 * (cost / best - 1)))
    return found


def run_trace(
    folder: Path, best: dict[str, float], seconds: float, seeds: list[int], peers: list[str], out: Path
) -> None:
    """Write the SVG, a panel an instance, and print where each line ends."""
    panels = []
    for instance, cost in sorted(best.items()):
        problem = read_periodic(folder / instance)
        own = [own_trace(problem, seconds, seed, cost) for seed in seeds]
        others = {peer: peer_trace(peer, problem, seconds, seeds[0], cost) for peer in peers}
        for name, points in [*(("own", points) for points in own), *others.items()]:
            print(instance, name, f"{points[-1][1]:.2f} %" if points else "no plan", flush=True)
        panels.append((instance, own, others))
    width = _PANEL * len(panels)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {_HEIGHT}" width="{width}"'
    parts = [f'{head} font-family="Helvetica, Arial, sans-serif" font-size="12" fill="#333">']
    parts.append(f'<rect width="{width}" height="{_HEIGHT}" fill="#fff"/>')
    for column, (instance, own, others) in enumerate(panels):
        parts.append(f'<g transform="translate({_PANEL * column} 0)">')
        parts += [*_axes(instance, seconds), *_own_lines(own, seconds), *_peer_lines(others, seconds)]
        parts += [*_labels(own, others), "</g>"]
    out.write_text("\n".join([*parts, "</svg>"]) + "\n", encoding="utf-8")


def _x(time_s: float, seconds: float) -> float:
    return _LEFT + (_PANEL - _LEFT - _RIGHT) * min(1.0, time_s / seconds)


def _y(gap: float) -> float:
    """Pixels from the top; near 0 % a gap counts in full, far above it by its logarithm."""
    share = math.log1p(3 * min(max(gap, 0.0), _MOST_GAP)) / math.log1p(3 * _MOST_GAP)
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * share


def _axes(instance: str, seconds: float) -> list[str]:
    end = _PANEL - _RIGHT
    parts = [f'<text x="{_LEFT}" y="20" font-size="14" font-weight="bold" fill="#111">{instance}</text>']
    parts.append(f'<text x="{_LEFT}" y="37" fill="#666">gap to the best known cost, %</text>')
    for gap in (0, 0.3, 1, 3, 10, 30):
        parts.append(f'<path d="M{_LEFT} {_y(gap):.1f}H{end}" stroke="{"#999" if gap == 0 else "#e4e4e4"}"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{_y(gap) + 4:.1f}" text-anchor="end" fill="#666">{gap:g}</text>')
    for part in range(_PARTS + 1):
        second = seconds * part / _PARTS
        at = f'x="{_x(second, seconds):.1f}" y="{_HEIGHT - _BOTTOM + 18}"'
        parts.append(f'<text {at} text-anchor="middle" fill="#666">{second:g}</text>')
    parts.append(f'<text x="{(_LEFT + end) / 2}" y="{_HEIGHT - 8}" text-anchor="middle" fill="#666">CPU seconds</text>')
    return parts


def _own_lines(runs: list[Points], seconds: float) -> list[str]:
    """The median run at each moment, and a band from the best to the worst; from when every run has a plan."""
    times = np.linspace(0.0, seconds, _SAMPLES + 1)
    gaps = np.array([[min((gap for at, gap in run if at <= time), default=np.inf) for time in times] for run in runs])
    shown = np.flatnonzero((gaps <= _MOST_GAP).all(axis=0)) if runs else np.zeros(0, np.int64)
    if not shown.size:
        return []
    x = [f"{_x(float(time), seconds):.1f}" for time in times[shown]]

    def along(values: np.ndarray) -> list[str]:
        return [f"{at} {_y(float(gap)):.1f}" for at, gap in zip(x, values[shown], strict=True)]

    band = "L".join([*along(gaps.min(axis=0)), *reversed(along(gaps.max(axis=0)))])
    middle = "L".join(along(np.median(gaps, axis=0)))
    return [
        f'<path d="M{band}Z" fill="{_COLOURS["own"]}" fill-opacity="0.18"/>',
        f'<path d="M{middle}" fill="none" stroke="{_COLOURS["own"]}" stroke-width="2.2" stroke-linejoin="round"/>',
    ]


def _peer_lines(peers: dict[str, Points], seconds: float) -> list[str]:
    parts = []
    for name, points in peers.items():
        places = [(_x(at, seconds), _y(gap)) for at, gap in points]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        if places:
            parts.append(f'<path d="M{path}" fill="none" stroke="{_COLOURS[name]}" stroke-width="1.6"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{_COLOURS[name]}"/>' for x, y in places]
    return parts


def _labels(own: list[Points], peers: dict[str, Points]) -> list[str]:
    """The name and last gap of each line at its right end, moved apart where they would touch."""
    ends = {name: points[-1][1] for name, points in peers.items() if points}
    last = [points[-1][1] for points in own if points]
    if last:
        ends["own"] = float(np.median(last))
    parts, lowest = [], 0.0
    for name, gap in sorted(ends.items(), key=lambda end: -end[1]):
        lowest = max(_y(gap), lowest + 2 * _LINE_PX)
        place = f'x="{_PANEL - _RIGHT + 8}" fill="{_COLOURS[name]}"'
        parts.append(f'<text {place} y="{lowest - 3:.1f}" font-weight="bold">{_LABELS[name]}</text>')
        parts.append(f'<text {place} y="{lowest + _LINE_PX - 3:.1f}">{gap:.2f} %</text>')
    missing = [_LABELS[name] for name, points in peers.items() if not points]
    if missing:
        text = f"{' and '.join(missing)}: no plan within the limits"
        parts.append(f'<text x="{_PANEL - _RIGHT - 6}" y="{_TOP + 34}" text-anchor="end" fill="#666">{text}</text>')
    return parts
