"""Keep open ownership rows apart from the past, so that a publication changes them in place.

`ownership` is what both are read as; its rows lie in two tables that inherit from it. Whoever changes an open row leaves
its past: the database writes it, from the old row's beginning to the new one's.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gridsvc.storage.migrations.rights import APP_ROLE

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_COLUMNS = "adcode, retailer_id, layer, valid_from, valid_to, staff_id, grid_id, generation, source"
_PARTS = ("ownership_open", "ownership_past")
_DECLARED = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
_POINTS = "EXECUTE FUNCTION ownership_points_to_something()"
_COUNTS = "EXECUTE FUNCTION look_up_part_changes('owners')"
_PAST = f"INSERT INTO ownership_past ({_COLUMNS})"
_FUNCTIONS = (
    f"""
    CREATE FUNCTION ownership_leaves_its_past() RETURNS trigger LANGUAGE plpgsql {_DECLARED} AS $$
    BEGIN
        {_PAST}
        SELECT o.adcode, o.retailer_id, o.layer, o.valid_from, n.valid_from, o.staff_id, o.grid_id, o.generation,
            o.source
        FROM was o JOIN stands n USING (adcode, retailer_id, layer);
        RETURN NULL;
    END $$
    """,  # noqa: S608 - nothing comes from outside
    # the only way in which a row stops being open without another in its place
    f"""
    CREATE FUNCTION end_ownership(retailers uuid[], layers text[], ends timestamptz) RETURNS bigint
        LANGUAGE plpgsql {_DECLARED} AS $$
    DECLARE n_ended bigint;
    BEGIN
        WITH gone AS (
            DELETE FROM ownership_open o USING unnest(retailers, layers) AS w(retailer_id, layer)
            WHERE o.adcode = current_setting('gridsvc.adcode', true) AND o.retailer_id = w.retailer_id
                AND o.layer = w.layer
            RETURNING o.*)
        {_PAST}
        SELECT adcode, retailer_id, layer, valid_from, ends, staff_id, grid_id, generation, source FROM gone;
        GET DIAGNOSTICS n_ended = ROW_COUNT;
        RETURN n_ended;
    END $$
    """,  # noqa: S608 - nothing comes from outside
    # for who reads both as one table and writes rows back to it: a backup from before
    """
    CREATE FUNCTION ownership_goes_where_it_belongs() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.valid_to IS NULL THEN
            INSERT INTO ownership_open VALUES (NEW.*);
        ELSE
            INSERT INTO ownership_past VALUES (NEW.*);
        END IF;
        RETURN NULL;
    END $$
    """,
)


def upgrade() -> None:
    """Divide the table."""
    op.execute("DROP TRIGGER ownership_points_to_something ON ownership")
    op.execute("DROP TRIGGER look_up_part_changes ON ownership")
    for index in ("uq_ownership_open", "ix_ownership_valid", "ix_ownership_ended"):
        op.drop_index(index, "ownership")
    # room for one new version of each row beside the old one: its index entry then stays as it is
    op.execute(
        "CREATE TABLE ownership_open (CONSTRAINT ck_ownership_open_is_open CHECK (valid_to IS NULL),"
        " CONSTRAINT pk_ownership_open PRIMARY KEY (adcode, retailer_id, layer))"
        " INHERITS (ownership) WITH (fillfactor = 45)"
    )
    op.execute(
        "CREATE TABLE ownership_past (CONSTRAINT ck_ownership_past_is_past CHECK (valid_to IS NOT NULL),"
        " CONSTRAINT pk_ownership_past PRIMARY KEY (adcode, retailer_id, layer, valid_from)) INHERITS (ownership)"
    )
    for part, has_end in (("ownership_open", "IS NULL"), ("ownership_past", "IS NOT NULL")):
        op.execute(
            f"INSERT INTO {part} ({_COLUMNS}) SELECT {_COLUMNS} FROM ONLY ownership WHERE valid_to {has_end}"  # noqa: S608
            " ORDER BY adcode, retailer_id, layer"
        )
    op.execute("DELETE FROM ONLY ownership")
    op.create_index("ix_ownership_past_valid_to", "ownership_past", ["adcode", "valid_to"])
    op.create_index(
        "ix_ownership_past_valid", "ownership_past", ["valid_from", "valid_to"], postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": True},
    )  # fmt: skip
    for function in _FUNCTIONS:
        op.execute(function)
    _add_triggers()
    _grant()


def _add_triggers() -> None:
    op.execute(
        "CREATE TRIGGER ownership_goes_where_it_belongs BEFORE INSERT ON ownership"
        " FOR EACH ROW EXECUTE FUNCTION ownership_goes_where_it_belongs()"
    )
    op.execute(
        "CREATE TRIGGER ownership_leaves_its_past AFTER UPDATE ON ownership_open"
        " REFERENCING OLD TABLE AS was NEW TABLE AS stands"
        " FOR EACH STATEMENT EXECUTE FUNCTION ownership_leaves_its_past()"
    )
    for verb in ("INSERT", "UPDATE"):
        op.execute(
            f"CREATE TRIGGER ownership_points_to_something_{verb.lower()} AFTER {verb} ON ownership_open"
            f" REFERENCING NEW TABLE AS added FOR EACH STATEMENT {_POINTS}"
        )
    op.execute(  # what was open was looked at when it was opened
        "CREATE TRIGGER ownership_points_to_something_insert AFTER INSERT ON ownership_past"
        f" REFERENCING NEW TABLE AS added FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) {_POINTS}"
    )
    for part in _PARTS:
        op.execute(
            f"CREATE TRIGGER look_up_part_changes AFTER INSERT OR UPDATE OR DELETE ON {part}"
            f" FOR EACH STATEMENT {_COUNTS}"
        )


def _grant() -> None:
    """Let the service open rows, put another in an open one's place, end one; and touch nothing that is past."""
    here = "adcode = current_setting('gridsvc.adcode', true)"
    op.execute(f"REVOKE INSERT, UPDATE, UPDATE (valid_to), DELETE ON ownership FROM {APP_ROLE}")
    for verb in ("insert", "update"):
        op.execute(f"DROP POLICY district_{verb} ON ownership")
    op.execute(f"GRANT SELECT, INSERT ON ownership_open, ownership_past TO {APP_ROLE}")
    op.execute(f"GRANT UPDATE (valid_from, staff_id, grid_id, generation, source) ON ownership_open TO {APP_ROLE}")
    for part in _PARTS:
        op.execute(f"ALTER TABLE {part} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY district ON {part} USING ({here}) WITH CHECK ({here})")
    for name in ("ownership_leaves_its_past()", "end_ownership(uuid[], text[], timestamptz)"):
        op.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION end_ownership(uuid[], text[], timestamptz) TO {APP_ROLE}")


def downgrade() -> None:
    """Put all rows into one table again."""
    op.execute("DROP TRIGGER ownership_goes_where_it_belongs ON ownership")
    op.execute("CREATE TEMP TABLE kept ON COMMIT DROP AS TABLE ownership")
    for part in _PARTS:
        op.drop_table(part)
    for name in (
        "ownership_leaves_its_past()",
        "end_ownership(uuid[], text[], timestamptz)",
        "ownership_goes_where_it_belongs()",
    ):
        op.execute(f"DROP FUNCTION {name}")
    op.execute(f"INSERT INTO ownership ({_COLUMNS}) SELECT {_COLUMNS} FROM kept")  # noqa: S608
    here = "adcode = current_setting('gridsvc.adcode', true)"
    op.execute(f"CREATE POLICY district_insert ON ownership FOR INSERT WITH CHECK ({here})")
    op.execute(
        f"CREATE POLICY district_update ON ownership FOR UPDATE USING ({here} AND valid_to IS NULL)"
        f" WITH CHECK ({here} AND valid_to IS NOT NULL)"
    )
    op.execute(f"GRANT INSERT, UPDATE (valid_to) ON ownership TO {APP_ROLE}")
    op.create_index(
        "uq_ownership_open", "ownership", ["adcode", "retailer_id", "layer"], unique=True,
        postgresql_where=sa.text("valid_to IS NULL"),
    )  # fmt: skip
    op.create_index(
        "ix_ownership_valid", "ownership", ["valid_from", "valid_to"], postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": True},
    )  # fmt: skip
    op.create_index(
        "ix_ownership_ended", "ownership", ["adcode", "valid_to"], postgresql_where=sa.text("valid_to IS NOT NULL")
    )
    op.execute(
        f"CREATE TRIGGER ownership_points_to_something AFTER INSERT ON ownership REFERENCING NEW TABLE AS added"
        f" FOR EACH STATEMENT {_POINTS}"
    )
    op.execute(
        "CREATE TRIGGER look_up_part_changes AFTER INSERT OR UPDATE OR DELETE ON ownership"
        f" FOR EACH STATEMENT {_COUNTS}"
    )
