"""Cover an absence: neighbours act as owners from the first day to the last, and it ends by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from gridsvc.clock import Clock, midnight, new_id, today
from gridsvc.domain.covers import CoverReason, LeaveCover
from gridsvc.domain.errors import BadInput, Conflict
from gridsvc.domain.ids import Adcode, RetailerId, StaffId
from gridsvc.domain.permissions import Reach
from gridsvc.storage import Store, audit, covers, districts, events, ownership, queue, staff
from gridsvc.storage.staff import Absence
from gridsvc.usecases.split_absence import AbsenceSplit, split_absence

LONGEST_DAYS = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class CoveredAbsence:
    """A cover that was made.

    `n_covered` shops have an acting owner on every day of it; `uncovered` are shops that no neighbour who is there can
    take: their owner's deputies and department answer.
    """

    cover: LeaveCover
    split: AbsenceSplit
    n_covered: int
    uncovered: tuple[RetailerId, ...]


def cover_absence(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    staff_code_or_id: str,
    first_day: date,
    last_day: date,
    reason: CoverReason = CoverReason.LEAVE,
    away: Iterable[StaffId] = (),
    reach: Reach | None = None,
) -> CoveredAbsence:
    """Share the shops of a member of staff among the neighbours for these days, both included, and record the absence.

    The split is that of `split_absence`. Look-ups name the acting owner from the midnight before the first day (or now,
    when that is past) to the midnight after the last, and the owner alone before and after, without anybody doing
    anything.

    Raises
    ------
    NotFound
        nobody has that code or identifier.
    NotPermitted
        the person is out of the caller's `reach`.
    BadInput
        the days are out of order, past, or more than a year; the person owns no shop with a place.
    Conflict
        the person is covered on some of these days already, or the shops changed hands while the split was found.
    """
    split = split_absence(
        store,
        clock,
        adcode=adcode,
        staff_code_or_id=staff_code_or_id,
        first_day=first_day,
        last_day=last_day,
        away=away,
        reach=reach,
    )
    now = clock.now()
    with store.transaction(adcode) as tx:
        district = districts.lock(tx)
        _require(first_day, last_day, today(clock, district.time_zone))
        for known in covers.all_covers(tx, since=first_day):
            if known.staff_id == split.member.staff_id and known.ended_at is None and known.first_day <= last_day:
                raise Conflict(
                    f"{split.member.staff_code} is covered already, from {known.first_day} to {known.last_day}"
                )
        begins = max(now, midnight(first_day, district.time_zone))
        ends = midnight(last_day + timedelta(days=1), district.time_zone)
        acting = [(shop, share.member.staff_id) for share in split.shares for shop in share.retailer_ids]
        owned = ownership.owner_ids_at(tx, now)
        if any(owned.get((shop, split.layer), ("",))[0] != split.member.staff_id for shop, _ in acting):
            raise Conflict("the shops changed hands while their split was found; ask again")
        cover = LeaveCover(
            leave_cover_id=new_id(),
            staff_id=split.member.staff_id,
            layer=split.layer,
            first_day=first_day,
            last_day=last_day,
            reason=reason,
            created_by=actor,
            created_at=now,
        )
        covers.insert(tx, cover)
        n_covered = covers.insert_acting(tx, cover, begins, ends, acting)
        staff.save_absences(
            tx, [Absence(staff_id=cover.staff_id, first_day=first_day, last_day=last_day, reason=reason)]
        )
        content = {
            "leave_cover_id": cover.leave_cover_id,
            "layer": str(cover.layer),
            "first_day": first_day.isoformat(),
            "last_day": last_day.isoformat(),
            "n_retailers": n_covered,
        }
        events.add(tx, clock, "leave_cover_made", content)
        for instant in (begins, ends):  # open collaborations go to who acts, and back
            queue.defer(tx, "redispatch_collaborations", {"adcode": adcode}, at=instant)
        audit.add(tx, clock, actor=actor, action="cover.make", subject=cover.leave_cover_id, content=content)
        districts.bump_revision(tx)
    return CoveredAbsence(cover=cover, split=split, n_covered=n_covered, uncovered=split.unshared)


def _require(first_day: date, last_day: date, now: date) -> None:
    if last_day < now:
        raise BadInput(f"the absence is over: its last day {last_day} is before today, {now}")
    if (last_day - first_day).days >= LONGEST_DAYS:
        raise BadInput(f"a cover lasts at most {LONGEST_DAYS} days; for longer, redraw the grids")
