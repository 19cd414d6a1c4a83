"""Keep where the units of a set lie when ways count in place of straight lines."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gridsvc.storage.migrations.rights import grant_table

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and give the application role its rights on it."""
    op.create_table(
        "unit_ways",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("unit_set_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("distance", sa.Text(), nullable=False),
        sa.Column("east_km", sa.ARRAY(sa.Float()), nullable=False),
        sa.Column("north_km", sa.ARRAY(sa.Float()), nullable=False),
        sa.Column("stress_straight", sa.Float(), nullable=False),
        sa.Column("stress", sa.Float(), nullable=False),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("distance IN ('barrier', 'street')", name=op.f("ck_unit_ways_distance_known")),
        sa.ForeignKeyConstraint(
            ["adcode", "unit_set_id"],
            ["unit_set.adcode", "unit_set.unit_set_id"],
            name=op.f("fk_unit_ways_adcode_unit_set_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("adcode", "unit_set_id", "distance", name=op.f("pk_unit_ways")),
    )
    grant_table(op.get_bind(), "unit_ways")


def downgrade() -> None:
    """Drop what was measured; plans that count ways have to be measured anew."""
    op.drop_table("unit_ways")
