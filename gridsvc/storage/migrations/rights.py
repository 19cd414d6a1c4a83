"""What the application role may do, and the wall between districts; applied by the migrations."""

from __future__ import annotations

import sqlalchemy as sa

APP_ROLE = "gridsvc_app"
# read before the caller's district is known; they hold no retailer, staff or plan
DIRECTORY = frozenset({"district", "account", "session", "api_key"})
# the past is never edited: rows may be added, not changed or removed
APPEND_ONLY = frozenset({
    "audit", "event", "raw_row", "import_run", "generation", "generation_layer", "plan_step", "collaboration_step",
    "pin_move", "cycle_draw",
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


def narrow_tables(connection: sa.Connection) -> None:
    """Put the second wall around people's records: a request sees what its caller reaches, whatever is asked for.

    `Store` tells the database who calls and how far the action goes; the service's own work (worker, commands) tells
    nothing and is not narrowed. Policies are restrictive: they take away from what the district's wall lets through.
    """
    for function in _FUNCTIONS:
        connection.execute(sa.text(function))
    for table, verbs, rule in NARROWED:
        for verb in verbs:
            clause = f"WITH CHECK ({rule})" if verb == "INSERT" else f"USING ({rule})"
            name = f"reach_{verb.lower()}"
            connection.execute(sa.text(f'CREATE POLICY {name} ON "{table}" AS RESTRICTIVE FOR {verb} {clause}'))


_FUNCTIONS = (
    """
    CREATE FUNCTION gridsvc_told(name text) RETURNS text LANGUAGE sql STABLE AS
    $$ SELECT coalesce(current_setting('gridsvc.' || name, true), '') $$
    """,
    """
    CREATE FUNCTION gridsvc_is_wide() RETURNS boolean LANGUAGE sql STABLE AS
    $$ SELECT gridsvc_told('reach') NOT IN ('own', 'department') $$
    """,
    """
    CREATE FUNCTION gridsvc_reaches(whose uuid) RETURNS boolean LANGUAGE sql STABLE AS
    $$
    SELECT gridsvc_is_wide() OR coalesce(whose::text = gridsvc_told('staff_id'), false)
        OR (gridsvc_told('reach') = 'department' AND EXISTS (
            SELECT 1 FROM staff s WHERE s.adcode = gridsvc_told('adcode') AND s.staff_id = whose
                AND s.org_unit_id::text = gridsvc_told('org_unit_id')))
    $$
    """,
    # reads the trace past its own wall, which in turn asks for the collaboration's
    """
    CREATE FUNCTION gridsvc_took_part(collaboration uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
        SET search_path = public, pg_temp AS
    $$
    SELECT EXISTS (
        SELECT 1 FROM collaboration_step t
        WHERE t.adcode = gridsvc_told('adcode') AND t.collaboration_id = collaboration
            AND gridsvc_told('staff_id') IN (t.actor_staff_id::text, t.handler_staff_id::text))
    $$
    """,
)
_ALL = ("SELECT", "INSERT", "UPDATE", "DELETE")
# asked once a statement, not once a row: a service of its own that reads a million rows pays nothing
_WIDE = "(SELECT gridsvc_is_wide())"
_PERSON = f"{_WIDE} OR gridsvc_reaches(staff_id)"
_MINE = "gridsvc_told('account') = '' OR account = gridsvc_told('account') OR staff_id::text = gridsvc_told('staff_id')"
_COLLABORATION = (
    "(gridsvc_told('staff_id') = '' OR about_staff_id IS NULL OR about_staff_id::text <> gridsvc_told('staff_id'))"
    f" AND ({_WIDE} OR initiator = gridsvc_told('account')"
    " OR initiator_staff_id::text = gridsvc_told('staff_id')"
    " OR (handler_staff_id IS NOT NULL AND gridsvc_reaches(handler_staff_id))"
    " OR (handler_staff_id IS NULL AND handler_department = gridsvc_told('department'))"
    " OR gridsvc_took_part(collaboration_id))"
)
_OF_ROUTE = (
    "(SELECT gridsvc_is_wide())"
    " OR EXISTS (SELECT 1 FROM route r WHERE r.adcode = stop.adcode AND r.route_id = stop.route_id)"
)
_OF_COLLABORATION = (
    "(SELECT gridsvc_is_wide()) OR EXISTS (SELECT 1 FROM collaboration c WHERE c.adcode = collaboration_step.adcode"
    " AND c.collaboration_id = collaboration_step.collaboration_id)"
)
# table, verbs, and the rows that a narrowed request may read or write
NARROWED: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("route", _ALL, _PERSON),
    ("stop", _ALL, _OF_ROUTE),
    ("visit", _ALL, _PERSON),
    ("proposal", _ALL, _PERSON),
    ("leave_cover", _ALL, _PERSON),
    ("absence", ("INSERT", "UPDATE", "DELETE"), _PERSON),
    ("introduction_visit", ("SELECT",), f"{_WIDE} OR gridsvc_reaches(to_staff_id) OR gridsvc_reaches(from_staff_id)"),
    ("handover_acknowledgement", _ALL, f"{_WIDE} OR gridsvc_reaches(from_staff_id) OR gridsvc_reaches(to_staff_id)"),
    ("notice", ("SELECT", "UPDATE", "DELETE"), _MINE),
    ("reporter", ("SELECT",), "gridsvc_told('action') IN ('', 'reporters:read')"),
    ("collaboration", ("SELECT", "UPDATE"), _COLLABORATION),
    ("collaboration_step", ("SELECT",), _OF_COLLABORATION),
)
