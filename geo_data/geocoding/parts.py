"""Hold the parts of an address, whatever the script it is written in."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressParts:
    """Holds a parsed address; every part is normalised for comparison and empty (None for numbers) where not stated.

    Parameters
    ----------
    province, city, district, town : administrative names with their endings
    street : road name; Western ones in canonical abbreviations, "5 AVE", "SAINT JOHNS PL"
    lane : lane off the street (巷, 弄, 里, 胡同) with its own name or number
    number, number_to : house number, and the last one of a range
    suffix : letter or 附 number behind the house number
    estate, building, unit, room : of a housing estate or building
    landmark : a named place that is no estate
    rest : what no rule took
    """

    province: str = ""
    city: str = ""
    district: str = ""
    town: str = ""
    street: str = ""
    lane: str = ""
    number: int | None = None
    number_to: int | None = None
    suffix: str = ""
    estate: str = ""
    building: str = ""
    unit: str = ""
    room: str = ""
    landmark: str = ""
    rest: str = ""

    @property
    def street_key(self) -> str:
        """Return the name under which house numbers are counted: the street, and the lane where there is one."""
        return f"{self.street}{self.lane}"

    @property
    def middle_number(self) -> float | None:
        """Return the house number, the middle of a range."""
        if self.number is None:
            return None
        return (self.number + (self.number_to or self.number)) / 2


def plain_text(text: str, limit: int = 500) -> str:
    """Return the text in compatible forms, without control characters, upper case, at most `limit` characters.

    What lies beyond the limit cannot be an address; the result of a longer text is that of its beginning.
    """
    plain = unicodedata.normalize("NFKC", text[: 4 * limit])[:limit]
    kept = "".join(" " if unicodedata.category(character)[0] in "CZ" else character for character in plain)
    return " ".join(kept.upper().split())


def is_chinese(text: str) -> bool:
    """Return whether the text holds a Chinese character."""
    return any("\u3400" <= character <= "\u9fff" or "\U00020000" <= character <= "\U0003ffff" for character in text)
