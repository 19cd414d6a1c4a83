"""Record visits, estimate service minutes from them, and keep proposals for the rest of a day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

from gridsvc.storage.migrations.rights import grant_table

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_NEW = ("visit", "service_estimate", "proposal")
_TASKS = "task_type IN ('visit', 'inspection', 'delivery')"


def upgrade() -> None:
    """Make the tables and give the application role its rights on them."""
    op.create_geospatial_table(
        "visit",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("visit_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("staff_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("retailer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("task_type", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_sealed", sa.Boolean(), nullable=False),
        sa.Column(
            "position",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("accuracy_m", sa.Float(), nullable=True),
        sa.Column("distance_m", sa.Float(), nullable=True),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.CheckConstraint(_TASKS, name=op.f("ck_visit_task_type_known")),
        sa.CheckConstraint("outcome IN ('done', 'closed', 'cannot')", name=op.f("ck_visit_outcome_known")),
        sa.CheckConstraint("(outcome = 'done') = (reason IS NULL)", name=op.f("ck_visit_reason_unless_done")),
        sa.CheckConstraint("arrived_at <= ended_at", name=op.f("ck_visit_arrives_before_end")),
        sa.CheckConstraint("NOT is_sealed OR task_type = 'inspection'", name=op.f("ck_visit_only_inspections_sealed")),
        sa.ForeignKeyConstraint(
            ["adcode", "staff_id"], ["staff.adcode", "staff.staff_id"], name=op.f("fk_visit_adcode_staff_id")
        ),
        sa.ForeignKeyConstraint(
            ["adcode", "retailer_id"],
            ["retailer.adcode", "retailer.retailer_id"],
            name=op.f("fk_visit_adcode_retailer_id"),
        ),
        sa.PrimaryKeyConstraint("adcode", "visit_id", name=op.f("pk_visit")),
    )
    op.create_index("ix_visit_retailer", "visit", ["adcode", "retailer_id", "task_type", "day"])
    op.create_index("ix_visit_staff", "visit", ["adcode", "staff_id", "day"])
    op.create_table(
        "service_estimate",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("task_type", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("urban_form", sa.Text(), nullable=False),
        sa.Column("assumed_min", sa.Float(), nullable=False),
        sa.Column("observed_min", sa.Float(), nullable=True),
        sa.Column("n_observed", sa.Integer(), nullable=False),
        sa.Column("weight_share", sa.Float(), nullable=False),
        sa.Column("estimate_min", sa.Float(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(_TASKS, name=op.f("ck_service_estimate_task_type_known")),
        sa.CheckConstraint("estimate_min > 0", name=op.f("ck_service_estimate_takes_time")),
        sa.CheckConstraint("weight_share BETWEEN 0 AND 1", name=op.f("ck_service_estimate_is_share")),
        sa.PrimaryKeyConstraint("adcode", "task_type", "tier", "urban_form", name=op.f("pk_service_estimate")),
    )
    op.create_table(
        "proposal",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("proposal_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("staff_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("change", postgresql.JSONB(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'accepted', 'declined', 'superseded')", name=op.f("ck_proposal_state_known")
        ),
        sa.CheckConstraint(
            "(state IN ('open', 'superseded')) = (decided_at IS NULL)", name=op.f("ck_proposal_decided_once")
        ),
        sa.ForeignKeyConstraint(
            ["adcode", "staff_id"], ["staff.adcode", "staff.staff_id"], name=op.f("fk_proposal_adcode_staff_id")
        ),
        sa.PrimaryKeyConstraint("adcode", "proposal_id", name=op.f("pk_proposal")),
    )
    op.create_index(
        "ix_proposal_open",
        "proposal",
        ["adcode", "staff_id", "day"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    for table in _NEW:
        grant_table(op.get_bind(), table)


def downgrade() -> None:
    """Drop the tables and what was recorded in them."""
    for table in reversed(_NEW):
        op.drop_table(table)
