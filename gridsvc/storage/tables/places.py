"""Where things are: districts, areas, streets, barriers and basic units."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
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
    shape,
)

district = Table(
    "district",
    metadata,
    adcode(),
    Column("name", Text, nullable=False),
    Column("country", Text, nullable=False),  # ISO 3166 alpha-2: decides the calendar
    Column("time_zone", Text, nullable=False),
    Column("is_synthetic", Boolean, nullable=False, server_default=text("false")),
    shape("boundary", "MULTIPOLYGON"),
    document("rules"),  # workload tables, working hours, tolerances: what differs from the defaults
    Column("generation", Integer, nullable=True),  # of the newest publication; null before generation 0
    Column("revision", Integer, nullable=False, server_default=text("0")),
    instant("created_at"),
    primary(),
)

area = Table(
    "area",
    metadata,
    adcode(),
    Column("level", Text, nullable=False),  # street_office, census_tract, ...
    Column("area_code", Text, nullable=False),
    Column("name", Text, nullable=False),
    shape("outline", "MULTIPOLYGON"),
    reference("import_run_id", optional=True),
    primary("level", "area_code"),
    Index("ix_area_outline", "outline", postgresql_using="gist"),
)

street_node = Table(
    "street_node",
    metadata,
    adcode(),
    Column("node", BigInteger, nullable=False),
    Column("node_code", Text, nullable=False),  # its name in the file that edges refer to
    Column("lon", Float, nullable=False),
    Column("lat", Float, nullable=False),
    primary("node"),
)

street_edge = Table(
    "street_edge",
    metadata,
    adcode(),
    Column("edge", BigInteger, nullable=False),
    Column("from_node", BigInteger, nullable=False),
    Column("to_node", BigInteger, nullable=False),
    Column("length_m", Float, nullable=False),
    Column("speed_kmh", Float, nullable=True),
    Column("travel_s", Float, nullable=True),  # from -> to; null: from the speed
    Column("travel_back_s", Float, nullable=True),  # to -> from; null: as from -> to
    Column("is_oneway", Boolean, nullable=False),
    Column("name", Text, nullable=True),
    Column("street_class", Text, nullable=True),
    shape("course", "LINESTRING", optional=True),
    primary("edge"),
    ForeignKeyConstraint(["adcode", "from_node"], ["street_node.adcode", "street_node.node"]),
    ForeignKeyConstraint(["adcode", "to_node"], ["street_node.adcode", "street_node.node"]),
    CheckConstraint("length_m >= 0", name="length_not_negative"),
    Index("ix_street_edge_course", "course", postgresql_using="gist"),
)

barrier = Table(
    "barrier",
    metadata,
    adcode(),
    key("barrier_id"),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    shape("course", "GEOMETRY"),
    primary("barrier_id"),
    one_of("kind", "river", "expressway", "railway", "ridge", "link", "other"),
)

place_alias = Table(
    "place_alias",
    metadata,
    adcode(),
    Column("kind", Text, nullable=False),
    Column("alias", Text, nullable=False),
    Column("name", Text, nullable=False),
    reference("import_run_id", optional=True),
    primary("kind", "alias", "name"),
    one_of("kind", "street", "area", "landmark"),
)

unit_set = Table(
    "unit_set",
    metadata,
    adcode(),
    key("unit_set_id"),
    Column("kind", Text, nullable=False),
    Column("area_level", Text, nullable=True),
    Column("n_units", Integer, nullable=False),
    document("made_from"),  # resolutions, split size, barriers, links added, content hash
    instant("created_at"),
    primary("unit_set_id"),
    one_of("kind", "h3", "area"),
    CheckConstraint("n_units > 0", name="has_units"),
)

unit = Table(
    "unit",
    metadata,
    adcode(),
    reference("unit_set_id"),
    Column("unit_row", Integer, nullable=False),  # 0 .. n_units-1, the row in every array of this set
    Column("cell", BigInteger, nullable=True),  # H3 index
    Column("area_code", Text, nullable=True),
    Column("official_code", Text, nullable=True),  # the 15-digit code of an urban-management unit
    Column("area_km2", Float, nullable=False),
    Column("perimeter_m", Float, nullable=False),
    shape("outline", "GEOMETRY"),  # for drawing; an H3 unit's exact shape follows from its cell
    primary("unit_set_id", "unit_row"),
    points_to("unit_set_id", "unit_set", on_delete="CASCADE"),
    CheckConstraint("(cell IS NULL) <> (area_code IS NULL)", name="cell_or_area"),
    Index("ix_unit_outline", "outline", postgresql_using="gist"),
)

unit_border = Table(
    "unit_border",
    metadata,
    adcode(),
    reference("unit_set_id"),
    Column("unit_row_a", Integer, nullable=False),
    Column("unit_row_b", Integer, nullable=False),
    Column("border_m", Float, nullable=False),  # 0 for a link that joins units which do not touch
    Column("is_passable", Boolean, nullable=False),
    primary("unit_set_id", "unit_row_a", "unit_row_b"),
    points_to("unit_set_id", "unit_set", on_delete="CASCADE"),
    CheckConstraint("unit_row_a < unit_row_b", name="a_before_b"),
)

unit_ways = Table(
    "unit_ways",
    metadata,
    adcode(),
    reference("unit_set_id"),
    Column("distance", Text, nullable=False),
    Column("east_km", ARRAY(Float), nullable=False),  # by unit_row: how far it lies from its true place
    Column("north_km", ARRAY(Float), nullable=False),
    Column("stress_straight", Float, nullable=False),
    Column("stress", Float, nullable=False),
    instant("measured_at"),
    primary("unit_set_id", "distance"),
    points_to("unit_set_id", "unit_set", on_delete="CASCADE"),
    one_of("distance", "barrier", "street"),
)
