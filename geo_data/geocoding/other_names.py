"""Know streets, areas and landmarks by their other names: old ones, short ones, what people say.

A name that can only mean one street is that street, in what is asked and in what is known: the house numbers of both
count as one. A name that several streets may mean (中华路 for 中华北路 and 中华南路), or that another street bears
today, stays itself, and the house number decides between them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from enum import Enum

from geo_data.geocoding.chinese import simplified, stem_and_number
from geo_data.geocoding.parts import AddressParts, is_chinese, plain_text


class AliasKind(Enum):
    """Says what has another name."""

    STREET = "street"
    AREA = "area"
    LANDMARK = "landmark"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """Holds another name of a place.

    Parameters
    ----------
    alias : the other name: old, short or colloquial; an area's with its ending (黔灵镇)
    name : what the place is called in the streets, areas and addresses that were imported
    """

    kind: AliasKind
    alias: str
    name: str


class OtherNames:
    """Tells what a name stands for.

    Parameters
    ----------
    parse : an address into its parts, without other names
    streets : names of today's streets, as `street_key` gives them
    """

    def __init__(
        self, aliases: Iterable[Alias], parse: Callable[[str], AddressParts], streets: Collection[str]
    ) -> None:
        known = tuple(aliases)
        targets: dict[str, list[str]] = defaultdict(list)
        for item in known:
            if item.kind is AliasKind.STREET:
                key, name = street_key(item.alias, parse), street_key(item.name, parse)
                if key and name and key != name and name not in targets[key]:
                    targets[key].append(name)
        ends = {key: _ends(key, targets) for key in targets}
        self.renamed = {key: names[0] for key, names in ends.items() if len(names) == 1 and key not in streets}
        self.also = {key: names for key, names in ends.items() if names and key not in self.renamed}
        self.towns = {plain(a.alias): a.name for a in known if a.kind is AliasKind.AREA}
        self._landmarks = {plain(a.alias): plain(a.name) for a in known if a.kind is AliasKind.LANDMARK}

    def apply(self, text: str, parts: AddressParts, areas: Iterable[str]) -> AddressParts:
        """Return the parts with today's names; an old street name without an ending (老东门12号) is found, too."""
        if parts.street_key in self.renamed:
            parts = replace(parts, street=self.renamed[parts.street_key], lane="")
        elif parts.street in self.renamed:
            parts = replace(parts, street=self.renamed[parts.street])
        elif not parts.street_key and self.renamed and is_chinese(text):
            found = stem_and_number(text, areas)
            if found and found[0] in self.renamed:
                parts = replace(parts, street=self.renamed[found[0]], number=found[1])
        if parts.estate in self._landmarks:
            parts = replace(parts, estate=self._landmarks[parts.estate])
        if parts.landmark in self._landmarks:
            parts = replace(parts, landmark=self._landmarks[parts.landmark])
        return parts


def _ends(key: str, targets: dict[str, list[str]]) -> tuple[str, ...]:
    """Return today's names behind a name, through names that were changed twice; circles end where they began."""
    found: list[str] = []
    seen, left = {key}, list(targets[key])
    while left:
        name = left.pop(0)
        if name in seen:
            continue
        seen.add(name)
        if name in targets:
            left += targets[name]
        else:
            found.append(name)
    return tuple(found)


def street_key(name: str, parse: Callable[[str], AddressParts]) -> str:
    """Return a street's name as addresses that name it are parsed; empty for a blank one."""
    if is_chinese(name):
        return parse(name).street_key or plain(name)
    return parse(f"1 {name}").street_key  # a number first, so that 5 AVENUE is no house number 5


def plain(text: str) -> str:
    """Return a name for comparison: compatible forms, upper case, simplified characters."""
    return simplified(plain_text(text))
