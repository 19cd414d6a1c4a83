"""Deputies and crew partners of staff, the kinds of departments, and the wall around people's records."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from gridsvc.storage.migrations.rights import NARROWED, narrow_tables

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_KINDS = "'province', 'city', 'county_bureau', 'monopoly_office', 'market_department', 'delivery_centre'"


def upgrade() -> None:
    """Add the columns and the checks."""
    op.add_column(
        "staff",
        sa.Column("deputy_ids", postgresql.ARRAY(sa.Uuid(as_uuid=False)), nullable=False, server_default="{}"),
    )
    op.add_column("staff", sa.Column("partner_id", sa.Uuid(as_uuid=False), nullable=True))
    op.create_check_constraint(op.f("ck_staff_partner_is_another"), "staff", "partner_id <> staff_id")
    op.create_check_constraint(op.f("ck_org_unit_kind_known"), "org_unit", f"kind IN ({_KINDS})")
    narrow_tables(op.get_bind())


def downgrade() -> None:
    """Take them out again."""
    for table, verbs, _ in NARROWED:
        for verb in verbs:
            op.execute(f'DROP POLICY reach_{verb.lower()} ON "{table}"')
    for signature in ("took_part(uuid)", "reaches(uuid)", "is_wide()", "told(text)"):
        op.execute(f"DROP FUNCTION gridsvc_{signature}")
    op.drop_constraint(op.f("ck_org_unit_kind_known"), "org_unit")
    op.drop_constraint(op.f("ck_staff_partner_is_another"), "staff")
    op.drop_column("staff", "partner_id")
    op.drop_column("staff", "deputy_ids")
