"""What every step of a collaboration shares: who handles it by its place, and who is told."""

from __future__ import annotations

from dataclasses import dataclass

from gridsvc.clock import Clock
from gridsvc.domain.collaborations import Collaboration, Handler, dispatch
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode, GridId, RetailerId, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.domain.notices import NoticeKind, Recipient
from gridsvc.domain.ownership import LayerOwner, MatchedBy
from gridsvc.storage import Transaction, collaborations, events, notices
from gridsvc.storage import staff as staff_rows
from gridsvc.usecases.ownership_snapshot import DistrictSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who does something to a collaboration.

    `sees_district` holds for those who see every request of the district, `acts_for_district` for those who may also
    process any of them (planners, approvers, administrators); the same for the whole department (its head).
    """

    adcode: Adcode
    name: str
    staff_id: StaffId | None = None
    sees_district: bool = False
    acts_for_district: bool = False
    sees_department: bool = False
    acts_for_department: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a collaboration belongs: a shop by exactly one of its names, a grid, or a point in WGS-84 degrees."""

    retailer_id: str | None = None
    retailer_code: str | None = None
    licence_no: str | None = None
    grid_id: str | None = None
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LocatedPlace:
    """A place that was looked up: what it is, and the owner per layer (one layer only for a grid)."""

    retailer_id: RetailerId | None
    grid_id: GridId | None
    lon: float | None
    lat: float | None
    owners: tuple[LayerOwner, ...]


def locate(snapshot: DistrictSnapshot, place: Place) -> LocatedPlace:
    """Look a place up in one generation.

    Raises
    ------
    BadInput
        no place, or more than one, or half a point.
    NotFound
        no such shop or grid, or a point outside the district.
    """
    by_name = {
        MatchedBy.RETAILER_ID: place.retailer_id,
        MatchedBy.RETAILER_CODE: place.retailer_code,
        MatchedBy.LICENCE_NO: place.licence_no,
    }
    named = [(kind, value) for kind, value in by_name.items() if value is not None]
    has_point = place.lon is not None or place.lat is not None
    if len(named) + has_point + (place.grid_id is not None) != 1:
        raise BadInput("name one place: retailer_id, retailer_code, licence_no, grid_id, or lat and lon")
    if place.grid_id is not None:
        owner = snapshot.of_grid(place.grid_id)
        grid_id = GridId(place.grid_id)
        return LocatedPlace(retailer_id=None, grid_id=grid_id, lon=None, lat=None, owners=(owner,))
    if named:
        answer = snapshot.of_retailer(*named[0], as_of=snapshot.instant)
    elif place.lon is None or place.lat is None:
        raise BadInput("a point needs both lat and lon")
    else:
        answer = snapshot.at_point(place.lon, place.lat, as_of=snapshot.instant)
    retailer_id = answer.retailer.retailer_id if answer.retailer else None
    return LocatedPlace(retailer_id=retailer_id, grid_id=None, lon=answer.lon, lat=answer.lat, owners=answer.layers)


def choose_handler(tx: Transaction, layer: Layer, place: LocatedPlace, subject_of_complaint: StaffId | None) -> Handler:
    """Choose by the place who handles a request of `layer`; see `dispatch` for the rule."""
    owner = next((owner for owner in place.owners if owner.layer is layer), None)
    if owner is None:
        found = place.owners[0]
        raise BadInput(
            f"this type is handled in the {layer} layer, and the grid belongs to the {found.layer} layer; "
            f"name a grid of {layer}, a shop or a point"
        )
    barred = barred_staff(tx, place.retailer_id)
    person = owner.acting_owner or owner.owner
    head = staff_rows.head_of(tx, person.org_unit) if person is not None and person.org_unit else None
    return dispatch(owner, barred=barred, subject_of_complaint=subject_of_complaint, head=head)


def barred_staff(tx: Transaction, retailer_id: RetailerId | None) -> frozenset[StaffId]:
    """Give who may handle nothing of a shop: staff who declared a relation with it."""
    return collaborations.related_staff(tx, retailer_id) if retailer_id is not None else frozenset()


def department_of(tx: Transaction, staff_id: StaffId | None) -> str | None:
    """Give the name of a person's department, None where there is none."""
    return next((member.org_unit_name for member in staff_rows.all_staff(tx) if member.staff_id == staff_id), None)


def tell_handler(tx: Transaction, clock: Clock, found: Collaboration, handler: Handler) -> None:
    """Tell the handler that a request is theirs now: the person, or each member of the department who may handle it."""
    content = notice_content(found)
    for recipient in recipients_of(tx, found, handler):
        notices.add(
            tx, clock, recipient, NoticeKind.COLLABORATION_ASSIGNED, content, collaboration_id=found.collaboration_id
        )


def recipients_of(tx: Transaction, found: Collaboration, handler: Handler) -> list[Recipient]:
    """Give whom a handler's notices go to; never the subject of the complaint or a declared relation."""
    if handler.staff_id is not None:
        return [Recipient(staff_id=handler.staff_id)]
    kept_out = {found.about_staff_id, *barred_staff(tx, found.retailer_id)}
    return [
        Recipient(staff_id=member.staff_id)
        for member in staff_rows.all_staff(tx, on=None)
        if member.org_unit_name == handler.department and member.staff_id not in kept_out
    ]


def tell_initiator(tx: Transaction, clock: Clock, found: Collaboration, kind: NoticeKind, words: str) -> None:
    """Tell whoever opened the request what became of it."""
    to = (
        Recipient(staff_id=found.initiator_staff_id) if found.initiator_staff_id else Recipient(account=found.initiator)
    )
    content = {**notice_content(found), "words": words}
    notices.add(tx, clock, to, kind, content, collaboration_id=found.collaboration_id)


def notice_content(found: Collaboration) -> dict[str, str]:
    """Give what a notice says of a request: what it is about, never who told us nor whom it is about."""
    return {"type": found.type, "subject": found.subject, "layer": found.layer}


def add_event(tx: Transaction, clock: Clock, kind: str, found: Collaboration, handler: Handler, state: str) -> None:
    """Write what other systems are told of a request: identifiers and its state, no text and no person."""
    events.add(
        tx,
        clock,
        kind,
        {
            "collaboration_id": found.collaboration_id,
            "external_ref": found.external_ref,
            "type": found.type,
            "layer": found.layer,
            "state": state,
            "level": handler.level,
            "reason": handler.reason,
        },
    )
