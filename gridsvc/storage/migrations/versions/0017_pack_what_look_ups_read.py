"""Count changes of what look-ups read, and pack what a publication changes.

Every process reads a district again within milliseconds after a commit. The counts say which parts are still as they were
read, without reading them; a version's grids and the owners since a publication come as one value instead of row by row.
Triggers count, so that no writer can forget to. They also keep a frozen version as it was packed.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gridsvc.storage.migrations.rights import APP_ROLE, grant_table

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_PART_OF = {"retailer": "retailers", "staff": "staff", "org_unit": "staff", "ownership": "owners"}
_FROZEN = ("grid_unit", "grid_staff")
_DECLARED = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
# Each connection counts in a row of its own: writers never wait for each other here, and the sum rises with every
# commit. Thousands of statements of one transaction count once, those on owners each: a pack is of one count.
_COUNT = f"""
    CREATE FUNCTION look_up_part_changes() RETURNS trigger {_DECLARED} AS $$
    DECLARE here text := nullif(current_setting('gridsvc.adcode', true), '');
        this bigint := pg_current_xact_id()::text::bigint;
    BEGIN
        INSERT INTO look_up_part AS p (adcode, part, backend, n_changes, transaction)
        SELECT d.adcode, TG_ARGV[0], pg_backend_pid(), 1, this FROM district d WHERE d.adcode = coalesce(here, d.adcode)
        ON CONFLICT (adcode, part, backend) DO UPDATE SET n_changes = p.n_changes + 1, transaction = this
            WHERE p.transaction <> this OR p.part = 'owners';
        RETURN NULL;
    END $$
"""  # noqa: S608 - nothing comes from outside
# The owner of the tables writes them only to put a backup back, where a version comes before its grids.
_KEEP = f"""
    CREATE FUNCTION frozen_version_stays() RETURNS trigger {_DECLARED} AS $$
    BEGIN
        IF session_user = '{APP_ROLE}' AND EXISTS (SELECT 1 FROM (SELECT DISTINCT adcode, plan_version_id FROM changed) c
                JOIN plan_version v USING (adcode, plan_version_id) WHERE v.frozen_at IS NOT NULL) THEN
            RAISE check_violation USING TABLE = TG_TABLE_NAME, CONSTRAINT = 'frozen_version_stays',
                MESSAGE = 'a frozen version of a plan cannot be changed';
        END IF;
        RETURN NULL;
    END $$
"""  # noqa: S608 - nothing comes from outside


def upgrade() -> None:
    """Make the tables, the counting and the guard."""
    op.create_table(
        "look_up_part",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("backend", sa.Integer(), nullable=False),
        sa.Column("n_changes", sa.BigInteger(), nullable=False),
        sa.Column("transaction", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("part IN ('retailers', 'staff', 'owners')", name=op.f("ck_look_up_part_part_known")),
        sa.PrimaryKeyConstraint("adcode", "part", "backend", name=op.f("pk_look_up_part")),
    )
    op.create_table(
        "owner_pack",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("owners", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rows", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("adcode", name=op.f("pk_owner_pack")),
    )
    op.create_table(
        "version_pack",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("plan_version_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("grids", sa.LargeBinary(), nullable=False),
        sa.Column("grid_of_unit", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "layer IN ('inspection', 'marketing', 'delivery')", name=op.f("ck_version_pack_layer_known")
        ),
        sa.ForeignKeyConstraint(
            ["adcode", "plan_version_id"], ["plan_version.adcode", "plan_version.plan_version_id"],
            name=op.f("fk_version_pack_adcode_plan_version_id"), ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("adcode", "plan_version_id", "layer", name=op.f("pk_version_pack")),
    )  # fmt: skip
    for table, columns in (("owner_pack", ("rows",)), ("version_pack", ("grids", "grid_of_unit"))):
        for column in columns:  # compressing takes longer than reading it as it is
            op.execute(f'ALTER TABLE {table} ALTER COLUMN "{column}" SET STORAGE EXTERNAL')
    for table in ("look_up_part", "owner_pack", "version_pack"):
        grant_table(op.get_bind(), table)
    op.execute(f"REVOKE INSERT, UPDATE, DELETE ON look_up_part FROM {APP_ROLE}")
    op.execute(f"REVOKE UPDATE ON grid FROM {APP_ROLE}")
    op.create_index("ix_acting_owner_valid_to", "acting_owner", ["adcode", "valid_to"])
    op.execute(_COUNT)
    op.execute(_KEEP)
    for table, part in _PART_OF.items():
        op.execute(
            f'CREATE TRIGGER look_up_part_changes AFTER INSERT OR UPDATE OR DELETE ON "{table}"'
            f" FOR EACH STATEMENT EXECUTE FUNCTION look_up_part_changes('{part}')"
        )
    for table in _FROZEN:
        for verb, rows in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD")):
            op.execute(
                f"CREATE TRIGGER frozen_version_stays_{verb.lower()} AFTER {verb} ON {table}"
                f" REFERENCING {rows} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION frozen_version_stays()"
            )
    for name in ("look_up_part_changes", "frozen_version_stays"):
        op.execute(f"REVOKE ALL ON FUNCTION {name}() FROM PUBLIC")


def downgrade() -> None:
    """Remove them."""
    for table in _FROZEN:
        for verb in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER frozen_version_stays_{verb} ON {table}")
    for table in _PART_OF:
        op.execute(f'DROP TRIGGER look_up_part_changes ON "{table}"')
    for name in ("look_up_part_changes", "frozen_version_stays"):
        op.execute(f"DROP FUNCTION {name}()")
    op.drop_index("ix_acting_owner_valid_to", "acting_owner")
    op.execute(f"GRANT UPDATE ON grid TO {APP_ROLE}")
    for table in ("version_pack", "owner_pack", "look_up_part"):
        op.drop_table(table)
