"""Collaborations with their trace, reporters, declared relations and notices; who answers for a department."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from gridsvc.storage.migrations.rights import grant_table

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NEW = ("collaboration", "collaboration_step", "declared_relation", "notice", "reporter")


def upgrade() -> None:
    op.create_table(
        "collaboration",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("collaboration_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("retailer_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("grid_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("external_ref", sa.Text(), nullable=True),
        sa.Column("initiator", sa.Text(), nullable=False),
        sa.Column("initiator_staff_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("about_staff_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("handler_staff_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("handler_department", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("is_by_place", sa.Boolean(), nullable=False),
        sa.Column("n_steps", sa.Integer(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('archived', 'recalled')) = (ended_at IS NOT NULL)",
            name=op.f("ck_collaboration_ended_when_over"),
        ),
        sa.CheckConstraint(
            "layer IN ('inspection', 'marketing', 'delivery')", name=op.f("ck_collaboration_layer_known")
        ),
        sa.CheckConstraint(
            "state IN ('submitted', 'in_process', 'archived', 'recalled')", name=op.f("ck_collaboration_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["adcode", "grid_id"], ["grid.adcode", "grid.grid_id"], name=op.f("fk_collaboration_adcode_grid_id")
        ),
        sa.ForeignKeyConstraint(
            ["adcode", "retailer_id"],
            ["retailer.adcode", "retailer.retailer_id"],
            name=op.f("fk_collaboration_adcode_retailer_id"),
        ),
        sa.PrimaryKeyConstraint("adcode", "collaboration_id", name=op.f("pk_collaboration")),
        sa.UniqueConstraint(
            "adcode", "initiator", "external_ref", name=op.f("uq_collaboration_adcode_initiator_external_ref")
        ),
    )
    op.create_index("ix_collaboration_handler", "collaboration", ["adcode", "handler_staff_id", "state"], unique=False)
    op.create_index("ix_collaboration_retailer", "collaboration", ["adcode", "retailer_id"], unique=False)
    op.create_index(
        "uq_collaboration_idempotency_key",
        "collaboration",
        ["adcode", "initiator", "idempotency_key"],
        unique=True,
        postgresql_where=sa.text("idempotency_key IS NOT NULL"),
    )
    op.create_table(
        "declared_relation",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("retailer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("declared_by", sa.Text(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["adcode", "retailer_id"],
            ["retailer.adcode", "retailer.retailer_id"],
            name=op.f("fk_declared_relation_adcode_retailer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["adcode", "staff_id"],
            ["staff.adcode", "staff.staff_id"],
            name=op.f("fk_declared_relation_adcode_staff_id"),
        ),
        sa.PrimaryKeyConstraint("adcode", "staff_id", "retailer_id", name=op.f("pk_declared_relation")),
    )
    op.create_table(
        "collaboration_step",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("collaboration_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("step_no", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_staff_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("handler_staff_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("handler_department", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('submitted', 'processed', 'redispatched', 'archived', 'recalled')",
            name=op.f("ck_collaboration_step_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["adcode", "collaboration_id"],
            ["collaboration.adcode", "collaboration.collaboration_id"],
            name=op.f("fk_collaboration_step_adcode_collaboration_id"),
        ),
        sa.PrimaryKeyConstraint("adcode", "collaboration_id", "step_no", name=op.f("pk_collaboration_step")),
    )
    op.create_table(
        "notice",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("notice_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("staff_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("collaboration_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("once_key", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("num_nonnulls(staff_id, account) = 1", name=op.f("ck_notice_one_recipient")),
        sa.ForeignKeyConstraint(
            ["adcode", "collaboration_id"],
            ["collaboration.adcode", "collaboration.collaboration_id"],
            name=op.f("fk_notice_adcode_collaboration_id"),
        ),
        sa.ForeignKeyConstraint(
            ["adcode", "staff_id"], ["staff.adcode", "staff.staff_id"], name=op.f("fk_notice_adcode_staff_id")
        ),
        sa.PrimaryKeyConstraint("adcode", "notice_id", name=op.f("pk_notice")),
        sa.UniqueConstraint("adcode", "once_key", name=op.f("uq_notice_adcode_once_key")),
    )
    op.create_index("ix_notice_account", "notice", ["adcode", "account", "read_at"], unique=False)
    op.create_index("ix_notice_staff", "notice", ["adcode", "staff_id", "read_at"], unique=False)
    op.create_table(
        "reporter",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("collaboration_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["adcode", "collaboration_id"],
            ["collaboration.adcode", "collaboration.collaboration_id"],
            name=op.f("fk_reporter_adcode_collaboration_id"),
        ),
        sa.PrimaryKeyConstraint("adcode", "collaboration_id", name=op.f("pk_reporter")),
    )
    op.add_column("org_unit", sa.Column("head_staff_id", sa.Uuid(as_uuid=False), nullable=True))
    op.add_column("org_unit", sa.Column("duty_phone", sa.Text(), nullable=True))
    for table in _NEW:
        grant_table(op.get_bind(), table)


def downgrade() -> None:
    for table in ("reporter", "notice", "collaboration_step", "declared_relation", "collaboration"):
        op.drop_table(table)
    op.drop_column("org_unit", "duty_phone")
    op.drop_column("org_unit", "head_staff_id")
