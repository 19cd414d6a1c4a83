"""Parse Western street addresses: number, street, and away with floors, suites and remarks.

Streets come out in one canonical spelling, so that FIFTH AVENUE, 5th Ave. and 5 AVE are the same: street types in their
postal abbreviation, ordinals as plain numbers, compass points as letters, SAINT and FORT spelt out.
"""

from __future__ import annotations

import re

from rapidfuzz import fuzz, process

from geo_data.geocoding.parts import AddressParts, plain_text

# USPS Publication 28, appendix C1, as far as the registers at hand use it.
STREET_TYPES = {
    "AVE": "AVENUE AV AVEN AVENU AVN AVNUE AVES",
    "ST": "STREET STR STRT STREETS",
    "RD": "ROAD",
    "BLVD": "BOULEVARD BOUL BOULV BLV",
    "PL": "PLACE PLC",
    "PKWY": "PARKWAY PKY PKWAY PARKWY PRKWAY",
    "HWY": "HIGHWAY HIWAY HIGHWY",
    "DR": "DRIVE DRV",
    "CT": "COURT CRT",
    "LN": "LANE",
    "TER": "TERRACE TERR",
    "SQ": "SQUARE SQR",
    "PLZ": "PLAZA",
    "EXPY": "EXPRESSWAY EXPWY",
    "WAY": "",
    "WALK": "",
    "LOOP": "",
    "ALY": "ALLEY",
    "CIR": "CIRCLE",
    "CRES": "CRESCENT",
    "MEWS": "",
    "ROW": "",
    "SLIP": "",
    "OVAL": "",
    "TPKE": "TURNPIKE",
    "CTR": "CENTER CENTRE CNTR",
    "MKT": "MARKET",
    "EXT": "EXTENSION EXTN",
}
_TYPE_OF_WORD = {word: short for short, words in STREET_TYPES.items() for word in (short, *words.split())}
_LONG_TYPE_WORDS = ("STREET", "AVENUE", "BOULEVARD", "PARKWAY", "HIGHWAY", "PLACE")
_COMPASS = {"NORTH": "N", "SOUTH": "S", "EAST": "E", "WEST": "W", "N": "N", "S": "S", "E": "E", "W": "W"}
_ORDINAL_NAMES = "FIRST SECOND THIRD FOURTH FIFTH SIXTH SEVENTH EIGHTH NINTH TENTH ELEVENTH TWELFTH"
_ORDINAL_WORDS = {word: str(number) for number, word in enumerate(_ORDINAL_NAMES.split(), start=1)}
# From these words on, an address speaks of what is inside the house or of something else altogether.
_INSIDE = re.compile(
    r"\b(STE|SUITE|FL|FLR|FLOOR|UNIT|APT|STORE|SPACE|RM|ROOM|BOX|MAILBOX|MAIL BOX|ATTN|AKA|A/K/A|BLDG|BLD|BUILDING|"
    r"LOWER|GROUND|BASEMENT|BSMT|LEVEL|REAR|C/O|LOT|STALL|BOOTH|KIOSK|CORNER OF|CORP|INC|LLC)\b.*$|#.*$|\*.*$|;.*$"
)
_FLOOR_BEFORE = re.compile(r"\b\d+(ST|ND|RD|TH)?\s*(FL|FLR|FLOOR)\b.*$")
_NUMBER = re.compile(r"^\s*(\d{1,6})\s*([A-Z]?)(?:\s*[-/&]\s*(\d{1,6})\s*([A-Z]?))?(?:\s*[-/&]\s*\d+[A-Z]?)*\s+(?=\S)")
_ORDINAL = re.compile(r"^(\d+)(ST|ND|RD|TH|D)$")


def parse_western(text: str) -> AddressParts:
    """Return the parts of a Western address: `number`, `number_to`, `suffix`, `street`, `rest`.

    Never fails; a text without a street gives empty parts and stands in `rest`. A hyphenated Queens number 104-23
    counts as 10423, a range 396-398 or 7614-16 as both of its ends.
    """
    plain = plain_text(text)
    line = re.sub(r"\([^)]*\)?", " ", plain)
    line = line.replace(".", " ").replace(",", " , ").replace("'", "")
    line = _FLOOR_BEFORE.sub("", line)
    line = _INSIDE.sub("", line)
    number, number_to, suffix, street_text = _split_number(line)
    street, rest = canonical_street(street_text)
    return AddressParts(number=number, number_to=number_to, suffix=suffix, street=street, rest=rest)


def _split_number(line: str) -> tuple[int | None, int | None, str, str]:
    match = _NUMBER.match(line)
    if match is None:
        return None, None, "", line
    first, letter, second = int(match.group(1)), match.group(2), match.group(3)
    rest = line[match.end() :]
    if letter and not second and letter in _COMPASS and re.match(r"\d", rest):  # 12 E 5TH ST
        letter, rest = "", f"{letter} {rest}"
    number, number_to = first, None
    if second:
        completed = int(match.group(1)[: -len(second)] + second) if len(second) < len(match.group(1)) else int(second)
        if second.startswith("0") or completed < first:
            number = first * 100 + int(second)
        else:
            number_to = completed
    return number, number_to, letter, rest


def canonical_street(text: str) -> tuple[str, str]:
    """Return (street, rest): the street in canonical spelling and the words behind it."""
    words = [word for word in re.sub(r"[^A-Z0-9,\- ]", " ", text).replace("-", " ").split() if word]
    if "," in words:
        cut = words.index(",")
        words = words[:cut] if cut else words[1:]
    words = [_ORDINAL_WORDS.get(word, word) for word in words if word != ","]
    words = [_ORDINAL.sub(r"\1", word) if word != "1D" else word for word in words]
    if not words:
        return "", ""
    result: list[str] = []
    for position, word in enumerate(words):
        result.append(_canonical_word(word, position, words))
    end = _street_end(result)
    return " ".join(result[:end]), " ".join(result[end:])


def _canonical_word(word: str, position: int, words: list[str]) -> str:
    is_last = position == len(words) - 1
    if word == "ST" and not is_last and (position == 0 or words[position - 1] in _COMPASS):
        following = words[position + 1]
        return "ST" if following.isdigit() or following in _TYPE_OF_WORD else "SAINT"
    if word in ("FT", "MT"):
        return {"FT": "FORT", "MT": "MOUNT"}[word]
    if word in _COMPASS and not is_last and position == 0:
        return _COMPASS[word]
    if position > 0 or _is_lettered_avenue(words):
        return _TYPE_OF_WORD.get(word) or (_misspelt_type(word) if is_last else word)
    return word


def _misspelt_type(word: str) -> str:
    """Return the type that a word of five letters or more nearly spells (TREET, AVUNUE, STREET1), else the word."""
    if len(word) < 5:
        return word
    near = process.extractOne(word, _LONG_TYPE_WORDS, scorer=fuzz.ratio, score_cutoff=80)
    return _TYPE_OF_WORD[near[0]] if near else word


def _is_lettered_avenue(words: list[str]) -> bool:
    return len(words) > 1 and len(words[1]) == 1 and words[1].isalpha()


def _street_end(words: list[str]) -> int:
    """Return how many words belong to the street: up to its type, and a compass point or a second type behind it."""
    if words[0] == "AVE" and len(words) > 1 and len(words[1]) == 1:
        return 2
    for position in range(1, len(words)):
        if words[position] in STREET_TYPES:
            end = position + 1
            while end < len(words) and (words[end] in STREET_TYPES or words[end] in _COMPASS):
                end += 1
            return end
    return len(words)


def split_type(street: str) -> tuple[str, str]:
    """Return (name, type) of a canonical street; the type is empty where it has none."""
    words = street.split()
    if len(words) > 1 and words[0] == "AVE":
        return " ".join(words[1:]), "AVE"
    for position in range(len(words) - 1, 0, -1):
        if words[position] in STREET_TYPES:
            return " ".join(words[:position] + words[position + 1 :]), words[position]
    return street, ""
