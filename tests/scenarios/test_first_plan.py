"""A planner's first weeks: files, present owners with their faults, better grids, the cycle, the day, the backup."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import psycopg
import pytest

from gridsvc import cluster
from gridsvc.cluster import RunningDatabase
from gridsvc.domain.errors import BadInput, Conflict, GridsvcError
from gridsvc.domain.ids import RetailerId
from gridsvc.domain.layers import Layer
from gridsvc.domain.ownership import OwnershipSource
from gridsvc.engines.pool import EnginePool
from gridsvc.storage import Store, audit, ownership
from gridsvc.usecases.find_ownership import find_ownership
from gridsvc.usecases.keep_backup import read_backup, write_backup
from gridsvc.usecases.ownership_snapshot import OwnershipBoard
from gridsvc.usecases.plan_cycle import plan_cycle
from gridsvc.usecases.plan_day import plan_day
from gridsvc.usecases.read_day import read_day
from gridsvc.usecases.verify_plan import verify_plan
from tests.fakes.small_district import SmallDistrict, build
from tests.gridsvc.usecases.small_town import shops


@pytest.fixture(scope="module")
def town(database: RunningDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDistrict]:
    """A town of 96 shops, taken in from files; the tests of this module follow each other through its weeks."""
    store = Store(database.app_url, pool_size=3)
    yield build(store, tmp_path_factory.mktemp("town"), shop_rows=shops(96), coarsest=9)
    store.close()


@pytest.fixture(scope="module")
def pool() -> Iterator[EnginePool]:
    with EnginePool(1) as opened:
        yield opened


def owner_codes(district: SmallDistrict, **wanted: object) -> dict[str, tuple[str | None, ...]]:
    """Give the trio's codes of every shop."""
    answers = {}
    for shop in shops(96):
        code = str(shop["retailer_code"])
        found = find_ownership(district.board, district.clock, retailer_code=code, **wanted)  # type: ignore[arg-type]
        answers[code] = tuple(item.owner.staff_code if item.owner else None for item in found.layers)
    return answers


def test_a_planner_s_first_weeks(
    town: SmallDistrict, pool: EnginePool, database: RunningDatabase, migrated_template: str, postgis: RunningDatabase
) -> None:
    # today's owners are accepted as they are, with their faults listed
    assert town.owners is not None
    assert town.owners.n_new == 288
    assert any(finding.code == "enclave" for finding in town.owners.findings)
    in_generation_0 = owner_codes(town)
    assert set(in_generation_0.values()) == {("I1", "M1", "D1"), ("I2", "M2", "D2")}
    asked_at = town.clock.now()

    # better grids: designed, judged, certified
    town.pass_time(days=1)
    designed = town.design(pool, title="December")
    assert all(layer.is_feasible for layer in designed.layers), designed.layers
    assert designed.n_left_out == 0
    assert {layer.layer: layer.n_owned for layer in designed.layers} == dict.fromkeys(Layer, 96)
    verdict = verify_plan(town.store, town.clock, adcode=town.adcode, wanted="newest")
    assert verdict.holds, verdict.words
    assert verdict.words[-1] == "the certificate holds"

    # published, from next week on: the old owners stay until then, and nobody has to do anything
    town.approve(designed.plan.plan_id)
    begins = town.clock.now() + timedelta(days=6)
    publication = town.publish(designed.plan.plan_id, effective_from=begins, reason="agreed with the three offices")
    town.board.mark(town.adcode)
    assert owner_codes(town) == in_generation_0
    coming = owner_codes(town, as_of=begins)
    for number, layer in enumerate(Layer):
        n_changed = sum(coming[code][number] != known[number] for code, known in in_generation_0.items())
        n_told = next(item.n_moved for item in designed.layers if item.layer is layer)
        assert publication.n_changed[layer] == n_changed == n_told > 0
    town.clock.instant = begins
    assert owner_codes(town) == coming
    assert owner_codes(town, as_of=asked_at) == in_generation_0
    later = verify_plan(town.store, town.clock, adcode=town.adcode, wanted="newest")
    assert later.holds, later.words
    assert "marketing: shops and units as certified" in later.words
    with town.store.transaction(town.adcode) as tx:
        owned = ownership.owners_at(tx, begins)
        assert len(owned) == 288
        assert {owner.source for owner in owned.values()} == {OwnershipSource.PLAN}
        assert ownership.overlapping(tx) == []

    # the cycle and a day follow from the new owners
    planned = plan_cycle(town.store, town.clock, pool, **town.who, first_day=date(2026, 11, 30), max_iterations=100)
    assert sum(planned.n_unplanned.values()) == 0
    day = date(2026, 12, 1)
    routed = plan_day(town.store, town.clock, pool, **town.who, day=day, max_iterations=50)
    assert routed.n_routes > 0
    n_stops = 0
    for code in ("I1", "I2", "M1", "M2", "D1", "D2"):
        try:
            found = read_day(town.store, town.clock, adcode=town.adcode, staff_code_or_id=code, day=day)
        except GridsvcError:
            continue
        n_stops += len(found.stops)
        starts = [stop.starts_at for stop in found.stops if stop.starts_at is not None]
        assert starts == sorted(starts)
        assert found.departs_at is not None
        assert found.returns_at is not None
        assert found.returns_at - found.departs_at <= timedelta(hours=9)
        for stop in found.stops:
            assert code in coming[stop.retailer.retailer_code]
    assert n_stops == sum(routed.n_stops.values())

    with town.store.transaction(town.adcode) as tx:
        assert audit.first_broken(tx) is None

    # a backup, put back elsewhere, answers the same, past and present
    file = town.folder / "backup.dump"
    assert write_backup(database.owner_conninfo, file, psql=database.psql) > 0
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(BadInput, match="exists already"):
        write_backup(database.owner_conninfo, file, psql=database.psql)
    with pytest.raises(Conflict, match="restore into an empty one"):
        read_backup(town.store, database.owner_conninfo, file, psql=database.psql)
    with cluster.cloned(postgis, migrated_template) as elsewhere:
        other = Store(elsewhere.app_url, pool_size=2)
        try:
            with pytest.raises(BadInput, match="is no backup of this program"):
                read_backup(other, elsewhere.owner_conninfo, town.folder / "staff.csv", psql=elsewhere.psql)
            assert read_backup(other, elsewhere.owner_conninfo, file, psql=elsewhere.psql) == 1
            here, town.board = town.board, OwnershipBoard(other, town.clock)
            assert owner_codes(town) == coming
            assert owner_codes(town, as_of=asked_at) == in_generation_0
            town.board = here
            again = read_day(other, town.clock, adcode=town.adcode, staff_code_or_id="M1", day=day)
            assert again == read_day(town.store, town.clock, adcode=town.adcode, staff_code_or_id="M1", day=day)
            with other.transaction(town.adcode) as tx:
                assert audit.first_broken(tx) is None
                audit.add(tx, town.clock, actor="planner", action="look", subject="after the restore")
                assert audit.first_broken(tx) is None
        finally:
            other.close()


def test_a_unit_that_was_moved_behind_the_planner_s_back_is_found(
    town: SmallDistrict, pool: EnginePool, database: RunningDatabase
) -> None:
    designed = town.design(pool, title="January", layers=[Layer.MARKETING])
    plan_id = designed.plan.plan_id
    assert verify_plan(town.store, town.clock, adcode=town.adcode, wanted=plan_id).holds
    with psycopg.connect(database.owner_conninfo) as owner:
        moved = owner.execute(
            "UPDATE grid_unit g SET grid_id = other.grid_id FROM (SELECT DISTINCT grid_id FROM grid_unit"
            " WHERE plan_version_id = %(version)s) AS other WHERE g.plan_version_id = %(version)s AND g.unit_row = 0"
            " AND other.grid_id <> g.grid_id",
            {"version": designed.plan.plan_version_id},
        )
        assert moved.rowcount == 1
    verdict = verify_plan(town.store, town.clock, adcode=town.adcode, wanted=plan_id)
    assert not verdict.holds
    assert "marketing: grids CHANGED since the certificate" in verdict.words
    assert verdict.words[-1] == "the certificate does NOT hold"


@pytest.mark.parametrize("where", ["rows", "pack"])
def test_a_frozen_plan_that_was_changed_behind_everybody_s_back_is_found(
    town: SmallDistrict, pool: EnginePool, database: RunningDatabase, where: str
) -> None:
    designed = town.design(pool, title="February", layers=[Layer.MARKETING])
    plan_id, version = designed.plan.plan_id, designed.plan.plan_version_id
    town.approve(plan_id)
    assert verify_plan(town.store, town.clock, adcode=town.adcode, wanted=plan_id).holds
    changes = {
        "rows": "UPDATE grid_unit g SET grid_id = other.grid_id FROM (SELECT DISTINCT grid_id FROM grid_unit"
        " WHERE plan_version_id = %(version)s) AS other WHERE g.plan_version_id = %(version)s AND g.unit_row = 0"
        " AND other.grid_id <> g.grid_id",
        "pack": "UPDATE version_pack SET grid_of_unit = substr(grid_of_unit, 5) || int4send(0)"
        " WHERE plan_version_id = %(version)s AND layer = 'marketing'",
    }
    with psycopg.connect(database.owner_conninfo) as owner:
        assert owner.execute(changes[where].encode(), {"version": version}).rowcount == 1
    verdict = verify_plan(town.store, town.clock, adcode=town.adcode, wanted=plan_id)
    assert not verdict.holds
    assert "marketing: grids CHANGED since the certificate" in verdict.words


def test_every_shop_of_a_design_has_one_owner(town: SmallDistrict) -> None:
    survey = town.survey()
    owners = survey.owner_of
    assert {RetailerId(shop) for shop in survey.retailers.retailer_id} == {retailer for retailer, _ in owners}
