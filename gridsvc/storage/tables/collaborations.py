"""Requests that find the right person by place, their trace, and the notices that people read."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
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
)
from gridsvc.storage.tables.plans import LAYERS

collaboration = Table(
    "collaboration",
    metadata,
    adcode(),
    key("collaboration_id"),
    Column("type", Text, nullable=False),
    Column("layer", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("content", Text, nullable=False),
    reference("retailer_id", optional=True),
    reference("grid_id", optional=True),
    Column("lon", Float, nullable=True),
    Column("lat", Float, nullable=True),
    Column("external_ref", Text, nullable=True),
    Column("initiator", Text, nullable=False),  # name of the account or key
    reference("initiator_staff_id", optional=True),
    reference("about_staff_id", optional=True),  # whom a complaint is about: never its handler
    reference("handler_staff_id", optional=True),  # null: the department as a whole
    Column("handler_department", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("reason", Text, nullable=False),  # why this level
    Column("is_by_place", Boolean, nullable=False),  # whether the place chose the handler, or a person did
    Column("n_steps", Integer, nullable=False),
    Column("idempotency_key", Text, nullable=True),
    Column("request_hash", LargeBinary, nullable=False),
    instant("created_at"),
    instant("changed_at"),
    instant("ended_at", optional=True),
    primary("collaboration_id"),
    points_to("retailer_id", "retailer"),
    points_to("grid_id", "grid"),
    one_of("layer", *LAYERS),
    one_of("state", "submitted", "in_process", "archived", "recalled"),
    UniqueConstraint("adcode", "initiator", "external_ref"),
    Index(
        "uq_collaboration_idempotency_key",
        "adcode",
        "initiator",
        "idempotency_key",
        unique=True,
        postgresql_where=text("idempotency_key IS NOT NULL"),
    ),
    Index("ix_collaboration_handler", "adcode", "handler_staff_id", "state"),
    Index("ix_collaboration_retailer", "adcode", "retailer_id"),
    CheckConstraint("(state IN ('archived', 'recalled')) = (ended_at IS NOT NULL)", name="ended_when_over"),
)

collaboration_step = Table(  # the trace: one row for everything that happened
    "collaboration_step",
    metadata,
    adcode(),
    reference("collaboration_id"),
    Column("step_no", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    reference("actor_staff_id", optional=True),
    Column("words", Text, nullable=False),
    reference("handler_staff_id", optional=True),
    Column("handler_department", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("reason", Text, nullable=False),
    instant("at"),
    primary("collaboration_id", "step_no"),
    points_to("collaboration_id", "collaboration"),
    one_of("kind", "submitted", "processed", "redispatched", "archived", "recalled"),
)

reporter = Table(  # who told us: read by the intake alone
    "reporter",
    metadata,
    adcode(),
    reference("collaboration_id"),
    Column("name", Text, nullable=False),
    Column("phone", Text, nullable=False),
    instant("at"),
    primary("collaboration_id"),
    points_to("collaboration_id", "collaboration"),
)

declared_relation = Table(  # a member of staff who is kin or partner of a retailer handles nothing of it
    "declared_relation",
    metadata,
    adcode(),
    reference("staff_id"),
    reference("retailer_id"),
    Column("reason", Text, nullable=False),
    Column("declared_by", Text, nullable=False),
    instant("declared_at"),
    primary("staff_id", "retailer_id"),
    points_to("staff_id", "staff"),
    points_to("retailer_id", "retailer"),
)

notice = Table(
    "notice",
    metadata,
    adcode(),
    key("notice_id"),
    reference("staff_id", optional=True),
    Column("account", Text, nullable=True),  # a person without a staff record, by user name
    Column("kind", Text, nullable=False),
    document("content"),
    reference("collaboration_id", optional=True),
    Column("once_key", Text, nullable=True),  # the same thing is told to the same person once
    instant("at"),
    instant("read_at", optional=True),
    primary("notice_id"),
    points_to("staff_id", "staff"),
    points_to("collaboration_id", "collaboration"),
    UniqueConstraint("adcode", "once_key"),
    CheckConstraint("num_nonnulls(staff_id, account) = 1", name="one_recipient"),
    Index("ix_notice_staff", "adcode", "staff_id", "read_at"),
    Index("ix_notice_account", "adcode", "account", "read_at"),
)
