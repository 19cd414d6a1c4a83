"""Turn the text of one cell into the value its column asks for, or say why it cannot be."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from functools import cache

from geo_data.table_schema import Column, Kind

Value = str | int | float | bool | dt.date | dt.time | None

# Control, zero-width, bidirectional and unpaired characters; PostgreSQL refuses the first of them, people see none.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060\ufeff\ufffe\uffff\ud800-\udfff]"
)
_BLANK = re.compile(r"\s+")
_DATE_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")
_TIME_FORMATS = ("%H:%M", "%H:%M:%S", "%H%M", "%H时%M分")
_TRUE, _FALSE = {"yes", "true", "1", "y", "t", "是", "on"}, {"no", "false", "0", "n", "f", "否", "off", "-1"}


def strip_control(text: str) -> tuple[str, int]:
    """Return the text without control, bidirectional and zero-width characters, blanks joined, and how many went."""
    plain, n_removed = _CONTROL.subn("", text)
    return _BLANK.sub(" ", plain).strip(), n_removed


def parse_cell(column: Column, text: str) -> tuple[Value, str]:
    """Return (value, fault): the typed value of a cell and an empty fault, or None and the words of what is wrong.

    Full-width digits and letters count as plain ones in everything but free text. A blank is None without a fault.
    """
    text, _ = strip_control(text)
    if not text:
        return None, ""
    if column.kind is Kind.TEXT:
        return (text, "") if len(text) <= column.max_length else (None, _too_long(column, text))
    return _PARSERS[column.kind](column, unicodedata.normalize("NFKC", text))


def show(text: str, limit: int = 40) -> str:
    """Return a cell's text for a message: quoted, cut with its length said."""
    return repr(text) if len(text) <= limit else f"{text[:limit]!r}... ({len(text)} characters)"


def _too_long(column: Column, text: str) -> str:
    return f"{show(text)} is longer than {column.max_length} characters"


def _parse_code(column: Column, text: str) -> tuple[Value, str]:
    if column.allowed:
        value = _allowed_values(column.name, column.allowed, tuple(column.synonyms.items())).get(text.casefold())
        return (value, "") if value else (None, f"{show(text)} is none of {', '.join(column.allowed)}")
    if len(text) > column.max_length:
        return None, _too_long(column, text)
    if column.pattern and not re.fullmatch(column.pattern, text):
        return None, f"{show(text)} does not have the form {column.pattern}"
    return text, ""


@cache
def _allowed_values(_: str, allowed: tuple[str, ...], synonyms: tuple[tuple[str, str], ...]) -> dict[str, str]:
    table = {word.casefold(): value for word, value in synonyms}
    return table | {value.casefold(): value for value in allowed}


def _parse_number(column: Column, text: str) -> tuple[Value, str]:
    plain = text.replace(" ", "")
    if re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?", plain):
        plain = plain.replace(",", "")
    try:
        number = float(plain)
    except ValueError:
        return None, f"{show(text)} is no number"
    if not math.isfinite(number):
        return None, f"{show(text)} is no finite number"
    if column.kind is Kind.INTEGER and not number.is_integer():
        return None, f"{show(text)} is no whole number"
    low = -math.inf if column.minimum is None else column.minimum
    high = math.inf if column.maximum is None else column.maximum
    if not low <= number <= high:
        return None, f"{show(text)} is outside {low:g} to {high:g}"
    return (int(number) if column.kind is Kind.INTEGER else number), ""


def _parse_boolean(_: Column, text: str) -> tuple[Value, str]:
    word = text.casefold()
    return (word in _TRUE, "") if word in _TRUE | _FALSE else (None, f"{show(text)} is neither yes nor no")


def _parse_date(_: Column, text: str) -> tuple[Value, str]:
    moment = _parse_moment(text, _DATE_FORMATS)
    return (None, f"{show(text)} is no date (YYYY-MM-DD)") if moment is None else (moment.date(), "")


def _parse_time(_: Column, text: str) -> tuple[Value, str]:
    moment = _parse_moment("00:00" if text in ("24:00", "24:00:00") else text, _TIME_FORMATS)
    return (None, f"{show(text)} is no time of day (HH:MM)") if moment is None else (moment.time(), "")


def _parse_moment(text: str, formats: tuple[str, ...]) -> dt.datetime | None:
    for pattern in formats:
        try:
            return dt.datetime.strptime(text, pattern)  # noqa: DTZ007 - a calendar date or a local time of day
        except ValueError:
            continue
    return None


_PARSERS = {
    Kind.CODE: _parse_code,
    Kind.NUMBER: _parse_number,
    Kind.INTEGER: _parse_number,
    Kind.BOOLEAN: _parse_boolean,
    Kind.DATE: _parse_date,
    Kind.TIME: _parse_time,
}
