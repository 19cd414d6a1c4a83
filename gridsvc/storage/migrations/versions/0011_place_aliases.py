"""Keep the other names of streets, areas and landmarks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gridsvc.storage.migrations.rights import grant_table

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and give the application role its rights on it."""
    op.create_table(
        "place_alias",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("import_run_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.CheckConstraint("kind IN ('street', 'area', 'landmark')", name=op.f("ck_place_alias_kind_known")),
        sa.PrimaryKeyConstraint("adcode", "kind", "alias", "name", name=op.f("pk_place_alias")),
    )
    grant_table(op.get_bind(), "place_alias")


def downgrade() -> None:
    """Drop the other names."""
    op.drop_table("place_alias")
