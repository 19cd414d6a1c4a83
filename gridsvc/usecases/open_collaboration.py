"""Open a collaboration: a request that finds its handler by place."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

from gridsvc.clock import Clock, new_id
from gridsvc.domain.collaborations import (
    LAYER_OF_TYPE,
    Collaboration,
    CollaborationState,
    CollaborationType,
    Handler,
    Step,
    StepKind,
    require_words,
)
from gridsvc.domain.errors import BadInput, Conflict, Unavailable
from gridsvc.domain.ids import CollaborationId, StaffId
from gridsvc.domain.ownership import LayerOwner
from gridsvc.storage import Store, Transaction, audit, collaborations, districts
from gridsvc.storage.collaborations import Reporter
from gridsvc.usecases.collaboration_handlers import Actor, Place, add_event, choose_handler, locate, tell_handler
from gridsvc.usecases.ownership_snapshot import DistrictSnapshot, OwnershipBoard

_TRIES = 20  # a publication in the same instant makes one more needed


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCollaboration:
    """What somebody asks for.

    Parameters
    ----------
    about_staff_code : whom a complaint is about; that person never handles it nor sees it
    external_ref : number of the ticket in the caller's system; the same number again is the same collaboration
    """

    type: CollaborationType
    subject: str
    content: str
    place: Place
    about_staff_code: str | None = None
    external_ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedCollaboration:
    """The request and its handler; `is_new` is False when the same request was opened before.

    `candidates` are the owners per layer of the place, the people whom a handler may want to pass it on to.
    """

    collaboration: Collaboration
    is_new: bool
    candidates: tuple[LayerOwner, ...]


def open_collaboration(
    store: Store,
    clock: Clock,
    board: OwnershipBoard,
    *,
    actor: Actor,
    wanted: NewCollaboration,
    idempotency_key: str | None = None,
    reporter: Reporter | None = None,
) -> OpenedCollaboration:
    """Dispatch a request to the owner of its place in the layer that its type names, and tell the handler.

    The handler is the acting owner where there is one, else the owner; never whom the request is about nor who declared
    a relation with the shop, then the head of the department; where nobody owns the place, the grassroots department,
    with the reason. A request with the same `idempotency_key` or `external_ref` of the same caller gives the one that
    was opened before and changes nothing.

    Raises
    ------
    BadInput
        an empty or overlong text, no place or more than one, an unknown member of staff.
    NotFound
        no such shop or grid, or a point outside the district.
    Conflict
        the idempotency key was used for another request.
    """
    require_words(wanted.subject, wanted.content)
    for _ in range(_TRIES):
        snapshot = board.now(actor.adcode)
        with store.transaction(actor.adcode) as tx:
            if districts.hold(tx).revision == snapshot.district.revision:
                return _open(tx, clock, snapshot, actor, wanted, idempotency_key, reporter)
        board.mark(actor.adcode)  # somebody published in between, and the news is still on its way
    raise Unavailable("the district changes faster than the collaboration can be dispatched; try again in a moment")


def _open(
    tx: Transaction,
    clock: Clock,
    snapshot: DistrictSnapshot,
    actor: Actor,
    wanted: NewCollaboration,
    idempotency_key: str | None,
    reporter: Reporter | None,
) -> OpenedCollaboration:
    request_hash = hashlib.sha256(json.dumps([asdict(wanted), bool(reporter)], sort_keys=True).encode()).digest()
    for key in (idempotency_key, wanted.external_ref):
        if key is not None:
            collaborations.hold_key(tx, f"collaboration {actor.name} {key}")
    repeated = collaborations.find_repeated(
        tx, initiator=actor.name, idempotency_key=idempotency_key, external_ref=wanted.external_ref
    )
    place = locate(snapshot, wanted.place)
    if repeated is not None:
        before, hash_before, is_by_key = repeated
        if is_by_key and hash_before != request_hash:
            raise Conflict(
                f"this Idempotency-Key was used for another request (collaboration {before.collaboration_id}); "
                "a new request needs a new key"
            )
        return OpenedCollaboration(collaboration=before, is_new=False, candidates=place.owners)
    about = _about(snapshot, wanted.about_staff_code)
    layer = LAYER_OF_TYPE[wanted.type]
    handler = choose_handler(tx, layer, place, about)
    now = clock.now()
    new = Collaboration(
        collaboration_id=CollaborationId(new_id()),
        type=wanted.type,
        layer=layer,
        state=CollaborationState.SUBMITTED,
        subject=wanted.subject.strip(),
        content=wanted.content,
        retailer_id=place.retailer_id,
        grid_id=place.grid_id,
        lon=place.lon,
        lat=place.lat,
        external_ref=wanted.external_ref,
        initiator=actor.name,
        initiator_staff_id=actor.staff_id,
        about_staff_id=about,
        handler=handler,
        is_by_place=True,
        n_steps=1,
        created_at=now,
        changed_at=now,
        ended_at=None,
    )
    collaborations.insert(tx, new, idempotency_key=idempotency_key, request_hash=request_hash)
    if reporter is not None:
        collaborations.insert_reporter(tx, new.collaboration_id, reporter, now)
    _record(tx, clock, actor, new, handler)
    return OpenedCollaboration(collaboration=new, is_new=True, candidates=place.owners)


def _record(tx: Transaction, clock: Clock, actor: Actor, new: Collaboration, handler: Handler) -> None:
    collaborations.add_step(
        tx,
        new.collaboration_id,
        Step(
            step_no=1,
            kind=StepKind.SUBMITTED,
            actor=actor.name,
            actor_staff_id=actor.staff_id,
            words="",
            handler=handler,
            at=new.created_at,
        ),
    )
    tell_handler(tx, clock, new, handler)
    add_event(tx, clock, "collaboration_submitted", new, handler, new.state)
    content = {"type": new.type, "layer": new.layer, "level": handler.level, "reason": handler.reason}
    audit.add(tx, clock, actor=actor.name, action="collaboration.submit", subject=new.collaboration_id, content=content)


def _about(snapshot: DistrictSnapshot, staff_code: str | None) -> StaffId | None:
    if staff_code is None:
        return None
    for person in snapshot.persons.values():
        if person.staff_code == staff_code:
            return person.staff_id
    raise BadInput(f"about_staff_code: there is no member of staff {staff_code} in district {snapshot.district.adcode}")
