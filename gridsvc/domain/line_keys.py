"""What the cycle plan calls a line: its grid (or person) and weekday, `M03-2`, and `M03-2~2` for a second one."""

from __future__ import annotations

import re
from collections.abc import Container
from itertools import count

LONGEST_NAME = 100
_KEY = re.compile(r"^(?P<place>.+)-[1-7](~\d+)?$")


def place_of_key(key: str) -> str | None:
    """Give the grid or person that a line is named after, None for a name of another form."""
    found = _KEY.match(key)
    return found["place"] if found else None


def free_key(place: str, weekday: int, taken: Container[str]) -> str:
    """Give the first key of a place and weekday (1 = Monday .. 7) that is not taken."""
    first = f"{place}-{weekday}"
    if first not in taken:
        return first
    return next(key for key in (f"{first}~{number}" for number in count(2)) if key not in taken)
