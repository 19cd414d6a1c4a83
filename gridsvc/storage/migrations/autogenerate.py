"""Write the next migration from the difference between a migrated database and the tables.

`python -m gridsvc.storage.migrations.autogenerate OWNER_URL NNNN "What it does"`, then read and mend the file.
"""

from __future__ import annotations

import sys

import sqlalchemy as sa
from alembic import command

from gridsvc.storage.migrate import alembic_config


def main(owner_url: str, number: str, message: str) -> None:
    """Write `versions/<number>_<message>.py` beside the other migrations."""
    engine = sa.create_engine(owner_url)
    with engine.begin() as connection:
        command.revision(alembic_config(connection), message=message, autogenerate=True, rev_id=number)


if __name__ == "__main__":
    main(*sys.argv[1:4])
