"""Parse Chinese addresses from the largest part to the smallest.

Province, city, district and town by their endings and, where a register of areas is given, by name; then the road, the
lane off it, the house number with its 附 number, and inside: estate, building, unit, floor, room. Full-width digits,
Chinese numerals and the traditional characters that occur in addresses are brought to one form first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from geo_data.geocoding.parts import AddressParts, plain_text

_TRADITIONAL = str.maketrans(
    "東號樓棟單雲貴陽華區縣鎮鄉莊橋門陳劉張楊黃趙吳鄭馮蔣韓許蘇盧葉鐘鄧錢譚賀賴龍萬羅賓館廣場興隆開發園邊廟灣嶺溝頭"
    "馬義禮壽寧長鳳龜鶴鵬飛騰馳躍進關聖觀閣臺塔湯溫泉涼爾瑪倉儲運輸匯豐盛業務實驗學醫藥廠礦鐵車站機場衛國際貿易",
    "东号楼栋单云贵阳华区县镇乡庄桥门陈刘张杨黄赵吴郑冯蒋韩许苏卢叶钟邓钱谭贺赖龙万罗宾馆广场兴隆开发园边庙湾岭沟头"
    "马义礼寿宁长凤龟鹤鹏飞腾驰跃进关圣观阁台塔汤温泉凉尔玛仓储运输汇丰盛业务实验学医药厂矿铁车站机场卫国际贸易",
)
_DIGIT = {
    "零": 0,
    "〇": 0,
    "○": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
_SCALE = {"十": 10, "百": 100, "千": 1000}
_NUMERAL = "零〇○一二两三四五六七八九十百千"

PROVINCES = [
    "北京",
    "天津",
    "上海",
    "重庆",
    "河北",
    "山西",
    "辽宁",
    "吉林",
    "黑龙江",
    "江苏",
    "浙江",
    "安徽",
    "福建",
    "江西",
    "山东",
    "河南",
    "湖北",
    "湖南",
    "广东",
    "海南",
    "四川",
    "贵州",
    "云南",
    "陕西",
    "甘肃",
    "青海",
    "台湾",
    "内蒙古",
    "广西",
    "西藏",
    "宁夏",
    "新疆",
    "香港",
    "澳门",
]
_MUNICIPALITIES = {"北京", "天津", "上海", "重庆"}
_PROVINCE = re.compile(
    rf"^(?:中国)?({'|'.join(PROVINCES)})(?:(省|维吾尔自治区|壮族自治区|回族自治区|自治区|特别行政区|市)|(?=.))"
)
_CITY = re.compile(
    r"^([^\d\s路街道巷号区县]{2,9}?(?:自治州|地区|盟)|[^\d\s路街道巷号区县镇乡]{2,6}?市)(?!场|政|民|中心|南|北|东|西|区)"
)
_DISTRICT = re.compile(
    r"^([^\d\s路街巷号市]{1,9}?(?:自治县|自治旗|林区|特区|新区|开发区|高新区|产业区|园区|保税区|区|县|旗)|"
    r"[^\d\s路街道巷号区县镇乡]{2,5}?市)(?!域|政|委|府|道|内|直)"
)
_TOWN = re.compile(r"^([^\d\s路巷号区]{1,8}?(?:街道办事处|街道办|街道|镇|乡|苏木))(?!府|政|中|北|南|东|西|上|下|村)")
_VILLAGE = re.compile(
    r"^([^\d\s路街巷号]{1,8}?(?:社区居委会|居委会|社区|村委会|行政村|村民小组|村|组))(?!路|街|镇|大道)"
)
_ROAD_ENDINGS = "大街|大道|马路|公路|干道|胡同|支路|辅路|道路|路|街|道|国道|省道|县道|环线"
_ROAD = re.compile(
    rf"([^\d\s号栋幢楼,，(（)）]{{1,12}}?(?:{_ROAD_ENDINGS}))"
    rf"((?:东|西|南|北|中|上|下|内|外|前|后|一|二|三|四|五|六|七|八|九|十|[0-9]{{1,2}}){{0,2}}(?:段|路|街|大街|环|道|条))?"
)
_LANE = re.compile(
    rf"^([^\d\s号栋幢楼路街,，]{{0,6}}?(?:[0-9]{{1,4}}|[{_NUMERAL}]{{1,3}})?(?:巷|弄|里|胡同|条|支弄))(?!程|面|程碑)"
)
_HOUSE = re.compile(
    r"^(?:门牌)?([甲乙丙丁新老副]?)([0-9]{1,6})(?:[-、~—至/]([0-9]{1,6}))*?([A-Z甲乙丙丁]?)(?:[-、~—至/]([0-9]{1,6}))?"
    r"(号院|号楼|号|號|#)(?!楼|栋|幢|线|地|院)?"
)
_ATTACHED = re.compile(r"^(?:[-之]?(?:附|副)?([0-9]{1,5}[A-Z]?)号?|(?:附|副)([0-9]{1,5}[A-Z]?)号?)")
_ESTATE = re.compile(
    r"([^\d\s号,，()（）]{2,14}?(?:小区|花园|家园|新村|公寓|雅居|华庭|府邸|名苑|苑|庭|新城|嘉园|山庄|大厦|大楼|广场|中心|商场|"
    r"市场|商城|工业园|产业园|科技园|创业园|园区|软件园|基地|大院|宿舍|别墅|公馆|国际|世纪城|城))"
)
_BUILDING = re.compile(
    rf"([0-9A-Z{_NUMERAL}甲乙丙丁]{{1,5}}(?:号楼|栋|幢|座|#楼|#|号院|楼|单体)|[A-Z](?:座|栋|区))(?!层|上|下|梯)"
)
_UNIT = re.compile(rf"([0-9A-Z{_NUMERAL}]{{1,3}}单元)")
_FLOOR = re.compile(rf"((?:负|地下|B)?[0-9{_NUMERAL}]{{1,3}}(?:层|楼|F))")
_ROOM = re.compile(
    r"([A-Z]?[0-9]{1,5}[A-Z]?(?:室|房|户|门面|铺|店面|号门面|号铺|号商铺|号))$|([A-Z]?[0-9]{3,5}[A-Z]?)$"
)


def parse_chinese(text: str, areas: Iterable[str] = ()) -> AddressParts:
    """Return the parts of a Chinese address; never fails, what no rule takes stands in `rest`.

    Parameters
    ----------
    areas : names of towns and street offices of the district, taken off where the address states them in any spelling
    """
    line = normalise_chinese(text)
    found, line = _administrative(line, areas)
    street, line = _take_street(line)
    lane, line = _take(_LANE, line) if street or _LANE.match(line) else ("", line)
    number, number_to, suffix, line = _take_number(line)
    if not street and number is None:
        street, lane, number, number_to, suffix, line = _late_street(line, lane)
    inside = _inside(line)
    return AddressParts(
        **found,
        street=_numerals(street),
        lane=_numerals(lane),
        number=number,
        number_to=number_to,
        suffix=suffix,
        **inside,
    )


def normalise_chinese(text: str) -> str:
    """Return the text with plain digits and simplified characters, without brackets' contents at the end and blanks."""
    line = plain_text(text).translate(_TRADITIONAL)
    line = re.sub(r"\s+", "", line) if re.search(r"[\u4e00-\u9fff]", line) else line
    return re.sub(r"[。;；:：\"'“”‘’]", "", line)


def chinese_number(text: str) -> int:
    """Return the value of Chinese numerals (十二 -> 12, 一〇三 -> 103); plain digits pass through.

    Raises
    ------
    ValueError : no number
    """
    if text.isdigit():
        return int(text)
    if any(character not in _NUMERAL for character in text) or not text:
        raise ValueError(f"{text!r} is no Chinese number")
    if not any(character in _SCALE for character in text):
        return int("".join(str(_DIGIT[character]) for character in text))
    total, digit = 0, 0
    for character in text:
        if character in _SCALE:
            total += (digit or 1) * _SCALE[character]
            digit = 0
        else:
            digit = _DIGIT[character]
    return total + digit


def _numerals(name: str) -> str:
    """Return a street or lane name with the number before its ending in plain digits: 三巷 -> 3巷, 一路 stays."""

    def plain(match: re.Match[str]) -> str:
        return f"{chinese_number(match.group(1))}{match.group(2)}"

    return re.sub(rf"([{_NUMERAL}]+)(巷|弄|条|支弄)$", plain, name)


def _take(pattern: re.Pattern[str], line: str) -> tuple[str, str]:
    match = pattern.match(line)
    return (match.group(1), line[match.end() :]) if match else ("", line)


def _administrative(line: str, areas: Iterable[str]) -> tuple[dict[str, str], str]:
    found = {"province": "", "city": "", "district": "", "town": ""}
    match = _PROVINCE.match(line)
    if match:
        found["province"] = match.group(1)
        line = line[match.end() :]
        if match.group(1) in _MUNICIPALITIES:
            found["city"] = match.group(1) + "市"
            line = line.removeprefix("市").removeprefix("市辖区")
            line = line.removeprefix(match.group(1) + "市")
    city, line = _take(_CITY, line)
    found["city"] = city or found["city"]
    district, line = _take(_DISTRICT, line)
    found["district"] = district
    if district.endswith("市"):  # a county-level city may hold a district of its own name rule
        inner, line = _take(re.compile(r"^([^\d\s路街巷号市]{2,8}?(?:开发区|高新区|新区|园区))"), line)
        found["district"] = inner or district
    for area in sorted(areas, key=len, reverse=True):
        stem = re.sub(r"(街道办事处|街道办|街道|镇|乡)$", "", area)
        if line.startswith(area) or (
            len(stem) >= 2 and re.match(rf"{re.escape(stem)}(街道办事处|街道办|街道|镇|乡)", line)
        ):
            found["town"] = area
            line = re.sub(rf"^{re.escape(stem)}(街道办事处|街道办|街道|镇|乡)", "", line)
            return found, line
    found["town"], line = _take(_TOWN, line)
    _, line = _take(_VILLAGE, line)
    return found, line


def _take_street(line: str) -> tuple[str, str]:
    match = _ROAD.match(line)
    if match is None:
        return "", line
    return match.group(0), line[match.end() :]


def _take_number(line: str) -> tuple[int | None, int | None, str, str]:
    match = _HOUSE.match(line)
    if match is None:
        return None, None, "", line
    rest = line[match.end() :]
    if match.group(6) == "号楼":
        return None, None, "", line
    number = int(match.group(2))
    last = match.group(5) or match.group(3)
    number_to = int(last) if last and number < int(last) < number + 200 else None
    suffix = (match.group(1) or "") + (match.group(4) or "")
    attached = re.match(r"^(?:附|副|之|-)([0-9]{1,5}[A-Z]?)(?:号)?", rest)
    if attached:
        suffix, rest = suffix + "附" + attached.group(1), rest[attached.end() :]
    return number, number_to, suffix, rest


def _late_street(line: str, lane: str) -> tuple[str, str, int | None, int | None, str, str]:
    """Look for a road with a number further on in the text: 花果园 中山路12号."""
    for match in _ROAD.finditer(line):
        street = match.group(0)
        rest = line[match.end() :]
        lane_found, rest = _take(_LANE, rest)
        number, number_to, suffix, rest = _take_number(rest)
        if number is not None:
            return street, lane_found, number, number_to, suffix, line[: match.start()] + rest
    return "", lane, None, None, "", line


def _inside(line: str) -> dict[str, str]:
    parts = {"estate": "", "building": "", "unit": "", "room": "", "landmark": "", "rest": ""}
    for name, pattern in (("room", _ROOM), ("unit", _UNIT), ("building", _BUILDING), ("estate", _ESTATE)):
        match = pattern.search(line)
        if match is None:
            continue
        parts[name] = next(group for group in match.groups() if group)
        line = line[: match.start()] + line[match.end() :]
    line = _FLOOR.sub("", line).strip(",，、-()（）")
    parts["rest"] = line
    if not parts["estate"] and 2 <= len(line) <= 12 and not re.search(r"\d", line):
        parts["landmark"] = line
    return parts
