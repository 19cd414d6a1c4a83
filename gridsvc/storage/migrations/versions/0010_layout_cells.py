"""Keep the licence plan: layout cells, school entrances and applications."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

from gridsvc.storage.migrations.rights import grant_table

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_NEW = ("layout_cell", "school_entrance", "licence_application")


def _shape(name: str, kind: str, *, optional: bool = False) -> sa.Column[object]:
    geometry = Geometry(
        geometry_type=kind, srid=4326, dimension=2, spatial_index=False, from_text="ST_GeomFromEWKT", name="geometry"
    )
    return sa.Column(name, geometry, nullable=optional)


def upgrade() -> None:
    """Make the tables and give the application role its rights on them."""
    op.create_geospatial_table(
        "layout_cell",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("cell_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("spacing_m", sa.Float(), nullable=False),
        sa.Column("school_spacing_m", sa.Float(), nullable=False),
        _shape("outline", "MULTIPOLYGON"),
        sa.Column("import_run_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.CheckConstraint("planned >= 0", name=op.f("ck_layout_cell_planned_not_negative")),
        sa.CheckConstraint(
            "spacing_m >= 0 AND school_spacing_m >= 0", name=op.f("ck_layout_cell_spacing_not_negative")
        ),
        sa.PrimaryKeyConstraint("adcode", "cell_code", name=op.f("pk_layout_cell")),
    )
    op.create_geospatial_index("ix_layout_cell_outline", "layout_cell", ["outline"], postgresql_using="gist")
    op.create_geospatial_table(
        "school_entrance",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("entrance_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        _shape("location", "POINT"),
        sa.Column("import_run_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.PrimaryKeyConstraint("adcode", "entrance_code", name=op.f("pk_school_entrance")),
    )
    op.create_geospatial_table(
        "licence_application",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("application_no", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        _shape("location", "POINT", optional=True),
        sa.Column("applied_on", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("import_run_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'approved', 'rejected')", name=op.f("ck_licence_application_state_known")
        ),
        sa.PrimaryKeyConstraint("adcode", "application_no", name=op.f("pk_licence_application")),
    )
    for table in _NEW:
        grant_table(op.get_bind(), table)


def downgrade() -> None:
    """Drop the licence plan."""
    for table in reversed(_NEW):
        op.drop_geospatial_table(table)
