"""Plans, their versions, and who owns which retailer from when to when."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
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

LAYERS = ("inspection", "marketing", "delivery")
_BRIN = {"pages_per_range": 16, "autosummarize": True}

plan = Table(
    "plan",
    metadata,
    adcode(),
    key("plan_id"),
    Column("title", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("layers", ARRAY(Text), nullable=False),
    reference("unit_set_id"),
    Column("base_generation", Integer, nullable=False),
    Column("revision", Integer, nullable=False, server_default=text("0")),
    reference("plan_version_id"),  # the draft's own version until it is submitted, then the frozen one
    instant("effective_from", optional=True),
    document("rules", default="{}"),  # per layer: tolerances, churn budget, locks, pins, barriers
    Column("created_by", Text, nullable=False),
    instant("created_at"),
    primary("plan_id"),
    points_to("unit_set_id", "unit_set"),
    one_of("state", "draft", "submitted", "returned", "approved", "published", "superseded", "withdrawn"),
)

plan_step = Table(  # who moved the plan to which state, and why
    "plan_step",
    metadata,
    adcode(),
    key("plan_step_id"),
    reference("plan_id"),
    Column("state", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("words", Text, nullable=False),
    instant("at"),
    primary("plan_step_id"),
    points_to("plan_id", "plan", on_delete="CASCADE"),
)

plan_edit = Table(
    "plan_edit",
    metadata,
    adcode(),
    reference("plan_id"),
    Column("revision", Integer, nullable=False),
    Column("actor", Text, nullable=False),
    Column("kind", Text, nullable=False),
    document("edit"),
    instant("at"),
    primary("plan_id", "revision"),
    points_to("plan_id", "plan", on_delete="CASCADE"),
)

plan_version = Table(
    "plan_version",
    metadata,
    adcode(),
    key("plan_version_id"),
    reference("plan_id"),
    reference("based_on", optional=True),  # the version that this one succeeds or was copied from
    instant("frozen_at", optional=True),  # null while it is the draft's working copy
    document("metrics"),  # per layer: key -> value
    document("violations"),
    document("certificate"),  # seed, input hashes, versions, bounds, parameters: what `plan verify` re-checks
    primary("plan_version_id"),
    points_to("plan_id", "plan", on_delete="CASCADE"),
)

grid = Table(
    "grid",
    metadata,
    adcode(),
    key("grid_id"),
    Column("layer", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("number", Integer, nullable=False),  # 1.. within the layer: colour and short name
    instant("created_at"),
    primary("grid_id"),
    one_of("layer", *LAYERS),
)

grid_unit = Table(
    "grid_unit",
    metadata,
    adcode(),
    reference("plan_version_id"),
    Column("layer", Text, nullable=False),
    Column("unit_row", Integer, nullable=False),
    reference("grid_id"),
    primary("plan_version_id", "layer", "unit_row"),
    points_to("plan_version_id", "plan_version", on_delete="CASCADE"),
    points_to("grid_id", "grid"),
)

grid_staff = Table(
    "grid_staff",
    metadata,
    adcode(),
    reference("plan_version_id"),
    reference("grid_id"),
    reference("staff_id", optional=True),  # null: a vacancy, the department answers
    primary("plan_version_id", "grid_id"),
    points_to("plan_version_id", "plan_version", on_delete="CASCADE"),
    points_to("grid_id", "grid"),
    points_to("staff_id", "staff"),
)

version_pack = Table(  # one layer of a frozen version as look-ups read it: the rows of grid, grid_staff and grid_unit
    "version_pack",
    metadata,
    adcode(),
    reference("plan_version_id"),
    Column("layer", Text, nullable=False),
    Column("grids", LargeBinary, nullable=False),  # JSON: grid_ids, names, numbers, staff_ids
    Column("grid_of_unit", LargeBinary, nullable=False),  # int32, little-endian, -1 for no grid
    primary("plan_version_id", "layer"),
    points_to("plan_version_id", "plan_version", on_delete="CASCADE"),
    one_of("layer", *LAYERS),
)

ownership_exception = Table(  # one shop kept by another owner
    "ownership_exception",
    metadata,
    adcode(),
    reference("plan_version_id"),
    Column("layer", Text, nullable=False),
    reference("retailer_id"),
    reference("staff_id"),
    Column("reason", Text, nullable=False),
    primary("plan_version_id", "layer", "retailer_id"),
    points_to("plan_version_id", "plan_version", on_delete="CASCADE"),
    points_to("retailer_id", "retailer"),
    points_to("staff_id", "staff"),
)

generation = Table(
    "generation",
    metadata,
    adcode(),
    Column("generation", Integer, nullable=False),
    reference("plan_id", optional=True),  # null: generation 0, the imported present owners
    Column("published_by", Text, nullable=False),
    instant("published_at"),
    instant("effective_from"),
    document("faults"),  # what was accepted as it is (generation 0), or warnings with their reasons
    primary("generation"),
    points_to("plan_id", "plan"),
)

generation_layer = Table(  # the version in force per layer: layers not in a plan carry on
    "generation_layer",
    metadata,
    adcode(),
    Column("generation", Integer, nullable=False),
    Column("layer", Text, nullable=False),
    reference("plan_version_id"),
    reference("unit_set_id"),
    primary("generation", "layer"),
    ForeignKeyConstraint(["adcode", "generation"], ["generation.adcode", "generation.generation"]),
    points_to("plan_version_id", "plan_version"),
    points_to("unit_set_id", "unit_set"),
    one_of("layer", *LAYERS),
)


def _ownership_columns() -> list[Column[Any]]:
    return [
        adcode(),
        reference("retailer_id"),
        Column("layer", Text, nullable=False),
        instant("valid_from"),
        instant("valid_to", optional=True),
        reference("staff_id"),
        reference("grid_id", optional=True),
        Column("generation", Integer, nullable=False),
        Column("source", Text, nullable=False),
    ]


# Who owned which shop from when to when, to be read: its rows lie in the two tables below, which inherit from it
# (migration 0018), the open ones apart, so that a publication changes them in place and touches no index. Whoever
# changes an open row leaves its past, by a trigger. That retailer, staff and grid exist is checked by triggers, once a
# statement (migration 0013): foreign keys look at each of tens of thousands of rows three times.
ownership = Table(
    "ownership",
    metadata,
    *_ownership_columns(),
    primary("retailer_id", "layer", "valid_from"),
    one_of("layer", *LAYERS),
    one_of("source", "imported", "plan", "exception", "assigned"),
    CheckConstraint("valid_from < valid_to", name="from_before_to"),
)

ownership_open = Table(  # valid_to is null: at most one row a shop and layer
    "ownership_open",
    metadata,
    *_ownership_columns(),
    primary("retailer_id", "layer"),
    CheckConstraint("valid_to IS NULL", name="is_open"),
)

ownership_past = Table(  # rows with an end, past or to come; never changed
    "ownership_past",
    metadata,
    *_ownership_columns(),
    primary("retailer_id", "layer", "valid_from"),
    CheckConstraint("valid_to IS NOT NULL", name="is_past"),
    Index("ix_ownership_past_valid_to", "adcode", "valid_to"),
    Index("ix_ownership_past_valid", "valid_from", "valid_to", postgresql_using="brin", postgresql_with=_BRIN),
)

look_up_part = Table(  # how often a part of what look-ups read has changed; each connection counts in a row of its own
    "look_up_part",
    metadata,
    adcode(),
    Column("part", Text, nullable=False),
    Column("backend", Integer, nullable=False),
    Column("n_changes", BigInteger, nullable=False),
    Column("transaction", BigInteger, nullable=False),  # the last one that counted
    primary("part", "backend"),
    one_of("part", "retailers", "staff", "owners"),
)

owner_pack = Table(  # the owners in force since a publication, in one value; good while `owners` is still their count
    "owner_pack",
    metadata,
    adcode(),
    Column("owners", BigInteger, nullable=False),
    instant("since"),
    Column("rows", LargeBinary, nullable=False),  # `storage.ownership.ROW`
    primary(),
)

leave_cover = Table(  # somebody is away, and neighbours stand in until the day that they are back
    "leave_cover",
    metadata,
    adcode(),
    key("leave_cover_id"),
    reference("staff_id"),
    Column("layer", Text, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    instant("created_at"),
    instant("ended_at", optional=True),  # it ended before its last day
    Column("ended_by", Text, nullable=True),
    primary("leave_cover_id"),
    points_to("staff_id", "staff"),
    one_of("layer", *LAYERS),
    one_of("reason", "leave", "training", "vacancy", "other"),
    CheckConstraint("first_day <= last_day", name="first_before_last"),
)

handover_acknowledgement = Table(  # one side of a handover list says that it was done
    "handover_acknowledgement",
    metadata,
    adcode(),
    reference("plan_id"),
    reference("from_staff_id"),
    reference("to_staff_id"),
    Column("side", Text, nullable=False),
    Column("acknowledged_by", Text, nullable=False),
    instant("at"),
    primary("plan_id", "from_staff_id", "to_staff_id", "side"),
    points_to("plan_id", "plan"),
    one_of("side", "giving", "receiving"),
)

introduction_visit = Table(  # the new owner is introduced at the shop: a duty for the month's plan
    "introduction_visit",
    metadata,
    adcode(),
    reference("plan_id"),
    Column("layer", Text, nullable=False),
    reference("retailer_id"),
    reference("from_staff_id", optional=True),
    reference("to_staff_id"),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    primary("plan_id", "layer", "retailer_id"),
    points_to("plan_id", "plan"),
    points_to("retailer_id", "retailer"),
    one_of("layer", *LAYERS),
    CheckConstraint("first_day <= last_day", name="first_before_last"),
)

acting_owner = Table(  # leave or vacancy: a temporary owner that expires by itself
    "acting_owner",
    metadata,
    adcode(),
    reference("retailer_id"),
    Column("layer", Text, nullable=False),
    instant("valid_from"),
    instant("valid_to"),
    reference("staff_id"),
    Column("reason", Text, nullable=False),
    reference("leave_cover_id", optional=True),
    primary("retailer_id", "layer", "valid_from"),
    points_to("retailer_id", "retailer"),
    points_to("staff_id", "staff"),
    points_to("leave_cover_id", "leave_cover"),
    one_of("layer", *LAYERS),
    CheckConstraint("valid_from < valid_to", name="from_before_to"),
    Index("ix_acting_owner_valid_to", "adcode", "valid_to"),
)
