"""What a certificate states of a layer, and whether it follows from what is stored: input, versions, bounds."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gridsvc import __version__
from optimize.stopping import MaxIterations
from optimize.territory import metrics
from optimize.territory.bounds import (
    FIXED_WORDS,
    FREE_WORDS,
    Bound,
    fixed_centre_bound,
    free_centre_bound,
    value_at_centres,
    value_at_multipliers,
)
from optimize.territory.problem import TerritoryProblem

MOST_FREE_UNITS = 4_000  # with shops; the bound with free centres compares every two of them
_SAME_SHARE = 1e-6  # by which a bound that is computed again may differ
_DECIMALS = 9

# what a layer's input is made of; today's owners and what moves cost or may be change with every publication
PARTS = {
    "shops": ("xy_km", "loads", "weight", "within_km2", "measures"),
    "units": ("border_edges", "border_km", "perimeter_km", "area_km2"),
    "ways": ("edges",),
    "rules": (
        "n_grids", "tolerance_share", "pinned", "centre_unit", "locked", "must_link", "forbidden", "jurisdiction",
        "priced_edges", "price_km2", "target_share", "perimeter_weight",
    ),
}  # fmt: skip
PARTS_IN_WORDS = {
    "shops": "shops (where they are, what they ask)",
    "units": "units",
    "ways": "ways between units (barriers)",
    "rules": "rules (tolerances, pins, bans, locks, borders)",
}
_FACTS = ("xy_km", "loads", "weight", "within_km2", "edges", "border_edges", "border_km", "perimeter_km", "area_km2")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedBound:
    """A stored bound computed again from what is stored with it.

    Parameters
    ----------
    gap_share : proven now, of the plan's squared km; None where nothing can be computed
    fault : how the stored bound differs, "" where it follows
    certifies : of which plans it holds
    """

    gap_share: float | None
    fault: str
    certifies: str


def _hashed(problem: TerritoryProblem, names: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for name in sorted(names):
        value = getattr(problem, name)
        digest.update(name.encode())
        digest.update(value.tobytes() if isinstance(value, np.ndarray) else repr(value).encode())
    return digest.hexdigest()


def input_parts(problem: TerritoryProblem) -> dict[str, str]:
    """Give the SHA-256 of each part of a layer's input."""
    return {part: _hashed(problem, names) for part, names in PARTS.items()}


def hash_of_parts(parts: Mapping[str, str]) -> str:
    """Give the SHA-256 of the whole input from that of its parts."""
    return hashlib.sha256("".join(f"{part}:{parts[part]};" for part in sorted(parts)).encode()).hexdigest()


def facts_hash(problem: TerritoryProblem) -> str:
    """Give the SHA-256 of units and loads alone: whatever a planner asks of a layer, the same shops give the same."""
    return _hashed(problem, _FACTS)


def input_of(problem: TerritoryProblem) -> dict[str, Any]:
    """Give what a certificate says of the input."""
    parts = input_parts(problem)
    tolerance = dict(zip(problem.measures, problem.tolerance_share.tolist(), strict=True))
    return {"input_sha256": hash_of_parts(parts), "inputs": parts, "tolerance_share": tolerance}


def versions() -> dict[str, str]:
    """Give the versions of everything that a division may depend on."""
    named = ("numpy", "numba", "ortools", "scipy", "h3")
    return {"gridsvc": __version__, "python": platform.python_version()} | {name: version(name) for name in named}


def prove_bounds(
    problem: TerritoryProblem, grid_of_unit: NDArray[np.int32], *, seed: int, free_steps: int = 0
) -> list[dict[str, Any]]:
    """Give what is proven of a division, each bound with what is needed to compute it again.

    Parameters
    ----------
    free_steps : of the ascent of the bound for any centres; 0, or too many units = only that for these centres
    """
    found: list[tuple[Literal["any", "these"], Bound]] = [("these", fixed_centre_bound(problem, grid_of_unit))]
    if free_steps and int((problem.weight > 0).sum()) <= MOST_FREE_UNITS:
        found.append(("any", free_centre_bound(problem, MaxIterations(free_steps), seed, grid_of_unit)))
    inertia = metrics.inertia_km2(problem, grid_of_unit)
    return [
        _stated(problem, centres, bound, inertia)
        for centres, bound in found
        if bound.multipliers is not None and np.isfinite(bound.multipliers).all()
    ]


def _stated(problem: TerritoryProblem, centres: str, bound: Bound, inertia_km2: float) -> dict[str, Any]:
    stated: dict[str, Any] = {
        "centres": centres,
        "certifies": bound.certifies,
        "multipliers": np.round(bound.multipliers, _DECIMALS).tolist() if bound.multipliers is not None else [],
        "iterations": bound.iterations,
        "inertia_km2": round(inertia_km2, _DECIMALS),
    }
    if bound.centres_km is not None:
        stated["centres_km"] = np.round(bound.centres_km, _DECIMALS).tolist()
    value = _value(problem, stated)
    return stated | {"value_km2": round(value, _DECIMALS), "gap_share": round(_gap(value, inertia_km2), _DECIMALS)}


def _value(problem: TerritoryProblem, stated: Mapping[str, Any]) -> float:
    """Return what the stored multipliers prove of this problem."""
    p = problem.n_grids
    if stated["centres"] == "any":
        n_loaded = int(((problem.weight > 0) | (problem.loads[0] > 0)).sum())
        return value_at_multipliers(problem, _array(stated["multipliers"], (n_loaded,)))
    price = _array(stated["multipliers"], (p, len(problem.measures)))
    return value_at_centres(problem, _array(stated["centres_km"], (p, 2)), price)


def _array(given: object, shape: tuple[int, ...]) -> NDArray[np.float64]:
    array = np.ascontiguousarray(given, dtype=np.float64)
    if array.shape != shape or not np.isfinite(array).all():
        raise ValueError(f"numbers of shape {array.shape}, expected {shape}")
    return array


def _gap(value_km2: float, inertia_km2: float) -> float:
    return max(0.0, 1 - value_km2 / inertia_km2) if inertia_km2 > 0 else 0.0


def check_bound(
    problem: TerritoryProblem, grid_of_unit: NDArray[np.int32], stated: Mapping[str, Any], *, is_same_input: bool
) -> CheckedBound:
    """Compute a stored bound again from its multipliers and, where the input is the same, compare it.

    A bound that was changed in store has a fault; one of other shops or rules than today's is computed for these.
    """
    words = FREE_WORDS.format(measure=problem.measures[0]) if stated.get("centres") == "any" else FIXED_WORDS
    try:
        value = _value(problem, stated)
    except (KeyError, IndexError, TypeError, ValueError):
        value = float("nan")
    if not np.isfinite(value):
        return CheckedBound(
            gap_share=None, certifies=words,
            fault="what the bound is computed from does not fit these units" if is_same_input else "",
        )  # fmt: skip
    inertia = metrics.inertia_km2(problem, grid_of_unit)
    faults = []
    if is_same_input:
        again = {"value_km2": value, "inertia_km2": inertia, "gap_share": _gap(value, inertia)}
        faults = [
            f"{name} {number:.6g} stored, {again[name]:.6g} computed"
            for name in again
            if not _is_same(number := _number(stated.get(name)), again[name])
        ]
        faults += ["another sentence of what it certifies"] if stated.get("certifies") != words else []
    return CheckedBound(gap_share=_gap(value, inertia), fault="; ".join(faults), certifies=words)


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else float("nan")


def _is_same(stored: float, computed: float) -> bool:
    return abs(stored - computed) <= _SAME_SHARE * max(1.0, abs(computed))


def other_versions(stated: Mapping[str, str]) -> list[str]:
    """Say which versions are others than those that made a certificate."""
    now = versions()
    return [
        f"{name} {stated[name]} then, {now.get(name, 'none')} now" for name in stated if stated[name] != now.get(name)
    ]
