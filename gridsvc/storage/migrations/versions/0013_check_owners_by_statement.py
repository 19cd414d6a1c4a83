"""Check what ownership rows point to once a statement, and index their instants by page ranges.

A publication ends and opens up to three rows a shop. Three foreign keys took more than half of that time, row by row, and
three ordered indexes a fifth. The triggers keep what foreign keys keep: what is pointed to exists, is held until the
transaction ends, and cannot be removed.
"""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TARGETS = {"retailer": "retailer_id", "staff": "staff_id", "grid": "grid_id"}
_INDEXES = {
    "ix_ownership_staff": ["adcode", "staff_id"],
    "ix_ownership_valid_from": ["adcode", "valid_from"],
    "ix_ownership_valid_to": ["adcode", "valid_to"],
}


def _check(table: str, key: str) -> str:
    return f"""
        SELECT count(*) INTO n_wanted FROM (SELECT DISTINCT adcode, {key} FROM added WHERE {key} IS NOT NULL) AS w;
        PERFORM 1 FROM "{table}" t JOIN (SELECT DISTINCT adcode, {key} FROM added) AS w USING (adcode, {key})
            FOR KEY SHARE OF t;
        GET DIAGNOSTICS n_found = ROW_COUNT;
        IF n_found <> n_wanted THEN
            RAISE foreign_key_violation USING TABLE = 'ownership', CONSTRAINT = 'ownership_{table}_exists',
                MESSAGE = 'an ownership row points to a {table} that does not exist';
        END IF;
    """  # noqa: S608 - names from the dictionary above


def upgrade() -> None:
    """Put triggers and one small index in the place of foreign keys and ordered indexes."""
    for key in _TARGETS.values():
        op.drop_constraint(f"fk_ownership_adcode_{key}", "ownership", type_="foreignkey")
    for name in _INDEXES:
        op.drop_index(name, "ownership")
    op.create_index(
        "ix_ownership_valid", "ownership", ["valid_from", "valid_to"], postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": True},
    )  # fmt: skip
    # as the owner of the tables: locking a row needs a right that the application has no other use for
    declared = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
    checks = "".join(_check(table, key) for table, key in _TARGETS.items())
    op.execute(
        "CREATE FUNCTION ownership_points_to_something() RETURNS trigger "
        f"{declared} AS $$ DECLARE n_wanted bigint; n_found bigint; BEGIN {checks} RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER ownership_points_to_something AFTER INSERT ON ownership REFERENCING NEW TABLE AS added"
        " FOR EACH STATEMENT EXECUTE FUNCTION ownership_points_to_something()"
    )
    for table, key in _TARGETS.items():
        op.execute(
            f"CREATE FUNCTION {table}_owns_nothing() RETURNS trigger {declared} AS $$ BEGIN"  # noqa: S608
            f" IF EXISTS (SELECT 1 FROM ownership o JOIN removed r USING (adcode, {key})) THEN"
            f" RAISE foreign_key_violation USING TABLE = '{table}', CONSTRAINT = 'ownership_{table}_exists',"
            f" MESSAGE = 'an ownership row points to this {table}'; END IF; RETURN NULL; END $$"
        )
        op.execute(
            f'CREATE TRIGGER {table}_owns_nothing AFTER DELETE ON "{table}" REFERENCING OLD TABLE AS removed'
            f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_owns_nothing()"
        )
    for name in ("ownership_points_to_something", *(f"{table}_owns_nothing" for table in _TARGETS)):
        op.execute(f"REVOKE ALL ON FUNCTION {name}() FROM PUBLIC")


def downgrade() -> None:
    """Put foreign keys and ordered indexes back."""
    for table in _TARGETS:
        op.execute(f'DROP TRIGGER {table}_owns_nothing ON "{table}"')
        op.execute(f"DROP FUNCTION {table}_owns_nothing()")
    op.execute("DROP TRIGGER ownership_points_to_something ON ownership")
    op.execute("DROP FUNCTION ownership_points_to_something()")
    op.drop_index("ix_ownership_valid", "ownership")
    for name, columns in _INDEXES.items():
        op.create_index(name, "ownership", columns)
    for table, key in _TARGETS.items():
        op.create_foreign_key(
            f"fk_ownership_adcode_{key}", "ownership", table, ["adcode", key], ["adcode", key]
        )  # fmt: skip
