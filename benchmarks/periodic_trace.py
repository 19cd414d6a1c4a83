"""Draw how the gap to the best known cost falls with CPU seconds, beside the peers, as a small SVG."""

from __future__ import annotations

import math
from pathlib import Path

from benchmarks.periodic_peers import SOLVERS
from gridsvc.engines.instances.periodic_cordeau import read_periodic
from optimize.periodic.problem import PeriodicProblem
from optimize.periodic.solve import solve
from optimize.stopping import MaxSeconds

_WIDTH, _HEIGHT, _MARGIN = 560, 300, 44
_MOST_GAP = 15.0
_COLOURS = {"own": "#1f5aa6", "pyvrp": "#b3541e", "ortools": "#5b7a1f"}
_PARTS = 5

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


def peer_trace(
    name: str, problem: PeriodicProblem, seconds: float, seed: int, best: float
) -> list[tuple[float, float]]:
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
    """Write the SVG and print each line's end."""
    lines: list[tuple[str, Points]] = []
    for instance, cost in sorted(best.items()):
        problem = read_periodic(folder / instance)
        lines += [("own", own_trace(problem, seconds, seed, cost)) for seed in seeds]
        lines += [(peer, peer_trace(peer, problem, seconds, seeds[0], cost)) for peer in peers]
    for name, points in lines:
        print(name, f"{points[-1][1]:.2f} %" if points else "-")
    out.write_text(_svg(lines, seconds, ", ".join(sorted(best))), encoding="utf-8")


def _svg(lines: list[tuple[str, Points]], seconds: float, title: str) -> str:
    def x(time_s: float) -> float:
        return _MARGIN + (_WIDTH - 2 * _MARGIN) * min(1.0, time_s / seconds)

    def y(gap: float) -> float:
        share = math.log1p(min(max(gap, 0.0), _MOST_GAP)) / math.log1p(_MOST_GAP)
        return _HEIGHT - _MARGIN - (_HEIGHT - 2 * _MARGIN) * share

    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif"'
    parts = [
        f'{head} font-size="11" fill="#222">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        f'<text x="{_MARGIN}" y="20">gap to the best known cost in %, by CPU seconds: {title}</text>',
    ]
    for gap in (0, 0.3, 1, 3, 9):
        parts.append(f'<path d="M{_MARGIN} {y(gap):.1f}H{_WIDTH - _MARGIN}" stroke="#ddd"/>')
        parts.append(f'<text x="{_MARGIN - 6}" y="{y(gap) + 4:.1f}" text-anchor="end">{gap:g}</text>')
    parts += [
        f'<text x="{x(second):.1f}" y="{_HEIGHT - _MARGIN + 16}" text-anchor="middle">{second}</text>'
        for second in range(0, int(seconds) + 1, max(1, int(seconds / 5)))
    ]
    for name, points in lines:
        if points:
            path = "M" + "L".join(f"{x(at):.1f} {y(gap):.1f}" for at, gap in points)
            parts.append(f'<path d="{path}" fill="none" stroke="{_COLOURS[name]}" stroke-width="1.5"/>')
    parts += [
        f'<text x="{_WIDTH - _MARGIN}" y="{40 + 14 * row}" text-anchor="end" fill="{_COLOURS[name]}">{name}</text>'
        for row, name in enumerate(dict.fromkeys(name for name, _ in lines))
    ]
    return "\n".join([*parts, "</svg>"]) + "\n"
