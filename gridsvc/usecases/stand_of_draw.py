"""What earlier draws of a cycle leave to a new one: a secret, what is done, what is kept; and how it is written."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from gridsvc.clock import Clock
from gridsvc.domain.errors import Conflict
from gridsvc.domain.ids import CycleId, RetailerId
from gridsvc.domain.layers import TaskType
from gridsvc.domain.relaxations import Relaxation, RelaxationKind, stored
from gridsvc.domain.visits import VisitOutcome
from gridsvc.engines import periodic
from gridsvc.storage import Transaction, draws, visits
from gridsvc.storage.cycles import Cycle, CycleStop, Unplanned
from gridsvc.usecases.draw_inspections import Draw
from gridsvc.usecases.survey_work import WorkSurvey


@dataclass(frozen=True, slots=True, kw_only=True)
class StandOfDraw:
    """Where a draw begins.

    Parameters
    ----------
    secret : of the draw in force where the cycle is planned again, else a new one
    number : of the newest draw so far, 0 = there is none
    done : inspections whose day is over, or that were made today: they keep their day and their crew
    kept : row of the working day of each other inspection, where the cycle is planned again
    first_open_row : the first working day that can be drawn
    """

    secret: bytes
    number: int = 0
    done: tuple[CycleStop, ...] = ()
    kept: Mapping[RetailerId, int] = field(default_factory=dict)
    first_open_row: int = 0


def stand_of_draw(
    tx: Transaction, survey: WorkSurvey, known: Cycle | None, stops: Sequence[CycleStop], now: date, *, is_again: bool
) -> StandOfDraw:
    """Say what a cycle that is planned already leaves to be drawn on the day `now`; its stops are `stops`."""
    earlier = draws.of_cycle(tx, known.cycle_id) if known else []
    secret = earlier[-1].secret if earlier and is_again else secrets.token_bytes(16)
    if known is None:
        return StandOfDraw(secret=secret)
    made = {
        visit.retailer_id
        for visit in visits.between(tx, now, now)
        if visit.is_sealed and visit.outcome is VisitOutcome.DONE
    }
    sealed = [stop for stop in stops if stop.is_sealed]
    done = tuple(stop for stop in sealed if stop.day < now or (stop.day == now and stop.retailer_id in made))
    row_of = {day: row for row, day in enumerate(survey.days.working)}
    return StandOfDraw(
        secret=secret,
        number=earlier[-1].number if earlier else 0,
        done=done,
        kept={stop.retailer_id: row_of[stop.day] for stop in sealed if is_again and stop.day in row_of},
        first_open_row=sum(day < now for day in survey.days.working),
    )


def commitment_of(stand: StandOfDraw, draw: Draw) -> str:
    """Give the hash that is published: it covers the secret and the whole record of the draw."""
    return periodic.commitment(stand.secret, draw.record.text())


def write_draw(tx: Transaction, clock: Clock, cycle_id: CycleId, stand: StandOfDraw, draw: Draw) -> None:
    """Write a draw beside the earlier ones.

    Raises `Conflict` where somebody else has planned the cycle since the stand was taken.
    """
    if draws.newest_number(tx, cycle_id) != stand.number:
        raise Conflict("the cycle was planned by somebody else meanwhile; plan it again")
    new = draws.CycleDraw(
        number=stand.number + 1,
        commitment=commitment_of(stand, draw),
        secret=stand.secret,
        record=draw.record.text(),
        covers_record=True,
        drawn_at=clock.now(),
    )
    draws.add(tx, cycle_id, new)


def add_drawn(survey: WorkSurvey, draw: Draw, stops: list[CycleStop], left: list[Unplanned]) -> None:
    """Add what is done, the drawn inspections, and those for which no day has room, all sealed."""
    stops.extend(draw.done)
    for drawn in draw.inspections:
        if drawn.day is None:
            left.append(
                Unplanned(
                    retailer_id=drawn.retailer_id,
                    task_type=TaskType.INSPECTION,
                    day=None,
                    reason="no_day_for_the_crew",
                    words="On no day both officers are there and have room for it.",
                    relaxation=stored(Relaxation(kind=RelaxationKind.OTHER_PERSON)),
                    is_sealed=True,
                )
            )
        else:
            stops.append(
                CycleStop(
                    retailer_id=drawn.retailer_id,
                    task_type=TaskType.INSPECTION,
                    day=survey.days.working[drawn.day],
                    staff_id=drawn.leader.staff_id,
                    second_staff_id=drawn.partner.staff_id if drawn.partner else None,
                    service_min=survey.workload.enforcement_min,
                    cartons=0.0,
                    is_sealed=True,
                )
            )
