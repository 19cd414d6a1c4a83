"""Who serves the district, and who may sign in."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Column,
    Date,
    Float,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from gridsvc.storage.tables.columns import adcode, instant, key, metadata, one_of, points_to, primary, reference

ORG_KINDS = ("province", "city", "county_bureau", "monopoly_office", "market_department", "delivery_centre")
ROLES = ("market_inspector", "customer_manager", "delivery_driver")

org_unit = Table(
    "org_unit",
    metadata,
    adcode(),
    key("org_unit_id"),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("layer", Text, nullable=True),
    reference("parent_id", optional=True),
    reference(
        "head_staff_id", optional=True
    ),  # who answers for the department; checked by the use-case, staff refer back
    Column("duty_phone", Text, nullable=True),
    primary("org_unit_id"),
    UniqueConstraint("adcode", "name"),
    one_of("layer", "inspection", "marketing", "delivery"),
    one_of("kind", *ORG_KINDS),
)

staff = Table(
    "staff",
    metadata,
    adcode(),
    key("staff_id"),
    Column("staff_code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    reference("org_unit_id", optional=True),
    Column("office_lon", Float, nullable=False),
    Column("office_lat", Float, nullable=False),
    Column("vehicle_capacity_cartons", Integer, nullable=True),
    Column("first_day", Date, nullable=True),
    Column("last_day", Date, nullable=True),
    # who stands in, first asked first; checked by the use-case, as rows of this very table
    Column("deputy_ids", ARRAY(Uuid(as_uuid=False)), nullable=False, server_default="{}"),
    reference("partner_id", optional=True),  # the other officer of the crew
    primary("staff_id"),
    UniqueConstraint("adcode", "staff_code"),
    points_to("org_unit_id", "org_unit"),
    one_of("role", *ROLES),
    CheckConstraint("vehicle_capacity_cartons > 0", name="capacity_positive"),
    CheckConstraint("partner_id <> staff_id", name="partner_is_another"),
)

staff_home = Table(
    "staff_home",
    metadata,
    adcode(),
    reference("staff_id"),
    Column("lon", Float, nullable=False),
    Column("lat", Float, nullable=False),
    instant("stated_at"),
    primary("staff_id"),
    points_to("staff_id", "staff"),
)

absence = Table(
    "absence",
    metadata,
    adcode(),
    reference("staff_id"),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("reason", Text, nullable=False),
    primary("staff_id", "first_day"),
    points_to("staff_id", "staff"),
    CheckConstraint("first_day <= last_day", name="first_before_last"),
)

account = Table(
    "account",
    metadata,
    adcode(),
    key("account_id"),
    Column("user_name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("role", Text, nullable=False),
    reference("staff_id", optional=True),
    instant("created_at"),
    instant("disabled_at", optional=True),
    Column("subject", Text, nullable=True),  # issuer and subject of an identity provider that vouches for the person
    primary("account_id"),
    UniqueConstraint("user_name"),
    UniqueConstraint("subject"),
    points_to("staff_id", "staff"),
)

session = Table(
    "session",
    metadata,
    adcode(),
    Column("token_hash", LargeBinary, nullable=False),
    reference("account_id"),
    instant("created_at"),
    instant("expires_at"),
    primary("token_hash"),
    points_to("account_id", "account", on_delete="CASCADE"),
    Index("ix_session_token_hash", "token_hash", unique=True),
)

api_key = Table(
    "api_key",
    metadata,
    adcode(),
    key("api_key_id"),
    Column("name", Text, nullable=False),
    Column("key_hash", LargeBinary, nullable=False),
    Column("role", Text, nullable=False),
    Column("scopes", ARRAY(Text), nullable=True),  # actions that the key is limited to; null = all of its role
    instant("created_at"),
    instant("expires_at", optional=True),
    instant("revoked_at", optional=True),
    primary("api_key_id"),
    UniqueConstraint("key_hash"),
)
