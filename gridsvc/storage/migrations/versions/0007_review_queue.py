"""Let reviews hold proposals, evidence and outcomes; record every move of a shop's point."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

from gridsvc.storage.migrations.rights import APP_ROLE, grant_table

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def _point(name: str, *, optional: bool) -> sa.Column[object]:
    kind = Geometry(
        geometry_type="POINT", srid=4326, dimension=2, spatial_index=False, from_text="ST_GeomFromEWKT", name="geometry"
    )
    return sa.Column(name, kind, nullable=optional)


def upgrade() -> None:
    """Widen the review items, forbid removing them, and make the record of moves."""
    op.add_column("review_item", sa.Column("outcome", sa.Text(), nullable=True))
    op.add_column("review_item", sa.Column("rule", sa.Text(), nullable=True))
    op.add_column("review_item", _point("proposed", optional=True))
    op.add_column(
        "review_item",
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default=sa.text("'{}'")),
    )
    op.create_check_constraint("closed_when_not_open", "review_item", "(state = 'open') = (closed_at IS NULL)")
    op.create_index("ix_review_item_retailer", "review_item", ["adcode", "retailer_id"])
    op.create_geospatial_table(
        "pin_move",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("pin_move_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("retailer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("review_item_id", sa.Uuid(as_uuid=False), nullable=True),
        _point("before", optional=True),
        sa.Column("before_precision", sa.Text(), nullable=False),
        _point("after", optional=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("moved_by", sa.Text(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("adcode", "pin_move_id", name=op.f("pk_pin_move")),
    )
    op.create_index("ix_pin_move_retailer", "pin_move", ["adcode", "retailer_id", "moved_at"])
    grant_table(op.get_bind(), "pin_move")
    op.execute(f"REVOKE DELETE ON review_item FROM {APP_ROLE}")


def downgrade() -> None:
    """Forget the moves and what reviews hold since."""
    op.execute(f"GRANT DELETE ON review_item TO {APP_ROLE}")
    op.drop_geospatial_table("pin_move")
    op.drop_index("ix_review_item_retailer", "review_item")
    op.drop_constraint("closed_when_not_open", "review_item")
    for name in ("evidence", "proposed", "rule", "outcome"):
        op.drop_column("review_item", name)
