"""Parse Chinese addresses from the largest part to the smallest.

Province, city, district and town by their endings and, where a register of areas is given, by name; then the road, the
lane off it, the house number with its 附 number, and inside: estate, building, unit, floor, room. Full-width digits,
Chinese numerals and traditional characters (by OpenCC, which knows the words in which a character stays) are brought to
one form first.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

import opencc

from geo_data.geocoding.chinese_names import CITIES, MUNICIPALITIES, PROVINCES
from geo_data.geocoding.parts import AddressParts, plain_text

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

_STEM = re.compile(r"^([^\d\s]{2,8}?)(\d{1,5})(?!\d)")
_PROVINCE = re.compile(
    rf"^(?:中国)?({'|'.join(PROVINCES)})(?:省|维吾尔自治区|壮族自治区|回族自治区|自治区|特别行政区|市(?!场|政))?(?=.)"
)
_CITY = re.compile(
    r"^(镇江市|[^\d\s路街道巷号区县]{2,9}?(?:自治州|地区|盟)|[^\d\s路街道巷号区县镇乡]{2,6}?市)(?!场|政府|政务|民|中心|区$|直|域)"
)
# A city named without 市 counts where a district, town or zone follows: 深圳福田区, but not 南京路.
_BARE_CITY = re.compile(rf"^({'|'.join(CITIES)})(?=[^\d路街巷号市]{{1,8}}?(?:区|县|街道|镇))(?!区|县|镇)")
_NAME = r"(?:(?!大道)[^\d\s路街巷号市])"
_DISTRICT = re.compile(
    rf"^(市[中南北辖郊]区|路[南北桥]区|{_NAME}{{1,9}}?(?:自治县|自治旗|林区|特区|新区|开发区|产业区|园区|保税区|"
    rf"(?:(?<![务小厂校])区|县|旗)(?!大街|街|路|庄))|"
    r"[^\d\s路街道巷号区县镇乡]{2,5}?市(?!场))(?!域|政府|政务|委|道|内|直)"
)
_ZONE = re.compile(
    r"^([^\d\s路街巷号市镇乡道]{0,8}?(?:开发区|开发技术区|高新区|新区|园区|工业区|保税区|科学城))(?![内外])"
)
_TOWN = re.compile(
    r"^([^\d\s巷号区()]{1,8}?街道(?:办事处|办)?(?!口)|[^\d\s路巷号区]{1,8}?(?:镇|乡|苏木)(?!府|政|中|北|南|东|西|上|下|村|路|街|大道))"
)
_VILLAGE = re.compile(
    r"^([^\d\s路街巷号]{1,8}?(?:社区居委会|居委会|社区|村委会|行政村|村民小组|村|组))(?![东南西北中]?(?:大?街|大道|路|镇|里|科))"
)
_ROAD_ENDINGS = "大街|大道|马路|公路|干道|支路|辅路|道路|路|街|道|国道|省道|县道|环线|胡同"
_SIDE = rf"(?:[东西南北中上下内外前后]|[{_NUMERAL}]{{1,2}}|[0-9]{{1,2}})"
_ROAD = re.compile(
    rf"((?:[0-9]{{1,4}}|[{_NUMERAL}]{{1,4}})号?(?:大街|大道|路|街|国道|省道|县道)"
    rf"|[^\d\s号栋幢,，(（)）/与]{{1,12}}?(?:{_ROAD_ENDINGS})(?![区口]))"
    rf"({_SIDE}{{0,2}}(?:段|路|街|大街|环路|道)(?!口)|[东西南北中](?=[0-9甲乙附]))?"
)
_LANE = re.compile(
    rf"^([^\d\s号栋幢路街,，]{{0,6}}?(?:[0-9]{{1,4}}|[{_NUMERAL}]{{1,3}})?(?:巷|支弄|弄|里|胡同)"
    rf"|(?:[0-9]{{1,4}}|[{_NUMERAL}]{{1,3}})条)(?!程|面|程碑)"
)
_HOUSE = re.compile(
    r"^(?:门牌|第)?([甲乙丙丁新老副]?)([0-9]{1,6}|[" + _NUMERAL + r"]{1,5}(?=号))([A-Z甲乙丙丁]?)"
    r"(?:[-、~—至/]([0-9]{1,6}))?[A-Z]?(号院|号楼|号|#|$|(?=[^0-9A-Z楼栋幢层室座单期米公年F区馆弄路街组]))(?![线地])"
)
_ATTACHED = re.compile(r"^(?:附|副|之|-)([0-9]{1,5}[A-Z]?)(?:号(?!楼|院))?")
_ESTATE_ENDINGS = (
    "小区|花园|家园|新村|公寓|雅居|华庭|府邸|名苑|苑|庭|新城|嘉园|山庄|大厦|大楼|商务楼|广场|中心|商场|市场|商城|工业园|产业园|"
    "科技园|创业园|孵化园|园区|工业区|软件园|基地|大院|宿舍|别墅|公馆|国际|城|写字楼"
)
_ESTATE = re.compile(rf"([^\d\s号,，()（）/]{{1,14}}(?:{_ESTATE_ENDINGS}))")
_BUILDING = re.compile(
    rf"([0-9A-Z{_NUMERAL}甲乙丙丁]{{1,5}}(?:号楼|栋|幢|座|#楼|#|号院)|[A-Z][0-9]?(?:座|栋|区|馆))(?!层|上|下|梯)"
)
_TOWN_ENDING = re.compile(r"(街道办事处|街道办|街道|镇|乡)$")
_TOWN_START = re.compile(r"街道办事处|街道办|街道|镇|乡")
_UNIT = re.compile(rf"([0-9A-Z{_NUMERAL}]{{1,3}}单元)")
_FLOOR = re.compile(rf"((?:负|地下|B)?[0-9{_NUMERAL}]{{1,3}}(?:[-~、—至][0-9]{{1,3}})?(?:层|楼|F))")
_ROOM = re.compile(
    r"([A-Z]?[0-9]{1,5}[A-Z]?(?:号门面|号商铺|号铺|室|房|户|门面|铺|店面|号))$|([A-Z]?[0-9]{3,5}[A-Z]?)$"
)
_LEAD = re.compile(r"^.{0,14}?(?:(?:地址|位于)[:：]?|(?:本部|总部)[:：])(?=.{4})")
_ZONE_BEFORE = re.compile(r"^(?:.+[与及/()]|.{2,}(?:区|园|镇|城|县|市|桥头)(?=.{3})|[东西南北中A-Z]区|村)(?=.{2,}$)")
_POSTCODE = re.compile(r"[,，(]?\d{6}[)]?$")


def parse_chinese(text: str, areas: Iterable[str] = ()) -> AddressParts:
    """Return the parts of a Chinese address; never fails, what no rule takes stands in `rest`.

    Parameters
    ----------
    areas : names of towns and street offices of the district, taken off where the address states them in any spelling
    """
    line = normalise_chinese(text)
    found, line = _administrative(line, areas)
    street, line = _take_street(line)
    lane, line = _take_lanes(line)
    number, number_to, suffix, line = _take_number(line)
    if number is None:
        later = _late_street(line)
        if later is not None and (later[2] is not None or not street):
            street, lane, number, number_to, suffix, line = later
    inside = _inside(line)
    return AddressParts(
        **found, street=_numerals(street), lane=lane, number=number, number_to=number_to, suffix=suffix,
        **inside,
    )  # fmt: skip


def local_part(text: str, areas: Iterable[str] = ()) -> str:
    """Return the normalised address without province, city, district and town: what stands on the door plate."""
    return _administrative(normalise_chinese(text), areas)[1]


def stem_and_number(text: str, areas: Iterable[str] = ()) -> tuple[str, int] | None:
    """Return what stands before the first number of an address, its ending or not (老东门12号), and the number."""
    match = _STEM.match(local_part(text, areas))
    return (match.group(1), int(match.group(2))) if match else None


def normalise_chinese(text: str) -> str:
    """Return the first address in a text with plain digits, simplified characters, no blanks, postcode or lead-in."""
    line = simplified(plain_text(text))
    line = _LEAD.sub("", line)
    line = re.sub(r"\s+", "", line)
    line = re.sub(r"[。:：\"'“”‘’·]", "", line)
    line = re.split(r"[;；]|(?<=[室层楼号])/", line)[0] or line
    return _POSTCODE.sub("", line) if len(line) > 12 else line


def simplified(text: str) -> str:
    """Return the text with traditional characters and their variants in simplified form, one character for one."""
    return str(_to_simplified().convert(text))


@functools.cache
def _to_simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


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

    return re.sub(rf"([{_NUMERAL}]+)(巷|支弄|弄|条|号路|号街|号大街)$", plain, name)


def _take(pattern: re.Pattern[str], line: str) -> tuple[str, str]:
    match = pattern.match(line)
    return (match.group(1), line[match.end() :]) if match else ("", line)


def _administrative(line: str, areas: Iterable[str]) -> tuple[dict[str, str], str]:
    found = {"province": "", "city": "", "district": "", "town": ""}
    match = _PROVINCE.match(line)
    if match:
        found["province"] = match.group(1)
        line = line[match.end() :]
        if match.group(1) in MUNICIPALITIES:
            found["city"] = match.group(1) + "市"
            line = line.removeprefix("市").removeprefix("市辖区")
            line = line.removeprefix(match.group(1) + "市")
    city, line = _take(_CITY, line)
    if not city:
        city, line = _take(_BARE_CITY, line)
    found["city"] = city or found["city"]
    found["district"], line = _take(_DISTRICT, line)
    if found["district"].endswith(("市", "县", "区")):  # a county-level city or a district may hold a zone of its own
        zone, rest = _take(_ZONE, line)
        if zone and found["district"].endswith("市"):
            found["district"] = zone
        line = rest
    found["town"], line = _take_town(line, areas)
    _, line = _take(_VILLAGE, line)
    return found, line


def _take_town(line: str, areas: Iterable[str]) -> tuple[str, str]:
    """Return (town, rest): a known town or street office in any of its spellings, else what ends like one."""
    for area in sorted(areas, key=len, reverse=True):
        stem = _TOWN_ENDING.sub("", area)
        if len(stem) < 2 or not line.startswith(stem):
            continue
        ending = _TOWN_START.match(line[len(stem) :])
        if ending:
            return area, line[len(stem) + ending.end() :]
    return _take(_TOWN, line)


def _take_street(line: str) -> tuple[str, str]:
    match = _ROAD.match(line)
    if match is None:
        return "", line
    return _own_name(match.group(0)), line[match.end() :]


def _take_lanes(line: str) -> tuple[str, str]:
    """Return (lanes, rest): a lane and the lane off it, numbers in plain digits: 鹤石巷一弄 -> 鹤石巷1弄."""
    first, line = _take(_LANE, line)
    second, line = _take(_LANE, line) if first else ("", line)
    return _numerals(first) + _numerals(second), line


def _own_name(street: str) -> str:
    """Return a street's name without the zone, park or town that stands before it: 工业园平安西路 -> 平安西路."""
    return _ZONE_BEFORE.sub("", street)


def _take_number(line: str) -> tuple[int | None, int | None, str, str]:
    match = _HOUSE.match(line)
    if match is None or match.group(5) == "号楼":
        return None, None, "", line
    rest = line[match.end() :]
    number = chinese_number(match.group(2))
    number_to = int(match.group(4)) if match.group(4) and number < int(match.group(4)) < number + 200 else None
    suffix = match.group(1) + match.group(3)
    attached = _ATTACHED.match(rest)
    if attached:
        suffix, rest = f"{suffix}附{attached.group(1)}", rest[attached.end() :]
    return number, number_to, suffix, rest


def _late_street(line: str) -> tuple[str, str, int | None, int | None, str, str] | None:
    """Look for a road further on in the text, one with a number first: 花果园 中山路12号; None where there is none."""
    first = None
    for match in _ROAD.finditer(line):
        lane, rest = _take_lanes(line[match.end() :])
        number, number_to, suffix, rest = _take_number(rest)
        found = (_own_name(match.group(0)), lane, number, number_to, suffix, line[: match.start()] + rest)
        if number is not None:
            return found
        first = first or found
    return first


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
