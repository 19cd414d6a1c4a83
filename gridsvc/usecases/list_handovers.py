"""List a plan's handovers: from whom to whom, which shops, what is under way there, and who said it is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gridsvc.clock import Clock
from gridsvc.domain.errors import NotPermitted
from gridsvc.domain.ids import Adcode, PlanId, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.domain.ownership import Person
from gridsvc.domain.permissions import Reach
from gridsvc.domain.plans import PlanState
from gridsvc.storage import Store, handovers, plans
from gridsvc.storage.handovers import Acknowledgement, Side
from gridsvc.storage.staff import StaffMember
from gridsvc.usecases.draft_bench import DraftBoard
from gridsvc.usecases.moved_shops import MovedShop, moved_shops

# what becomes of things under way, said in every list; nothing is ever without an owner
COLLABORATION_RULE = "goes to the new owner when the plan takes effect"
STOP_RULE = "stays with the previous owner until the cycle is planned anew"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """The shops that one person hands to another, None = nobody (a shop without an owner, a vacancy).

    `is_done` when both sides acknowledged it; a list from or to nobody has nobody to acknowledge it.
    """

    layer: Layer
    giver: Person | None
    receiver: Person | None
    shops: tuple[MovedShop, ...]
    n_open_collaborations: int
    n_planned_stops: int
    acknowledged: tuple[Acknowledgement, ...]
    is_done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Handovers:
    """All lists of a plan; their union is its diff. The two rules say what becomes of things under way."""

    plan_id: PlanId
    title: str
    state: PlanState
    effective_from: datetime | None
    collaboration_rule: str
    stop_rule: str
    lists: tuple[Handover, ...]


def list_handovers(
    store: Store,
    clock: Clock,
    board: DraftBoard,
    *,
    adcode: Adcode,
    plan_id: str,
    staff_id: StaffId | None = None,
    reach: Reach | None = None,
) -> Handovers:
    """Give the lists of a plan in any state: within the caller's reach, of one person where `staff_id` names one.

    A list is within reach where one of its two people is. Raises `NotFound` for an unknown plan, `NotPermitted` for a
    person out of reach.
    """
    with store.transaction(adcode) as tx:
        plan = plans.find(tx, plan_id)
        with tx.beyond_reach():  # what is under way at a shop is told to whoever gets it
            moves = moved_shops(tx, clock, board, plan)
        people = board.bench(tx, clock, plan.unit_set_id).people
        said = handovers.acknowledgements(tx, plan.plan_id)

    def is_seen(one: StaffId | None) -> bool:
        member = people.get(one) if one else None
        return reach is None or reach.covers(one, member.org_unit_name if member else None)

    if staff_id is not None and not is_seen(staff_id):
        raise NotPermitted("your role sees the handovers of its own people only")
    pairs: dict[tuple[Layer, StaffId | None, StaffId | None], list[MovedShop]] = {}
    for moved in moves:
        both = (moved.from_staff_id, moved.to_staff_id)
        if (staff_id is None or staff_id in both) and any(is_seen(one) for one in both):
            pairs.setdefault((moved.layer, moved.from_staff_id, moved.to_staff_id), []).append(moved)
    lists = []
    for (layer, giver, receiver), shops in pairs.items():
        words = tuple(w for w in said if (w.from_staff_id, w.to_staff_id) == (giver, receiver))
        lists.append(
            Handover(
                layer=layer,
                giver=_person(people.get(giver)) if giver else None,
                receiver=_person(people.get(receiver)) if receiver else None,
                shops=tuple(shops),
                n_open_collaborations=len({c for shop in shops for c in shop.in_flight.collaboration_ids}),
                n_planned_stops=sum(shop.in_flight.n_planned_stops for shop in shops),
                acknowledged=words,
                is_done={word.side for word in words} == set(Side),
            )
        )
    return Handovers(
        plan_id=plan.plan_id,
        title=plan.title,
        state=plan.state,
        effective_from=plan.effective_from,
        collaboration_rule=COLLABORATION_RULE,
        stop_rule=STOP_RULE,
        lists=tuple(sorted(lists, key=_order)),
    )


def _person(member: StaffMember | None) -> Person | None:
    if member is None:
        return None
    return Person(
        staff_id=member.staff_id, staff_code=member.staff_code, name=member.name, org_unit=member.org_unit_name
    )


def _order(handover: Handover) -> tuple[int, str, str]:
    giver, receiver = (one.staff_code if one else "" for one in (handover.giver, handover.receiver))
    return list(Layer).index(handover.layer), giver, receiver
