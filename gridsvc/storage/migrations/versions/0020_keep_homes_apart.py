"""Keep where days begin at home apart from the staff record: only the planning and the person read it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gridsvc.storage.migrations.rights import grant_table

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table behind both walls."""
    op.create_table(
        "staff_home",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["adcode", "staff_id"], ["staff.adcode", "staff.staff_id"], name=op.f("fk_staff_home_adcode_staff_id")
        ),
        sa.PrimaryKeyConstraint("adcode", "staff_id", name=op.f("pk_staff_home")),
    )
    connection = op.get_bind()
    grant_table(connection, "staff_home")
    # nobody who asks for others reads it, however far the role reaches; planning reads beyond every reach
    mine = "gridsvc_told('reach') = '' OR staff_id::text = gridsvc_told('staff_id')"
    connection.execute(
        sa.text(f'CREATE POLICY reach_all ON "staff_home" AS RESTRICTIVE USING ({mine}) WITH CHECK ({mine})')
    )


def downgrade() -> None:
    """Drop the homes: everybody's day begins at the office."""
    op.drop_table("staff_home")
