"""Load sent to few centres at least squared distance: shortest augmenting paths between the centres, in compiled code.

A transportation problem whose receivers are few lives on a small graph: an arc from centre to centre costs what the
cheapest unit asks for changing from one to the other. Units first go where squared distance less the centre's price is
least, which is optimal for these prices; then load goes from centres with too much to those with too little along
cheapest paths until every centre has its share (successive shortest paths with potentials: Ahuja, Magnanti & Orlin
1993, section 9.7). The room between least and most is a unit of no place that may lie anywhere. Prices that were right
a move of the centres ago leave little to send, so that a round of Lloyd's iteration costs a tenth of a flow from
nothing, and it leaves the interpreter's lock.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from optimize.territory.problem import FloatArray, IntArray, LoadArray

LEAST_FALL = 3e-5  # of the cost from round to round; with less the centres stand still
N_NEAREST = 8  # centres a unit may be sent to; doubled while its load fits nowhere


def balance_by_paths(
    xy_km: FloatArray,
    load: LoadArray,
    centres: FloatArray,
    price: FloatArray,
    least: LoadArray,
    most: LoadArray,
    rounds: int,
) -> tuple[IntArray, FloatArray, FloatArray, float]:
    """Return (owner of each unit, centres, price, cost) of a capacity-constrained Lloyd iteration.

    Parameters
    ----------
    xy_km : (n, 2)
    load : (n,) positive whole numbers
    centres : (p, 2) km, to begin with
    price : (p,) km2, any; good ones save time
    least, most : (p,) whole numbers between whose sums the sum of the loads lies
    rounds : >= 1 moves of the centres, fewer where they stand still

    Returns
    -------
    owner : (n,) centre that receives most of the unit in the last round
    centres : (p, 2) centroids of what was received then
    price : (p,) that balances the last round
    cost : load times squared km of the last round, before the centres moved
    """
    cost = np.inf
    for _ in range(rounds):
        before = cost
        near, sent, price, cost = send_by_paths(xy_km, load, centres, price, least, most)
        centres = centroids(xy_km, near, sent, centres)
        if cost > before * (1 - LEAST_FALL):
            break
    return near[np.arange(len(near)), sent.argmax(axis=1)], centres, price, cost


def send_by_paths(
    xy_km: FloatArray, load: LoadArray, centres: FloatArray, price: FloatArray, least: LoadArray, most: LoadArray
) -> tuple[IntArray, NDArray[np.int64], FloatArray, float]:
    """Return (near, sent, price, cost): (n, k) centres each unit may go to, what goes there, and what that costs."""
    p = len(centres)
    if not least.sum() <= load.sum() <= most.sum():
        raise ValueError("the loads do not fit between least and most")
    k = min(N_NEAREST, p)
    while True:
        found = cKDTree(centres).query(xy_km, k=np.arange(1, k + 1))
        near, km2 = np.asarray(found[1], dtype=np.int32), np.asarray(found[0]) ** 2
        sent, at = np.zeros(near.shape, dtype=np.int64), price.copy()
        if _send(near, km2, load, at, least, most, sent):
            return near, sent, at, float((sent * km2).sum())
        k = min(2 * k, p)  # with all of them there is a way


@njit(cache=True, nogil=True)
def centroids(xy_km: FloatArray, near: IntArray, sent: NDArray[np.int64], centres: FloatArray) -> FloatArray:
    """Return (p, 2) the centroids of what the centres receive; one that receives nothing stays."""
    p = len(centres)
    total, moved = np.zeros(p), np.zeros((p, 2))
    for i in range(len(near)):
        for c in range(near.shape[1]):
            if sent[i, c] > 0:
                j = near[i, c]
                total[j] += sent[i, c]
                moved[j, 0] += sent[i, c] * xy_km[i, 0]
                moved[j, 1] += sent[i, c] * xy_km[i, 1]
    for j in range(p):
        if total[j] > 0:
            moved[j] /= total[j]
        else:
            moved[j] = centres[j]
    return moved


@njit(cache=True, nogil=True)
def _send(  # noqa: PLR0912, PLR0915 - one algorithm, kept in one compiled function
    near: IntArray,
    km2: FloatArray,
    load: LoadArray,
    price: FloatArray,
    least: LoadArray,
    most: LoadArray,
    sent: NDArray[np.int64],
) -> bool:
    """Fill `sent` and bring `price` up to date; False where the lists of near centres are too short.

    Slots are places in `near`, row by row. `head`, `after` and `before` chain those through which each centre
    receives load; `step[a, b]` is the least rise of cost when load leaves a for b, through the slots `off` and `on`.
    """
    n, k = near.shape
    p = len(price)
    head = np.full(p, -1, np.int64)
    after, before = np.full(n * k, -1, np.int64), np.full(n * k, -1, np.int64)
    gap = np.zeros(p, np.int64)
    for i in range(n):
        best = 0
        for c in range(1, k):
            if km2[i, c] - price[near[i, c]] < km2[i, best] - price[near[i, best]]:
                best = c
        sent[i, best] = load[i]
        gap[near[i, best]] += load[i]
        _link(i * k + best, near[i, best], head, after, before)
    room = most - least
    spare = _spread_room(room, most.sum() - load.sum(), price)
    gap += spare - most
    step = np.empty((p, p))
    off, on = np.empty((p, p), np.int64), np.empty((p, p), np.int64)
    for a in range(p):
        _price_steps(a, near, km2, head, after, step, off, on)
    reach, comes_from = np.empty(p), np.empty(p, np.int64)
    by_room, is_done = np.empty(p, np.bool_), np.empty(p, np.bool_)
    while True:
        source = int(np.argmax(gap))
        if gap[source] <= 0:
            return True
        end = _shortest(source, gap, price, step, spare, room, reach, comes_from, by_room, is_done)
        if end < 0:
            return False
        for j in range(p):
            if is_done[j]:
                price[j] += reach[j] - reach[end]
        amount = min(gap[source], -gap[end])
        b = end
        while comes_from[b] >= 0:
            a = comes_from[b]
            here = min(spare[a], room[b] - spare[b]) if by_room[b] else sent[off[a, b] // k, off[a, b] % k]
            amount = min(amount, here)
            b = a
        gap[source] -= amount
        gap[end] += amount
        b = end
        while comes_from[b] >= 0:  # slots first: steps are priced anew once all load lies where it goes
            a = comes_from[b]
            if by_room[b]:
                spare[a] -= amount
                spare[b] += amount
            else:
                leaves, joins = off[a, b], on[a, b]
                sent[leaves // k, leaves % k] -= amount
                if sent[leaves // k, leaves % k] == 0:
                    _unlink(leaves, a, head, after, before)
                if sent[joins // k, joins % k] == 0:
                    _link(joins, b, head, after, before)
                sent[joins // k, joins % k] += amount
            b = a
        b = end
        while b >= 0:
            _price_steps(b, near, km2, head, after, step, off, on)
            b = comes_from[b]


@njit(cache=True)
def _spread_room(room: LoadArray, amount: int, price: FloatArray) -> LoadArray:
    """Return (p,) how much of the room between least and most stays empty: where prices are highest first."""
    spare = np.zeros(len(room), np.int64)
    for j in np.argsort(-price, kind="mergesort"):
        spare[j] = min(room[j], amount)
        amount -= spare[j]
    return spare


@njit(cache=True)
def _link(slot: int, centre: int, head: NDArray[np.int64], after: NDArray[np.int64], before: NDArray[np.int64]) -> None:
    first = head[centre]
    after[slot], before[slot] = first, -1
    if first >= 0:
        before[first] = slot
    head[centre] = slot


@njit(cache=True)
def _unlink(
    slot: int, centre: int, head: NDArray[np.int64], after: NDArray[np.int64], before: NDArray[np.int64]
) -> None:
    if before[slot] >= 0:
        after[before[slot]] = after[slot]
    else:
        head[centre] = after[slot]
    if after[slot] >= 0:
        before[after[slot]] = before[slot]


@njit(cache=True)
def _price_steps(
    a: int,
    near: IntArray,
    km2: FloatArray,
    head: NDArray[np.int64],
    after: NDArray[np.int64],
    step: FloatArray,
    off: NDArray[np.int64],
    on: NDArray[np.int64],
) -> None:
    """Find the cheapest unit that may leave centre `a` for each other centre."""
    k = near.shape[1]
    step[a, :] = np.inf
    slot = head[a]
    while slot >= 0:
        i = slot // k
        here = km2[i, slot % k]
        for c in range(k):
            b = near[i, c]
            if b != a and km2[i, c] - here < step[a, b]:
                step[a, b] = km2[i, c] - here
                off[a, b], on[a, b] = slot, i * k + c
        slot = after[slot]


@njit(cache=True)
def _shortest(
    source: int,
    gap: NDArray[np.int64],
    price: FloatArray,
    step: FloatArray,
    spare: LoadArray,
    room: LoadArray,
    reach: FloatArray,
    comes_from: NDArray[np.int64],
    by_room: NDArray[np.bool_],
    is_done: NDArray[np.bool_],
) -> int:
    """Return the centre with too little that is cheapest to reach from the source, -1 if none can be.

    Dijkstra's algorithm on steps less prices, which are not negative; ends at the first such centre. `reach` holds the
    way's price for the centres that `is_done` marks, `comes_from` the centre before, `by_room` whether room moves.
    """
    p = len(gap)
    for j in range(p):
        reach[j], comes_from[j], by_room[j], is_done[j] = np.inf, -1, False, False
    reach[source] = 0.0
    while True:
        a = -1
        for j in range(p):
            if not is_done[j] and reach[j] < np.inf and (a < 0 or reach[j] < reach[a]):
                a = j
        if a < 0:
            return -1
        is_done[a] = True
        if gap[a] < 0:
            return a
        for b in range(p):
            if is_done[b]:
                continue
            dear = step[a, b]
            is_room = spare[a] > 0 and spare[b] < room[b] and dear >= 0.0
            if is_room:
                dear = 0.0
            dear = reach[a] + max(0.0, dear - price[b] + price[a])
            if dear < reach[b]:
                reach[b], comes_from[b], by_room[b] = dear, a, is_room
