"""The joint-stop ledger of a cycle, the days that inspections are drawn from, and verified relaxations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; earlier cycles have no ledger."""
    op.add_column("cycle", sa.Column("ledger", postgresql.JSONB(), nullable=True))
    op.add_column("cycle", sa.Column("sealed_draw", postgresql.JSONB(), nullable=True))
    op.add_column(
        "not_planned", sa.Column("is_verified", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )


def downgrade() -> None:
    """Drop the columns."""
    op.drop_column("not_planned", "is_verified")
    op.drop_column("cycle", "sealed_draw")
    op.drop_column("cycle", "ledger")
