"""The words of the pages in each language, and which language a person reads.

Words live in one file per language and area: `words/zh/map.json`. A key belongs to one area, so that rooms do not
overwrite each other's words.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import orjson
from starlette.requests import Request

LANGUAGES = ("zh", "en")
LANGUAGE_COOKIE = "gridsvc_language"
HTML_LANG = {"zh": "zh-CN", "en": "en"}
COMMON = "common"
_FOLDER = Path(__file__).parent / "words"


@cache
def words(language: str, areas: tuple[str, ...] | None = None) -> dict[str, str]:
    """Give the words of a language by key: of some areas and the common one, or of all.

    Raises `ValueError` when two areas have the same key.
    """
    found: dict[str, str] = {}
    for file in sorted((_FOLDER / language).glob("*.json")):
        if areas is not None and file.stem not in (COMMON, *areas):
            continue
        own: dict[str, str] = orjson.loads(file.read_bytes())
        if twice := found.keys() & own.keys():
            raise ValueError(f"{file.parent.name}/{file.name} repeats {', '.join(sorted(twice))}")
        found |= own
    return found


def language_of(request: Request) -> str:
    """Give the language chosen before, else the first known one of Accept-Language, else Chinese."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return chosen
    return preferred(request.headers.get("accept-language", ""))


def preferred(accept_language: str) -> str:
    """Give the known language that an Accept-Language header (RFC 9110) likes best."""
    ranked = []
    for position, part in enumerate(accept_language.split(",")):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        ranked.append((-weight, position, tag.split("-")[0].lower()))
    return next((tag for weight, _, tag in sorted(ranked) if tag in LANGUAGES and weight < 0), LANGUAGES[0])
