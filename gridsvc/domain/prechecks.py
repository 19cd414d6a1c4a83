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
    rule : no_staff, too_few_units, heavy_unit, cut_off_part, bridge, no_whole_load, must_link or forbidden
    measure : minutes (a working day), retailers or cartons; "" where no load is concerned
    unit : identifier of a unit there, "" for none; `place` is the office it lies in, or the barrier beside it
    amount : load beyond what one grid may have, units or grids that lack
    words : one sentence by language
    """

    rule: str
    measure: str
    unit: str
    place: str
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


def word_cause(rule: str, measure: str, unit: str, place: str, amount: float) -> dict[str, str]:  # noqa: PLR0911
    """Say one cause; what is unknown here keeps the rule's name."""
    at_en = f"unit {unit}" + (f" ({place})" if place else "") if unit else "a unit"
    at_zh = f"单元 {unit}" + (f"（{place}）" if place else "") if unit else "某单元"
    load_en = f"{amount:,.1f} minutes a day" if measure == "minutes" else f"{amount:,.0f} {measure}"
    load_zh = (
        f"每日 {amount:,.1f} 分钟" if measure == "minutes" else f"{_MEASURE_ZH.get(measure, measure)} {amount:,.0f}"
    )
    if rule == "no_staff":
        return {"en": "Nobody is there to own a grid.", "zh": "没有可负责网格的人员。"}
    if rule == "too_few_units":
        return {"en": f"There are too few units: {amount:.0f} grids would have none.",
                "zh": f"单元数量不足：{amount:.0f} 个网格将没有单元。"}  # fmt: skip
    if rule == "heavy_unit":
        return {"en": f"One heavy unit: {at_en} alone has {load_en} more than a grid may have.",
                "zh": f"单元过重：{at_zh} 单独就超出一个网格上限 {load_zh}。"}  # fmt: skip
    if rule == "cut_off_part" and unit:
        return {"en": f"The part around {at_en} is cut off by barriers or a bureau border; its {load_en} fill no whole "
                      "number of grids.",
                "zh": f"{at_zh} 一带被屏障或县局边界隔开，其{load_zh}无法凑成整数个网格。"}  # fmt: skip
    if rule == "cut_off_part":
        return {"en": f"The parts of the district that no grid can leave do not share the grids out: {amount:.0f} lack "
                      "or are too many.",
                "zh": f"相互隔开的片区无法分配网格：相差 {amount:.0f} 个。"}  # fmt: skip
    if rule == "bridge":
        return {"en": f"A bridge whose far side cannot fill a grid: what hangs on {at_en} is {load_en} more than the "
                      "one grid that holds it may have.",
                "zh": f"瓶颈：{at_zh} 之外的部分无法自成网格，全部并入后超出上限 {load_zh}。"}  # fmt: skip
    if rule == "no_whole_load":
        return {"en": f"No whole numbers of {measure} lie within the tolerance.",
                "zh": f"容差内没有可行的整数{_MEASURE_ZH.get(measure, measure)}。"}  # fmt: skip
    if rule == "must_link":
        return {"en": f"{at_en} is fixed to several grids at once.", "zh": f"{at_zh} 同时被固定到多个网格。"}
    if rule == "forbidden":
        return {"en": f"{at_en} is fixed to a grid in which it must not lie.", "zh": f"{at_zh} 被固定到其禁入的网格。"}
    return {"en": f"{rule}: {at_en}", "zh": f"{rule}：{at_zh}"}


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
