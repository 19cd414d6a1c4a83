"""Nothing leaves the review queue silently: every decision keeps who, when, why, before and after."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import psycopg
import pytest

from geo_data.datums import Datum, from_wgs84
from gridsvc.clock import new_id
from gridsvc.cluster import RunningDatabase
from gridsvc.domain.errors import BadInput, Conflict, NotFound, RuleBroken
from gridsvc.domain.ids import StaffId
from gridsvc.domain.layers import TaskType
from gridsvc.domain.reviews import Decision, Review, ReviewRule, ReviewState
from gridsvc.domain.visits import CheckIn, Visit, VisitOutcome
from gridsvc.storage import Store, audit, districts, retailers, reviews, visits
from gridsvc.storage import staff as staff_rows
from gridsvc.usecases.check_positions import CheckedPositions, check_positions
from gridsvc.usecases.import_retailers import import_retailers
from gridsvc.usecases.list_reviews import list_pin_moves, page_reviews
from gridsvc.usecases.move_pin import move_pin
from gridsvc.usecases.settle_review import SettledReview, settle_review
from gridsvc.usecases.settle_reviews_by_rule import settle_reviews_by_rule
from tests.fakes.small_district import SmallDistrict, build
from tests.gridsvc.usecases.small_town import EAST, NORTH, SOUTH, WEST, WGS84, shop, write_csv

N_SHOPS = 64
ON_ONE_POINT = ("R0030", "R0031")
WRONG = (12, 24, 40, 55)  # their coordinates were written down in GCJ-02


def rows() -> list[dict[str, object]]:
    """Four streets of 16 shops each, numbered along the street; some points are wrong in a known way."""
    made = [shop(n, address=f"{'东西南北'[n // 16]}山路{20 * (n % 16) + 1}号") for n in range(N_SHOPS)]
    for n in WRONG:
        lon, lat = from_wgs84(made[n]["lon"], made[n]["lat"], Datum.GCJ02)
        made[n] |= {"lon": float(lon), "lat": float(lat)}
    made[31] |= {"lon": made[30]["lon"], "lat": made[30]["lat"]}
    made[5] |= {"lon": made[60]["lon"], "lat": float(str(made[60]["lat"])) + 0.0005}  # far from its street
    made[20] |= {"lon": "", "lat": "", "address": "someone told me behind the station"}
    return made


@pytest.fixture(scope="module")
def district(database: RunningDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDistrict]:
    store = Store(database.app_url, pool_size=4)
    built = build(store, tmp_path_factory.mktemp("town"), shop_rows=rows())
    built.pass_time(days=1)
    built.draw_and_publish(seed=1)
    yield built
    store.close()


def check(district: SmallDistrict) -> CheckedPositions:
    return check_positions(district.store, district.clock, **district.who)


def items(district: SmallDistrict, **wanted: Any) -> list[Review]:
    return page_reviews(district.store, adcode=district.adcode, limit=1000, **wanted)[0]


def item_of(district: SmallDistrict, retailer_code: str, code: str) -> Review:
    return next(item for item in items(district, state=None, code=code) if item.retailer_code == retailer_code)


def settle(district: SmallDistrict, item: Review, decision: Decision, **more: Any) -> SettledReview:
    return settle_review(
        district.store, district.clock, **district.who, review_item_id=item.review_item_id, decision=decision, **more
    )


def revision(district: SmallDistrict) -> int:
    with district.store.transaction(district.adcode) as tx:
        return districts.find(tx).revision


def test_the_import_itself_finds_the_wrong_datum_with_evidence_and_a_proposal(district: SmallDistrict) -> None:
    found = {item.retailer_code: item for item in items(district, code="wrong_datum")}
    assert set(found) == {f"R{n:04d}" for n in WRONG}
    for n, (_, item) in zip(WRONG, sorted(found.items()), strict=True):
        assert item.evidence["likely"] == "gcj02"
        assert float(item.evidence["off_m"]) > 300 > float(item.evidence["off_if_likely_m"])
        assert item.proposed_lon == pytest.approx(float(str(shop(n)["lon"])), abs=1e-6)
        assert item.file_name == "retailers.csv"
        assert item.row_no == n + 2


def test_every_kind_of_doubt_is_found_once_and_checking_again_changes_nothing(district: SmallDistrict) -> None:
    first = check(district)
    assert first.found["wrong_datum"] == len(WRONG)
    assert {item.retailer_code for item in items(district, code="shared_point")} == set(ON_ONE_POINT)
    assert {item.retailer_code for item in items(district, code="conflicting_position")} == {"R0005"}
    assert {item.retailer_code for item in items(district, code="not_located")} == {"R0020"}
    again = check(district)
    assert (again.n_new, again.n_mended) == (0, 0)
    assert again.found == first.found


def test_accepting_a_proposal_moves_the_pin_and_look_ups_see_it(district: SmallDistrict) -> None:
    check(district)
    item = item_of(district, "R0040", "wrong_datum")
    before = revision(district)
    done = settle(district, item, Decision.ACCEPT)
    assert (done.item.state, done.item.closed_by) == (ReviewState.ACCEPTED, "planner")
    assert "proposed point" in str(done.item.outcome)
    assert revision(district) == before + 1
    district.board.mark(district.adcode)
    answer = district.board.now(district.adcode)
    row = list(answer.retailers.retailer_code).index("R0040")
    assert answer.retailers.lon[row] == pytest.approx(float(str(shop(40)["lon"])), abs=1e-6)
    move = list_pin_moves(district.store, adcode=district.adcode, retailer_id=item.retailer_id)[0]
    assert (move.before_lon, move.before_lat) == (item.lon, item.lat)
    assert (move.after_lon, move.moved_by, move.review_item_id) == (
        done.item.lon, "planner", item.review_item_id,
    )  # fmt: skip
    assert move.moved_m == pytest.approx(540, abs=60)
    with pytest.raises(Conflict, match="planner settled this item"):
        settle(district, item, Decision.REJECT, reason="late")


def test_a_drag_puts_an_unlocated_shop_on_the_map_and_gives_it_owners(district: SmallDistrict) -> None:
    item = item_of(district, "R0020", "not_located")
    with pytest.raises(RuleBroken, match="no point"):
        settle(district, item, Decision.ACCEPT)
    with pytest.raises(RuleBroken, match="outside the district"):
        settle(district, item, Decision.MOVE, lon=EAST + 1, lat=NORTH)
    with pytest.raises(BadInput, match="both"):
        settle(district, item, Decision.MOVE, lon=EAST)
    assert item_of(district, "R0020", "not_located").state is ReviewState.OPEN
    done = settle(district, item, Decision.MOVE, lon=WEST + 0.01, lat=SOUTH + 0.01, reason="the manager went there")
    assert done.item.state is ReviewState.MENDED
    district.board.mark(district.adcode)
    answer = district.board.now(district.adcode).of_retailer(
        "retailer_code", "R0020", as_of=district.clock.now()  # type: ignore[arg-type]
    )  # fmt: skip
    assert all(layer.owner is not None for layer in answer.layers)


def test_a_rejected_doubt_stays_rejected_until_the_point_moves(district: SmallDistrict) -> None:
    check(district)
    item = item_of(district, "R0005", "conflicting_position")
    with pytest.raises(BadInput, match="say why"):
        settle(district, item, Decision.REJECT)
    settle(district, item, Decision.REJECT, reason="the street bends there")
    assert check(district).n_new == 0
    district.pass_time(hours=1)
    move_pin(
        district.store, district.clock, **district.who, retailer_id=str(item.retailer_id), lon=float(item.lon or 0),
        lat=float(item.lat or 0) + 0.001, reason="measured",
    )  # fmt: skip
    assert item_of(district, "R0005", "conflicting_position").outcome == "left as it is: the street bends there"


def test_a_finding_of_the_import_that_was_rejected_is_not_raised_again_by_a_check(district: SmallDistrict) -> None:
    item = item_of(district, "R0012", "wrong_datum")
    settle(district, item, Decision.REJECT, reason="the shop has two doors")
    check(district)
    assert len([i for i in items(district, state=None, code="wrong_datum") if i.retailer_code == "R0012"]) == 1


def test_moving_a_pin_settles_the_other_doubts_about_it_with_a_trace(district: SmallDistrict) -> None:
    check(district)
    item = item_of(district, "R0031", "shared_point")
    district.pass_time(hours=1)
    true = shop(31)
    move_pin(
        district.store, district.clock, **district.who, retailer_id=str(item.retailer_id), lon=float(str(true["lon"])),
        lat=float(str(true["lat"])), reason="two doors further", expected=(item.lon or 0, item.lat or 0),
    )  # fmt: skip
    mended = item_of(district, "R0031", "shared_point")
    assert (mended.state, mended.closed_by, mended.outcome) == (
        ReviewState.MENDED, "planner", "the shop's point was moved",
    )  # fmt: skip
    assert item_of(district, "R0030", "shared_point").state is ReviewState.OPEN
    assert check(district).n_mended == 1  # the other shop stands alone now
    assert "no longer so" in str(item_of(district, "R0030", "shared_point").outcome)
    with pytest.raises(Conflict, match="moved since"):
        move_pin(
            district.store, district.clock, **district.who, retailer_id=str(item.retailer_id), lon=EAST, lat=NORTH,
            reason="stale", expected=(item.lon or 0, item.lat or 0),
        )  # fmt: skip


def test_a_rule_settles_what_it_names_and_nothing_else(district: SmallDistrict) -> None:
    rule = ReviewRule(code="wrong_datum", evidence={"likelihood_ratio": (50, None)})
    given: dict[str, Any] = {"rule": rule, "decision": Decision.ACCEPT, "reason": "the office's GPS is set to GCJ-02"}
    dry = settle_reviews_by_rule(district.store, district.clock, **district.who, **given, dry_run=True)
    assert (dry.n_named, dry.n_settled) == (2, 0)
    none = ReviewRule(code="wrong_datum", evidence={"off_m": (None, 10)})
    assert settle_reviews_by_rule(
        district.store, district.clock, **district.who, **(given | {"rule": none})
    ).n_named == 0  # fmt: skip
    done = settle_reviews_by_rule(district.store, district.clock, **district.who, **given)
    assert (done.n_settled, done.left) == (2, ())
    assert {item.rule for item in items(district, state="accepted", code="wrong_datum")} >= {rule.words}
    with pytest.raises(BadInput, match="say why"):
        settle_reviews_by_rule(district.store, district.clock, **district.who, **(given | {"reason": " "}))


def test_the_register_does_not_undo_a_reviewed_pin_and_a_new_position_is_asked_about(district: SmallDistrict) -> None:
    before = {item.retailer_code: (item.lon, item.lat) for item in items(district, state=None) if item.retailer_code}
    again = rows()
    report = import_retailers(
        district.store, district.clock, **district.who, options=WGS84,
        path=write_csv(district.folder / "retailers.csv", again),
    )  # fmt: skip
    assert not [f for f in report.findings if f.code == "register_disagrees"]
    again[40] |= {"lon": EAST - 0.003, "lat": NORTH - 0.003}
    report = import_retailers(
        district.store, district.clock, **district.who, options=WGS84,
        path=write_csv(district.folder / "retailers.csv", again),
    )  # fmt: skip
    (disagreement,) = [f for f in report.findings if f.code == "register_disagrees"]
    assert disagreement.subject == "R0040"
    after = {item.retailer_code: (item.lon, item.lat) for item in items(district, state=None) if item.retailer_code}
    assert after == before
    item = item_of(district, "R0040", "register_disagrees")
    assert item.proposed_lon == pytest.approx(EAST - 0.003)
    settle(district, item, Decision.REJECT, reason="looked again")


def visit(district: SmallDistrict, staff_id: str, retailer_id: str, lon: float, lat: float, **more: Any) -> Visit:
    district.pass_time(minutes=30)
    at = district.clock.now()
    values: dict[str, Any] = {
        "visit_id": new_id(), "staff_id": StaffId(staff_id), "retailer_id": retailer_id, "task_type": TaskType.VISIT,
        "day": at.date(), "outcome": VisitOutcome.DONE, "arrived_at": at, "ended_at": at, "received_at": at,
        "reason": None, "note": None, "is_sealed": False,
        "position": CheckIn(lon=lon, lat=lat, accuracy_m=10.0, distance_m=0.0),
    }  # fmt: skip
    return Visit(**(values | more))


def test_agreeing_check_ins_propose_a_pin_and_sealed_ones_are_not_counted(district: SmallDistrict) -> None:
    item = item_of(district, "R0030", "shared_point")
    lon, lat = float(item.lon or 0) + 0.003, float(item.lat or 0)
    rng = np.random.default_rng(1)
    with district.store.transaction(district.adcode) as tx:
        staff_id = staff_rows.all_staff(tx)[0].staff_id
        near = [(lon + dx, lat + dy) for dx, dy in rng.normal(0, 5e-5, (3, 2))]
        for x, y in near[:2]:
            visits.add(tx, visit(district, staff_id, str(item.retailer_id), x, y), recorded_by="test")
        visits.add(
            tx, visit(district, staff_id, str(item.retailer_id), *near[2], is_sealed=True,
                      task_type=TaskType.INSPECTION), recorded_by="test",
        )  # fmt: skip
    assert "check_ins_elsewhere" not in check(district).found
    with district.store.transaction(district.adcode) as tx:
        visits.add(tx, visit(district, staff_id, str(item.retailer_id), *near[2]), recorded_by="test")
    assert check(district).found["check_ins_elsewhere"] == 1
    proposal = item_of(district, "R0030", "check_ins_elsewhere")
    assert proposal.evidence["n_agreeing"] == 3
    assert proposal.proposed_lon == pytest.approx(lon, abs=2e-4)
    done = settle(district, proposal, Decision.ACCEPT)
    assert done.item.lon == pytest.approx(lon, abs=2e-4)
    assert "check_ins_elsewhere" not in check(district).found


def test_check_ins_show_a_wrong_datum_where_the_address_says_nothing(district: SmallDistrict) -> None:
    x, y = WEST + 0.02, SOUTH + 0.02
    lon, lat = (float(axis) for axis in from_wgs84(x, y, Datum.GCJ02))  # written down in GCJ-02, taken for WGS-84
    file = write_csv(district.folder / "silent.csv", [shop(200, address="by the river", lon=lon, lat=lat)])
    import_retailers(district.store, district.clock, **district.who, path=file, options=WGS84)
    check(district)
    doubted = page_reviews(district.store, adcode=district.adcode, limit=500)[0]
    assert not [item.code for item in doubted if item.retailer_code == "R0200" and item.is_about_pin]
    with district.store.transaction(district.adcode) as tx:
        staff_id, shop_id = staff_rows.all_staff(tx)[0].staff_id, retailers.ids_by(tx, "retailer_code")["R0200"]
        for step in range(3):
            visits.add(tx, visit(district, staff_id, str(shop_id), x + 1e-5 * step, y), recorded_by="test")
    before = check(district)
    item = item_of(district, "R0200", "wrong_datum")
    assert (item.evidence["likely"], item.evidence["n_agreeing"]) == ("gcj02", 3)
    assert 300 < float(item.evidence["off_m"]) < 700
    assert float(item.evidence["off_if_likely_m"]) < 5
    assert check(district).found == before.found
    done = settle(district, item, Decision.ACCEPT)
    assert (done.item.lon, done.item.lat) == (pytest.approx(x, abs=1e-6), pytest.approx(y, abs=1e-6))


def test_no_item_is_ever_removed_and_every_write_is_in_the_audit_chain(
    district: SmallDistrict, database: RunningDatabase
) -> None:
    with psycopg.connect(database.app_conninfo) as app:
        app.execute("SELECT set_config('gridsvc.adcode', %s, false)", [district.adcode])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("DELETE FROM review_item")
    with district.store.transaction(district.adcode) as tx:
        assert audit.first_broken(tx) is None
        settled = [item for item in reviews.queue(tx, state=None) if item.state is not ReviewState.OPEN]
    assert len(settled) > 8
    assert all(item.closed_by and item.closed_at and item.outcome for item in settled)


@pytest.mark.parametrize("unknown", ["no identifier", "018f0000-0000-7000-8000-000000000000"])
def test_what_does_not_exist_is_said(district: SmallDistrict, unknown: str) -> None:
    with pytest.raises(NotFound):
        settle_review(
            district.store, district.clock, **district.who, review_item_id=unknown, decision=Decision.ACCEPT
        )  # fmt: skip
    with pytest.raises(NotFound):
        move_pin(
            district.store, district.clock, **district.who, retailer_id=unknown, lon=WEST, lat=SOUTH, reason="x"
        )  # fmt: skip
