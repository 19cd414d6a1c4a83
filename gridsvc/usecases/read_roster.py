"""Read a changed roster: who shall own which shop, and every row that cannot be used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from geo_data.readers import ReadError, read_table
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import GridId, RetailerId, StaffId
from gridsvc.domain.layers import ROLE_OF_LAYER, Layer
from gridsvc.storage.staff import StaffMember
from gridsvc.usecases.write_roster import CODE, NAME

Owned = Mapping[tuple[RetailerId, Layer], tuple[StaffId, GridId | None]]
_MOST_FAULTS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterChanges:
    """What a roster changes: the wanted owner of every shop and layer that differs from today."""

    n_rows: int
    owner_of: dict[tuple[RetailerId, Layer], StaffId]

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Layers in which anything changes."""
        changed = {layer for _, layer in self.owner_of}
        return tuple(layer for layer in Layer if layer in changed)


def read_roster(
    path: Path, *, shop_of: Mapping[str, RetailerId], people: Mapping[StaffId, StaffMember], owned: Owned
) -> RosterChanges:
    """Compare a roster with today's owners.

    An owner is named by code, by name, or by both. Where only one of the two was changed, the changed one counts:
    planners work by name and leave the code as it was. An empty owner, a missing column or a missing shop changes
    nothing.

    Parameters
    ----------
    shop_of : retailer_id by retailer_code of the shops that can be given to somebody

    Raises
    ------
    BadInput
        no table, no column of shops or owners, or rows that cannot be used: unknown shops, codes or names, a name that
        several people have, the wrong role, a shop in two rows. All of them, with their row numbers.
    """
    try:
        table = read_table(path)
    except ReadError as error:
        raise BadInput(str(error)) from error
    headings = {heading.strip().lower(): heading for heading in table.headings}
    layers = [layer for layer in Layer if CODE[layer] in headings or NAME[layer] in headings]
    if "retailer_code" not in headings or not layers:
        raise BadInput("a roster has a column retailer_code and columns such as marketing_staff_code or ..._staff_name")
    reading = _Reading(people, owned)
    columns = {key: table.frame[heading].tolist() for key, heading in headings.items()}
    for position, row_no in enumerate(table.row_numbers.tolist()):
        row = {key: _plain(values[position]) for key, values in columns.items()}
        reading.take(int(row_no), row, shop_of, layers)
    if reading.faults:
        listed = reading.faults[:_MOST_FAULTS]
        more = len(reading.faults) - len(listed)
        rest = (f"and {more:,} more",) if more else ()
        raise BadInput(
            f"{len(reading.faults):,} things in the roster cannot be used; nothing was written",
            violations=(*listed, *rest),
        )
    return RosterChanges(n_rows=len(table.row_numbers), owner_of=reading.changes)


def _plain(value: object) -> str:
    """Give a cell's text without blanks around it and without the apostrophe that keeps it from being a formula."""
    text = "" if value is None else str(value).strip()
    return text[1:] if text[:1] == "'" else text


class _Reading:
    def __init__(self, people: Mapping[StaffId, StaffMember], owned: Owned) -> None:
        self.people, self.owned = people, owned
        self.by_code = {person.staff_code: person for person in people.values()}
        self.by_name: dict[tuple[Layer, str], list[StaffMember]] = {}
        for person in people.values():
            self.by_name.setdefault((person.role.layer, person.name), []).append(person)
        self.first_row: dict[str, int] = {}
        self.changes: dict[tuple[RetailerId, Layer], StaffId] = {}
        self.faults: list[str] = []

    def take(self, row_no: int, row: Mapping[str, str], shop_of: Mapping[str, RetailerId], layers: list[Layer]) -> None:
        code = row["retailer_code"]
        shop = shop_of.get(code)
        if shop is None:
            self._fault(row_no, "retailer_code", f"no active shop {code[:60]} lies inside the units")
            return
        if code in self.first_row:
            self._fault(row_no, "retailer_code", f"shop {code} stands in row {self.first_row[code]} already")
            return
        self.first_row[code] = row_no
        for layer in layers:
            found = self.owned.get((shop, layer))
            now = self.people.get(found[0]) if found else None
            wanted = self._wanted(row_no, layer, row.get(CODE[layer], ""), row.get(NAME[layer], ""), now)
            if wanted is not None and (now is None or wanted.staff_id != now.staff_id):
                self.changes[shop, layer] = wanted.staff_id

    def _wanted(self, row_no: int, layer: Layer, code: str, name: str, now: StaffMember | None) -> StaffMember | None:
        """Give who shall own the shop; None = as today, or a fault that was noted."""
        is_same_code = not code or (now is not None and code == now.staff_code)
        is_same_name = not name or (now is not None and name == now.name)
        if is_same_code and is_same_name:
            return now
        column = NAME[layer] if is_same_code else CODE[layer]
        found = self._named(layer, name) if is_same_code else self._coded(layer, code, "" if is_same_name else name)
        if isinstance(found, str):
            self._fault(row_no, column, found)
            return None
        return found

    def _coded(self, layer: Layer, code: str, name: str) -> StaffMember | str:
        person = self.by_code.get(code)
        if person is None:
            return f"there is no member of staff {code[:60]}"
        if person.role.layer is not layer:
            return f"{code} is a {person.role}, not a {ROLE_OF_LAYER[layer]}"
        return person if name in ("", person.name) else f"{code} is {person.name}, not {name[:60]}"

    def _named(self, layer: Layer, name: str) -> StaffMember | str:
        named = self.by_name.get((layer, name), [])
        if len(named) == 1:
            return named[0]
        codes = ", ".join(person.staff_code for person in named)
        if codes:
            return f"{name} is the name of {codes}; change the code too"
        return f"no {ROLE_OF_LAYER[layer]} is called {name[:60]}"

    def _fault(self, row_no: int, column: str, words: str) -> None:
        self.faults.append(f"row {row_no}, {column}: {words}")


def units_to_move(
    votes: Mapping[int, Mapping[StaffId, int]], present: Mapping[int, StaffId | None]
) -> Iterator[tuple[int, StaffId]]:
    """Give the units whose shops mostly belong to another person than the unit's: (unit, that person).

    A tie leaves a unit where it is; between two others the one with the lower identifier takes it.
    """
    for unit, counted in votes.items():
        best = min(counted, key=lambda staff_id: (-counted[staff_id], staff_id))
        now = present.get(unit)
        if best != now and counted[best] > (counted.get(now, 0) if now is not None else 0):
            yield unit, best
