"""The licence plan: cells with their planned numbers, applications, and entrances of schools."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, Float, Index, Integer, Table, Text

from gridsvc.storage.tables.columns import adcode, metadata, one_of, primary, reference, shape

layout_cell = Table(
    "layout_cell",
    metadata,
    adcode(),
    Column("cell_code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("planned", Integer, nullable=False),
    Column("spacing_m", Float, nullable=False),
    Column("school_spacing_m", Float, nullable=False),
    shape("outline", "MULTIPOLYGON"),
    reference("import_run_id", optional=True),
    primary("cell_code"),
    CheckConstraint("planned >= 0", name="planned_not_negative"),
    CheckConstraint("spacing_m >= 0 AND school_spacing_m >= 0", name="spacing_not_negative"),
    Index("ix_layout_cell_outline", "outline", postgresql_using="gist"),
)

school_entrance = Table(
    "school_entrance",
    metadata,
    adcode(),
    Column("entrance_code", Text, nullable=False),
    Column("name", Text, nullable=False),
    shape("location", "POINT"),
    reference("import_run_id", optional=True),
    primary("entrance_code"),
)

licence_application = Table(
    "licence_application",
    metadata,
    adcode(),
    Column("application_no", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False),
    shape("location", "POINT", optional=True),
    Column("applied_on", Date, nullable=True),
    Column("state", Text, nullable=False),
    reference("import_run_id", optional=True),
    primary("application_no"),
    one_of("state", "queued", "approved", "rejected"),
)
