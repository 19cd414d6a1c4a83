"""Drive the compiled search: chunks, temperature, day band, and when to end.

The temperature falls geometrically with the share of the search that is done. For a limit in iterations that share is
exact and the run repeats itself; for a limit in seconds it is measured after every chunk.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimize.periodic.layout import CALLED_AGAIN, NO_LIMIT, TICKS_A_MINUTE, Ints, World
from optimize.periodic.placing import Settings
from optimize.periodic.problem import PeriodicProblem
from optimize.periodic.search import search_chunk
from optimize.periodic.tours import keep_best, objective, take_best
from optimize.stopping import AnyOf, MaxIterations, MaxSeconds, StoppingCriterion

_CHUNKS = 800
_FIRST_CHUNK, _MOST_GROWTH = 50, 4
"""Steps of the first chunk of a search by the clock, and how many times longer than the last one a chunk may be."""
_ITERATIONS_UNKNOWN = 200_000
_BAND_MARGIN = 0.1
"""Share of the band's width kept free, so that a small charge outside still ends inside the true band."""
_BAND_WEIGHT_FIRST, _BAND_WEIGHT_LAST = 0.0005, 10.0
"""Minutes charged per squared minute outside the band, rising through the search: days may be uneven while they take
shape. With weight 1 from the start a territory's month ends 6 to 10 % longer on the road (100,000 steps)."""
_SETTLING_STEPS, _MOST_SETTLING, _SETTLING_RISE = 250, 16, 1.5
"""Cold steps in each part of settling a band, parts at most, and how much dearer each part makes the band."""
_BAND_FIXED_AFTER = 0.85
"""Share of the search after which the band no longer follows the mean day."""
_DROP_FULL_AFTER = 0.6
"""Share of the search after which leaving a duty out costs its full price. Before, the price rises from the mean travel
between two duties per visit: full vehicles can then exchange duties by way of the waiting list (p02, p05, p08, p10,
300,000 steps: mean gap 0.94 % with, 1.46 % without)."""
_STEPS_A_DUTY_TO_RELAX = 4
_DEARER, _CHEAPER = 1.06, 0.96
"""Factors of the price of excess after each of some 800 parts of the search."""
_FITTING_FIRST = 0.3
"""Share of the steps that should end within all limits at the start of a soft search; it rises to all of them."""


Steer = Callable[[World, float], None]
"""Told the share of a search that is done, between chunks."""


@dataclass(frozen=True, slots=True)
class Annealing:
    """First and last temperature as shares of the mean travel between two duties.

    Between them the logarithm of the temperature falls with the share of the search to the power of `bend`: above 1,
    the search stays hot for longer.
    `relaxes` lets duties wait without a place early in the search; False where a given plan is not to be lost.
    `is_soft` lets limits be broken for a price meanwhile, where no band is to hold; then nothing has to wait.
    """

    first_share: float = 0.5
    last_share: float = 0.002
    bend: float = 1.0
    relaxes: bool = True
    is_soft: bool = True


class Progress:
    """How much of a search is done, as far as its stopping criterion can be foreseen.

    A criterion that cannot be foreseen counts as 200,000 iterations; past them the search goes on at its last
    temperature.
    """

    def __init__(self, stop: StoppingCriterion) -> None:
        parts = stop.criteria if isinstance(stop, AnyOf) else (stop,)
        self._limits = [part.limit for part in parts if isinstance(part, MaxIterations)]
        self._seconds = [part for part in parts if isinstance(part, MaxSeconds)]
        self._started_s = [part.clock() for part in self._seconds]
        self._is_foreseen = bool(self._limits or self._seconds)
        self._share, self._measured_at, self._n_iterations = 0.0, 0, 0
        self._last_chunk = _FIRST_CHUNK
        self.share_a_step = 1.0 / max(1, min(self._limits, default=_ITERATIONS_UNKNOWN))
        self._is_measured = not self._seconds

    def share(self, n_iterations: int) -> float:
        """Share of the search done after so many iterations, 0..1."""
        shares = [n_iterations / max(1, limit) for limit in self._limits]
        for part, started_s in zip(self._seconds, self._started_s, strict=True):
            shares.append((part.clock() - started_s) / max(part.limit_s, 1e-9))
        if not self._is_foreseen:
            shares.append(n_iterations / _ITERATIONS_UNKNOWN)
        share = min(1.0, max(shares))
        self._n_iterations = n_iterations
        if self._seconds and n_iterations > self._measured_at and share > self._share:
            self.share_a_step = (share - self._share) / (n_iterations - self._measured_at)
            self._is_measured = True
            self._share, self._measured_at = share, n_iterations
        return share

    def next_chunk(self) -> int:
        """Steps until the criterion is asked again: a small part of the search, never past an iteration limit.

        A clock that has not moved tells nothing of the speed; one small reading must not ask for a chunk without end.
        """
        steps = int(1.0 / (_CHUNKS * self.share_a_step)) if self._is_measured else _FIRST_CHUNK
        if self._seconds:
            steps = min(steps, _MOST_GROWTH * self._last_chunk)
        for limit in self._limits:
            steps = min(steps, limit - self._n_iterations)
        self._last_chunk = max(1, steps)
        return self._last_chunk


def anneal(
    problem: PeriodicProblem,
    w: World,
    settings: Settings,
    annealing: Annealing,
    stop: StoppingCriterion,
    on_progress: Callable[[int, float], None] | None = None,
    steer: Steer | None = None,
) -> int:
    """Search until `stop` says so; return the iterations done. The best plan met stands in the world's best fields.

    `steer` may change prices in the world between chunks; it prices the plan anew where it does.
    """
    start_from_here(w)
    search_chunk(w, settings, 0, 1.0, 1.0)  # compiles it, or loads it, before the clock starts
    full_price = w.duties["drop_price"].copy()
    first = mean_travel(w) * annealing.first_share
    fall = annealing.last_share / annealing.first_share
    progress = Progress(stop)
    is_enough = 1.0 / progress.share_a_step >= _STEPS_A_DUTY_TO_RELAX * len(w.duties)
    is_band_moving = bool(np.isfinite(problem.band_ratio_of_staff).any())
    is_soft = annealing.is_soft and is_enough and not is_band_moving and len(w.duties) > 0
    is_relaxed = annealing.relaxes and is_enough and len(w.duties) > 0 and not is_soft
    if is_soft:
        soften(w)
    n_iterations = n_weighed = 0
    while not stop(n_iterations, best_minutes(w)):
        share = progress.share(n_iterations)
        if is_relaxed:
            is_relaxed = share < _DROP_FULL_AFTER
            relax_drops(w, full_price, min(1.0, share / _DROP_FULL_AFTER))
        if steer is not None:
            steer(w, share)
        if is_band_moving:
            is_band_moving = share < _BAND_FIXED_AFTER
            w.state["band_weight"] = _band_weight(share)
            move_band(problem, w)
        if is_soft:
            weigh_excess(w, share, n_iterations - n_weighed)
            n_weighed = n_iterations
        steps = progress.next_chunk()
        bent, slope = share**annealing.bend, annealing.bend * share ** (annealing.bend - 1.0)
        search_chunk(w, settings, steps, first * fall**bent, fall ** (slope * progress.share_a_step))
        n_iterations += steps
        if on_progress is not None:
            on_progress(n_iterations, best_minutes(w))
    if is_relaxed:
        relax_drops(w, full_price, 1.0)
    if is_soft:
        w.state["load_weight"] = w.state["minute_weight"] = 0.0
    n_iterations += place_waiting(w, settings)
    return n_iterations + settle_band(problem, w, settings)


def relax_drops(w: World, full_price: Ints, share: float) -> None:
    """Price of leaving a duty out: from the mean travel per visit at share 0 to its full price at share 1."""
    least = mean_travel(w) * np.maximum(w.duties["n_visits"], 1)
    w.duties["drop_price"] = (least * (full_price / least) ** share).astype(np.int64) if share < 1.0 else full_price
    start_from_here(w)


def soften(w: World) -> None:
    """Let tours and days go beyond their limits for a price: at first an average duty for the way between two."""
    duties = w.duties
    w.state["load_weight"] = mean_travel(w) / max(1.0, float(duties["demand"].mean()))
    w.state["minute_weight"] = 1.0
    w.state["n_fitting"] = 0


def weigh_excess(w: World, share: float, n_steps: int) -> None:
    """Make excess dearer while too few steps end without any, cheaper while many do; only dearer near the end."""
    if n_steps == 0:
        return
    fitting = float(w.state["n_fitting"][0]) / n_steps
    w.state["n_fitting"] = 0
    wanted = _FITTING_FIRST + (1.0 - _FITTING_FIRST) * share
    factor = _DEARER if fitting < wanted else _CHEAPER
    w.state["load_weight"] *= factor
    w.state["minute_weight"] *= factor
    w.state["cost"] = objective(w)


def place_waiting(w: World, settings: Settings) -> int:
    """Go back to the best plan and place what still waits and has room; return the cold steps this took.

    At most as many steps as it takes to try each duty three times: enough for what a search that was ended while it was
    relaxed left out.
    """
    take_best(w)
    w.slots["is_stale"] = True
    start_from_here(w)
    could_be = w.duties["pattern_end"] > w.duties["pattern_first"]
    most = 3 * (np.count_nonzero((w.duties["mask"] == 0) & could_be) // CALLED_AGAIN + 1)
    n_steps = 0
    while n_steps < most and ((w.duties["best_mask"] == 0) & could_be).any():
        search_chunk(w, settings, 1, 1.0, 1.0)
        n_steps += 1
    return n_steps


def settle_band(problem: PeriodicProblem, w: World, settings: Settings) -> int:
    """Go on coldly while days are outside their bands, the charge for it rising; return the steps this took.

    For searches that end before the band holds. At most some thousand steps: where they do not help, it needs more
    search or cannot hold. No more duties are left out than before: a band is evened out by moving visits, and the last
    plan without further gaps stands where the charge drove duties out. A plan that is made again stays near the one in
    force instead: days that are over cannot be evened out, and changes would pay for it.
    """
    take_best(w)
    n_steps = 0
    if problem.stability_min > 0 and problem.previous_mask.any():
        return n_steps
    n_out = _n_left_out(w)
    kept = _copy_of_best(w)
    for part in range(_MOST_SETTLING):
        if _is_within_bands(problem, w):
            break
        w.state["band_weight"] = _BAND_WEIGHT_LAST * _SETTLING_RISE**part
        w.slots["is_stale"] = True
        move_band(problem, w)
        search_chunk(w, settings, _SETTLING_STEPS, 1.0, 1.0)
        take_best(w)
        n_steps += _SETTLING_STEPS
        if _n_left_out(w) <= n_out:
            kept = _copy_of_best(w)
    if _n_left_out(w) > n_out:
        w.slots["best_length"], w.best_visit[:], w.duties["best_mask"] = kept
        take_best(w)
        start_from_here(w)
    return n_steps


def _n_left_out(w: World) -> int:
    """Duties without any day."""
    return int(np.count_nonzero(w.duties["mask"] == 0))


def _copy_of_best(w: World) -> tuple[Ints, NDArray[np.int32], Ints]:
    """Length of each slot, its visits, and the days of each duty of the best plan met."""
    return w.slots["best_length"].copy(), w.best_visit.copy(), w.duties["best_mask"].copy()


def _is_within_bands(problem: PeriodicProblem, w: World) -> bool:
    """Whether everybody's longest day is within their ratio of the shortest; also where nobody has a band."""
    usual = usual_share(problem)
    is_banded = (usual > 0) & np.isfinite(problem.band_ratio_of_staff)[:, None]
    days = w.rows["minutes"].reshape(usual.shape) / np.where(is_banded, usual, 1.0)
    longest = np.where(is_banded, days, 0.0).max(axis=1, initial=0.0)
    shortest = np.where(is_banded, days, np.inf).min(axis=1, initial=np.inf)
    return bool((longest <= shortest * problem.band_ratio_of_staff).all())


def _band_weight(share: float) -> float:
    """Weight of the band after a share of the search."""
    return float(_BAND_WEIGHT_FIRST * (_BAND_WEIGHT_LAST / _BAND_WEIGHT_FIRST) ** min(1.0, share / _BAND_FIXED_AFTER))


def best_minutes(w: World) -> float:
    """Objective of the best plan met, in minutes, search penalties included."""
    return float(w.state["best_cost"][0]) / TICKS_A_MINUTE


def move_band(problem: PeriodicProblem, w: World) -> None:
    """Centre each person's band on the mean of the days as they stand; the plan counts as the best one again.

    While duties still wait for a place, their service minutes, shared evenly among the allowed, stand in for the days.
    """
    usual = usual_share(problem)
    minutes = w.rows["minutes"].reshape(usual.shape)
    if (w.duties["mask"] == 0).any():
        per_duty = w.duties["service"] * w.duties["n_visits"] / problem.staff_of_duty.sum(axis=1)
        waiting = (per_duty @ problem.staff_of_duty)[:, None] / np.maximum(usual.sum(axis=1, keepdims=True), 1)
        minutes = np.maximum(minutes, waiting * usual)
    is_banded = (usual > 0) & np.isfinite(problem.band_ratio_of_staff)[:, None]
    ratio = 1.0 + (np.where(is_banded, problem.band_ratio_of_staff[:, None], 1.0) - 1.0) * (1.0 - _BAND_MARGIN)
    mean = np.where(usual > 0, minutes, 0).sum(axis=1, keepdims=True) / np.maximum(usual.sum(axis=1, keepdims=True), 1)
    low, high = 2.0 * mean / (1.0 + ratio), 2.0 * mean * ratio / (1.0 + ratio)
    w.rows["low"] = np.where(is_banded, low * usual, -NO_LIMIT).astype(np.int64).reshape(-1)
    w.rows["high"] = np.where(is_banded, high * usual, NO_LIMIT).astype(np.int64).reshape(-1)
    start_from_here(w)


def start_from_here(w: World) -> None:
    """Price the plan as it stands and make it the best one met."""
    w.state["cost"] = w.state["best_cost"] = objective(w)
    keep_best(w)


def usual_share(problem: PeriodicProblem) -> NDArray[np.float64]:
    """(n_staff, n_days) what each day ought to hold relative to the person's other days; 0 = absent."""
    return np.where(problem.minutes_of_staff_day > 0, problem.band_share_of_staff_day, 0.0)


def mean_travel(w: World) -> float:
    """Mean ticks of travel between the places of two duties; 1 tick at least, so that a temperature exists."""
    places = np.unique(w.duties["location"])
    if len(places) < 2:
        return 1.0
    between = w.to[np.ix_(places, places)]
    return max(1.0, float(between.sum()) / (len(places) * (len(places) - 1)))
