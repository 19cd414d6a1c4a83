"""Shared windows of two roles at one shop; who works a line, from when to when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gridsvc.storage.migrations.rights import grant_table

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_RULES = {
    "sealed_meets_nobody": "NOT is_sealed OR window_from_min IS NULL",
    "window_whole": "(window_from_min IS NULL) = (window_to_min IS NULL) AND window_from_min <= window_to_min",
}


def upgrade() -> None:
    """Give a stop of the cycle a window, and a line its terms; each line begins with the one it has."""
    for name in ("window_from_min", "window_to_min"):
        op.add_column("cycle_stop", sa.Column(name, sa.Integer(), nullable=True))
    for name, rule in _RULES.items():
        op.create_check_constraint(op.f(f"ck_cycle_stop_{name}"), "cycle_stop", rule)
    op.create_table(
        "line_term",
        sa.Column("adcode", sa.Text(), nullable=False),
        sa.Column("line_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("grid_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("staff_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("instead_of", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("weekday", sa.Integer(), nullable=True),
        sa.CheckConstraint("weekday BETWEEN 1 AND 7", name=op.f("ck_line_term_weekday_1_to_7")),
        sa.CheckConstraint("valid_from < valid_to", name=op.f("ck_line_term_from_before_to")),
        *(
            _refers(column, target)
            for column, target in (("line_id", "line"), ("grid_id", "grid"), ("staff_id", "staff"))
        ),
        sa.PrimaryKeyConstraint("adcode", "line_id", "valid_from", name=op.f("pk_line_term")),
    )
    op.execute(
        "INSERT INTO line_term (adcode, line_id, valid_from, valid_to, grid_id, staff_id, weekday) "
        "SELECT adcode, line_id, valid_from, valid_to, grid_id, staff_id, weekday FROM line"
    )
    op.drop_constraint(op.f("ck_line_weekday_1_to_7"), "line")
    for column in ("grid_id", "staff_id"):
        op.drop_constraint(op.f(f"fk_line_adcode_{column}"), "line")
    for column in ("grid_id", "staff_id", "weekday"):
        op.drop_column("line", column)
    grant_table(op.get_bind(), "line_term")


def _refers(column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_line_term_adcode_{column}")
    return sa.ForeignKeyConstraint(["adcode", column], [f"{target}.adcode", f"{target}.{target}_id"], name=name)


def downgrade() -> None:
    """Keep of each line its newest term, and forget the windows."""
    for column, kind in (
        ("grid_id", sa.Uuid(as_uuid=False)),
        ("staff_id", sa.Uuid(as_uuid=False)),
        ("weekday", sa.Integer()),
    ):
        op.add_column("line", sa.Column(column, kind, nullable=True))
    op.execute(
        "UPDATE line SET grid_id = t.grid_id, staff_id = t.staff_id, weekday = t.weekday FROM line_term t "
        "WHERE t.adcode = line.adcode AND t.line_id = line.line_id AND t.valid_from = (SELECT max(n.valid_from) "
        "FROM line_term n WHERE n.adcode = t.adcode AND n.line_id = t.line_id)"
    )
    op.create_check_constraint(op.f("ck_line_weekday_1_to_7"), "line", "weekday BETWEEN 1 AND 7")
    for column, target in (("grid_id", "grid"), ("staff_id", "staff")):
        op.create_foreign_key(
            op.f(f"fk_line_adcode_{column}"), "line", target, ["adcode", column], ["adcode", f"{target}_id"]
        )
    op.drop_table("line_term")
    for name in _RULES:
        op.drop_constraint(op.f(f"ck_cycle_stop_{name}"), "cycle_stop")
    for name in ("window_from_min", "window_to_min"):
        op.drop_column("cycle_stop", name)
