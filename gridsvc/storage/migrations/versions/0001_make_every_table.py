"""Make every table."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_key",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("api_key_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("adcode", "api_key_id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_key_key_hash")),
    )
    op.create_geospatial_table(
        "area",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "outline",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("import_run_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.PrimaryKeyConstraint("adcode", "level", "area_code", name=op.f("pk_area")),
    )
    op.create_geospatial_index(
        "ix_area_outline", "area", ["outline"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_table(
        "audit",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("audit_no", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("adcode", "audit_no", name=op.f("pk_audit")),
    )
    op.create_geospatial_table(
        "barrier",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("barrier_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "course",
            Geometry(
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind IN ('river', 'expressway', 'railway', 'ridge', 'link', 'other')", name=op.f("ck_barrier_kind_known")
        ),
        sa.PrimaryKeyConstraint("adcode", "barrier_id", name=op.f("pk_barrier")),
    )
    op.create_table(
        "cycle",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("is_provisional", sa.Boolean(), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sealed_seed", sa.LargeBinary(), nullable=False),
        sa.Column("metrics", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("extract(isodow from first_day) = 1", name=op.f("ck_cycle_begins_on_monday")),
        sa.PrimaryKeyConstraint("adcode", "cycle_id", name=op.f("pk_cycle")),
    )
    op.create_geospatial_table(
        "district",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("is_synthetic", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "boundary",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("adcode", name=op.f("pk_district")),
    )
    op.create_table(
        "event",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("event_no", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("adcode", "event_no", name=op.f("pk_event")),
    )
    op.create_table(
        "grid",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("grid_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("layer IN ('inspection', 'marketing', 'delivery')", name=op.f("ck_grid_layer_known")),
        sa.PrimaryKeyConstraint("adcode", "grid_id", name=op.f("pk_grid")),
    )
    op.create_table(
        "import_run",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("import_run_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("adcode", "import_run_id", name=op.f("pk_import_run")),
    )
    op.create_table(
        "job",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("progress_share", sa.Float(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("request", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("best", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed', 'cancelled')", name=op.f("ck_job_state_known")
        ),
        sa.PrimaryKeyConstraint("adcode", "job_id", name=op.f("pk_job")),
    )
    op.create_index("ix_job_state", "job", ["adcode", "state"], unique=False)
    op.create_table(
        "org_unit",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("org_unit_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=True),
        sa.Column("parent_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.CheckConstraint("layer IN ('inspection', 'marketing', 'delivery')", name=op.f("ck_org_unit_layer_known")),
        sa.PrimaryKeyConstraint("adcode", "org_unit_id", name=op.f("pk_org_unit")),
        sa.UniqueConstraint("adcode", "name", name=op.f("uq_org_unit_adcode_name")),
    )
    op.create_table(
        "street_node",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("node", sa.BigInteger(), nullable=False),
        sa.Column("node_code", sa.Text(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("adcode", "node", name=op.f("pk_street_node")),
    )
    op.create_table(
        "unit_set",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("unit_set_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("area_level", sa.Text(), nullable=True),
        sa.Column("n_units", sa.Integer(), nullable=False),
        sa.Column("made_from", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('h3', 'area')", name=op.f("ck_unit_set_kind_known")),
        sa.CheckConstraint("n_units > 0", name=op.f("ck_unit_set_has_units")),
        sa.PrimaryKeyConstraint("adcode", "unit_set_id", name=op.f("pk_unit_set")),
    )
    op.create_table(
        "plan",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("plan_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("layers", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("unit_set_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("base_generation", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("plan_version_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'returned', 'approved', 'published', 'superseded', 'withdrawn')",
            name=op.f("ck_plan_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["adcode", "unit_set_id"],
            ["unit_set.adcode", "unit_set.unit_set_id"],
            name=op.f("fk_plan_adcode_unit_set_id"),
        ),
        sa.PrimaryKeyConstraint("adcode", "plan_id", name=op.f("pk_plan")),
    )
    op.create_table(
        "raw_row",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("import_run_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["adcode", "import_run_id"],
            ["import_run.adcode", "import_run.import_run_id"],
            name=op.f("fk_raw_row_adcode_import_run_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("adcode", "import_run_id", "row_no", name=op.f("pk_raw_row")),
    )
    op.create_geospatial_table(
        "retailer",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("retailer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("retailer_code", sa.Text(), nullable=False),
        sa.Column("licence_no", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column(
            "location",
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
        sa.Column("precision_class", sa.Text(), nullable=False),
        sa.Column("located_by", sa.Text(), nullable=False),
        sa.Column("location_score", sa.Float(), nullable=True),
        sa.Column("source_datum", sa.Text(), nullable=True),
        sa.Column("street_office", sa.Text(), nullable=True),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("integrity_star", sa.Integer(), nullable=False),
        sa.Column("risk", sa.Float(), server_default=sa.text("0"), nullable=False),
        sa.Column("credit_grade", sa.Text(), nullable=True),
        sa.Column("urban_form", sa.Text(), nullable=False),
        sa.Column("needs_enforcement", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("opens_min", sa.Integer(), nullable=True),
        sa.Column("closes_min", sa.Integer(), nullable=True),
        sa.Column("order_cartons", sa.Float(), server_default=sa.text("0"), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("is_synthetic", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("assumed", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("import_run_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("row_no", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('active', 'suspended', 'closed')", name=op.f("ck_retailer_status_known")),
        sa.CheckConstraint("tier IN ('A', 'B', 'C')", name=op.f("ck_retailer_tier_known")),
        sa.CheckConstraint(
            "urban_form IN ('old_town', 'new_town', 'hills')", name=op.f("ck_retailer_urban_form_known")
        ),
        sa.CheckConstraint("integrity_star BETWEEN 1 AND 5", name=op.f("ck_retailer_star_1_to_5")),
        sa.CheckConstraint("opens_min < closes_min", name=op.f("ck_retailer_opens_before_closes")),
        sa.CheckConstraint("order_cartons >= 0", name=op.f("ck_retailer_cartons_not_negative")),
        sa.CheckConstraint("risk BETWEEN 0 AND 1", name=op.f("ck_retailer_risk_0_to_1")),
        sa.ForeignKeyConstraint(
            ["adcode", "import_run_id"],
            ["import_run.adcode", "import_run.import_run_id"],
            name=op.f("fk_retailer_adcode_import_run_id"),
        ),
        sa.PrimaryKeyConstraint("adcode", "retailer_id", name=op.f("pk_retailer")),
        sa.UniqueConstraint("adcode", "licence_no", name=op.f("uq_retailer_adcode_licence_no")),
        sa.UniqueConstraint("adcode", "retailer_code", name=op.f("uq_retailer_adcode_retailer_code")),
    )
    op.create_geospatial_index(
        "ix_retailer_location", "retailer", ["location"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_table(
        "review_item",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("review_item_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("import_run_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("row_no", sa.Integer(), nullable=True),
        sa.Column("retailer_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'open'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "severity IN ('rejected', 'suspicious', 'fault')", name=op.f("ck_review_item_severity_known")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'accepted', 'mended', 'rejected')", name=op.f("ck_review_item_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["adcode", "import_run_id"],
            ["import_run.adcode", "import_run.import_run_id"],
            name=op.f("fk_review_item_adcode_import_run_id"),
        ),
        sa.PrimaryKeyConstraint("adcode", "review_item_id", name=op.f("pk_review_item")),
    )
    op.create_index("ix_review_item_state", "review_item", ["adcode", "state", "code"], unique=False)
    op.create_table(
        "staff",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("staff_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("org_unit_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("office_lon", sa.Float(), nullable=False),
        sa.Column("office_lat", sa.Float(), nullable=False),
        sa.Column("vehicle_capacity_cartons", sa.Integer(), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "role IN ('market_inspector', 'customer_manager', 'delivery_driver')", name=op.f("ck_staff_role_known")
        ),
        sa.CheckConstraint("vehicle_capacity_cartons > 0", name=op.f("ck_staff_capacity_positive")),
        sa.ForeignKeyConstraint(
            ["adcode", "org_unit_id"],
            ["org_unit.adcode", "org_unit.org_unit_id"],
            name=op.f("fk_staff_adcode_org_unit_id"),
        ),
        sa.PrimaryKeyConstraint("adcode", "staff_id", name=op.f("pk_staff")),
        sa.UniqueConstraint("adcode", "staff_code", name=op.f("uq_staff_adcode_staff_code")),
    )
    op.create_geospatial_table(
        "street_edge",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("edge", sa.BigInteger(), nullable=False),
        sa.Column("from_node", sa.BigInteger(), nullable=False),
        sa.Column("to_node", sa.BigInteger(), nullable=False),
        sa.Column("length_m", sa.Float(), nullable=False),
        sa.Column("speed_kmh", sa.Float(), nullable=True),
        sa.Column("travel_s", sa.Float(), nullable=True),
        sa.Column("travel_back_s", sa.Float(), nullable=True),
        sa.Column("is_oneway", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("street_class", sa.Text(), nullable=True),
        sa.Column(
            "course",
            Geometry(
                geometry_type="LINESTRING",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.CheckConstraint("length_m >= 0", name=op.f("ck_street_edge_length_not_negative")),
        sa.ForeignKeyConstraint(
            ["adcode", "from_node"],
            ["street_node.adcode", "street_node.node"],
            name=op.f("fk_street_edge_adcode_from_node"),
        ),
        sa.ForeignKeyConstraint(
            ["adcode", "to_node"],
            ["street_node.adcode", "street_node.node"],
            name=op.f("fk_street_edge_adcode_to_node"),
        ),
        sa.PrimaryKeyConstraint("adcode", "edge", name=op.f("pk_street_edge")),
    )
    op.create_geospatial_index(
        "ix_street_edge_course", "street_edge", ["course"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_geospatial_table(
        "unit",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("unit_set_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("unit_row", sa.Integer(), nullable=False),
        sa.Column("cell", sa.BigInteger(), nullable=True),
        sa.Column("area_code", sa.Text(), nullable=True),
        sa.Column("official_code", sa.Text(), nullable=True),
        sa.Column("area_km2", sa.Float(), nullable=False),
        sa.Column("perimeter_m", sa.Float(), nullable=False),
        sa.Column(
            "outline",
            Geometry(
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("(cell IS NULL) <> (area_code IS NULL)", name=op.f("ck_unit_cell_or_area")),
        sa.ForeignKeyConstraint(
            ["adcode", "unit_set_id"],
            ["unit_set.adcode", "unit_set.unit_set_id"],
            name=op.f("fk_unit_adcode_unit_set_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("adcode", "unit_set_id", "unit_row", name=op.f("pk_unit")),
    )
    op.create_geospatial_index(
        "ix_unit_outline", "unit", ["outline"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_table(
        "unit_border",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("unit_set_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("unit_row_a", sa.Integer(), nullable=False),
        sa.Column("unit_row_b", sa.Integer(), nullable=False),
        sa.Column("border_m", sa.Float(), nullable=False),
        sa.Column("is_passable", sa.Boolean(), nullable=False),
        sa.CheckConstraint("unit_row_a < unit_row_b", name=op.f("ck_unit_border_a_before_b")),
        sa.ForeignKeyConstraint(
            ["adcode", "unit_set_id"],
            ["unit_set.adcode", "unit_set.unit_set_id"],
            name=op.f("fk_unit_border_adcode_unit_set_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("adcode", "unit_set_id", "unit_row_a", "unit_row_b", name=op.f("pk_unit_border")),
    )
    op.create_table(
        "absence",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_absence_first_before_last")),
        sa.ForeignKeyConstraint(
            ["adcode", "staff_id"], ["staff.adcode", "staff.staff_id"], name=op.f("fk_absence_adcode_staff_id")
        ),
        sa.PrimaryKeyConstraint("adcode", "staff_id", "first_day", name=op.f("pk_absence")),
    )
    op.create_table(
        "account",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["adcode", "staff_id"], ["staff.adcode", "staff.staff_id"], name=op.f("fk_account_adcode_staff_id")
        ),
        sa.PrimaryKeyConstraint("adcode", "account_id", name=op.f("pk_account")),
        sa.UniqueConstraint("user_name", name=op.f("uq_account_user_name")),
    )
    op.create_table(
        "acting_owner",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("retailer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "layer IN ('inspection', 'marketing', 'delivery')", name=op.f("ck_acting_owner_layer_known")
        ),
        sa.CheckConstraint("valid_from < valid_to", name=op.f("ck_acting_owner_from_before_to")),
        sa.ForeignKeyConstraint(
            ["adcode", "retailer_id"],
            ["retailer.adcode", "retailer.retailer_id"],
            name=op.f("fk_acting_owner_adcode_retailer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["adcode", "staff_id"], ["staff.adcode", "staff.staff_id"], name=op.f("fk_acting_owner_adcode_staff_id")
        ),
        sa.PrimaryKeyConstraint("adcode", "retailer_id", "layer", "valid_from", name=op.f("pk_acting_owner")),
    )
    op.create_table(
        "customer_order",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("retailer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("order_date", sa.Date(), nullable=False),
        sa.Column("cartons", sa.Float(), nullable=False),
        sa.CheckConstraint("cartons >= 0", name=op.f("ck_customer_order_cartons_not_negative")),
        sa.ForeignKeyConstraint(
            ["adcode", "retailer_id"],
            ["retailer.adcode", "retailer.retailer_id"],
            name=op.f("fk_customer_order_adcode_retailer_id"),
        ),
        sa.PrimaryKeyConstraint("adcode", "retailer_id", "order_date", name=op.f("pk_customer_order")),
    )
    op.create_table(
        "cycle_stop",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("task_type", sa.Text(), nullable=False),
        sa.Column("retailer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("staff_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("second_staff_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("service_min", sa.Float(), nullable=False),
        sa.Column("cartons", sa.Float(), nullable=False),
        sa.Column("is_sealed", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "NOT is_sealed OR task_type = 'inspection'", name=op.f("ck_cycle_stop_only_inspections_sealed")
        ),
        sa.CheckConstraint(
            "task_type IN ('visit', 'inspection', 'delivery')", name=op.f("ck_cycle_stop_task_type_known")
        ),
        sa.ForeignKeyConstraint(
            ["adcode", "cycle_id"],
            ["cycle.adcode", "cycle.cycle_id"],
            name=op.f("fk_cycle_stop_adcode_cycle_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["adcode", "retailer_id"],
            ["retailer.adcode", "retailer.retailer_id"],
            name=op.f("fk_cycle_stop_adcode_retailer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["adcode", "staff_id"], ["staff.adcode", "staff.staff_id"], name=op.f("fk_cycle_stop_adcode_staff_id")
        ),
        sa.PrimaryKeyConstraint(
            "adcode", "cycle_id", "task_type", "retailer_id", "day", "is_sealed", name=op.f("pk_cycle_stop")
        ),
    )
    op.create_index("ix_cycle_stop_day", "cycle_stop", ["adcode", "cycle_id", "staff_id", "day"], unique=False)
    op.create_table(
        "generation",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("faults", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["adcode", "plan_id"], ["plan.adcode", "plan.plan_id"], name=op.f("fk_generation_adcode_plan_id")
        ),
        sa.PrimaryKeyConstraint("adcode", "generation", name=op.f("pk_generation")),
    )
    op.create_table(
        "line",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("line_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("grid_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("staff_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("weekday", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("layer IN ('inspection', 'marketing', 'delivery')", name=op.f("ck_line_layer_known")),
        sa.CheckConstraint("valid_from < valid_to", name=op.f("ck_line_from_before_to")),
        sa.CheckConstraint("weekday BETWEEN 1 AND 7", name=op.f("ck_line_weekday_1_to_7")),
        sa.ForeignKeyConstraint(
            ["adcode", "grid_id"], ["grid.adcode", "grid.grid_id"], name=op.f("fk_line_adcode_grid_id")
        ),
        sa.ForeignKeyConstraint(
            ["adcode", "staff_id"], ["staff.adcode", "staff.staff_id"], name=op.f("fk_line_adcode_staff_id")
        ),
        sa.PrimaryKeyConstraint("adcode", "line_id", name=op.f("pk_line")),
    )
    op.create_index("ix_line_name", "line", ["adcode", "layer", "name"], unique=False)
    op.create_table(
        "not_planned",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("not_planned_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("cycle_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("task_type", sa.Text(), nullable=False),
        sa.Column("retailer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("relaxation", sa.Text(), nullable=True),
        sa.Column("is_sealed", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "task_type IN ('visit', 'inspection', 'delivery')", name=op.f("ck_not_planned_task_type_known")
        ),
        sa.ForeignKeyConstraint(
            ["adcode", "cycle_id"],
            ["cycle.adcode", "cycle.cycle_id"],
            name=op.f("fk_not_planned_adcode_cycle_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["adcode", "retailer_id"],
            ["retailer.adcode", "retailer.retailer_id"],
            name=op.f("fk_not_planned_adcode_retailer_id"),
        ),
        sa.PrimaryKeyConstraint("adcode", "not_planned_id", name=op.f("pk_not_planned")),
    )
    op.create_table(
        "ownership",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("retailer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("staff_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("grid_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint("layer IN ('inspection', 'marketing', 'delivery')", name=op.f("ck_ownership_layer_known")),
        sa.CheckConstraint(
            "source IN ('imported', 'plan', 'exception', 'assigned')", name=op.f("ck_ownership_source_known")
        ),
        sa.CheckConstraint("valid_from < valid_to", name=op.f("ck_ownership_from_before_to")),
        sa.ForeignKeyConstraint(
            ["adcode", "grid_id"], ["grid.adcode", "grid.grid_id"], name=op.f("fk_ownership_adcode_grid_id")
        ),
        sa.ForeignKeyConstraint(
            ["adcode", "retailer_id"],
            ["retailer.adcode", "retailer.retailer_id"],
            name=op.f("fk_ownership_adcode_retailer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["adcode", "staff_id"], ["staff.adcode", "staff.staff_id"], name=op.f("fk_ownership_adcode_staff_id")
        ),
        sa.PrimaryKeyConstraint("adcode", "retailer_id", "layer", "valid_from", name=op.f("pk_ownership")),
    )
    op.create_index("ix_ownership_staff", "ownership", ["adcode", "staff_id"], unique=False)
    op.create_index(
        "uq_ownership_open",
        "ownership",
        ["adcode", "retailer_id", "layer"],
        unique=True,
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.create_table(
        "plan_edit",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("plan_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("edit", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["adcode", "plan_id"],
            ["plan.adcode", "plan.plan_id"],
            name=op.f("fk_plan_edit_adcode_plan_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("adcode", "plan_id", "revision", name=op.f("pk_plan_edit")),
    )
    op.create_table(
        "plan_step",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("plan_step_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("plan_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["adcode", "plan_id"],
            ["plan.adcode", "plan.plan_id"],
            name=op.f("fk_plan_step_adcode_plan_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("adcode", "plan_step_id", name=op.f("pk_plan_step")),
    )
    op.create_table(
        "plan_version",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("plan_version_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("plan_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("metrics", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("violations", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("certificate", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["adcode", "plan_id"],
            ["plan.adcode", "plan.plan_id"],
            name=op.f("fk_plan_version_adcode_plan_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("adcode", "plan_version_id", name=op.f("pk_plan_version")),
    )
    op.create_geospatial_table(
        "route",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("route_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("cycle_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("staff_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("departs_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("returns_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("travel_s", sa.Integer(), nullable=False),
        sa.Column("service_s", sa.Integer(), nullable=False),
        sa.Column("waiting_s", sa.Integer(), nullable=False),
        sa.Column("distance_m", sa.Integer(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "course",
            Geometry(
                geometry_type="LINESTRING",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("method IN ('streets', 'straight_line')", name=op.f("ck_route_method_known")),
        sa.ForeignKeyConstraint(
            ["adcode", "cycle_id"],
            ["cycle.adcode", "cycle.cycle_id"],
            name=op.f("fk_route_adcode_cycle_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["adcode", "staff_id"], ["staff.adcode", "staff.staff_id"], name=op.f("fk_route_adcode_staff_id")
        ),
        sa.PrimaryKeyConstraint("adcode", "route_id", name=op.f("pk_route")),
        sa.UniqueConstraint("adcode", "staff_id", "day", name=op.f("uq_route_adcode_staff_id_day")),
    )
    op.create_table(
        "generation_layer",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("plan_version_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("unit_set_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.CheckConstraint(
            "layer IN ('inspection', 'marketing', 'delivery')", name=op.f("ck_generation_layer_layer_known")
        ),
        sa.ForeignKeyConstraint(
            ["adcode", "generation"],
            ["generation.adcode", "generation.generation"],
            name=op.f("fk_generation_layer_adcode_generation"),
        ),
        sa.ForeignKeyConstraint(
            ["adcode", "plan_version_id"],
            ["plan_version.adcode", "plan_version.plan_version_id"],
            name=op.f("fk_generation_layer_adcode_plan_version_id"),
        ),
        sa.ForeignKeyConstraint(
            ["adcode", "unit_set_id"],
            ["unit_set.adcode", "unit_set.unit_set_id"],
            name=op.f("fk_generation_layer_adcode_unit_set_id"),
        ),
        sa.PrimaryKeyConstraint("adcode", "generation", "layer", name=op.f("pk_generation_layer")),
    )
    op.create_table(
        "grid_staff",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("plan_version_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("grid_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("staff_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.ForeignKeyConstraint(
            ["adcode", "grid_id"], ["grid.adcode", "grid.grid_id"], name=op.f("fk_grid_staff_adcode_grid_id")
        ),
        sa.ForeignKeyConstraint(
            ["adcode", "plan_version_id"],
            ["plan_version.adcode", "plan_version.plan_version_id"],
            name=op.f("fk_grid_staff_adcode_plan_version_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["adcode", "staff_id"], ["staff.adcode", "staff.staff_id"], name=op.f("fk_grid_staff_adcode_staff_id")
        ),
        sa.PrimaryKeyConstraint("adcode", "plan_version_id", "grid_id", name=op.f("pk_grid_staff")),
    )
    op.create_table(
        "grid_unit",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("plan_version_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("unit_row", sa.Integer(), nullable=False),
        sa.Column("grid_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["adcode", "grid_id"], ["grid.adcode", "grid.grid_id"], name=op.f("fk_grid_unit_adcode_grid_id")
        ),
        sa.ForeignKeyConstraint(
            ["adcode", "plan_version_id"],
            ["plan_version.adcode", "plan_version.plan_version_id"],
            name=op.f("fk_grid_unit_adcode_plan_version_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("adcode", "plan_version_id", "layer", "unit_row", name=op.f("pk_grid_unit")),
    )
    op.create_table(
        "line_retailer",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("line_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("retailer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("valid_from < valid_to", name=op.f("ck_line_retailer_from_before_to")),
        sa.ForeignKeyConstraint(
            ["adcode", "line_id"], ["line.adcode", "line.line_id"], name=op.f("fk_line_retailer_adcode_line_id")
        ),
        sa.ForeignKeyConstraint(
            ["adcode", "retailer_id"],
            ["retailer.adcode", "retailer.retailer_id"],
            name=op.f("fk_line_retailer_adcode_retailer_id"),
        ),
        sa.PrimaryKeyConstraint("adcode", "line_id", "retailer_id", "valid_from", name=op.f("pk_line_retailer")),
    )
    op.create_index("ix_line_retailer_retailer", "line_retailer", ["adcode", "retailer_id"], unique=False)
    op.create_table(
        "ownership_exception",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("plan_version_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("retailer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("staff_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["adcode", "plan_version_id"],
            ["plan_version.adcode", "plan_version.plan_version_id"],
            name=op.f("fk_ownership_exception_adcode_plan_version_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["adcode", "retailer_id"],
            ["retailer.adcode", "retailer.retailer_id"],
            name=op.f("fk_ownership_exception_adcode_retailer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["adcode", "staff_id"],
            ["staff.adcode", "staff.staff_id"],
            name=op.f("fk_ownership_exception_adcode_staff_id"),
        ),
        sa.PrimaryKeyConstraint(
            "adcode", "plan_version_id", "layer", "retailer_id", name=op.f("pk_ownership_exception")
        ),
    )
    op.create_table(
        "session",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["adcode", "account_id"],
            ["account.adcode", "account.account_id"],
            name=op.f("fk_session_adcode_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("adcode", "token_hash", name=op.f("pk_session")),
    )
    op.create_index("ix_session_token_hash", "session", ["token_hash"], unique=True)
    op.create_table(
        "stop",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("route_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("retailer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("task_type", sa.Text(), nullable=False),
        sa.Column("arrives_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("departs_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("slack_s", sa.Integer(), nullable=False),
        sa.Column("cartons", sa.Float(), nullable=False),
        sa.Column("is_sealed", sa.Boolean(), nullable=False),
        sa.Column("second_staff_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.CheckConstraint("task_type IN ('visit', 'inspection', 'delivery')", name=op.f("ck_stop_task_type_known")),
        sa.CheckConstraint("starts_at <= departs_at", name=op.f("ck_stop_starts_before_departs")),
        sa.ForeignKeyConstraint(
            ["adcode", "retailer_id"],
            ["retailer.adcode", "retailer.retailer_id"],
            name=op.f("fk_stop_adcode_retailer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["adcode", "route_id"],
            ["route.adcode", "route.route_id"],
            name=op.f("fk_stop_adcode_route_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("adcode", "route_id", "sequence", name=op.f("pk_stop")),
    )


def downgrade() -> None:
    op.drop_table("stop")
    op.drop_index("ix_session_token_hash", table_name="session")
    op.drop_table("session")
    op.drop_table("ownership_exception")
    op.drop_index("ix_line_retailer_retailer", table_name="line_retailer")
    op.drop_table("line_retailer")
    op.drop_table("grid_unit")
    op.drop_table("grid_staff")
    op.drop_table("generation_layer")
    op.drop_geospatial_table("route")
    op.drop_table("plan_version")
    op.drop_table("plan_step")
    op.drop_table("plan_edit")
    op.drop_index("uq_ownership_open", table_name="ownership", postgresql_where=sa.text("valid_to IS NULL"))
    op.drop_index("ix_ownership_staff", table_name="ownership")
    op.drop_table("ownership")
    op.drop_table("not_planned")
    op.drop_index("ix_line_name", table_name="line")
    op.drop_table("line")
    op.drop_table("generation")
    op.drop_index("ix_cycle_stop_day", table_name="cycle_stop")
    op.drop_table("cycle_stop")
    op.drop_table("customer_order")
    op.drop_table("acting_owner")
    op.drop_table("account")
    op.drop_table("absence")
    op.drop_table("unit_border")
    op.drop_geospatial_index("ix_unit_outline", table_name="unit", postgresql_using="gist", column_name="outline")
    op.drop_geospatial_table("unit")
    op.drop_geospatial_index(
        "ix_street_edge_course", table_name="street_edge", postgresql_using="gist", column_name="course"
    )
    op.drop_geospatial_table("street_edge")
    op.drop_table("staff")
    op.drop_index("ix_review_item_state", table_name="review_item")
    op.drop_table("review_item")
    op.drop_geospatial_index(
        "ix_retailer_location", table_name="retailer", postgresql_using="gist", column_name="location"
    )
    op.drop_geospatial_table("retailer")
    op.drop_table("raw_row")
    op.drop_table("plan")
    op.drop_table("unit_set")
    op.drop_table("street_node")
    op.drop_table("org_unit")
    op.drop_index("ix_job_state", table_name="job")
    op.drop_table("job")
    op.drop_table("import_run")
    op.drop_table("grid")
    op.drop_table("event")
    op.drop_geospatial_table("district")
    op.drop_table("cycle")
    op.drop_geospatial_table("barrier")
    op.drop_table("audit")
    op.drop_geospatial_index("ix_area_outline", table_name="area", postgresql_using="gist", column_name="outline")
    op.drop_geospatial_table("area")
    op.drop_table("api_key")
