"""Say which known streets a written name can mean, and how alike they are.

Western names are compared by their words: E 4 ST and N 4 ST are two streets 10 km apart, 4 ST may be short for either.
Chinese names are two to six characters, so that one wrong or lost character already meets many streets: all of them are
given, and the house number has to decide.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection

from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

from geo_data.geocoding.parts import is_chinese
from geo_data.geocoding.western import split_type

# Streets that are less alike than this are different ones.
MIN_LIKENESS = 0.80
_N_WESTERN = 4
_CHINESE_ENDING = re.compile(r"(大街|大道|路|街|巷|弄|里|道|胡同)$")


class StreetNames:
    """Holds the names of the known streets for comparison."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = sorted(names)
        self._known = frozenset(names)
        self._of_stem: dict[str, list[str]] = defaultdict(list)
        for name in self._names:
            self._of_stem[split_type(name)[0]].append(name)

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def alike(self, asked: str) -> list[tuple[str, float]]:
        """Return the streets that `asked` may be a misspelling of, most alike first, none below `MIN_LIKENESS`."""
        return self._alike_chinese(asked) if is_chinese(asked) else self._alike_western(asked)

    def one_off(self, asked: str) -> list[str]:
        """Return the Chinese streets that are one character away from a known one's name."""
        near = process.extract(asked, self._names, scorer=Levenshtein.distance, score_cutoff=1, limit=None)
        return [name for name, n_edits, _ in near if n_edits == 1 and _same_numbers(asked, name)]

    def without_ending(self, stem: str) -> list[tuple[str, float]]:
        """Return the Chinese streets that `stem` names with the ending lost (仁登 for 仁登路) or mistaken (仁登大)."""
        if len(stem) < 2:
            return []
        near = process.extract(stem, self._names, scorer=Levenshtein.distance, score_cutoff=1, limit=None)
        fitting = [name for name, _, _ in near if _CHINESE_ENDING.sub("", name) in (stem, stem[:-1])]
        return [(name, 0.85) for name in fitting if _same_numbers(stem, name)]

    def longest_ending(self, asked: str) -> str:
        """Return the known Chinese street that a longer name ends with: 十八里店东三环南路 holds 东三环南路."""
        if not is_chinese(asked):
            return ""
        return next((asked[start:] for start in range(1, len(asked) - 2) if asked[start:] in self._known), "")

    def _alike_western(self, asked: str) -> list[tuple[str, float]]:
        found = {name for name, _, _ in process.extract(asked, self._names, scorer=fuzz.ratio, limit=8)}
        found.update(self._of_stem.get(split_type(asked)[0], ()))
        rated = sorted(((name, _likeness(asked, name)) for name in found), key=lambda item: (-item[1], item[0]))
        best = rated[0][1] if rated else 0.0
        return [item for item in rated if item[1] >= max(MIN_LIKENESS, best - 0.05)][:_N_WESTERN]

    def _alike_chinese(self, asked: str) -> list[tuple[str, float]]:
        most = max(1, len(asked) // 3)
        near = process.extract(asked, self._names, scorer=Levenshtein.distance, score_cutoff=most, limit=None)
        rated = [(name, _chinese_likeness(asked, name, int(n_edits))) for name, n_edits, _ in near]
        kept = [item for item in rated if item[1] >= MIN_LIKENESS]
        best = max((likeness for _, likeness in kept), default=0.0)
        return sorted((item for item in kept if item[1] >= best - 0.05), key=lambda item: (-item[1], item[0]))


def family_of(street: str) -> str:
    """Return what numbered streets share: E 44 ST and E 45 ST are both of E # ST."""
    return re.sub(r"\d+", "#", street, count=1)


def _same_numbers(asked: str, known: str) -> bool:
    return re.findall(r"\d+", asked) == re.findall(r"\d+", known)


def _likeness(asked: str, known: str) -> float:
    """Return how alike two Western names are, 0 to 1; with other numbers, points or known types, they are not."""
    if not _same_numbers(asked, known) or _point_elsewhere(asked, known):
        return 0.0
    (asked_name, asked_type), (known_name, known_type) = split_type(asked), split_type(known)
    ratio = max(fuzz.ratio(asked, known), fuzz.ratio(asked_name, known_name)) / 100
    if asked_type and known_type and asked_type != known_type:
        return ratio - 0.15 if not re.search(r"\d", asked) and len(asked_name) > 2 else 0.0
    if not asked_type or not known_type:
        return ratio - 0.05
    return ratio


def _point_elsewhere(asked: str, known: str) -> bool:
    """Return whether both name a compass point, and not the same: E 4 ST and N 4 ST, AVE N and AVE S."""
    points = [re.findall(r"\b[NESW]\b", text) for text in (asked, known)]
    return bool(points[0] and points[1] and points[0] != points[1])


def _chinese_likeness(asked: str, known: str, n_edits: int) -> float:
    """Return how alike two Chinese names are: one character in three may differ, the ending has to agree."""
    longest = max(len(asked), len(known))
    if not _same_numbers(asked, known) or asked[-1] != known[-1] or longest < 3 or n_edits * 3 > longest:
        return 0.0
    return 0.95 - 0.4 * n_edits / longest
