"""Bring a database to the schema that this code expects."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

SCRIPTS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 5_201_030_001  # one migration at a time per database, whoever starts it


def alembic_config(connection: sa.Connection) -> Config:
    """Give alembic's configuration for an open connection of the owner role."""
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
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
        command.upgrade(alembic_config(connection), "head")
    engine.dispose()
