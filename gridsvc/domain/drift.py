"""How grids leave their tolerance by themselves: shops open, close and change, and one day a grid is too heavy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from gridsvc.domain.ids import GridId, PlanId, StaffId
from gridsvc.domain.layers import Layer

LEAST_DAYS = 14  # of observation before a rate is worth anything
HORIZON_DAYS = 730  # what lies further ahead is not said


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """When a load leaves its tolerance.

    Parameters
    ----------
    days : from now, 0 = it is out already; None = not within `HORIZON_DAYS` at the rate observed
    earliest_days, latest_days : the same with the rate one standard error faster and slower
    """

    days: int | None
    earliest_days: int | None
    latest_days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadDrift:
    """One load of one grid since the plan came into force.

    Parameters
    ----------
    measure : "minutes" (of an average working day), "retailers" or "cartons" (a cycle)
    then, now : the grid's load when the plan came into force, and today; deviations are from the mean of the layer
    per_30_days : what it gains (or loses) in 30 days, None before `LEAST_DAYS`
    leaves_on : day on which it leaves its tolerance at this rate; None = not within two years, or not known yet
    """

    measure: str
    tolerance_share: float
    then: float
    now: float
    deviation_share_then: float
    deviation_share_now: float
    per_30_days: float | None
    is_out: bool
    leaves_on: date | None
    earliest_on: date | None
    latest_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GridDrift:
    """One grid since the plan came into force; minutes of an average working day.

    Parameters
    ----------
    n_opened, n_closed : shops that came and went, with their owners
    n_changed : shops that ask other minutes, or order other cartons where those are balanced, than then
    min_per_day_then, min_per_day_now : the grid's minutes when the plan came into force, and today
    per_30_days : minutes a day that it gains (or loses) in 30 days, None before `LEAST_DAYS`
    loads : every load that the layer balances, minutes first
    is_out, leaves_on, earliest_on, latest_on : of the load that leaves its tolerance first, `leaves_by`; None = none
        does within two years, or it is not known yet
    owner_leaves_on : first day without its owner, where that is known
    words : one sentence by language
    """

    grid_id: GridId
    name: str
    number: int
    staff_id: StaffId | None
    staff_code: str | None
    n_opened: int
    n_closed: int
    n_changed: int
    min_per_day_then: float
    min_per_day_now: float
    deviation_share_then: float
    deviation_share_now: float
    per_30_days: float | None
    loads: tuple[LoadDrift, ...]
    leaves_by: str | None
    is_out: bool
    leaves_on: date | None
    earliest_on: date | None
    latest_on: date | None
    owner_leaves_on: date | None
    words: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallestRepair:
    """How few shops must change hands to put a layer back.

    Parameters
    ----------
    n_least : proven: no plan in which shops go to touching grids moves fewer; None = the tolerances cannot hold
    n_flow : what the flow of minutes between touching grids comes to at the mean minutes of a shop, a yardstick
    words : one sentence by language
    """

    n_least: int | None
    n_flow: int | None
    words: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerDrift:
    """One layer in force.

    Parameters
    ----------
    since : first day of the plan in force, `days` ago
    tolerance_share : of minutes; every load of a grid has its own
    first_leaves_on : the first day on which a grid leaves its tolerance
    repair : None where it was not asked for
    """

    layer: Layer
    plan_id: PlanId
    since: date
    days: int
    tolerance_share: float
    grids: tuple[GridDrift, ...]
    first_leaves_on: date | None
    repair: SmallestRepair | None
    headline: dict[str, str]


def forecast(
    load: float, rate: float, rate_error: float, mean: float, mean_rate: float, tolerance_share: float
) -> Forecast:
    """Say in how many days a load that grows by `rate` a day is further from the growing mean than the tolerance.

    Parameters
    ----------
    load, mean : today; `rate`, `mean_rate` their change a day
    rate_error : one standard error of `rate`
    """

    def days(at_rate: float) -> float:
        return _days_until_out(load, at_rate, mean, mean_rate, tolerance_share)

    spread = [days(rate - rate_error), days(rate), days(rate + rate_error)]
    return Forecast(days=_whole(spread[1]), earliest_days=_whole(min(spread)), latest_days=_whole(max(spread)))


def _whole(days: float) -> int | None:
    return None if days > HORIZON_DAYS else math.ceil(days - 1e-9)


def _days_until_out(load: float, rate: float, mean: float, mean_rate: float, tolerance_share: float) -> float:
    """Give the first time at which a line leaves the corridor around another, infinite for never."""
    upper, lower = 1 + tolerance_share, 1 - tolerance_share
    if load > upper * mean + 1e-9 * mean or load < lower * mean - 1e-9 * mean:
        return 0.0
    rising, falling = rate - upper * mean_rate, lower * mean_rate - rate
    above = (upper * mean - load) / rising if rising > 0 else math.inf
    below = (load - lower * mean) / falling if falling > 0 else math.inf
    return max(0.0, min(above, below))


_LOAD = {"minutes": ("minutes", "工时"), "retailers": ("shops", "户数"), "cartons": ("cartons", "条数")}


def first_to_leave(loads: Sequence[LoadDrift]) -> LoadDrift | None:
    """Give the load that is out, or leaves its tolerance first; ties go to the one named first, None = none does."""
    leaving = [load for load in loads if load.is_out or load.leaves_on is not None]
    return min(leaving, key=lambda load: (not load.is_out, load.leaves_on or date.max), default=None)


def word_grid_drift(name: str, loads: Sequence[LoadDrift]) -> dict[str, str]:
    """Say when a grid leaves its tolerance, and in which load; without any, where its minutes stand."""
    first = first_to_leave(loads) or loads[0]
    load_en, load_zh = _LOAD[first.measure]
    off, allowed = f"{first.deviation_share_now:+.1%}", f"{first.tolerance_share:.1%}"
    if first.is_out:
        return {"en": f"{name} is out of its tolerance of {allowed}: {load_en} at {off}.",
                "zh": f"{name} 的{load_zh}已超出容差 {allowed}：{off}。"}  # fmt: skip
    if first.per_30_days is None:
        return {"en": f"{name} is at {off} in {load_en}; the plan is too young for a forecast.",
                "zh": f"{name} 的{load_zh}目前 {off}；方案生效时间过短，无法预测。"}  # fmt: skip
    if first.leaves_on is None:
        return {"en": f"{name} is at {off} in {load_en} and stays within its tolerances for two years at this rate.",
                "zh": f"{name} 的{load_zh}目前 {off}，按现有变化两年内各项均不会超出容差。"}  # fmt: skip
    when = first.leaves_on.isoformat()
    return {"en": f"{name} is at {off} in {load_en} and leaves its tolerance of {allowed} on {when}.",
            "zh": f"{name} 的{load_zh}目前 {off}，预计 {when} 超出容差 {allowed}。"}  # fmt: skip


def word_layer_drift(grids: tuple[GridDrift, ...], first: GridDrift | None) -> dict[str, str]:
    """Say what is out already, and what will be first."""
    out = [grid for grid in grids if grid.is_out]
    if out:
        names = ", ".join(grid.name for grid in out)
        return {"en": f"{len(out)} of {len(grids)} grids are out of their tolerance: {names}.",
                "zh": f"{len(grids)} 个网格中有 {len(out)} 个已超出容差：{names}。"}  # fmt: skip
    if first is not None:
        return {"en": f"All grids are within their tolerance; {first.words['en']}",
                "zh": f"全部网格均在容差以内；{first.words['zh']}"}  # fmt: skip
    return {"en": "All grids are within their tolerance; none is seen to leave it.",
            "zh": "全部网格均在容差以内，暂无网格预计超出。"}  # fmt: skip


def word_repair(n_least: int | None, n_flow: int | None) -> dict[str, str]:
    """Say how small the smallest repair is."""
    if n_least is None:
        return {"en": "No division of these shops among touching grids keeps the tolerances.",
                "zh": "在相邻网格间调整无法满足容差。"}  # fmt: skip
    if n_least == 0:
        return {"en": "Nothing has to move.", "zh": "无需调整。"}
    about = f", about {n_flow:,} by the flow of minutes" if n_flow is not None else ""
    about_zh = f"，按工时流约 {n_flow:,} 户" if n_flow is not None else ""
    return {"en": f"At least {n_least:,} shops must change hands{about}.",
            "zh": f"至少需要调整 {n_least:,} 户{about_zh}。"}  # fmt: skip
