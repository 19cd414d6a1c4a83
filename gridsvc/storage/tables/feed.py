"""Who is told of events as they happen."""

from __future__ import annotations

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Column, Index, Integer, Table, Text, text

from gridsvc.storage.tables.columns import adcode, instant, key, metadata, one_of, points_to, primary, reference

webhook = Table(
    "webhook",
    metadata,
    adcode(),
    key("webhook_id"),
    Column("url", Text, nullable=False),
    Column("kinds", ARRAY(Text), nullable=False),
    Column("secret", Text, nullable=False),  # signs every delivery, so it cannot be a hash
    Column("last_event_no", BigInteger, nullable=False),  # everything up to here was delivered or given up
    Column("created_by", Text, nullable=False),
    instant("created_at"),
    instant("paused_at", optional=True),
    # of the event that is being delivered now
    Column("n_attempts", Integer, nullable=False, server_default=text("0")),
    instant("first_attempt_at", optional=True),
    instant("next_attempt_at", optional=True),
    Column("last_answer", Text, nullable=True),
    Column("n_delivered", BigInteger, nullable=False, server_default=text("0")),
    instant("delivered_at", optional=True),
    primary("webhook_id"),
    CheckConstraint("cardinality(kinds) > 0", name="some_kind"),
)

dead_letter = Table(  # an event that a subscriber did not take within a day
    "dead_letter",
    metadata,
    adcode(),
    reference("webhook_id"),
    Column("event_no", BigInteger, nullable=False),
    Column("n_attempts", Integer, nullable=False),
    Column("last_answer", Text, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'dead'")),
    instant("at"),
    primary("webhook_id", "event_no"),
    points_to("webhook_id", "webhook", on_delete="CASCADE"),
    one_of("state", "dead", "waiting"),
    Index("ix_dead_letter_state", "adcode", "webhook_id", "state"),
)
