"""What people type, as values; every misspelling gets a sentence with the choices."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from gridsvc.domain.errors import BadInput
from gridsvc.domain.layers import Layer

if TYPE_CHECKING:
    from gridsvc.domain.borders import KeptBorder
    from gridsvc.usecases.couple_layers import Coupling

Choice = TypeVar("Choice", bound=StrEnum)
LANGUAGES = ("en", "zh")


def parse_layers(words: str) -> tuple[Layer, ...]:
    """Read a comma-separated list of layers; raises `BadInput` with the names there are."""
    names = [name.strip() for name in words.split(",") if name.strip()]
    unknown = [name for name in names if name not in set(Layer)]
    if unknown or not names:
        raise BadInput(f"unknown layer {', '.join(unknown) or words!r}; the layers are {', '.join(Layer)}")
    return tuple(dict.fromkeys(Layer(name) for name in names))


def parse_choice(choices: type[Choice], words: str, option: str) -> Choice:
    """Read one of the named values; raises `BadInput` with those there are."""
    try:
        return choices(words)
    except ValueError:
        raise BadInput(f"{option} {words} is unknown; it is one of {', '.join(choices)}") from None


def parse_coupling(words: str) -> Coupling:
    """Read how layers are coupled; raises `BadInput` with the ways there are."""
    from gridsvc.usecases.couple_layers import Coupling

    if words not in set(Coupling):
        raise BadInput(f"unknown coupling {words}; layers are designed {', '.join(Coupling)}")
    return Coupling(words)


def parse_language(words: str) -> str:
    """Read in which language a sentence is wanted; raises `BadInput` with those there are."""
    if words not in LANGUAGES:
        raise BadInput(f"--language {words} is unknown; it is one of {', '.join(LANGUAGES)}")
    return words


def parse_counts(words: list[str]) -> dict[Layer, int]:
    """Read `LAYER=NUMBER` entries; raises `BadInput` for each that is none."""
    counts: dict[Layer, int] = {}
    faults = []
    for entry in words:
        name, _, number = entry.partition("=")
        if name in set(Layer) and number.isdigit():
            counts[Layer(name)] = int(number)
        else:
            faults.append(f"{entry}: write it like marketing=12; the layers are {', '.join(Layer)}")
    if faults:
        raise BadInput("a number of grids is not readable", violations=tuple(faults))
    return counts


def parse_borders(words: list[str]) -> tuple[KeptBorder, ...]:
    """Read `LEVEL=hard|free|PRICE` entries of --keep; raises `BadInput` for each that is none."""
    from gridsvc.domain.borders import BorderMode, KeptBorder

    kept, faults = [], []
    for level, value in parse_pairs("--keep", words).items():
        if value in (BorderMode.HARD, BorderMode.FREE):
            kept.append(KeptBorder(level=level, mode=BorderMode(value)))
            continue
        try:
            border = KeptBorder(level=level, mode=BorderMode.PRICED, price=float(value))
        except ValueError:
            faults.append(f"--keep {level}={value}: hard, free, or a price such as 1.5")
            continue
        fault = border.fault()
        faults += [fault] if fault else []
        kept.append(border)
    if faults:
        raise BadInput("a border is not readable", violations=tuple(faults))
    return tuple(kept)


def parse_pairs(option: str, words: list[str]) -> dict[str, str]:
    """Read `NAME=VALUE` entries of an option; raises `BadInput` for each that is none."""
    pairs: dict[str, str] = {}
    faults = []
    for entry in words:
        name, sign, value = entry.partition("=")
        if sign and name.strip() and value.strip():
            pairs[name.strip()] = value.strip()
        else:
            faults.append(f"{option} {entry}: write it like {option} NAME=VALUE")
    if faults:
        raise BadInput(f"{option} is not readable", violations=tuple(faults))
    return pairs


def parse_instant(words: str | None, option: str = "--from") -> datetime | None:
    """Read an RFC 3339 instant, None for none; raises `BadInput` without an offset from UTC."""
    if words is None:
        return None
    try:
        instant = datetime.fromisoformat(words)
    except ValueError:
        raise BadInput(f"{option} {words} is no instant; write it like 2026-12-01T00:00:00+08:00") from None
    if instant.tzinfo is None:
        raise BadInput(f"{option} {words} needs an offset from UTC, for example {words}+08:00")
    return instant


def parse_place(lon: float, lat: float, crs: str) -> tuple[float, float]:
    """Give a position in the named datum as WGS-84 lon, lat; raises `BadInput` for a datum that is not known."""
    from geo_data.datums import Datum, to_wgs84

    try:
        datum = Datum(crs.lower())
    except ValueError:
        known = ", ".join(datum.value for datum in Datum)
        raise BadInput(f"{crs} is no datum that is known; --crs takes one of {known}") from None
    x, y = to_wgs84(lon, lat, datum)
    return float(x), float(y)


def parse_bounds(at_least: list[str], at_most: list[str]) -> dict[str, tuple[float | None, float | None]]:
    """Read `MEASURE=NUMBER` bounds; raises `BadInput` for each that is none."""
    low, high = parse_pairs("--at-least", at_least), parse_pairs("--at-most", at_most)
    faults, bounds = [], {}
    for name in dict.fromkeys([*low, *high]):
        try:
            bounds[name] = (
                float(low[name]) if name in low else None,
                float(high[name]) if name in high else None,
            )
        except ValueError:
            faults.append(f"{name}: {low.get(name, '')} {high.get(name, '')} is no number")
    if faults:
        raise BadInput("a bound is not readable", violations=tuple(faults))
    return bounds
