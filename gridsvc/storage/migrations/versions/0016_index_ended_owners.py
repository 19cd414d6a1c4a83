"""Index the ends of ownership rows in order.

What is in force now are the open rows and the few that are to end later. The index by page ranges answers for the second
kind only once a range is summarised; until then every row written lately was looked at, 15,000 a publication.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add an index over the rows that have an end."""
    op.create_index(
        "ix_ownership_ended", "ownership", ["adcode", "valid_to"], postgresql_where=sa.text("valid_to IS NOT NULL")
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_index("ix_ownership_ended", "ownership")
