"""Give the application role its rights, wall off the districts, and install the job queue."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager

from gridsvc.storage.migrations.rights import APP_ROLE, grant_table

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_OWN_TABLES = """
    SELECT tablename FROM pg_tables
    WHERE schemaname = 'public' AND tableowner = current_user
      AND tablename NOT LIKE 'procrastinate%' AND tablename NOT IN ('alembic_version', 'spatial_ref_sys')
    ORDER BY tablename
"""


def upgrade() -> None:
    """Grant, wall off, install."""
    connection = op.get_bind()
    for (table,) in connection.execute(sa.text(_OWN_TABLES)).all():
        grant_table(connection, table)
    raw = connection.connection.driver_connection
    raw.execute(SchemaManager.get_schema())
    connection.execute(sa.text(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APP_ROLE}"))
    connection.execute(sa.text(f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {APP_ROLE}"))
    for (table,) in connection.execute(
        sa.text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'procrastinate%'")
    ).all():
        connection.execute(sa.text(f'GRANT SELECT, INSERT, UPDATE, DELETE ON "{table}" TO {APP_ROLE}'))


def downgrade() -> None:
    """There is nothing before the rights: drop the database instead."""
    raise NotImplementedError("drop the database instead")
