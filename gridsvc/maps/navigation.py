"""Links that open a navigation application at a shop, each in the datum that the application expects."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from geo_data.datums import Datum, from_wgs84

_DECIMALS = 6


def navigation_links(lon: float, lat: float, name: str, *, is_driving: bool) -> dict[str, str]:
    """Give the links by application: `geo` (any, WGS-84), `amap` and `tencent` (GCJ-02), `baidu` (BD-09).

    Nothing is asked of another host before a person follows one.
    """
    gcj, bd = _at(lon, lat, Datum.GCJ02), _at(lon, lat, Datum.BD09)
    here = _at(lon, lat, Datum.WGS84)
    amap = {"to": f"{gcj[0]},{gcj[1]},{name}", "mode": "car" if is_driving else "walk", "coordinate": "gaode",
            "callnative": "1", "src": "gridsvc"}  # fmt: skip
    tencent = {"type": "drive" if is_driving else "walk", "to": name, "tocoord": f"{gcj[1]},{gcj[0]}",
               "referer": "gridsvc"}  # fmt: skip
    baidu = {"location": f"{bd[1]},{bd[0]}", "title": name, "content": name, "output": "html", "coord_type": "bd09ll",
             "src": "gridsvc"}  # fmt: skip
    return {
        "amap": f"https://uri.amap.com/navigation?{urlencode(amap)}",
        "baidu": f"https://api.map.baidu.com/marker?{urlencode(baidu)}",
        "tencent": f"https://apis.map.qq.com/uri/v1/routeplan?{urlencode(tencent)}",
        "geo": f"geo:{here[1]},{here[0]}?q={here[1]},{here[0]}({quote(name, safe='')})",
    }


def _at(lon: float, lat: float, datum: Datum) -> tuple[str, str]:
    x, y = from_wgs84(lon, lat, datum)
    return f"{float(x):.{_DECIMALS}f}", f"{float(y):.{_DECIMALS}f}"
