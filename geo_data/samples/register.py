"""Fills the register of shops: tier, star, risk, credit grade, opening hours, order volume, codes.

Credit grades are as skewed as in the one published count (Liuzhou urban, July 2024: of 6,664 retailers AAA 28, AA 463,
A 6,167, B 3, C 3, D 0); tiers are 10/20/70 %. Counts are quotas, not draws, so any sample shows the shares exactly.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo_data.samples.landscape import HILLS, OLD_TOWN, Array, Ints

TIER_SHARE = (("A", 0.10), ("B", 0.20), ("C", 0.70))
LIUZHOU_GRADES = (("AAA", 28), ("AA", 463), ("A", 6_167), ("B", 3), ("C", 3), ("D", 0))

LICENCE_PREFIX = "990000"
"""First six digits of every sample licence. Real ones begin with the division code of the issuing bureau, and no
division code begins with 99 (GB/T 2260 ends at 82)."""

_CARTONS = {"A": (86.0, 0.28), "B": (44.0, 0.28), "C": (21.0, 0.35)}
_STAR_SHARE = (0.02, 0.06, 0.27, 0.45, 0.20)

Texts = NDArray[np.str_]


def quota_draw(shares: tuple[tuple[str, float], ...], score: Array) -> Texts:
    """Give the words of `shares` by exact quota: the first word to the highest scores, and so on.

    Quotas are rounded by the largest remainder; the words are returned in the order of `score` (n,).
    """
    n = len(score)
    weight = np.array([w for _, w in shares], dtype=np.float64)
    exact = weight / weight.sum() * n
    count = np.floor(exact).astype(np.int64)
    for k in np.argsort(-(exact - count), kind="stable")[: n - int(count.sum())]:
        count[k] += 1
    out = np.empty(n, dtype=f"<U{max(len(w) for w, _ in shares)}")
    out[np.argsort(-score, kind="stable")] = np.repeat([w for w, _ in shares], count)
    return out


def draw_tiers(road_class: Ints, form: Ints, rng: np.random.Generator) -> Texts:
    """Return A, B or C (10/20/70 %), better on main roads and in town."""
    score = rng.gumbel(size=len(form)) - 0.35 * road_class - 0.25 * (form == HILLS)
    return quota_draw(TIER_SHARE, score)


def draw_stars(tier: Texts, rng: np.random.Generator) -> Ints:
    """Return integrity stars 1 to 5 by quota (2/6/27/45/20 %), slightly better for large shops."""
    score = rng.normal(size=len(tier)) + 0.25 * (tier == "A")
    words = tuple((str(5 - k), share) for k, share in enumerate(reversed(_STAR_SHARE)))
    return quota_draw(words, score).astype(np.int64)


def draw_risk(star: Ints, rng: np.random.Generator) -> Array:
    """Return the risk index in [0, 1], two decimals: mostly low, higher with few stars."""
    shape = 1.3 + 0.75 * (5 - star)
    return np.round(rng.beta(shape, 7.0), 2)


def draw_grades(star: Ints, risk: Array, rng: np.random.Generator) -> Texts:
    """Return credit grades with Liuzhou's shares; the best go to many stars and low risk."""
    shares = tuple((grade, float(count)) for grade, count in LIUZHOU_GRADES)
    return quota_draw(shares, star - 2.0 * risk + rng.normal(0.0, 0.8, len(star)))


def draw_cartons(tier: Texts, form: Ints, rng: np.random.Generator) -> Ints:
    """Return weekly orders in cartons (条, 10 packs): medians 86/44/21 for A/B/C, log-normal, at least 3."""
    middle = np.array([_CARTONS[t][0] for t in tier.tolist()])
    spread = np.array([_CARTONS[t][1] for t in tier.tolist()])
    volume = middle * np.exp(spread * rng.normal(size=len(tier))) * np.where(form == HILLS, 0.85, 1.0)
    return np.maximum(np.round(volume), 3).astype(np.int64)


def draw_hours(tier: Texts, form: Ints, rng: np.random.Generator) -> tuple[list[str], list[str]]:
    """Return opening and closing times HH:MM in half hours; about 3 % of shops never close (00:00 to 23:59)."""
    n = len(tier)
    opens = np.clip(np.round(rng.normal(15.6, 1.5, n) - 0.6 * (form == OLD_TOWN)), 11, 21).astype(np.int64)
    closes = np.clip(np.round(rng.normal(44.2, 1.9, n) + 0.7 * (tier == "A") - 1.6 * (form == HILLS)), 38, 47)
    closes = closes.astype(np.int64)
    always = (rng.uniform(size=n) < 0.045) & (form != HILLS)
    return (
        ["00:00" if a else f"{h // 2:02d}:{h % 2 * 30:02d}" for h, a in zip(opens.tolist(), always, strict=True)],
        ["23:59" if a else f"{h // 2:02d}:{h % 2 * 30:02d}" for h, a in zip(closes.tolist(), always, strict=True)],
    )


def draw_status(n: int, rng: np.random.Generator) -> list[str]:
    """Return `active`, or `suspended` for about 1.2 % of shops."""
    return ["suspended" if u < 0.012 else "active" for u in rng.uniform(size=n).tolist()]
