"""Keep every draw of a cycle with its secret and its record, so that each published hash can be opened."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from gridsvc.storage.migrations.rights import grant_table

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and take over the one draw that each cycle has; what was overwritten before is lost."""
    op.create_table(
        "cycle_draw",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("commitment", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("covers_record", sa.Boolean(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["adcode", "cycle_id"], ["cycle.adcode", "cycle.cycle_id"], name=op.f("fk_cycle_draw_adcode_cycle_id")
        ),
        sa.PrimaryKeyConstraint("adcode", "cycle_id", "number", name=op.f("pk_cycle_draw")),
    )
    op.execute(
        "INSERT INTO cycle_draw (adcode, cycle_id, number, commitment, secret, record, covers_record, drawn_at) "
        "SELECT adcode, cycle_id, 1, settings->>'draw_commitment', sealed_seed, "
        "coalesce(sealed_draw, '{}'::jsonb)::text, false, created_at FROM cycle WHERE settings ? 'draw_commitment'"
    )
    op.drop_column("cycle", "sealed_draw")
    op.drop_column("cycle", "sealed_seed")
    grant_table(op.get_bind(), "cycle_draw")


def downgrade() -> None:
    """Keep of each cycle the newest secret alone."""
    op.add_column("cycle", sa.Column("sealed_seed", sa.LargeBinary(), nullable=True))
    op.add_column("cycle", sa.Column("sealed_draw", postgresql.JSONB(), nullable=True))
    op.execute(
        "UPDATE cycle c SET sealed_seed = d.secret FROM cycle_draw d WHERE d.adcode = c.adcode "
        "AND d.cycle_id = c.cycle_id AND d.number = (SELECT max(n.number) FROM cycle_draw n "
        "WHERE n.adcode = c.adcode AND n.cycle_id = c.cycle_id)"
    )
    op.execute("UPDATE cycle SET sealed_seed = ''::bytea WHERE sealed_seed IS NULL")
    op.alter_column("cycle", "sealed_seed", nullable=False)
    op.drop_table("cycle_draw")
