"""What makes a tolerance impossible, and the smallest that can hold, in a planner's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gridsvc.domain.layers import Layer

_TOLD = 0.0005  # a smaller bound of the tolerance is none to speak of
_MEASURE_ZH = {"minutes": "工时", "retailers": "户数", "cartons": "条数"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One proof that no division keeps the rules.

    Parameters
    ----------
    rule : no_staff, too_few_units, heavy_unit, cut_off_part, bridge, no_whole_load; what is held: must_link, forbidden,
        locked_heavy, locked_light, pinned_heavy, pinned_light, barred_grid, left_too_little, left_too_much, pins_apart,
        pins_crossing; or small_budget
    measure : minutes (a working day), retailers or cartons; "" where no load is concerned
    unit : identifier of a unit there, "" for none; `place` is the office it lies in, or the barrier beside it
    grid : name of the grid concerned, "" for none
    amount : load beyond what one grid may have or short of it, units or grids that lack, shops over the budget
    words : one sentence by language
    """

    rule: str
    measure: str
    unit: str
    place: str
    grid: str
    amount: float
    words: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerPrecheck:
    """One layer before any search.

    Parameters
    ----------
    tolerance_share : asked for, by measure
    smallest_share : no smaller tolerance can hold, by measure; None = none can. It is a proof; a tolerance above it
        may still be impossible
    causes : empty = nothing was found that stands in the way
    headline : one sentence by language
    """

    layer: Layer
    n_grids: int
    tolerance_share: dict[str, float]
    smallest_share: dict[str, float | None]
    causes: tuple[Cause, ...]
    headline: dict[str, str]


_WORDS = {
    "no_staff": ("Nobody is there to own a grid.", "没有可负责网格的人员。"),
    "too_few_units": (
        "There are too few units: {number} grids would have none.",
        "单元数量不足：{number} 个网格将没有单元。",
    ),
    "heavy_unit": (
        "One heavy unit: {at} alone has {load} more than a grid may have.",
        "单元过重：{at} 单独就超出一个网格上限 {load}。",
    ),
    "cut_off_part": (
        "The part around {at} is cut off by barriers, bureau borders or locked grids; its {load} fill no whole grids.",
        "{at} 一带被屏障、县局边界或已锁定网格隔开，其{load}无法凑成整数个网格。",
    ),
    "cut_off_parts": (
        "The parts of the district that no grid can leave do not share the grids out: {number} lack or are too many.",
        "相互隔开的片区无法分配网格：相差 {number} 个。",
    ),
    "bridge": (
        "A bridge whose far side cannot fill a grid: what hangs on {at} is {load} more than its one grid may have.",
        "瓶颈：{at} 之外的部分无法自成网格，全部并入后超出上限 {load}。",
    ),
    "no_whole_load": (
        "No whole numbers of {measure} lie within the tolerance.",
        "容差内没有可行的整数{measure}。",
    ),
    "must_link": ("{at} is fixed to several grids at once.", "{at} 同时被固定到多个网格。"),
    "forbidden": ("{at} is fixed to a grid in which it must not lie.", "{at} 被固定到其禁入的网格。"),
    "locked_heavy": (
        "{grid} is locked with {load} more than a grid may have.",
        "{grid} 网格已锁定，且超出一个网格上限 {load}。",
    ),
    "locked_light": (
        "{grid} is locked with {load} less than a grid must have.",
        "{grid} 网格已锁定，且低于一个网格下限 {load}。",
    ),
    "pinned_heavy": (
        "The units pinned to {grid} come to {load} more than a grid may have.",
        "固定在 {grid} 网格的单元超出一个网格上限 {load}。",
    ),
    "pinned_light": (
        "Pins, bans and locks leave {grid} {load} less than a grid must have.",
        "受固定、禁入和锁定所限，{grid} 网格比一个网格下限少 {load}。",
    ),
    "barred_grid": ("No unit may lie in {grid}.", "没有单元可以划入 {grid} 网格。"),
    "left_too_little": (
        "What pins, bans and locks leave is {load} less than the other grids need.",
        "除固定、禁入和锁定的部分外，其余网格还缺 {load}。",
    ),
    "left_too_much": (
        "What pins, bans and locks leave is {load} more than the other grids may have.",
        "除固定、禁入和锁定的部分外，其余网格超出 {load}。",
    ),
    "pins_apart": (
        "The units that {grid} must hold cannot be connected: barriers or a bureau border part {at} from the others.",
        "{grid} 网格必须包含的单元无法连通：{at} 与其余单元被屏障或县局边界隔开。",
    ),
    "pins_crossing": (
        "The units that {grid} must hold cannot be connected: units of other grids, or barred ones, shut {at} off.",
        "{grid} 网格必须包含的单元无法连通：{at} 被其他网格必须包含的单元或禁入单元隔断。",
    ),
    "small_budget": (
        "The churn budget is too small: {number} more shops must change hands at the least.",
        "变动预算不足：至少还需变动 {number} 户。",
    ),
}


def word_cause(rule: str, measure: str, unit: str, place: str, amount: float, grid: str = "") -> dict[str, str]:
    """Say one cause; what is unknown here keeps the rule's name."""
    english, chinese = _WORDS.get(
        "cut_off_parts" if rule == "cut_off_part" and not unit else rule, (f"{rule}: {{at}}", f"{rule}：{{at}}")
    )
    number = f"{-(-amount // 1) if rule == 'small_budget' else amount:,.0f}"
    measure_zh = _MEASURE_ZH.get(measure, measure)
    is_time = measure == "minutes"
    return {
        "en": english.format(
            at=(f"unit {unit}" + (f" ({place})" if place else "")) if unit else "a unit",
            grid=grid or "a grid",
            load=f"{amount:,.1f} minutes a day" if is_time else f"{amount:,.0f} {measure}",
            number=number,
            measure=measure,
        ),
        "zh": chinese.format(
            at=(f"单元 {unit}" + (f"（{place}）" if place else "")) if unit else "某单元",
            grid=grid or "某",
            load=f"每日 {amount:,.1f} 分钟" if is_time else f"{measure_zh} {amount:,.0f}",
            number=number,
            measure=measure_zh,
        ),
    }


def word_precheck(tolerance_share: float, smallest_share: float | None, causes: Sequence[Cause]) -> dict[str, str]:
    """Say the smallest tolerance of the minutes that can hold, and what stands in the way."""
    because = causes[0].words if causes else None
    if smallest_share is None:
        en, zh = "No tolerance can hold.", "任何容差都无法满足。"
    elif smallest_share > tolerance_share:
        en = f"No tolerance of the minutes below {_up(smallest_share)} can hold; {tolerance_share:.1%} is asked for."
        zh = f"工时容差低于 {_up(smallest_share)} 均无法满足，当前要求 {tolerance_share:.1%}。"
    elif because is not None:
        en, zh = "The rules exclude each other.", "规则之间相互矛盾。"
    else:
        en, zh = (
            f"Nothing was found that stands against {tolerance_share:.1%}",
            f"未发现与容差 {tolerance_share:.1%} 相冲突的情况",
        )
        if smallest_share >= _TOLD:
            en += f"; no tolerance below {_up(smallest_share)} can hold"
            zh += f"；低于 {_up(smallest_share)} 的容差无法满足"
        en, zh = f"{en}.", f"{zh}。"
    if because is not None:
        en, zh = f"{en} {because['en']}", f"{zh}{because['zh']}"
    return {"en": en, "zh": zh}


def _up(share: float) -> str:
    """Write a share rounded up to a tenth of a per cent, so that what is said to fail does fail below it."""
    return f"{-(-share * 1000 // 1) / 10:.1f}%" if share > 0 else "0.0%"
