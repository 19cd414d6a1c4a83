"""The rule that chooses who handles a request."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gridsvc.domain.collaborations import (
    LAYER_OF_TYPE,
    LONGEST_SUBJECT,
    CollaborationType,
    DispatchReason,
    HandlerLevel,
    dispatch,
    require_words,
)
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import StaffId
from gridsvc.domain.layers import Layer, Role
from gridsvc.domain.ownership import FallbackReason, LayerOwner, Person

OWNER, DEPUTY, HEAD = StaffId("owner"), StaffId("deputy"), StaffId("head")
OWNED = LayerOwner(
    layer=Layer.INSPECTION,
    role=Role.MARKET_INSPECTOR,
    grid=None,
    owner=Person(staff_id=OWNER, staff_code="I01", name="赵伟", org_unit="第一专卖管理所"),
)
COVERED = replace(OWNED, acting_owner=Person(staff_id=DEPUTY, staff_code="I02", name="钱芳", org_unit="第二专卖管理所"))
UNOWNED = replace(OWNED, owner=None, fallback_department="第三专卖管理所", fallback_reason=FallbackReason.VACANCY)


FIRST, SECOND, THIRD = "第一专卖管理所", "第二专卖管理所", "第三专卖管理所"
BY_OWNING = (HandlerLevel.OWNER, DispatchReason.OWNS_THE_PLACE)
BY_ACTING = (HandlerLevel.ACTING_OWNER, DispatchReason.ACTS_FOR_THE_OWNER)
AS_SUBJECT = (HandlerLevel.DEPARTMENT_HEAD, DispatchReason.SUBJECT_OF_COMPLAINT)
AS_RELATED = (HandlerLevel.DEPARTMENT_HEAD, DispatchReason.DECLARED_RELATION)
AS_UNKNOWN = (HandlerLevel.GRASSROOTS_DEPARTMENT, DispatchReason.RECIPIENT_UNKNOWN)


@pytest.mark.parametrize(
    ("owner", "barred", "subject", "head", "person", "department", "why"),
    [
        (OWNED, [], None, HEAD, OWNER, FIRST, BY_OWNING),
        (COVERED, [], None, HEAD, DEPUTY, SECOND, BY_ACTING),
        (COVERED, [OWNER], None, HEAD, DEPUTY, SECOND, BY_ACTING),
        (OWNED, [], OWNER, HEAD, HEAD, FIRST, AS_SUBJECT),
        (OWNED, [OWNER], None, HEAD, HEAD, FIRST, AS_RELATED),
        (OWNED, [], OWNER, OWNER, None, FIRST, AS_SUBJECT),
        (OWNED, [HEAD], OWNER, HEAD, None, FIRST, AS_SUBJECT),
        (OWNED, [OWNER], None, None, None, FIRST, AS_RELATED),
        (COVERED, [DEPUTY], None, HEAD, HEAD, SECOND, AS_RELATED),
        (UNOWNED, [], None, HEAD, None, THIRD, AS_UNKNOWN),
    ],
)
def test_the_handler_follows_from_the_owner_the_subject_and_the_relations(
    owner: LayerOwner,
    barred: list[StaffId],
    subject: StaffId | None,
    head: StaffId | None,
    person: StaffId | None,
    department: str,
    why: tuple[HandlerLevel, DispatchReason],
) -> None:
    handler = dispatch(owner, barred=barred, subject_of_complaint=subject, head=head)
    assert (handler.staff_id, handler.department, (handler.level, handler.reason)) == (person, department, why)


def test_every_type_names_the_layer_that_handles_it() -> None:
    assert set(LAYER_OF_TYPE) == set(CollaborationType)
    assert set(LAYER_OF_TYPE.values()) == set(Layer)


def test_all_faults_of_a_text_are_told_at_once() -> None:
    with pytest.raises(BadInput) as caught:
        require_words("x" * (LONGEST_SUBJECT + 1), "y" * 5000)
    assert len(caught.value.violations) == 2
    with pytest.raises(BadInput, match="subject is empty"):
        require_words("  \n", "")
