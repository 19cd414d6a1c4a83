"""What really happened on the day: visits, the minutes that they took, and proposals for the rest of a day."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Float, Index, Integer, Table, Text, text

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
from gridsvc.storage.tables.work import TASK_TYPES

visit = Table(
    "visit",
    metadata,
    adcode(),
    key("visit_id"),  # made by the device
    reference("staff_id"),
    reference("retailer_id"),
    Column("task_type", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reason", Text, nullable=True),
    Column("note", Text, nullable=True),
    instant("arrived_at", optional=True),
    instant("ended_at"),
    instant("received_at"),
    Column("is_sealed", Boolean, nullable=False),
    shape("position", "POINT", optional=True),  # at the check-in only; set to null after 90 days
    Column("accuracy_m", Float, nullable=True),
    Column("distance_m", Float, nullable=True),
    Column("recorded_by", Text, nullable=False),
    primary("visit_id"),
    points_to("staff_id", "staff"),
    points_to("retailer_id", "retailer"),
    one_of("task_type", *TASK_TYPES),
    one_of("outcome", "done", "closed", "cannot"),
    CheckConstraint("(outcome = 'done') = (reason IS NULL)", name="reason_unless_done"),
    CheckConstraint("arrived_at <= ended_at", name="arrives_before_end"),
    CheckConstraint("NOT is_sealed OR task_type = 'inspection'", name="only_inspections_sealed"),
    Index("ix_visit_retailer", "adcode", "retailer_id", "task_type", "day"),
    Index("ix_visit_staff", "adcode", "staff_id", "day"),
)

service_estimate = Table(
    "service_estimate",
    metadata,
    adcode(),
    Column("task_type", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("urban_form", Text, nullable=False),
    Column("assumed_min", Float, nullable=False),
    Column("observed_min", Float, nullable=True),  # null: nobody measured one
    Column("n_observed", Integer, nullable=False),
    Column("weight_share", Float, nullable=False),  # of the observed mean in the estimate
    Column("estimate_min", Float, nullable=False),
    instant("computed_at"),
    primary("task_type", "tier", "urban_form"),
    one_of("task_type", *TASK_TYPES),
    CheckConstraint("estimate_min > 0", name="takes_time"),
    CheckConstraint("weight_share BETWEEN 0 AND 1", name="is_share"),
)

proposal = Table(
    "proposal",
    metadata,
    adcode(),
    key("proposal_id"),
    reference("staff_id"),  # whose day it began with; others' routes may be part of it
    Column("day", Date, nullable=False),
    Column("state", Text, nullable=False),
    document("change"),  # what happened
    document("content"),  # the routes as proposed, and the consequence
    Column("made_by", Text, nullable=False),
    instant("made_at"),
    Column("decided_by", Text, nullable=True),
    instant("decided_at", optional=True),
    Column("reason", Text, nullable=True),
    primary("proposal_id"),
    points_to("staff_id", "staff"),
    one_of("state", "open", "accepted", "declined", "superseded"),
    CheckConstraint("(state IN ('open', 'superseded')) = (decided_at IS NULL)", name="decided_once"),
    # one proposal at a time
    Index("ix_proposal_open", "adcode", "staff_id", "day", unique=True, postgresql_where=text("state = 'open'")),
)
