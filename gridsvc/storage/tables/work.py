"""The work itself: lines, cycles, routes and their stops."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
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
from gridsvc.storage.tables.plans import LAYERS

TASK_TYPES = ("visit", "inspection", "delivery")

line = Table(
    "line",
    metadata,
    adcode(),
    key("line_id"),
    Column("layer", Text, nullable=False),
    Column("name", Text, nullable=False),
    instant("valid_from"),
    instant("valid_to", optional=True),
    primary("line_id"),
    one_of("layer", *LAYERS),
    CheckConstraint("valid_from < valid_to", name="from_before_to"),
    Index("ix_line_name", "adcode", "layer", "name"),
)

line_term = Table(
    "line_term",  # who works a line and on which weekday, from when to when: the past is never edited
    metadata,
    adcode(),
    reference("line_id"),
    instant("valid_from"),
    instant("valid_to", optional=True),
    reference("grid_id", optional=True),  # null: imported before grids were drawn
    reference("staff_id", optional=True),
    reference("instead_of", optional=True),  # the owner, where a planner gave the line to somebody else
    Column("weekday", Integer, nullable=True),  # 1 = Monday .. 7
    Column("given_name", Text, nullable=True),  # by a planner; null: the line is called as `line.name`
    primary("line_id", "valid_from"),
    points_to("line_id", "line"),
    points_to("grid_id", "grid"),
    points_to("staff_id", "staff"),
    CheckConstraint("weekday BETWEEN 1 AND 7", name="weekday_1_to_7"),
    CheckConstraint("valid_from < valid_to", name="from_before_to"),
)

line_retailer = Table(
    "line_retailer",
    metadata,
    adcode(),
    reference("line_id"),
    reference("retailer_id"),
    instant("valid_from"),
    instant("valid_to", optional=True),
    primary("line_id", "retailer_id", "valid_from"),
    points_to("line_id", "line"),
    points_to("retailer_id", "retailer"),
    CheckConstraint("valid_from < valid_to", name="from_before_to"),
    Index("ix_line_retailer_retailer", "adcode", "retailer_id"),
)

cycle = Table(
    "cycle",
    metadata,
    adcode(),
    key("cycle_id"),
    Column("first_day", Date, nullable=False),  # a Monday
    Column("generation", Integer, nullable=False),
    Column("is_provisional", Boolean, nullable=False),  # the year's make-up days are not announced yet
    document("settings"),  # seed, iterations, bands, versions, the hash that commits to the sealed draw
    document("metrics"),  # per staff
    document("ledger", optional=True),  # joint stops against separate plans; null in old cycles
    instant("created_at"),
    primary("cycle_id"),
    CheckConstraint("extract(isodow from first_day) = 1", name="begins_on_monday"),
)

cycle_draw = Table(
    "cycle_draw",
    metadata,
    adcode(),
    reference("cycle_id"),
    Column("number", Integer, nullable=False),  # 1, 2, ... as the cycle was planned and planned again
    Column("commitment", Text, nullable=False),  # the hash that stands in the audit chain
    Column("secret", LargeBinary, nullable=False),  # shown only after the cycle is over
    Column("record", Text, nullable=False),  # what the draw was made from and what it gave, as the hash covers it
    Column("covers_record", Boolean, nullable=False),  # false: the hash covers the secret alone
    instant("drawn_at"),
    primary("cycle_id", "number"),
    points_to("cycle_id", "cycle"),
)

cycle_stop = Table(
    "cycle_stop",
    metadata,
    adcode(),
    reference("cycle_id"),
    Column("task_type", Text, nullable=False),
    reference("retailer_id"),
    Column("day", Date, nullable=False),
    reference("staff_id"),
    reference("second_staff_id", optional=True),  # the other officer of a crew of two
    Column("service_min", Float, nullable=False),
    Column("cartons", Float, nullable=False),
    Column("is_sealed", Boolean, nullable=False),
    Column("window_from_min", Integer, nullable=True),  # a shared window: minutes after local midnight within which
    Column("window_to_min", Integer, nullable=True),  # two roles start at the shop; null: each comes when it suits
    primary("cycle_id", "task_type", "retailer_id", "day", "is_sealed"),
    points_to("cycle_id", "cycle", on_delete="CASCADE"),
    points_to("retailer_id", "retailer"),
    points_to("staff_id", "staff"),
    one_of("task_type", *TASK_TYPES),
    CheckConstraint("NOT is_sealed OR task_type = 'inspection'", name="only_inspections_sealed"),
    CheckConstraint("NOT is_sealed OR window_from_min IS NULL", name="sealed_meets_nobody"),
    CheckConstraint(
        "(window_from_min IS NULL) = (window_to_min IS NULL) AND window_from_min <= window_to_min",
        name="window_whole",
    ),
    Index("ix_cycle_stop_day", "adcode", "cycle_id", "staff_id", "day"),
)

not_planned = Table(
    "not_planned",
    metadata,
    adcode(),
    key("not_planned_id"),
    reference("cycle_id"),
    Column("task_type", Text, nullable=False),
    reference("retailer_id"),
    Column("day", Date, nullable=True),  # null: the whole duty of the cycle
    Column("reason", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("relaxation", Text, nullable=True),
    Column("is_verified", Boolean, nullable=False, server_default=text("false")),  # solved again with the relaxation
    Column("is_sealed", Boolean, nullable=False),
    primary("not_planned_id"),
    points_to("cycle_id", "cycle", on_delete="CASCADE"),
    points_to("retailer_id", "retailer"),
    one_of("task_type", *TASK_TYPES),
)

route = Table(
    "route",
    metadata,
    adcode(),
    key("route_id"),
    reference("cycle_id"),
    reference("staff_id"),
    Column("day", Date, nullable=False),
    instant("departs_at"),
    instant("returns_at"),
    Column("travel_s", Integer, nullable=False),
    Column("service_s", Integer, nullable=False),
    Column("waiting_s", Integer, nullable=False),
    Column("distance_m", Integer, nullable=False),
    Column("method", Text, nullable=False),  # streets, or straight_line with its factor in `detail`
    document("detail"),
    shape("course", "LINESTRING", optional=True),
    instant("computed_at"),
    primary("route_id"),
    UniqueConstraint("adcode", "staff_id", "day"),
    points_to("cycle_id", "cycle", on_delete="CASCADE"),
    points_to("staff_id", "staff"),
    one_of("method", "streets", "straight_line"),
)

stop = Table(
    "stop",
    metadata,
    adcode(),
    reference("route_id"),
    Column("sequence", Integer, nullable=False),
    reference("retailer_id"),
    Column("task_type", Text, nullable=False),
    instant("arrives_at"),
    instant("starts_at"),
    instant("departs_at"),
    Column("slack_s", Integer, nullable=False),
    Column("cartons", Float, nullable=False),
    Column("is_sealed", Boolean, nullable=False),
    reference("second_staff_id", optional=True),
    Column("why", Text, nullable=False),
    primary("route_id", "sequence"),
    points_to("route_id", "route", on_delete="CASCADE"),
    points_to("retailer_id", "retailer"),
    one_of("task_type", *TASK_TYPES),
    CheckConstraint("starts_at <= departs_at", name="starts_before_departs"),
)
