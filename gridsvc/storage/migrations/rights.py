"""What the application role may do, and the wall between districts; applied by the migrations."""

from __future__ import annotations

import sqlalchemy as sa

APP_ROLE = "gridsvc_app"
# read before the caller's district is known; they hold no retailer, staff or plan
DIRECTORY = frozenset({"district", "account", "session", "api_key"})
# the past is never edited: rows may be added, not changed or removed
APPEND_ONLY = frozenset({
    "audit", "event", "raw_row", "import_run", "generation", "generation_layer", "plan_step", "collaboration_step",
    "pin_move",
})  # fmt: skip


def grant_table(connection: sa.Connection, table: str) -> None:
    """Give the application role its rights on `table` and put it behind its district's wall.

    Append-only tables allow SELECT and INSERT. A closed ownership row cannot be changed or removed: only the end of an
    open one can be set. Everything else allows the four row verbs. The owner role (migrations, backups) is exempt.
    """
    verbs = "SELECT, INSERT" if table in APPEND_ONLY else "SELECT, INSERT, UPDATE, DELETE"
    if table == "ownership":
        verbs = "SELECT, INSERT, UPDATE (valid_to)"
    connection.execute(sa.text(f'GRANT {verbs} ON "{table}" TO {APP_ROLE}'))
    if table in DIRECTORY:
        return
    here = "adcode = current_setting('gridsvc.adcode', true)"
    connection.execute(sa.text(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY'))
    if table == "ownership":
        for verb, rule in (
            ("SELECT", f"USING ({here})"),
            ("INSERT", f"WITH CHECK ({here})"),
            ("UPDATE", f"USING ({here} AND valid_to IS NULL) WITH CHECK ({here} AND valid_to IS NOT NULL)"),
        ):
            connection.execute(sa.text(f"CREATE POLICY district_{verb.lower()} ON ownership FOR {verb} {rule}"))
    else:
        connection.execute(sa.text(f'CREATE POLICY district ON "{table}" USING ({here}) WITH CHECK ({here})'))
