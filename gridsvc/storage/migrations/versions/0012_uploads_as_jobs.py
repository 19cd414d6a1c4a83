"""Keep uploaded files until the worker has taken them in, and what it said of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from gridsvc.storage.migrations.rights import grant_table

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and give the application role its rights on them."""
    op.create_table(
        "upload",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("upload_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("adcode", "upload_id", "part", name=op.f("pk_upload")),
    )
    op.create_table(
        "import_report",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("upload_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("adcode", "upload_id", name=op.f("pk_import_report")),
    )
    for table in ("upload", "import_report"):
        grant_table(op.get_bind(), table)


def downgrade() -> None:
    """Drop the uploads and their reports."""
    op.drop_table("import_report")
    op.drop_table("upload")
