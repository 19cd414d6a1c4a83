"""Compare two publications: who got whose shops."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from gridsvc.domain.errors import NotFound
from gridsvc.domain.ids import Adcode, GridId, RetailerId, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.storage import Store, Transaction, generations, ownership, retailers, staff
from gridsvc.storage.ownership import Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Who owned a shop in one layer, by which grid; None for nobody or no grid."""

    staff_id: StaffId | None
    staff_code: str | None
    grid_id: GridId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopChange:
    """One shop that changed hands in one layer."""

    retailer_id: str
    retailer_code: str
    layer: Layer
    before: Holding
    after: Holding


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationDiff:
    """What changed from one generation to another.

    `n_changed` counts shops per layer, `n_all_three` those that got three new people at once; `gained` and `lost`
    count shops per person (staff code) and layer. `items` is one page of the changes, by retailer code.
    """

    generation_from: int
    generation_to: int
    n_changed: dict[Layer, int]
    n_all_three: int
    gained: dict[Layer, dict[str, int]]
    lost: dict[Layer, dict[str, int]]
    items: list[ShopChange]
    next: str | None


def compare_generations(
    store: Store, *, adcode: Adcode, first: int, second: int, after: str | None = None, limit: int = 100
) -> GenerationDiff:
    """Give which shops changed hands between the instants at which two generations came into force.

    Raises `NotFound` for a generation that there is not.
    """
    with store.transaction(adcode) as tx:
        known = {one.number: one.effective_from for one in generations.all_generations(tx)}
        missing = [str(number) for number in (first, second) if number not in known]
        if missing:
            raise NotFound(f"there is no generation {' and no '.join(missing)} in district {adcode}")
        codes = {shop: code for code, shop in retailers.ids_by(tx, "retailer_code").items()}
        changes = _changes(tx, known[first], known[second], codes)
    n_changed = {layer: sum(change.layer is layer for change in changes) for layer in Layer}
    n_layers = Counter(change.retailer_id for change in changes if change.before.staff_id and change.after.staff_id)
    page = [change for change in changes if after is None or _cursor(change) > after][: limit + 1]
    return GenerationDiff(
        generation_from=first,
        generation_to=second,
        n_changed=n_changed,
        n_all_three=sum(n == len(Layer) for n in n_layers.values()),
        gained=_counts(changes, "after"),
        lost=_counts(changes, "before"),
        items=page[:limit],
        next=_cursor(page[limit - 1]) if len(page) > limit else None,
    )


def _changes(tx: Transaction, first: datetime, second: datetime, codes: dict[RetailerId, str]) -> list[ShopChange]:
    before, after = ownership.owners_at(tx, first), ownership.owners_at(tx, second)
    staff_code = {member.staff_id: member.staff_code for member in staff.all_staff(tx)}

    def holding(owner: Owner | None) -> Holding:
        if owner is None:
            return Holding(staff_id=None, staff_code=None, grid_id=None)
        return Holding(staff_id=owner.staff_id, staff_code=staff_code[owner.staff_id], grid_id=owner.grid_id)

    found = []
    for key in before.keys() | after.keys():
        was, now = holding(before.get(key)), holding(after.get(key))
        if was.staff_id != now.staff_id:
            found.append(
                ShopChange(retailer_id=key[0], retailer_code=codes[key[0]], layer=key[1], before=was, after=now)
            )
    return sorted(found, key=_cursor)


def _cursor(change: ShopChange) -> str:
    return f"{change.retailer_code} {change.layer}"


def _counts(changes: list[ShopChange], side: str) -> dict[Layer, dict[str, int]]:
    counts: dict[Layer, dict[str, int]] = {layer: {} for layer in Layer}
    for change in changes:
        code = getattr(change, side).staff_code
        if code is not None:
            counts[change.layer][code] = counts[change.layer].get(code, 0) + 1
    return counts
