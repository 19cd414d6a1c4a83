"""Collaborations and their trace, who told us, and which staff are barred from a retailer's affairs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gridsvc.domain.collaborations import (
    OPEN_STATES,
    Collaboration,
    CollaborationState,
    CollaborationType,
    DispatchReason,
    Handler,
    HandlerLevel,
    Step,
    StepKind,
)
from gridsvc.domain.errors import NotFound
from gridsvc.domain.ids import CollaborationId, GridId, RetailerId, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import collaboration as t
from gridsvc.storage.tables import collaboration_step, declared_relation, reporter


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporter:
    """Who told the hotline; kept apart from the request, read by the intake alone."""

    name: str
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CollaborationFilter:
    """Which requests are wanted; every named condition holds at once.

    Parameters
    ----------
    seen_by : (staff_id or None, department or None, user name): only what this person opened or has to handle
    sees_department : and whatever anybody of the department has to handle
    not_about : a member of staff whom a listed request must not be about
    """

    collaboration_id: CollaborationId | None = None
    states: Collection[CollaborationState] | None = None
    handler_staff_id: StaffId | None = None
    handler_department: str | None = None
    retailer_id: RetailerId | None = None
    external_ref: str | None = None
    initiator: str | None = None
    seen_by: tuple[StaffId | None, str | None, str] | None = None
    sees_department: bool = False
    not_about: StaffId | None = None


def hold_key(tx: Transaction, key: str) -> None:
    """Make other transactions that hold the same key wait until this one ends."""
    tx.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"{tx.adcode} {key}"})


def insert(tx: Transaction, new: Collaboration, *, idempotency_key: str | None, request_hash: bytes) -> None:
    """Write a request; its first step is added apart."""
    values = {
        **_handler_values(new.handler),
        **{
            name: getattr(new, name)
            for name in (
                "collaboration_id", "type", "layer", "state", "subject", "content", "retailer_id", "grid_id", "lon",
                "lat", "external_ref", "initiator", "initiator_staff_id", "about_staff_id", "is_by_place", "n_steps",
                "created_at", "changed_at", "ended_at",
            )
        },
    }  # fmt: skip
    tx.execute(
        t.insert().values(adcode=tx.adcode, idempotency_key=idempotency_key, request_hash=request_hash, **values)
    )


def _handler_values(handler: Handler) -> dict[str, Any]:
    return {
        "handler_staff_id": handler.staff_id,
        "handler_department": handler.department,
        "level": handler.level,
        "reason": handler.reason,
    }


def _handler(row: Any) -> Handler:
    return Handler(
        staff_id=StaffId(row.handler_staff_id) if row.handler_staff_id else None,
        department=row.handler_department,
        level=HandlerLevel(row.level),
        reason=DispatchReason(row.reason),
    )


def _collaboration(row: Any) -> Collaboration:
    return Collaboration(
        collaboration_id=CollaborationId(row.collaboration_id),
        type=CollaborationType(row.type),
        layer=Layer(row.layer),
        state=CollaborationState(row.state),
        subject=row.subject,
        content=row.content,
        retailer_id=RetailerId(row.retailer_id) if row.retailer_id else None,
        grid_id=GridId(row.grid_id) if row.grid_id else None,
        lon=row.lon,
        lat=row.lat,
        external_ref=row.external_ref,
        initiator=row.initiator,
        initiator_staff_id=StaffId(row.initiator_staff_id) if row.initiator_staff_id else None,
        about_staff_id=StaffId(row.about_staff_id) if row.about_staff_id else None,
        handler=_handler(row),
        is_by_place=row.is_by_place,
        n_steps=row.n_steps,
        created_at=row.created_at,
        changed_at=row.changed_at,
        ended_at=row.ended_at,
    )


def find(tx: Transaction, collaboration_id: str, *, for_update: bool = False) -> Collaboration:
    """Give a request; `for_update` makes other writers of it wait. Raises `NotFound`."""
    wanted = sa.select(t).where(t.c.adcode == tx.adcode, t.c.collaboration_id == collaboration_id)
    row = tx.execute(wanted.with_for_update() if for_update else wanted).first()
    if row is None:
        raise NotFound(f"there is no collaboration {collaboration_id} in district {tx.adcode}")
    return _collaboration(row)


def find_repeated(
    tx: Transaction, *, initiator: str, idempotency_key: str | None, external_ref: str | None
) -> tuple[Collaboration, bytes, bool] | None:
    """Give what this initiator opened before with the same key or ticket number, the hash of that request, and whether
    it was the key; None for a new request."""
    mine = (t.c.adcode == tx.adcode, t.c.initiator == initiator)
    if idempotency_key is not None:
        row = tx.execute(sa.select(t).where(*mine, t.c.idempotency_key == idempotency_key)).first()
        if row is not None:
            return _collaboration(row), bytes(row.request_hash), True
    if external_ref is not None:
        row = tx.execute(sa.select(t).where(*mine, t.c.external_ref == external_ref)).first()
        if row is not None:
            return _collaboration(row), bytes(row.request_hash), False
    return None


def search(
    tx: Transaction, wanted: CollaborationFilter, *, after: str | None = None, limit: int = 50
) -> list[Collaboration]:
    """List requests, newest first, those opened before the one named by `after` only."""
    conditions: list[sa.ColumnElement[bool]] = [t.c.adcode == tx.adcode]
    if wanted.states is not None:
        conditions.append(t.c.state.in_([str(state) for state in wanted.states]))
    for column in (
        "collaboration_id",
        "handler_staff_id",
        "handler_department",
        "retailer_id",
        "external_ref",
        "initiator",
    ):
        value = getattr(wanted, column)
        if value is not None:
            conditions.append(t.c[column] == value)
    if wanted.seen_by is not None:
        conditions.append(_seen_by(*wanted.seen_by, is_whole=wanted.sees_department))
    if wanted.not_about is not None:
        conditions.append(t.c.about_staff_id.is_distinct_from(wanted.not_about))
    if after is not None:
        conditions.append(t.c.collaboration_id < after)
    rows = tx.execute(sa.select(t).where(*conditions).order_by(t.c.collaboration_id.desc()).limit(limit))
    return [_collaboration(row) for row in rows]


def _seen_by(staff_id: StaffId | None, department: str | None, name: str, *, is_whole: bool) -> sa.ColumnElement[bool]:
    seen = [t.c.initiator == name]
    if staff_id is not None:
        seen += [t.c.handler_staff_id == staff_id, t.c.initiator_staff_id == staff_id, _took_part(staff_id)]
    if department is not None:
        is_shared = sa.true() if is_whole else t.c.handler_staff_id.is_(None)
        seen.append(sa.and_(t.c.handler_department == department, is_shared))
    return sa.or_(*seen)


def _took_part(staff_id: StaffId) -> sa.ColumnElement[bool]:
    steps = collaboration_step
    return sa.exists(
        sa.select(steps.c.step_no).where(
            steps.c.adcode == t.c.adcode,
            steps.c.collaboration_id == t.c.collaboration_id,
            sa.or_(steps.c.actor_staff_id == staff_id, steps.c.handler_staff_id == staff_id),
        )
    )


def open_of_retailers(tx: Transaction, retailers: Collection[RetailerId]) -> list[Collaboration]:
    """Give the open requests at the named shops, oldest first: what is in flight when a shop changes hands."""
    rows = tx.execute(
        sa.select(t)
        .where(
            t.c.adcode == tx.adcode,
            t.c.state.in_([str(state) for state in OPEN_STATES]),
            t.c.retailer_id == sa.any_(sa.cast(list(retailers), sa.ARRAY(sa.Uuid(as_uuid=False)))),
        )
        .order_by(t.c.collaboration_id)
    )
    return [_collaboration(row) for row in rows]


def open_by_place(tx: Transaction) -> list[Collaboration]:
    """Give the open requests whose handler was chosen by their place, oldest first, locked for this transaction."""
    rows = tx.execute(
        sa.select(t)
        .where(t.c.adcode == tx.adcode, t.c.state.in_([str(state) for state in OPEN_STATES]), t.c.is_by_place)
        .order_by(t.c.collaboration_id)
        .with_for_update()
    )
    return [_collaboration(row) for row in rows]


def change(
    tx: Transaction, found: Collaboration, *, state: CollaborationState, handler: Handler, is_by_place: bool,
    now: datetime,
) -> None:  # fmt: skip
    """Write a request's new state and handler."""
    is_over = state not in OPEN_STATES
    tx.execute(
        t.update()
        .where(t.c.adcode == tx.adcode, t.c.collaboration_id == found.collaboration_id)
        .values(
            state=state,
            is_by_place=is_by_place,
            changed_at=now,
            ended_at=now if is_over else None,
            **_handler_values(handler),
        )
    )


def add_step(tx: Transaction, collaboration_id: CollaborationId, step: Step) -> None:
    """Append one row to the trace and count it."""
    tx.execute(
        collaboration_step.insert().values(
            adcode=tx.adcode,
            collaboration_id=collaboration_id,
            step_no=step.step_no,
            kind=step.kind,
            actor=step.actor,
            actor_staff_id=step.actor_staff_id,
            words=step.words,
            at=step.at,
            **_handler_values(step.handler),
        )
    )
    tx.execute(
        t.update().where(t.c.adcode == tx.adcode, t.c.collaboration_id == collaboration_id).values(n_steps=step.step_no)
    )


def steps_of(tx: Transaction, collaboration_id: str) -> list[Step]:
    """Give the trace in order."""
    steps = collaboration_step
    rows = tx.execute(
        sa.select(steps)
        .where(steps.c.adcode == tx.adcode, steps.c.collaboration_id == collaboration_id)
        .order_by(steps.c.step_no)
    )
    return [
        Step(
            step_no=row.step_no,
            kind=StepKind(row.kind),
            actor=row.actor,
            actor_staff_id=StaffId(row.actor_staff_id) if row.actor_staff_id else None,
            words=row.words,
            handler=_handler(row),
            at=row.at,
        )
        for row in rows
    ]


def insert_reporter(tx: Transaction, collaboration_id: CollaborationId, told_by: Reporter, now: datetime) -> None:
    """Keep who told us, apart from the request."""
    values = {"name": told_by.name, "phone": told_by.phone, "at": now}
    tx.execute(reporter.insert().values(adcode=tx.adcode, collaboration_id=collaboration_id, **values))


def reporter_of(tx: Transaction, collaboration_id: str) -> Reporter | None:
    """Give who told us, None when nobody was named."""
    row = tx.execute(
        sa.select(reporter.c.name, reporter.c.phone).where(
            reporter.c.adcode == tx.adcode, reporter.c.collaboration_id == collaboration_id
        )
    ).first()
    return None if row is None else Reporter(name=row.name, phone=row.phone)


def related_staff(tx: Transaction, retailer_id: RetailerId) -> frozenset[StaffId]:
    """Give the staff who declared a relation with a retailer."""
    d = declared_relation
    rows = tx.execute(sa.select(d.c.staff_id).where(d.c.adcode == tx.adcode, d.c.retailer_id == retailer_id))
    return frozenset(StaffId(staff_id) for staff_id in rows.scalars())


def declare_relation(
    tx: Transaction, staff_id: StaffId, retailer_id: RetailerId, *, reason: str, declared_by: str, now: datetime
) -> bool:
    """Record a relation, or its newer reason; whether it is new."""
    d = declared_relation
    key = (d.c.adcode == tx.adcode, d.c.staff_id == staff_id, d.c.retailer_id == retailer_id)
    values = {"reason": reason, "declared_by": declared_by, "declared_at": now}
    if tx.execute(d.update().where(*key).values(values)).rowcount:
        return False
    tx.execute(d.insert().values(adcode=tx.adcode, staff_id=staff_id, retailer_id=retailer_id, **values))
    return True


def withdraw_relation(tx: Transaction, staff_id: StaffId, retailer_id: RetailerId) -> bool:
    """Forget a relation; whether there was one."""
    d = declared_relation
    key = (d.c.adcode == tx.adcode, d.c.staff_id == staff_id, d.c.retailer_id == retailer_id)
    return bool(tx.execute(d.delete().where(*key)).rowcount)
