"""Leave covers, handover acknowledgements, introduction visits, scopes of keys, subjects of accounts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from gridsvc.storage.migrations.rights import grant_table

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _uuid(name: str, *, optional: bool = False) -> sa.Column:
    return sa.Column(name, sa.Uuid(as_uuid=False), nullable=optional)


def _text(name: str, *, optional: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=optional)


def _instant(name: str, *, optional: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=optional)


def _day(name: str) -> sa.Column:
    return sa.Column(name, sa.Date(), nullable=False)


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_adcode_{column}")
    return sa.ForeignKeyConstraint(["adcode", column], [f"{target}.adcode", f"{target}.{target}_id"], name=name)


_LAYER = "layer IN ('inspection', 'marketing', 'delivery')"


def upgrade() -> None:
    """Make the tables, wall them off, and add the columns."""
    op.create_table(
        "leave_cover",
        _text("adcode"), _uuid("leave_cover_id"), _uuid("staff_id"), _text("layer"), _day("first_day"),
        _day("last_day"), _text("reason"), _text("created_by"), _instant("created_at"),
        _instant("ended_at", optional=True), _text("ended_by", optional=True),
        sa.CheckConstraint(_LAYER, name=op.f("ck_leave_cover_layer_known")),
        sa.CheckConstraint("reason IN ('leave', 'training', 'vacancy', 'other')", name=op.f("ck_leave_cover_reason_known")),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_leave_cover_first_before_last")),
        _refers("leave_cover", "staff_id", "staff"),
        sa.PrimaryKeyConstraint("adcode", "leave_cover_id", name=op.f("pk_leave_cover")),
    )  # fmt: skip
    op.create_table(
        "handover_acknowledgement",
        _text("adcode"), _uuid("plan_id"), _uuid("from_staff_id"), _uuid("to_staff_id"), _text("side"),
        _text("acknowledged_by"), _instant("at"),
        sa.CheckConstraint("side IN ('giving', 'receiving')", name=op.f("ck_handover_acknowledgement_side_known")),
        _refers("handover_acknowledgement", "plan_id", "plan"),
        sa.PrimaryKeyConstraint(
            "adcode", "plan_id", "from_staff_id", "to_staff_id", "side", name=op.f("pk_handover_acknowledgement")
        ),
    )  # fmt: skip
    op.create_table(
        "introduction_visit",
        _text("adcode"), _uuid("plan_id"), _text("layer"), _uuid("retailer_id"), _uuid("from_staff_id", optional=True),
        _uuid("to_staff_id"), _day("first_day"), _day("last_day"),
        sa.CheckConstraint(_LAYER, name=op.f("ck_introduction_visit_layer_known")),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_introduction_visit_first_before_last")),
        _refers("introduction_visit", "plan_id", "plan"),
        _refers("introduction_visit", "retailer_id", "retailer"),
        sa.PrimaryKeyConstraint("adcode", "plan_id", "layer", "retailer_id", name=op.f("pk_introduction_visit")),
    )  # fmt: skip
    op.add_column("acting_owner", _uuid("leave_cover_id", optional=True))
    op.create_foreign_key(
        op.f("fk_acting_owner_adcode_leave_cover_id"),
        "acting_owner",
        "leave_cover",
        ["adcode", "leave_cover_id"],
        ["adcode", "leave_cover_id"],
    )
    op.add_column("account", _text("subject", optional=True))
    op.create_unique_constraint(op.f("uq_account_subject"), "account", ["subject"])
    op.add_column("api_key", sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=True))
    connection = op.get_bind()
    for table in ("leave_cover", "handover_acknowledgement", "introduction_visit"):
        grant_table(connection, table)


def downgrade() -> None:
    """Take all of it out again."""
    op.drop_column("api_key", "scopes")
    op.drop_column("account", "subject")
    op.drop_column("acting_owner", "leave_cover_id")
    for table in ("introduction_visit", "handover_acknowledgement", "leave_cover"):
        op.drop_table(table)
