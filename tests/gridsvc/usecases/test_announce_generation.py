"""A publication tells exactly the affected people, and open matters follow their place."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from pathlib import Path

import pytest

from gridsvc.domain.collaborations import CollaborationType, StepKind
from gridsvc.domain.errors import NotFound
from gridsvc.domain.ids import RetailerId, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.domain.notices import Notice, NoticeKind, Recipient
from gridsvc.storage import Store, collaborations, notices, ownership
from gridsvc.usecases.announce_generation import announce_generation
from gridsvc.usecases.collaboration_handlers import Actor, Place
from gridsvc.usecases.cover_absence import cover_absence
from gridsvc.usecases.open_collaboration import NewCollaboration, open_collaboration
from gridsvc.usecases.process_collaboration import process_collaboration
from gridsvc.usecases.redispatch_collaborations import redispatch_collaborations
from tests.fakes.small_district import SmallDistrict, build
from tests.gridsvc.usecases.small_town import shops

_adcodes = iter(range(520301, 520399))
Owners = dict[tuple[RetailerId, Layer], StaffId]


@pytest.fixture
def district(store: Store, tmp_path: Path) -> SmallDistrict:
    """A town of its own for every test, with a published plan."""
    known = build(store, tmp_path, adcode=str(next(_adcodes)), shop_rows=shops(64))
    known.pass_time(days=1)
    known.draw_and_publish(seed=1)
    known.pass_time(days=1)
    return known


def owners(district: SmallDistrict) -> Owners:
    with district.store.transaction(district.adcode) as tx:
        return {key: row.staff_id for key, row in ownership.owners_at(tx, district.clock.now()).items()}


def told(district: SmallDistrict, kind: NoticeKind) -> dict[StaffId, list[Notice]]:
    found = {}
    with district.store.transaction(district.adcode) as tx:
        for staff_id in set(owners(district).values()) | {
            m.staff_id for s in district.survey().staff.values() for m in s
        }:
            mine = [n for n in notices.of(tx, Recipient(staff_id=staff_id), limit=200) if n.kind is kind]
            if mine:
                found[staff_id] = mine
    return found


@pytest.mark.parametrize("layers", [(Layer.MARKETING,), tuple(Layer)])
def test_each_affected_person_is_told_once_and_nobody_else(district: SmallDistrict, layers: tuple[Layer, ...]) -> None:
    before = owners(district)
    published = district.draw_and_publish(layers, seed=7)
    after = owners(district)
    expected: defaultdict[StaffId, dict[str, set[RetailerId]]] = defaultdict(
        lambda: {"gained": set(), "lost": set(), "partner_changed": set()}
    )
    for (shop, layer), owner in after.items():
        if before[shop, layer] != owner:
            expected[owner]["gained"].add(shop)
            expected[before[shop, layer]]["lost"].add(shop)
            for other in Layer:
                if before[shop, other] == after[shop, other]:
                    expected[after[shop, other]]["partner_changed"].add(shop)
    assert expected, "this seed moves no shop: the test would say nothing"
    n_told = announce_generation(
        district.store, district.clock, adcode=district.adcode, generation=published.generation
    )
    found = told(district, NoticeKind.GRIDS_CHANGED)
    assert n_told == len(expected)
    assert found.keys() == expected.keys()
    for staff_id, (notice,) in found.items():
        assert {name: set(notice.content[name]) for name in expected[staff_id]} == expected[staff_id]
        assert notice.content["generation"] == published.generation
    again = announce_generation(district.store, district.clock, adcode=district.adcode, generation=published.generation)
    assert again == 0
    with pytest.raises(NotFound, match="no generation 99"):
        announce_generation(district.store, district.clock, adcode=district.adcode, generation=99)


def test_open_matters_follow_their_place_and_those_passed_on_stay(district: SmallDistrict) -> None:
    hotline = Actor(adcode=district.adcode, name="hotline")
    before = owners(district)

    def opened(shop: str) -> str:
        wanted = NewCollaboration(
            type=CollaborationType.COMPLAINT, subject="Loose cigarettes", content="", place=Place(retailer_id=shop)
        )
        made = open_collaboration(district.store, district.clock, district.board, actor=hotline, wanted=wanted)
        return made.collaboration.collaboration_id

    matters = {shop: opened(shop) for shop, layer in before if layer is Layer.INSPECTION}
    passed_on = next(iter(matters))
    inspectors = {m.staff_id: m.staff_code for m in district.survey().staff[Layer.INSPECTION]}
    other = next(code for staff_id, code in inspectors.items() if staff_id != before[passed_on, Layer.INSPECTION])
    handler = Actor(adcode=district.adcode, name="inspector", staff_id=before[passed_on, Layer.INSPECTION])
    process_collaboration(
        district.store, district.clock, actor=handler, collaboration_id=matters[passed_on], result="please go",
        next_staff_code=other,
    )  # fmt: skip
    district.pass_time(hours=1)
    district.draw_and_publish((Layer.INSPECTION,), seed=7)
    after = owners(district)
    moved = {s for s in matters if before[s, Layer.INSPECTION] != after[s, Layer.INSPECTION]} - {passed_on}
    assert moved
    assert redispatch_collaborations(district.store, district.clock, adcode=district.adcode) == len(moved)
    assert redispatch_collaborations(district.store, district.clock, adcode=district.adcode) == 0
    with district.store.transaction(district.adcode) as tx:
        for shop, identifier in matters.items():
            found = collaborations.find(tx, identifier)
            kinds = [step.kind for step in collaborations.steps_of(tx, identifier)]
            if shop == passed_on:
                assert inspectors[found.handler.staff_id or StaffId("")] == other
            else:
                assert found.handler.staff_id == after[shop, Layer.INSPECTION]
                assert (StepKind.REDISPATCHED in kinds) == (shop in moved)
    left = told(district, NoticeKind.COLLABORATION_LEFT)
    assert sum(len(mine) for mine in left.values()) == len(moved)


def test_a_publication_queues_its_follow_ups_in_its_own_transaction(district: SmallDistrict) -> None:
    import sqlalchemy as sa

    begins = district.clock.now().replace(microsecond=0)
    published = district.draw_and_publish((Layer.DELIVERY,), seed=3, effective_from=district.pass_time(days=3))
    with district.store.transaction(district.adcode) as tx:
        queued = tx.execute(
            sa.text("SELECT task_name, args, scheduled_at FROM procrastinate_jobs WHERE args->>'adcode' = :adcode"),
            {"adcode": district.adcode},
        ).all()
    assert {"adcode": district.adcode, "generation": published.generation} in [row.args for row in queued]
    redispatch = [row.scheduled_at for row in queued if row.task_name == "redispatch_collaborations"]
    assert max(redispatch) == published.effective_from > begins


def test_open_matters_go_to_who_acts_during_a_leave_and_back_afterwards(district: SmallDistrict) -> None:
    inspector = district.survey().staff[Layer.INSPECTION][0]
    shop = next(shop for (shop, layer), owner in owners(district).items() if owner == inspector.staff_id)
    wanted = NewCollaboration(
        type=CollaborationType.COMPLAINT, subject="Loose cigarettes", content="", place=Place(retailer_id=shop)
    )
    hotline = Actor(adcode=district.adcode, name="hotline")
    made = open_collaboration(district.store, district.clock, district.board, actor=hotline, wanted=wanted)
    assert made.collaboration.handler.staff_id == inspector.staff_id
    today = district.clock.now().date()
    cover_absence(
        district.store, district.clock, **district.who, staff_code_or_id=inspector.staff_code,
        first_day=today + timedelta(days=1), last_day=today + timedelta(days=2),
    )  # fmt: skip
    assert redispatch_collaborations(district.store, district.clock, adcode=district.adcode) == 0

    def handler() -> StaffId | None:
        redispatch_collaborations(district.store, district.clock, adcode=district.adcode)
        with district.store.transaction(district.adcode) as tx:
            return collaborations.find(tx, made.collaboration.collaboration_id).handler.staff_id

    district.pass_time(days=1)
    assert handler() not in {inspector.staff_id, None}
    district.pass_time(days=3)
    assert handler() == inspector.staff_id
