"""Proposals for the rest of a day: one open at a time for a person's day, the others kept as they ended."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from gridsvc.clock import Clock
from gridsvc.domain.ids import StaffId
from gridsvc.domain.replans import Change, Outlook, Proposal, ProposalState
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import proposal as t

_CHANGE, _OUTLOOK = TypeAdapter(Change), TypeAdapter(Outlook)


def add(tx: Transaction, new: Proposal) -> None:
    """Write an open proposal; the one that was open for the same day is superseded."""
    is_open = sa.and_(t.c.staff_id == new.staff_id, t.c.day == new.day, t.c.state == ProposalState.OPEN.value)
    tx.execute(sa.update(t).where(t.c.adcode == tx.adcode, is_open).values(state=ProposalState.SUPERSEDED.value))
    tx.execute(
        t.insert().values(
            adcode=tx.adcode,
            proposal_id=new.proposal_id,
            staff_id=new.staff_id,
            day=new.day,
            state=new.state.value,
            change=_CHANGE.dump_python(new.change, mode="json"),
            content=_OUTLOOK.dump_python(new.outlook, mode="json"),
            made_by=new.made_by,
            made_at=new.made_at,
        )
    )


def _proposal(row: Any) -> Proposal:
    return Proposal(
        proposal_id=row.proposal_id,
        staff_id=StaffId(row.staff_id),
        day=row.day,
        state=ProposalState(row.state),
        change=_CHANGE.validate_python(row.change),
        outlook=_OUTLOOK.validate_python(row.content),
        made_by=row.made_by,
        made_at=row.made_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        reason=row.reason,
    )


def find(tx: Transaction, proposal_id: str, *, for_update: bool = False) -> Proposal | None:
    """Give a proposal by its identifier; `for_update` makes others wait who would decide it too."""
    statement = sa.select(t).where(t.c.adcode == tx.adcode, t.c.proposal_id == proposal_id)
    row = tx.execute(statement.with_for_update() if for_update else statement).one_or_none()
    return _proposal(row) if row is not None else None


def of_day(tx: Transaction, staff_id: StaffId, day: date) -> list[Proposal]:
    """Give the proposals of a person's day, newest first."""
    statement = sa.select(t).where(t.c.adcode == tx.adcode, t.c.staff_id == staff_id, t.c.day == day)
    return [_proposal(row) for row in tx.execute(statement.order_by(t.c.made_at.desc(), t.c.proposal_id.desc()))]


def decide(
    tx: Transaction, clock: Clock, proposal_id: str, state: ProposalState, *, decided_by: str, reason: str | None
) -> None:
    """Write how a proposal ended."""
    values = {"state": state.value, "decided_by": decided_by, "decided_at": clock.now(), "reason": reason}
    tx.execute(sa.update(t).where(t.c.adcode == tx.adcode, t.c.proposal_id == proposal_id).values(values))
