"""Read snapshots of ownership and keep them: one board a process, always the newest that was committed.

A process keeps its snapshots on a board, which listens to the database and also looks at the clock, because acting
owners and scheduled plans change answers by themselves. What cannot have changed since the last reading is not read
again: unit sets and frozen grids never do; shops, staff and owners have a count of their changes.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from gridsvc.clock import Clock
from gridsvc.domain.errors import Unavailable
from gridsvc.domain.ids import Adcode, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.domain.ownership import Person
from gridsvc.storage import Store, Transaction, districts, generations, look_up_parts, plans
from gridsvc.storage import ownership as ownership_rows
from gridsvc.storage import retailers as retailer_rows
from gridsvc.storage import staff as staff_rows
from gridsvc.storage import units as unit_rows
from gridsvc.storage.generations import LayerSpan, VersionInForce
from gridsvc.storage.ownership import HeldOwners
from gridsvc.storage.staff import StaffMember
from gridsvc.usecases.district_snapshot import DistrictSnapshot
from gridsvc.usecases.layer_ground import LayerGround
from gridsvc.usecases.layer_offices import offices_by_layer
from gridsvc.usecases.minutes_factor import factor_of, minutes_factor
from gridsvc.usecases.owner_table import OwnerTable, RetailerIndex
from gridsvc.usecases.unit_index import Surroundings, UnitIndex

__all__ = ["DistrictSnapshot", "KnownParts", "OwnershipBoard", "build_snapshot"]
Part = TypeVar("Part")
_N_COMING = 2  # approved plans whose grids are read before they are published


class KnownParts:
    """Parts of a district's snapshots that were read before, each under what it depends on; safe from several threads.

    A part is kept while the last `n_kept` readings asked for it.
    """

    def __init__(self, n_kept: int = 12) -> None:
        self._parts: dict[tuple[Any, ...], tuple[int, Any]] = {}
        self._n_kept = n_kept
        self._reading = 0
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Count a reading and forget what was not asked for lately."""
        with self._lock:
            self._reading += 1
            oldest = self._reading - self._n_kept
            self._parts = {key: known for key, known in self._parts.items() if known[0] > oldest}

    def get(
        self, key: tuple[Any, ...], read: Callable[[], Part], is_good: Callable[[Part], bool] = lambda part: True
    ) -> Part:
        """Give the part under `key`, read now where it is not known or no longer good."""
        with self._lock:
            known = self._parts.get(key)
        part: Part = read() if known is None or not is_good(known[1]) else known[1]
        with self._lock:
            self._parts[key] = (self._reading, part)
        return part


def build_snapshot(tx: Transaction, instant: datetime, parts: KnownParts | None = None) -> DistrictSnapshot:
    """Read one district as it stood, stands or will stand at `instant`, from one transaction.

    Costs O(acting owners) where `parts` knows everything else already; after a publication one value more for the
    owners and a few for the grids, which `numpy` reads as they are.
    """
    known = parts or KnownParts()
    known.begin()
    district = districts.find(tx)
    published = generations.all_generations(tx)
    current = generations.newest_effective(published, instant)
    spans = generations.layer_spans(tx, instant, published)
    counts = look_up_parts.counts(tx)
    shops = known.get(("retailers", counts.retailers), lambda: _read_retailers(tx))
    staff = known.get(("staff", counts.staff), lambda: staff_rows.all_staff(tx))
    persons = known.get(("persons", counts.staff), lambda: {member.staff_id: _person(member) for member in staff})
    owners = known.get(
        ("owners", counts.owners, counts.retailers),
        lambda: _KnownOwners.of(ownership_rows.held_owners_at(tx, instant), shops),
        lambda owned: owned.held.holds_at(instant),
    )
    acting, acting_changes_at = ownership_rows.acting_at(tx, instant)
    coming = [generation.effective_from for generation in published if generation.effective_from > instant]
    return DistrictSnapshot(
        district=district,
        is_synthetic=district.is_synthetic or bool(shops.columns.is_synthetic.any()),
        generation=current.number if current else None,
        instant=instant,
        changes_at=min((at for at in (owners.held.until, acting_changes_at, *coming) if at is not None), default=None),
        ground={layer: _ground(tx, known, layer, span) for layer, span in spans.items()},
        persons=persons,
        declared_deputies=known.get(("deputies", counts.staff), lambda: _declared_deputies(staff, persons)),
        departments=known.get(("departments", counts.staff), lambda: offices_by_layer(staff)),
        retailers=shops.columns,
        row_of=shops.row_of,
        owners=owners.table,
        acting=acting,
    )


def prepare_coming(tx: Transaction, instant: datetime, known: KnownParts) -> None:
    """Read what approved plans will put in force, so that nobody waits for their grids and borders once they do.

    A frozen version never changes: what is read too early is only ever read in vain.
    """
    for plan in plans.newest_approved(tx, _N_COMING):
        version = VersionInForce(plan_version_id=plan.plan_version_id, unit_set_id=plan.unit_set_id)
        for layer in plan.layers:
            span = LayerSpan(version=version, valid_from=instant, valid_to=None)
            _ground(tx, known, layer, span).surroundings.warm()


@dataclass(frozen=True, slots=True)
class _KnownOwners:
    """Owners by shop, and from when to when they are."""

    held: HeldOwners
    table: OwnerTable

    @classmethod
    def of(cls, held: HeldOwners, shops: RetailerIndex) -> _KnownOwners:
        return cls(held, OwnerTable(held.rows, shops))


def _read_retailers(tx: Transaction) -> RetailerIndex:
    return RetailerIndex.of(retailer_rows.columns(tx, statuses=retailer_rows.STATUSES))


def _ground(tx: Transaction, known: KnownParts, layer: Layer, span: LayerSpan) -> LayerGround:
    version = span.version
    index = known.get(("units", version.unit_set_id), lambda: UnitIndex.of(unit_rows.load(tx, version.unit_set_id)))
    n_units = len(index.units)
    version_id = version.plan_version_id
    grids = known.get(("grids", version_id), lambda: plans.layers_of(tx, version_id, n_units))[layer]
    shape = (version.unit_set_id, len(grids.grid_ids), grids.grid_of_unit.tobytes())
    findings = known.get(("findings", version.plan_version_id), lambda: plans.findings_of(tx, version.plan_version_id))
    return LayerGround(
        index=index,
        grids=grids,
        surroundings=known.get(("surroundings", layer, *shape), lambda: Surroundings(index, grids)),
        minutes_factor=known.get(
            ("minutes_factor", version.plan_version_id, layer),
            lambda: minutes_factor(factor_of(findings.certificate), layer, n_units),
        ),
        valid_from=span.valid_from,
        valid_to=span.valid_to,
    )


def _declared_deputies(staff: list[StaffMember], persons: dict[StaffId, Person]) -> dict[StaffId, tuple[Person, ...]]:
    return {
        member.staff_id: tuple(persons[one] for one in member.deputies if one in persons)
        for member in staff
        if member.deputies
    }


def _person(member: StaffMember) -> Person:
    return Person(
        staff_id=member.staff_id, staff_code=member.staff_code, name=member.name, org_unit=member.org_unit_name
    )


@dataclass(slots=True)
class OwnershipBoard:
    """The snapshots of one process; safe to ask from several threads.

    A snapshot is rebuilt when its district is marked (by the listener, after a commit) and when its own time has come.
    Past and future instants are built when asked and the last few are kept, because callers page through one instant.
    While the database does not answer, the last snapshot answers and says since when it may be stale.
    """

    store: Store
    clock: Clock
    n_kept_instants: int = 8
    n_rebuilt: int = 0
    _now: dict[Adcode, DistrictSnapshot] = field(default_factory=dict)
    _read_at: dict[Adcode, int] = field(default_factory=dict)  # the mark that each snapshot was read after
    _mark_of: dict[Adcode, int] = field(default_factory=dict)
    _marks: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _instants: dict[tuple[Adcode, datetime], DistrictSnapshot] = field(default_factory=dict)
    _parts: dict[Adcode, KnownParts] = field(default_factory=dict)
    _lost_at: datetime | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def mark(self, adcode: Adcode) -> None:
        """Say that a district changed: every question from now on is answered from a newer reading."""
        self._mark_of[adcode] = next(self._marks)

    def mark_all(self) -> None:
        """Say that anything may have changed, for example after the listener lost its connection.

        What was read before is forgotten: a database that was restored from a backup counts its changes anew.
        """
        self._lost_at = None
        self._parts = {}
        for adcode in list(self._now):
            self.mark(adcode)

    def lose(self) -> None:
        """Say that nobody tells of changes now: until `mark_all`, answers say that they may be stale."""
        if self._lost_at is None:
            self._lost_at = self.clock.now()

    def adcodes(self) -> list[Adcode]:
        """List the districts there are."""
        with self.store.directory() as tx:
            return [district.adcode for district in districts.all_districts(tx)]

    def is_asked(self, adcode: Adcode) -> bool:
        """Tell whether anybody has asked for this district here."""
        return adcode in self._now

    @property
    def holds_any(self) -> bool:
        """Whether there is any snapshot to answer from."""
        return bool(self._now)

    @property
    def is_lost(self) -> bool:
        """Whether answers may be stale because the database does not tell of changes."""
        return self._lost_at is not None

    def ready(self, adcode: Adcode) -> DistrictSnapshot | None:
        """Give the snapshot in force where that needs no waiting, else None."""
        known = self._now.get(adcode)
        return known if known is not None and self._lost_at is None and self._is_fresh(adcode, known) else None

    def now(self, adcode: Adcode) -> DistrictSnapshot:
        """Give the snapshot in force; raises `NotFound` for an unknown district."""
        known = self._now.get(adcode)
        if known is not None and self._lost_at is None and self._is_fresh(adcode, known):
            return known
        with self._lock:
            known = self._now.get(adcode)
            if known is not None and self._lost_at is None and self._is_fresh(adcode, known):
                return known
            try:
                return self._read(adcode)
            except Unavailable:
                self.lose()
                if known is None:
                    raise
                return replace(known, stale_since=self._lost_at)

    def _read(self, adcode: Adcode) -> DistrictSnapshot:
        mark = self._mark_of.get(adcode, 0)  # one that comes while the database is read is not lost
        with self.store.snapshot(adcode) as tx:
            built = build_snapshot(tx, self.clock.now(), self._parts.setdefault(adcode, KnownParts()))
        self._now[adcode] = built
        self._read_at[adcode] = mark
        self._instants = {key: value for key, value in self._instants.items() if key[0] != adcode}
        self.n_rebuilt += 1
        return built

    def look_ahead(self, adcode: Adcode) -> None:
        """Read now what approved plans will put in force."""
        with self.store.snapshot(adcode) as tx:
            prepare_coming(tx, self.clock.now(), self._parts.setdefault(adcode, KnownParts()))

    def _is_fresh(self, adcode: Adcode, snapshot: DistrictSnapshot) -> bool:
        return self._read_at.get(adcode) == self._mark_of.get(adcode, 0) and not self._is_over(snapshot)

    def _is_over(self, snapshot: DistrictSnapshot) -> bool:
        return snapshot.changes_at is not None and self.clock.now() >= snapshot.changes_at

    def at(self, adcode: Adcode, instant: datetime) -> DistrictSnapshot:
        """Give the snapshot of another instant, past or future."""
        self.now(adcode)  # notices a change, and that the district exists
        key = (adcode, instant)
        with self._lock:
            known = self._instants.get(key)
            mark = self._mark_of.get(adcode, 0)
        if known is not None:
            return known
        with self.store.snapshot(adcode) as tx:
            built = build_snapshot(tx, instant, self._parts.setdefault(adcode, KnownParts()))
        with self._lock:
            if mark == self._mark_of.get(adcode, 0):
                self._instants[key] = built
            while len(self._instants) > self.n_kept_instants:
                self._instants.pop(next(iter(self._instants)))
        return built
