"""Invent what no public register holds (tiers, stars, urban form, orders), by a seeded rule, and say that it is so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo_data.projection import LocalProjection
from geo_data.samples.register import TIER_SHARE, draw_cartons, draw_grades, draw_risk, draw_stars, quota_draw
from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, Transaction, audit, districts, retailers
from gridsvc.storage.retailers import RetailerColumns

RADIUS_M = 500.0
# The densest 30 % of shops count as old town, the sparsest 15 % as hills.
FORM_SHARE = (("old_town", 0.30), ("new_town", 0.55), ("hills", 0.15))
FORMS = ("old_town", "new_town", "hills")
ENFORCEMENT_SHARE = 0.05
_WRITTEN = ("tier", "integrity_star", "risk", "credit_grade", "urban_form", "order_cartons", "needs_enforcement",
            "is_synthetic", "changed_at")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignedDemand:
    """How many shops got invented values in each column; `n_changed` shops differ from before."""

    n_shops: int
    n_changed: int
    invented: dict[str, int]
    shares: dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Invented values of n shops, one array a column."""

    tier: NDArray[Any]
    integrity_star: NDArray[np.int64]
    risk: NDArray[np.float64]
    credit_grade: NDArray[Any]
    urban_form: NDArray[Any]
    order_cartons: NDArray[np.float64]
    needs_enforcement: NDArray[np.bool_]


def assign_demand(store: Store, clock: Clock, *, adcode: Adcode, actor: str, seed: int = 1) -> AssignedDemand:
    """Fill the columns that no register gave with invented values and mark those shops as synthetic.

    Only columns named in a shop's `assumed` are written; a value that a file stated is never touched. The same seed on
    the same shops gives the same values.

    Raises `NotFound` for an unknown district.
    """
    with store.transaction(adcode) as tx:
        districts.lock(tx)
        shops = retailers.columns(tx, statuses=("active", "suspended"))
        demand = invent_demand(shops.lon, shops.lat, seed)
        changed, invented = _merge(shops, demand)
        _write(tx, clock, changed)
        if changed:
            content = {"seed": seed, "n_changed": len(changed)}
            audit.add(tx, clock, actor=actor, action="assign_demand", subject=adcode, content=content)
            districts.bump_revision(tx)
        after = retailers.columns(tx, statuses=("active", "suspended"))
    shares = {name: _counts(getattr(after, name)) for name in ("tier", "integrity_star", "urban_form")}
    return AssignedDemand(n_shops=len(shops), n_changed=len(changed), invented=invented, shares=shares)


def invent_demand(lon: NDArray[np.float64], lat: NDArray[np.float64], seed: int) -> Demand:
    """Invent demand for shops at WGS-84 places, ordered by their code; NaN places count as of middling density.

    Urban form follows the number of shops within 500 m: the densest 30 % are old town, the sparsest 15 % hills. Tiers
    are 10/20/70 % by quota, better where shops are dense. Stars (2/6/27/45/20 % for 1 to 5), risk and credit grades
    (Liuzhou's published shares) are skewed as in the trade. Weekly cartons are log-normal by tier (medians 86/44/21).
    The riskiest 5 %, with some chance, need an enforcement inspection.
    """
    rng = np.random.default_rng([seed, 28])
    n_shops = len(lon)
    density = _density(lon, lat)
    form = np.asarray(quota_draw(FORM_SHARE, density + rng.uniform(0.0, 1e-3, n_shops)))
    form_number = np.array([FORMS.index(word) for word in form.tolist()], dtype=np.int64)
    tier = quota_draw(TIER_SHARE, rng.gumbel(size=n_shops) + 0.25 * np.log1p(density))
    star = draw_stars(tier, rng)
    risk = draw_risk(star, rng)
    urge = quota_draw((("yes", ENFORCEMENT_SHARE), ("no", 1 - ENFORCEMENT_SHARE)), risk + rng.normal(0, 0.1, n_shops))
    return Demand(
        tier=tier, integrity_star=star, risk=risk, credit_grade=draw_grades(star, risk, rng), urban_form=form,
        order_cartons=draw_cartons(tier, form_number, rng).astype(np.float64), needs_enforcement=urge == "yes",
    )  # fmt: skip


def _density(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the number of other shops within 500 m; the median for shops without a place."""
    known = np.isfinite(lon) & np.isfinite(lat)
    density = np.zeros(len(lon), dtype=np.float64)
    if known.any():
        tree = cKDTree(LocalProjection.around(lon, lat).xy_m(lon[known], lat[known]))
        density[known] = tree.query_ball_point(tree.data, RADIUS_M, return_length=True) - 1
        density[~known] = np.median(density[known])
    return density


def _merge(shops: RetailerColumns, demand: Demand) -> tuple[dict[str, dict[str, Any]], dict[str, int]]:
    """Give the new values of every shop that differs, by retailer_id, and the invented values by column."""
    changed: dict[str, dict[str, Any]] = {}
    invented: dict[str, int] = {}
    names = [name for name in Demand.__slots__ if name != "credit_grade"]
    for row, (shop, assumed) in enumerate(zip(shops.retailer_id, shops.assumed, strict=True)):
        values = {name: getattr(demand, name)[row].item() for name in names if name in assumed}
        if not values:
            continue
        if shops.credit_grade[row] is None or "risk" in assumed:
            values["credit_grade"] = str(demand.credit_grade[row])
        for name in values:
            invented[name] = invented.get(name, 0) + 1
        before = {name: getattr(shops, name)[row] for name in values}
        if before != values or not shops.is_synthetic[row]:
            changed[shop] = {name: values.get(name, _plain(getattr(shops, name)[row])) for name in _WRITTEN[:-2]}
    return changed, invented


def _plain(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else value


def _write(tx: Transaction, clock: Clock, changed: dict[str, dict[str, Any]]) -> None:
    now = clock.now()
    retailers.update(tx, _WRITTEN, [(shop, *values.values(), True, now) for shop, values in changed.items()])


def _counts(values: NDArray[Any]) -> dict[str, int]:
    words, counts = np.unique(values.astype(str), return_counts=True)
    return dict(zip(words.tolist(), counts.tolist(), strict=True))
