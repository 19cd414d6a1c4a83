"""Keep how often a shop orders, as its orders tell."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; it is estimated when the next orders come in."""
    op.add_column("retailer", sa.Column("order_cycle", sa.Text(), server_default=sa.text("'unknown'"), nullable=False))
    op.create_check_constraint(
        op.f("ck_retailer_order_cycle_known"),
        "retailer",
        "order_cycle IN ('weekly', 'fortnightly', 'monthly', 'none', 'unknown')",
    )


def downgrade() -> None:
    """Drop the column: every shop with cartons is delivered to weekly."""
    op.drop_constraint(op.f("ck_retailer_order_cycle_known"), "retailer")
    op.drop_column("retailer", "order_cycle")
