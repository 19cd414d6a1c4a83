"""The words of exported maps."""

from __future__ import annotations

from gridsvc.domain.layers import Layer

LANGUAGES = ("zh", "en")
WORDS: dict[str, dict[str, str]] = {
    "zh": {
        Layer.INSPECTION: "专卖网格", Layer.MARKETING: "营销网格", Layer.DELIVERY: "配送网格",
        "internal": "内部使用", "synthetic": "SYNTHETIC 虚构数据", "grid": "网格", "owner": "责任人", "shops": "户数",
        "minutes": "分钟/日", "deviation": "偏差", "pieces": "连片", "vacancy": "空缺", "generation": "第 {n} 代",
        "exported": "{user} 导出于 {date}", "approval": "审图号：{number}", "legend": "图例", "shop": "零售户",
        "border": "网格边界", "number": "网格编号", "tolerance": "允许偏差 ±{share}", "total": "合计",
        "code": "客户编码", "name": "店名", "address": "地址", "tier": "档", "area": "{area} 平方公里",
        "neighbour": "相邻网格", "street": "道路", "no_units": "该网格没有单元", "signed": "签字确认", "no": "序号",
    },
    "en": {
        Layer.INSPECTION: "Inspection grids", Layer.MARKETING: "Marketing grids", Layer.DELIVERY: "Delivery grids",
        "internal": "Internal use", "synthetic": "SYNTHETIC invented data", "grid": "Grid", "owner": "Owner",
        "shops": "Shops", "minutes": "Min/day", "deviation": "Deviation", "pieces": "Pieces", "vacancy": "vacant",
        "generation": "generation {n}", "exported": "exported by {user} on {date}",
        "approval": "Map approval number: {number}", "legend": "Legend", "shop": "Shop", "border": "Border of a grid",
        "number": "Number of a grid", "tolerance": "accepted deviation ±{share}", "total": "Total", "code": "Code",
        "name": "Name", "address": "Address", "tier": "Tier", "area": "{area} km²", "neighbour": "Neighbouring grid",
        "street": "Street", "no_units": "This grid has no units", "signed": "Signature", "no": "No.",
    },
}  # fmt: skip
