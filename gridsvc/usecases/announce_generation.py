"""Tell exactly the affected staff what a publication changed for them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from gridsvc.clock import Clock
from gridsvc.domain.errors import NotFound
from gridsvc.domain.ids import Adcode, RetailerId, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.domain.notices import NoticeKind, Recipient
from gridsvc.storage import Store, Transaction, generations, notices
from gridsvc.storage import ownership as ownership_rows
from gridsvc.storage.generations import Generation


@dataclass(slots=True, kw_only=True)
class PersonalChange:
    """What one publication changes for one person: shops gained and lost, and shops whose other owners change."""

    gained: list[RetailerId] = field(default_factory=list)
    lost: list[RetailerId] = field(default_factory=list)
    partner_changed: list[RetailerId] = field(default_factory=list)


def announce_generation(store: Store, clock: Clock, *, adcode: Adcode, generation: int) -> int:
    """Write one notice to each person whose shops, or whose shops' other owners, a generation changes.

    Nobody else is told, and nobody twice: running it again writes nothing. Gives the number of notices written. Raises
    `NotFound` for an unknown generation.
    """
    with store.transaction(adcode) as tx:
        published = next((known for known in generations.all_generations(tx) if known.number == generation), None)
        if published is None:
            raise NotFound(f"there is no generation {generation} in district {adcode}")
        changes = personal_changes(tx, published)
        return sum(
            notices.add(
                tx,
                clock,
                Recipient(staff_id=staff_id),
                NoticeKind.GRIDS_CHANGED,
                {
                    "generation": generation,
                    "plan_id": published.plan_id,
                    "effective_from": published.effective_from.isoformat(),
                    "gained": sorted(change.gained),
                    "lost": sorted(change.lost),
                    "partner_changed": sorted(set(change.partner_changed) - {*change.gained, *change.lost}),
                },
                once=f"generation {generation}",
            )
            for staff_id, change in sorted(changes.items())
        )


def personal_changes(tx: Transaction, published: Generation) -> dict[StaffId, PersonalChange]:
    """Give what a generation changes for each affected person: the old and new owners of every shop that changes hands,
    and the owners of these shops in the other layers."""
    changed: defaultdict[StaffId, PersonalChange] = defaultdict(PersonalChange)
    layers_of: defaultdict[RetailerId, set[Layer]] = defaultdict(set)
    for change in ownership_rows.changed_at(tx, published.effective_from, tuple(Layer)):
        layers_of[change.retailer_id].add(change.layer)
        if change.before is not None:
            changed[change.before].lost.append(change.retailer_id)
        if change.after is not None:
            changed[change.after].gained.append(change.retailer_id)
    owners = ownership_rows.owners_at(tx, published.effective_from) if layers_of else {}
    for retailer_id, layers in layers_of.items():
        for layer in set(Layer) - layers:
            partner = owners.get((retailer_id, layer))
            if partner is not None:
                changed[partner.staff_id].partner_changed.append(retailer_id)
    return dict(changed)
