"""Keep what a draft has to keep beside it, and which version a version succeeds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; designed plans keep the tolerances that they were designed with."""
    op.add_column(
        "plan",
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default=sa.text("'{}'")),
    )
    op.add_column("plan_version", sa.Column("based_on", sa.Uuid(as_uuid=False), nullable=True))
    op.execute(
        """
        UPDATE plan p SET rules = (
            SELECT jsonb_object_agg(l.layer, jsonb_build_object(
                'tolerance', v.certificate->'rules'->'minutes_tolerance_share',
                'count_tolerance', v.certificate->'rules'->'second_tolerance_share'))
            FROM unnest(p.layers) AS l(layer))
        FROM plan_version v
        WHERE v.adcode = p.adcode AND v.plan_version_id = p.plan_version_id AND v.certificate ? 'rules'
        """
    )


def downgrade() -> None:
    """Take the columns out again."""
    op.drop_column("plan_version", "based_on")
    op.drop_column("plan", "rules")
