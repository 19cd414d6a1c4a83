"""The shops, and where each of their values came from."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from gridsvc.storage.tables.columns import (
    adcode,
    document,
    instant,
    key,
    metadata,
    one_of,
    points_to,
    primary,
    reference,
    shape,
)

import_run = Table(
    "import_run",
    metadata,
    adcode(),
    key("import_run_id"),
    Column("kind", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    document("options"),  # mapping, filter, crs, encoding
    document("counts"),
    Column("imported_by", Text, nullable=False),
    instant("imported_at"),
    primary("import_run_id"),
)

raw_row = Table(
    "raw_row",
    metadata,
    adcode(),
    reference("import_run_id"),
    Column("row_no", Integer, nullable=False),  # the row in the file, the heading is row 1
    document("fields"),
    primary("import_run_id", "row_no"),
    points_to("import_run_id", "import_run", on_delete="CASCADE"),
)

review_item = Table(
    "review_item",
    metadata,
    adcode(),
    key("review_item_id"),
    reference("import_run_id", optional=True),
    Column("row_no", Integer, nullable=True),
    reference("retailer_id", optional=True),
    Column("severity", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'open'")),
    instant("created_at"),
    instant("closed_at", optional=True),
    Column("closed_by", Text, nullable=True),
    Column("outcome", Text, nullable=True),  # what was decided and why
    Column("rule", Text, nullable=True),  # that settled it together with others
    shape("proposed", "POINT", optional=True),  # a better point
    document("evidence", default="{}"),
    primary("review_item_id"),
    points_to("import_run_id", "import_run"),
    one_of("severity", "rejected", "suspicious", "fault"),
    one_of("state", "open", "accepted", "mended", "rejected"),
    CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_when_not_open"),
    Index("ix_review_item_state", "adcode", "state", "code"),
    Index("ix_review_item_retailer", "adcode", "retailer_id"),
)

pin_move = Table(
    "pin_move",
    metadata,
    adcode(),
    key("pin_move_id"),
    reference("retailer_id"),
    reference("review_item_id", optional=True),
    shape("before", "POINT", optional=True),
    Column("before_precision", Text, nullable=False),
    shape("after", "POINT"),
    Column("reason", Text, nullable=False),
    Column("moved_by", Text, nullable=False),
    instant("moved_at"),
    primary("pin_move_id"),
    Index("ix_pin_move_retailer", "adcode", "retailer_id", "moved_at"),
)

retailer = Table(
    "retailer",
    metadata,
    adcode(),
    key("retailer_id"),
    Column("retailer_code", Text, nullable=False),
    Column("licence_no", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False),
    shape("location", "POINT", optional=True),  # null while the address has no point yet
    Column("precision_class", Text, nullable=False),  # given, address, street, area, none
    Column("located_by", Text, nullable=False),  # method of the geocoder, or why there is no point
    Column("location_score", Float, nullable=True),
    Column("source_datum", Text, nullable=True),
    Column("street_office", Text, nullable=True),
    Column("tier", Text, nullable=False),
    Column("integrity_star", Integer, nullable=False),
    Column("risk", Float, nullable=False, server_default=text("0")),
    Column("credit_grade", Text, nullable=True),
    Column("urban_form", Text, nullable=False),
    Column("needs_enforcement", Boolean, nullable=False, server_default=text("false")),
    Column("opens_min", Integer, nullable=True),  # minutes after local midnight
    Column("closes_min", Integer, nullable=True),
    Column("order_cartons", Float, nullable=False, server_default=text("0")),  # a week
    Column("order_cycle", Text, nullable=False, server_default=text("'unknown'")),  # estimated from its orders
    Column("status", Text, nullable=False),
    Column("is_synthetic", Boolean, nullable=False, server_default=text("false")),  # some value was invented
    Column("assumed", ARRAY(Text), nullable=False, server_default=text("'{}'")),  # columns that no register gave
    reference("import_run_id", optional=True),
    Column("row_no", Integer, nullable=True),
    instant("changed_at"),
    primary("retailer_id"),
    UniqueConstraint("adcode", "retailer_code"),
    UniqueConstraint("adcode", "licence_no"),
    points_to("import_run_id", "import_run"),
    one_of("tier", "A", "B", "C"),
    one_of("order_cycle", "weekly", "fortnightly", "monthly", "none", "unknown"),
    one_of("urban_form", "old_town", "new_town", "hills"),
    one_of("status", "active", "suspended", "closed"),
    CheckConstraint("integrity_star BETWEEN 1 AND 5", name="star_1_to_5"),
    CheckConstraint("order_cartons >= 0", name="cartons_not_negative"),
    CheckConstraint("risk BETWEEN 0 AND 1", name="risk_0_to_1"),
    CheckConstraint("opens_min < closes_min", name="opens_before_closes"),
    Index("ix_retailer_location", "location", postgresql_using="gist"),
)

customer_order = Table(
    "customer_order",
    metadata,
    adcode(),
    reference("retailer_id"),
    Column("order_date", Date, nullable=False),
    Column("cartons", Float, nullable=False),
    primary("retailer_id", "order_date"),
    points_to("retailer_id", "retailer"),
    CheckConstraint("cartons >= 0", name="cartons_not_negative"),
)
