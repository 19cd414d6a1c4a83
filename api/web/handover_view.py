"""What a handover sheet shows of each person: lists given and taken, and who said that they were handed over."""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from gridsvc.domain.ids import StaffId
from gridsvc.domain.ownership import Person
from gridsvc.domain.permissions import Reach
from gridsvc.usecases.acknowledge_handover import Side
from gridsvc.usecases.list_handovers import Handover, Handovers
from gridsvc.usecases.moved_shops import MovedShop


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownShop:
    """One line of a list; counts of zero are left blank on paper, `days` are weekdays before and after (1 = Monday)."""

    code: str
    name: str
    n_open: int
    n_stops: int
    days: tuple[int, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownList:
    """One list from the view of one of its two people; `may_say` is the side for which the reader may speak."""

    layer: str
    side: str
    other: str | None
    from_staff_id: str
    to_staff_id: str
    shops: tuple[ShownShop, ...]
    said: dict[str, str]
    may_say: str | None


@dataclass(slots=True, kw_only=True)
class ShownPerson:
    """One sheet."""

    staff_code: str
    name: str
    org_unit: str | None
    lists: list[ShownList] = field(default_factory=list)


def sheets_of(found: Handovers, reach: Reach, only: StaffId | None, zone: ZoneInfo) -> list[ShownPerson]:
    """Give a sheet per person within reach, in the order of layers and staff codes."""
    sheets: dict[StaffId, ShownPerson] = {}
    for handover in found.lists:
        for side, person in ((Side.GIVING, handover.giver), (Side.RECEIVING, handover.receiver)):
            if person is None or only not in (None, person.staff_id):
                continue
            if not reach.covers(person.staff_id, person.org_unit):
                continue
            sheet = sheets.setdefault(
                person.staff_id,
                ShownPerson(staff_code=person.staff_code, name=person.name, org_unit=person.org_unit),
            )
            sheet.lists.append(_list(handover, side, zone))
    return sorted(sheets.values(), key=lambda sheet: sheet.staff_code)


def _list(handover: Handover, side: Side, zone: ZoneInfo) -> ShownList:
    other = handover.receiver if side is Side.GIVING else handover.giver
    said = {
        str(word.side): f"{word.acknowledged_by} {word.at.astimezone(zone):%Y-%m-%d %H:%M}"
        for word in handover.acknowledged
    }
    is_between_people = handover.giver is not None and handover.receiver is not None
    return ShownList(
        layer=str(handover.layer),
        side=str(side),
        other=f"{other.name} {other.staff_code}" if other else None,
        from_staff_id=_id(handover.giver),
        to_staff_id=_id(handover.receiver),
        shops=tuple(_shop(shop) for shop in handover.shops),
        said={str(one): said.get(str(one), "") for one in Side},
        may_say=str(side) if is_between_people else None,
    )


def _id(person: Person | None) -> str:
    return person.staff_id if person else ""


def _shop(shop: MovedShop) -> ShownShop:
    known = shop.order_day, shop.order_day_after
    days = (known[0], known[1]) if shop.changes_order_day and known[0] and known[1] else None
    return ShownShop(
        code=shop.retailer_code,
        name=shop.name,
        n_open=len(shop.in_flight.collaboration_ids),
        n_stops=shop.in_flight.n_planned_stops,
        days=days,
    )
