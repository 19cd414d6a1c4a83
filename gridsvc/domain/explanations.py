"""Why a grid is as it is: where its minutes come from and what limits it, in a planner's words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from gridsvc.domain.ids import GridId, StaffId
from gridsvc.domain.layers import Layer


class RuleKind(StrEnum):
    """A rule of a plan that can stand in the way of a better one."""

    BARRIER = "barrier"
    DRAWN_BARRIER = "drawn_barrier"
    LOCK = "lock"
    PINS = "pins"
    BANS = "bans"
    BASES = "bases"
    LINKS = "links"
    BORDERS = "borders"
    BORDER_PRICE = "border_price"
    CHURN_BUDGET = "churn_budget"
    TOLERANCE = "tolerance"
    COUNT_TOLERANCE = "count_tolerance"
    CARTON_TOLERANCE = "carton_tolerance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One rule that holds a grid where it is.

    Parameters
    ----------
    key : of the rule, as in `prices`
    name : of the barrier or grid concerned, "" where the kind says all
    measure : where a load sits at an end of its range: "minutes", "retailers" or "cartons"; "" for other rules
    border_km : length of the grid's border that it closes
    gain_km2 : squared km that shops along it would save on the other side, the centres staying; a first estimate
    words : one sentence by language
    """

    key: str
    kind: RuleKind
    name: str
    border_km: float
    gain_km2: float
    words: dict[str, str]
    measure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadParts:
    """Minutes of an average working day; `expected` is the sum of the four others.

    Parameters
    ----------
    stops : at the shops, on regular visits, inspections or deliveries
    enforcement : at the shops, on enforcement inspections of the own grid
    assisted : as the second officer of the partner's enforcement inspections
    travel : on the way, from the office and back
    """

    stops: float
    enforcement: float
    assisted: float
    travel: float

    @property
    def expected(self) -> float:
        """All of it."""
        return self.stops + self.enforcement + self.assisted + self.travel


@dataclass(frozen=True, slots=True, kw_only=True)
class GridExplained:
    """One grid.

    Parameters
    ----------
    load_min_per_day : as the plan counts it, `deviation_share` from the mean of the layer
    parts : where it comes from; their sum differs from `load_min_per_day` by what was edited, opened or solved since
        the last search
    limits : the rule that costs most first; empty = its neighbours and the district's edge alone
    words : one sentence by language
    """

    grid_id: GridId
    name: str
    number: int
    staff_id: StaffId | None
    n_retailers: int
    load_min_per_day: float
    deviation_share: float
    parts: LoadParts
    expected_min_per_day: float
    limits: tuple[Limit, ...]
    words: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerExplained:
    """One layer of a plan: its grids, how good the travel is, and one sentence by language."""

    layer: Layer
    revision: int
    tolerance_share: float
    mean_min_per_day: float
    travel_words: str
    grids: tuple[GridExplained, ...]
    headline: dict[str, str]


_LEVEL = {
    "county_bureau": ("county bureaus", "县局"),
    "street_office": ("street offices", "街道办"),
    "community": ("communities", "社区"),
    "community_district": ("community districts", "社区委员会"),
}


def word_rule(kind: RuleKind, name: str) -> dict[str, str]:
    """Name a rule as the object of "is limited by"."""
    words = {
        RuleKind.BARRIER: (name or "a barrier", name or "屏障"),
        RuleKind.DRAWN_BARRIER: ("a barrier drawn in this plan", "本方案画定的屏障"),
        RuleKind.LOCK: (f"the lock of {name}", f"{name} 网格的锁定"),
        RuleKind.PINS: (f"the units pinned to {name}", f"固定在 {name} 网格的单元"),
        RuleKind.BANS: (f"the units that must not lie in {name}", f"不得划入 {name} 网格的单元"),
        RuleKind.BASES: (f"the staff base of {name}", f"{name} 网格的人员驻点"),
        RuleKind.LINKS: ("the units that must stay together", "须同属一个网格的单元"),
        RuleKind.BORDERS: (
            f"the borders of {_LEVEL.get(name, (name, name))[0]}",
            f"{_LEVEL.get(name, (name, name))[1]}边界",
        ),
        RuleKind.BORDER_PRICE: (
            f"the price of crossing borders of {_LEVEL.get(name, (name, name))[0]}",
            f"跨越{_LEVEL.get(name, (name, name))[1]}边界的代价",
        ),
        RuleKind.CHURN_BUDGET: ("the churn budget", "变动预算"),
        RuleKind.TOLERANCE: ("the tolerance of minutes", "工时容差"),
        RuleKind.COUNT_TOLERANCE: (f"the tolerance of {name or 'shops'}", "条数容差" if name else "户数容差"),
        RuleKind.CARTON_TOLERANCE: ("the tolerance of cartons", "条数容差"),
    }
    english, chinese = words[kind]
    return {"en": english, "zh": chinese}


def word_limit(grid: str, kind: RuleKind, name: str, border_km: float) -> dict[str, str]:
    """Say by what a grid is limited."""
    rule = word_rule(kind, name)
    along_en = f" along {border_km:.1f} km of its border" if border_km >= 0.05 else ""
    along_zh = f"（{border_km:.1f} 公里边界）" if border_km >= 0.05 else ""
    return {"en": f"{grid} is limited by {rule['en']}{along_en}", "zh": f"{grid} 受{rule['zh']}限制{along_zh}"}


def word_end(
    grid: str, kind: RuleKind, name: str, deviation_share: float, tolerance_share: float, is_upper: bool
) -> dict[str, str]:
    """Say that a grid's load sits at an end of its range, and what cannot pass therefore."""
    rule, off, most = word_rule(kind, name), f"{deviation_share:+.1%}", f"{tolerance_share:.1%}"
    kept_en = "no unit beside it that would be nearer here fits in" if is_upper else "none of its units can be spared"
    kept_zh = "相邻更近的单元无法并入" if is_upper else "其单元无法划出"
    return {
        "en": f"{grid} is limited by {rule['en']} ({off} of ±{most}: {kept_en})",
        "zh": f"{grid} 受{rule['zh']}限制（{off}，容差 ±{most}，{kept_zh}）",
    }


def word_grid(grid: str, deviation_share: float, tolerance_share: float, limits: tuple[Limit, ...]) -> dict[str, str]:
    """Say how heavy a grid is and what limits it."""
    side_en, side_zh = ("above", "高于") if deviation_share >= 0 else ("below", "低于")
    off = f"{abs(deviation_share):.1%}"
    is_out = abs(deviation_share) > tolerance_share + 1e-9
    state_en = f"outside the tolerance of {tolerance_share:.1%}" if is_out else f"within {tolerance_share:.1%}"
    state_zh = f"超出容差 {tolerance_share:.1%}" if is_out else f"容差 {tolerance_share:.1%} 以内"
    if limits:
        why = limits[0].words
    else:
        why = {
            "en": "only its neighbours and the edge of the district limit it",
            "zh": "仅受相邻网格和辖区边界限制",
        }
    return {
        "en": f"{grid} is {off} {side_en} the mean, {state_en}; {why['en']}.",
        "zh": f"{grid} {side_zh}平均值 {off}，{state_zh}；{why['zh']}。",
    }


def word_headline(
    grids: tuple[GridExplained, ...],
    tolerance_share: float,
    gap_share: float | None,
    limit: Limit | None,
    *,
    centres: Literal["any", "these"] = "any",
) -> dict[str, str]:
    """Give the sentence a planner reads first: how much better a plan could be, and what is in the way.

    Parameters
    ----------
    gap_share : proven, None = no bound was computed
    limit : the one that costs most
    centres : of which plans the gap is proven: wherever grids lie, or only around the centres of these grids
    """
    n_out = sum(abs(grid.deviation_share) > tolerance_share + 1e-9 for grid in grids)
    if gap_share is not None and centres == "any":
        first_en = f"No plan under these rules can be more than {gap_share:.1%} more compact"
        first_zh = f"在这些规则下，任何方案的紧凑度最多再提高 {gap_share:.1%}"
    elif gap_share is not None:
        first_en = (
            f"No plan around the centres of these grids can be more than {gap_share:.1%} more compact "
            "(with other centres one may be)"
        )
        first_zh = f"保持现有网格中心时，任何方案的紧凑度最多再提高 {gap_share:.1%}（另选中心可能更高）"
    elif n_out:
        first_en = f"{n_out} of {len(grids)} grids are outside the tolerance of {tolerance_share:.1%}"
        first_zh = f"{len(grids)} 个网格中有 {n_out} 个超出容差 {tolerance_share:.1%}"
    else:
        first_en = f"All {len(grids)} grids keep the tolerance of {tolerance_share:.1%}"
        first_zh = f"全部 {len(grids)} 个网格均在容差 {tolerance_share:.1%} 以内"
    if limit is None:
        return {
            "en": f"{first_en}; no rule but balance limits a grid.",
            "zh": f"{first_zh}；除均衡外没有规则限制网格。",
        }
    return {"en": f"{first_en}; {limit.words['en']}.", "zh": f"{first_zh}；{limit.words['zh']}。"}
