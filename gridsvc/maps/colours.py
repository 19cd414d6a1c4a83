"""Colours of grids: neighbours differ, also for eyes that see no red, no green or no blue.

The palette is Paul Tol's "light" scheme (SRON/EPS/TN/09-002, issue 3.2), made for labelled areas under black text, with
three more of its kind. Which grid gets which colour follows from who touches whom, so a colour may come twice, far
apart; the number printed in each grid is what names it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from functools import cache

PALETTE = (
    "#77aadd",  # light blue
    "#ee8866",  # orange
    "#eedd88",  # light yellow
    "#44bb99",  # mint
    "#ffaabb",  # pink
    "#aaaa00",  # olive
    "#99ddff",  # light cyan
    "#bbcc33",  # pear
    "#b58fc9",  # lilac
    "#c9ae8c",  # sand
    "#7f9fa8",  # slate
    "#e4e0f5",  # pale violet
)
NO_OWNER = "#dddddd"

_Rgb = tuple[float, float, float]
# linear RGB as seen without one kind of cone, severity 1 (Machado, Oliveira & Fernandes 2009, table 1)
_SIGHTS: dict[str, tuple[_Rgb, _Rgb, _Rgb]] = {
    "normal": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def assign(n_grids: int, touching: Collection[tuple[int, int]]) -> list[str]:
    """Give each grid a colour that is as far as possible from those of the grids it touches.

    Parameters
    ----------
    n_grids : number of grids
    touching : pairs of positions, 0 .. n_grids-1, in either order

    Returns
    -------
    one "#rrggbb" per grid. The same input gives the same colours. Grids with the most neighbours choose first; among
    colours equally far from the neighbours', the one used least so far wins, then the palette's order.
    """
    neighbours: list[set[int]] = [set() for _ in range(n_grids)]
    for a, b in touching:
        if a != b:
            neighbours[a].add(b)
            neighbours[b].add(a)
    chosen: dict[int, int] = {}
    for grid in sorted(range(n_grids), key=lambda g: (-len(neighbours[g]), g)):
        used = [chosen[n] for n in neighbours[grid] if n in chosen]
        n_uses = [list(chosen.values()).count(colour) for colour in range(len(PALETTE))]
        chosen[grid] = min(range(len(PALETTE)), key=lambda c: (_nearness(c, used), n_uses[c], c))
    return [PALETTE[chosen[grid]] for grid in range(n_grids)]


def difference(first: str, second: str) -> float:
    """Give how different two colours look to the least lucky of four kinds of eyes: CIE76, 2.3 is just noticeable."""
    return min(_distance(_lab(first, sight), _lab(second, sight)) for sight in _SIGHTS)


# from here on a greater difference is no better: let the least used colour win
_PLENTY = 14.0


def _nearness(colour: int, used: Sequence[int]) -> float:
    if not used:
        return -_PLENTY
    return -min(_PLENTY, *(_between(colour, other) for other in used))


@cache
def _between(first: int, second: int) -> float:
    return difference(PALETTE[first], PALETTE[second])


def _distance(first: _Rgb, second: _Rgb) -> float:
    return math.dist(first, second)


@cache
def _lab(colour: str, sight: str) -> _Rgb:
    """Give a colour in CIELAB (D65) as seen by one kind of eye."""
    coded = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in coded]
    seen = [min(1.0, max(0.0, sum(w * c for w, c in zip(row, linear, strict=True)))) for row in _SIGHTS[sight]]
    red, green, blue = seen
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)
