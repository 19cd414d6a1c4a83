"""The database keeps its own rules: the schema is the code's, the past is closed, districts do not see each other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from geoalchemy2 import alembic_helpers
from psycopg import sql

from gridsvc.cluster import RunningDatabase
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, migrate
from gridsvc.storage.migrate import alembic_config
from gridsvc.storage.migrations.rights import APPEND_ONLY, DIRECTORY
from gridsvc.storage.tables import metadata
from tests.fakes.small_district import SmallDistrict, build
from tests.gridsvc.usecases.small_town import shops

OTHER = Adcode("520102")


@pytest.fixture(scope="module")
def district(database: RunningDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDistrict]:
    store = Store(database.app_url, pool_size=2)
    built = build(store, tmp_path_factory.mktemp("town"), shop_rows=shops(32))
    built.pass_time(days=1)
    built.draw_and_publish()
    yield built
    store.close()


def as_app(database: RunningDatabase, adcode: str) -> psycopg.Connection:
    """Open a connection of the application role that stands in one district."""
    connection = psycopg.connect(database.app_conninfo)
    connection.execute("SELECT set_config('gridsvc.adcode', %s, false)", [adcode])
    return connection


def count(connection: psycopg.Connection, table: str) -> int:
    row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
    assert row is not None
    return int(row[0])


def test_the_migrations_make_the_tables_of_the_code(database: RunningDatabase) -> None:
    def include(*given: Any) -> bool:
        thing, name, kind, reflected, compare_to = given
        is_queue = kind == "table" and str(name).startswith("procrastinate")
        is_ours = alembic_helpers.include_object(thing, name, kind, reflected, compare_to)  # type: ignore[no-untyped-call]
        return bool(is_ours) and not is_queue

    engine = sa.create_engine(database.owner_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": include, "compare_type": True})
        differences = compare_metadata(context, metadata)
        head = ScriptDirectory.from_config(alembic_config(connection)).get_current_head()
        assert context.get_current_revision() == head
    engine.dispose()
    assert differences == []


def test_migrating_again_changes_nothing(database: RunningDatabase, district: SmallDistrict) -> None:
    with as_app(database, district.adcode) as app:
        before = count(app, "ownership")
    migrate(database.owner_url)
    with as_app(database, district.adcode) as app:
        assert count(app, "ownership") == before > 0


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (a int)",
        "DROP TABLE plan",
        "ALTER TABLE plan ADD a int",
        "ALTER TABLE ownership DISABLE ROW LEVEL SECURITY",
        "CREATE SCHEMA mine",
    ],
)
def test_the_service_defines_nothing(database: RunningDatabase, statement: str) -> None:
    with psycopg.connect(database.app_conninfo) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(statement)


def test_every_table_with_a_district_is_behind_its_wall(database: RunningDatabase) -> None:
    with psycopg.connect(database.owner_conninfo) as owner:
        walled = {
            row[0]
            for row in owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND rowsecurity")
        }
    assert walled == {table.name for table in metadata.sorted_tables} - DIRECTORY


@pytest.mark.parametrize("adcode", [OTHER, Adcode("")])
def test_no_row_of_a_district_is_seen_from_elsewhere(
    database: RunningDatabase, district: SmallDistrict, adcode: Adcode
) -> None:
    tables = [table.name for table in metadata.sorted_tables if table.name not in DIRECTORY]
    with as_app(database, district.adcode) as app:
        filled = {table for table in tables if count(app, table)}
    assert {"ownership", "retailer", "staff", "plan", "grid_unit", "audit", "unit"} <= filled
    with as_app(database, adcode) as app:
        assert [table for table in filled if count(app, table)] == []
        for statement in ("UPDATE retailer SET name = 'x'", "DELETE FROM grid_unit"):
            assert app.execute(statement).rowcount == 0
        app.rollback()


def test_no_row_is_written_into_another_district(database: RunningDatabase, district: SmallDistrict) -> None:
    with as_app(database, OTHER) as app, pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level"):
        app.execute("INSERT INTO event (adcode, kind, content, at) VALUES (%s, 'x', '{}', now())", [district.adcode])


@pytest.mark.parametrize("table", sorted(APPEND_ONLY))
def test_what_happened_is_only_ever_added(database: RunningDatabase, district: SmallDistrict, table: str) -> None:
    for template in ("DELETE FROM {}", "UPDATE {} SET adcode = adcode"):
        statement = sql.SQL(template).format(sql.Identifier(table))
        with as_app(database, district.adcode) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(statement)


@pytest.mark.parametrize("table", ["ownership", "ownership_past", "ownership_open"])
@pytest.mark.parametrize("change", ["valid_to = now()", "retailer_id = retailer_id", "layer = layer"])
def test_no_ownership_row_is_ended_or_removed_past_the_database(
    database: RunningDatabase, district: SmallDistrict, table: str, change: str
) -> None:
    for template in (f"UPDATE {{}} SET {change}", "DELETE FROM {}"):
        statement = sql.SQL(template).format(sql.Identifier(table))
        with as_app(database, district.adcode) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(statement)


def test_a_closed_ownership_row_stays_closed_as_it_is(database: RunningDatabase, district: SmallDistrict) -> None:
    with as_app(database, district.adcode) as app:
        assert count(app, "ownership_past") > 0
        for change in ("staff_id = staff_id", "valid_from = valid_from", "valid_to = NULL"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), app.transaction():
                app.execute(f"UPDATE ownership_past SET {change}")
        known = app.execute("SELECT array_agg(retailer_id), array_agg(layer) FROM ownership_open").fetchone()
    assert known is not None
    with as_app(database, OTHER) as app:  # nor ended from elsewhere
        assert app.execute("SELECT end_ownership(%s, %s, now())", known).fetchone() == (0,)


def test_a_change_of_an_open_ownership_row_leaves_its_past(database: RunningDatabase, district: SmallDistrict) -> None:
    with as_app(database, district.adcode) as app:
        before = app.execute("SELECT * FROM ownership ORDER BY 2, 3, 4").fetchall()
        later = "UPDATE ownership_open SET valid_from = valid_from + interval '1 hour', grid_id = NULL"
        n_changed = app.execute(later).rowcount
        after = app.execute("SELECT * FROM ownership ORDER BY 2, 3, 4").fetchall()
        assert len(after) == len(before) + n_changed > n_changed > 0
        was = {row[:4]: row for row in before}
        for row in after:
            if row[:4] in was:  # as it was, and ended where the new one begins
                assert row[5:] == was[row[:4]][5:]
                assert row[4] == (was[row[:4]][4] or row[3] + timedelta(hours=1))
        app.rollback()
    for change in ("grid_id = NULL", "valid_from = valid_from - interval '1 hour'"):
        with as_app(database, district.adcode) as app, pytest.raises(psycopg.errors.CheckViolation):
            app.execute(f"UPDATE ownership_open SET {change}")


def test_a_row_written_to_both_as_one_goes_where_it_belongs(database: RunningDatabase, district: SmallDistrict) -> None:
    with psycopg.connect(database.owner_conninfo) as owner:
        owner.execute("CREATE TEMP TABLE kept AS SELECT * FROM ownership")
        counts = [count(owner, name) for name in ("ownership_open", "ownership_past")]
        for table in ("ownership_open", "ownership_past"):
            owner.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        owner.execute("INSERT INTO ownership SELECT * FROM kept")
        assert [count(owner, name) for name in ("ownership_open", "ownership_past")] == counts
        assert min(counts) > 0
        own = owner.execute("SELECT count(*) FROM ONLY ownership").fetchone()
        assert own == (0,)
        owner.rollback()


def test_a_shop_has_at_most_one_open_owner_per_layer(database: RunningDatabase, district: SmallDistrict) -> None:
    twice = (
        "INSERT INTO ownership_open SELECT adcode, retailer_id, layer, valid_from + interval '1 hour', NULL, staff_id,"
        " grid_id, generation, source FROM ownership WHERE valid_to IS NULL LIMIT 1"
    )
    with (
        as_app(database, district.adcode) as app,
        pytest.raises(psycopg.errors.UniqueViolation, match="ownership_open"),
    ):
        app.execute(twice)
