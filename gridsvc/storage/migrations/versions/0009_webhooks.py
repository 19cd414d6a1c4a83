"""Keep subscriptions to events, and find what a snapshot needs without reading the whole history."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from gridsvc.storage.migrations.rights import grant_table

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables and the indexes."""
    op.create_table(
        "webhook",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("webhook_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("last_event_no", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("n_attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("first_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_answer", sa.Text(), nullable=True),
        sa.Column("n_delivered", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("cardinality(kinds) > 0", name=op.f("ck_webhook_some_kind")),
        sa.PrimaryKeyConstraint("adcode", "webhook_id", name=op.f("pk_webhook")),
    )
    op.create_table(
        "dead_letter",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("webhook_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("event_no", sa.BigInteger(), nullable=False),
        sa.Column("n_attempts", sa.Integer(), nullable=False),
        sa.Column("last_answer", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'dead'"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('dead', 'waiting')", name=op.f("ck_dead_letter_state_known")),
        sa.ForeignKeyConstraint(
            ["adcode", "webhook_id"],
            ["webhook.adcode", "webhook.webhook_id"],
            name=op.f("fk_dead_letter_adcode_webhook_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("adcode", "webhook_id", "event_no", name=op.f("pk_dead_letter")),
    )
    op.create_index("ix_dead_letter_state", "dead_letter", ["adcode", "webhook_id", "state"])
    op.create_index("ix_ownership_valid_from", "ownership", ["adcode", "valid_from"])
    op.create_index("ix_ownership_valid_to", "ownership", ["adcode", "valid_to"])
    op.create_index("ix_event_content", "event", ["content"], postgresql_using="gin")
    for table in ("webhook", "dead_letter"):
        grant_table(op.get_bind(), table)


def downgrade() -> None:
    """Take them out again."""
    op.drop_index("ix_event_content", "event")
    op.drop_index("ix_ownership_valid_to", "ownership")
    op.drop_index("ix_ownership_valid_from", "ownership")
    op.drop_table("dead_letter")
    op.drop_table("webhook")
