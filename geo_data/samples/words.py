"""Word lists of the sample: road, office, shop and personal names are drawn from these by the seed.

The names and twelve-digit codes of the 17 street offices of Yunyan (520103) are real ones (data version 2023.240319,
AreaCity-JsSpider-StatsGov, MIT; see NOTICE); their shapes and places here are invented. Everything else is made up.
"""

from __future__ import annotations

import itertools

import numpy as np

YUNYAN_ADCODE = "520103"

YUNYAN_OFFICES: tuple[tuple[str, str], ...] = (
    ("520103021000", "文昌阁街道"),
    ("520103022000", "盐务街街道"),
    ("520103025000", "毓秀街道"),
    ("520103023000", "普陀路街道"),
    ("520103020000", "黔灵东路街道"),
    ("520103026000", "威清门街道"),
    ("520103027000", "市西河街道"),
    ("520103024000", "八鸽岩街道"),
    ("520103019000", "大营路街道"),
    ("520103028000", "头桥街道"),
    ("520103029000", "三桥路街道"),
    ("520103032000", "茶园路街道"),
    ("520103030000", "马王街道"),
    ("520103033000", "杨惠街道"),
    ("520103031000", "金关街道"),
    ("520103034000", "渔安街道"),
    ("520103100000", "黔灵镇"),
)
"""Code and full name, from the middle of the invented district outwards."""

_ROAD_FIRST = (
    "文永和长兴安平北南东西新华光明德仁义礼福禄寿康宁顺清云松竹梅兰桂枫柳青碧锦玉金银石龙凤鹤鹿白红黄春秋朝晖瑞祥泰嘉翠"
)
_ROAD_SECOND = "昌乐安宁兴源泉溪桥井塘坝湾岭坡台阁楼门坊苑园林华盛隆丰登庆和平康福寿达通远望江河水山石田景秀霞岩湖香亭"
_SHOP_WORD = [
    "鑫源", "惠民", "福满", "顺达", "永兴", "金桥", "佳和", "万家", "好又来", "兴隆", "吉祥", "百汇", "天天",
    "聚福", "德胜", "广源", "宏发", "祥云", "锦绣", "万顺", "利民", "华丰", "新源", "喜乐", "康乐", "恒昌",
    "友谊", "红星", "鸿运", "荣华", "家家乐", "益民", "多又多", "客来", "春晖", "旺角", "大众", "便民", "平价",
    "瑞丰", "嘉禾", "金秋", "一品", "诚信", "老街", "山城", "清泉", "云上", "苗家", "黔味",
]  # fmt: skip
_SHOP_TYPE = (
    ("便利店", 30), ("超市", 16), ("副食店", 13), ("烟酒店", 12), ("小卖部", 9), ("百货店", 5), ("烟酒茶行", 4),
    ("商店", 4), ("生活超市", 3), ("食品店", 2), ("酒业商行", 1), ("餐饮店", 1),
)  # fmt: skip
_SURNAME = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛"
    "叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔"
    "贺赖龚文"
)
_GIVEN_A = "志建国文明春秋海晓小永德家世思雨子梦嘉天浩俊雅诗静佳美丽桂秀玉兰红燕彩云成光正学宏启"
_GIVEN_B = "强军华平伟峰勇涛明辉斌鹏宇轩涵怡欣颖琳婷芳霞梅英娟敏洁倩艳玲群林松柏川江波洋帆宁康乐"
_ESTATE_FIRST = [
    "锦绣", "翠湖", "云岭", "阳光", "金色", "碧水", "山水", "鸿基", "盛世", "银河", "枫林", "东方", "御景",
    "悦城", "学府", "丽景", "康馨", "兰亭", "紫荆",
]  # fmt: skip
_ESTATE_LAST = [
    "花园", "小区", "家园", "名苑", "新村", "公寓", "雅居", "华庭", "府邸", "新城",
]  # fmt: skip


def road_stems(n: int, rng: np.random.Generator) -> list[str]:
    """Return `n` distinct stems of road names: two characters, then numbered (文昌二), then three and four."""
    pairs = [a + b for a in _ROAD_FIRST for b in _ROAD_SECOND if a != b]
    pairs = [pairs[k] for k in rng.permutation(len(pairs))]
    lead = [_ROAD_FIRST[k] for k in rng.permutation(len(_ROAD_FIRST))]
    numbered = (pair + figure for figure in "二三四五六七八九" for pair in pairs)
    triples = (first + pair for first in lead for pair in pairs if first not in pair)
    longer = (other + first + pair for other in lead for first in lead for pair in pairs if other != first)
    return list(itertools.islice(itertools.chain(pairs, numbered, triples, longer), n))


def person_names(n: int, rng: np.random.Generator) -> list[str]:
    """Return `n` distinct invented personal names."""
    names: dict[str, None] = {}
    while len(names) < n:
        given = _GIVEN_A[int(rng.integers(len(_GIVEN_A)))] if rng.uniform() < 0.72 else ""
        surname = _SURNAME[int(len(_SURNAME) * rng.uniform() ** 1.6)]
        names[surname + given + _GIVEN_B[int(rng.integers(len(_GIVEN_B)))]] = None
    return list(names)


def shop_names(district: list[str], rng: np.random.Generator) -> list[str]:
    """Return a shop name for each entry of `district`, whose name some carry; like real ones they repeat at times."""
    n = len(district)
    kinds, weight = [t for t, _ in _SHOP_TYPE], np.array([w for _, w in _SHOP_TYPE], dtype=np.float64)
    kind = rng.choice(len(kinds), n, p=weight / weight.sum())
    style, word = rng.uniform(size=n), rng.integers(len(_SHOP_WORD), size=n)
    surname = (len(_SURNAME) * rng.uniform(size=n) ** 1.6).astype(np.int64)
    given, second = rng.integers(len(_GIVEN_B), size=n), rng.integers(len(_SHOP_WORD), size=n)
    out = []
    for k in range(n):
        if style[k] < 0.22:
            name = f"{_SURNAME[surname[k]]}记{_SHOP_WORD[word[k]]}{kinds[kind[k]]}"
        elif style[k] < 0.36:
            name = f"{_SURNAME[surname[k]]}{_GIVEN_B[given[k]]}{kinds[kind[k]]}"
        elif style[k] < 0.72:
            name = f"{district[k]}{_SHOP_WORD[word[k]]}{kinds[kind[k]]}"
        else:
            name = f"{_SHOP_WORD[word[k]]}{_SHOP_WORD[second[k]][0]}{kinds[kind[k]]}"
        out.append(name + ("（个体工商户）" if style[k] % 0.1 < 0.012 else ""))
    return out


def estate_names(n: int, rng: np.random.Generator) -> list[str]:
    """Return `n` names of housing estates."""
    first, last = rng.integers(len(_ESTATE_FIRST), size=n), rng.integers(len(_ESTATE_LAST), size=n)
    return [_ESTATE_FIRST[a] + _ESTATE_LAST[b] for a, b in zip(first, last, strict=True)]
