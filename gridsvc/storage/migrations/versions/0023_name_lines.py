"""Let a planner name a line, from an instant on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the name to a line's terms; null: it is called after its grid and weekday."""
    op.add_column("line_term", sa.Column("given_name", sa.Text(), nullable=True))


def downgrade() -> None:
    """Drop the given names."""
    op.drop_column("line_term", "given_name")
