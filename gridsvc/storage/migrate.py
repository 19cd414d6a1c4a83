"""Bring a database to the schema that this code expects."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from alembic.config import Config

SCRIPTS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 5_201_030_001  # one migration at a time per database, whoever starts it


def alembic_config(connection: sa.Connection) -> Config:
    """Give alembic's configuration for an open connection of the owner role."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    return config


def migrate(owner_url: str) -> None:
    """Apply every migration that the database lacks, in one transaction, as the owner role.

    Parameters
    ----------
    owner_url : SQLAlchemy URL of the owner role, `postgresql+psycopg://...`; the role `gridsvc_app` has to exist and
        PostGIS has to be installed in the database
    """
    engine = sa.create_engine(owner_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        if _revision(connection) == newest_revision():
            engine.dispose()
            return  # alembic itself costs half a second of every start
        from alembic import command

        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
        command.upgrade(alembic_config(connection), "head")
    engine.dispose()


def newest_revision() -> str:
    """Give the number of the newest migration; the files' names begin with it."""
    return max(file.name[:4] for file in (SCRIPTS / "versions").glob("[0-9]*.py"))


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
