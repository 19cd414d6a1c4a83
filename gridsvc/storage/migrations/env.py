"""Alembic's entry: runs the migrations on the connection that `gridsvc.storage.migrate` opened."""

from __future__ import annotations

from alembic import context
from geoalchemy2 import alembic_helpers

from gridsvc.storage.tables import metadata


def include_object(thing, name, kind, reflected, compare_to):  # type: ignore[no-untyped-def]
    """Leave PostGIS' and procrastinate's own tables out of every comparison."""
    if kind == "table" and name.startswith("procrastinate"):
        return False
    return alembic_helpers.include_object(thing, name, kind, reflected, compare_to)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_object=include_object,
    process_revision_directives=alembic_helpers.writer,
    render_item=alembic_helpers.render_item,
)
with context.begin_transaction():
    context.run_migrations()
