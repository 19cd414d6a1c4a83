"""The tables of the service, by concept; every primary key begins with the district."""

from gridsvc.storage.tables.collaborations import (
    collaboration,
    collaboration_step,
    declared_relation,
    notice,
    reporter,
)
from gridsvc.storage.tables.columns import metadata
from gridsvc.storage.tables.people import absence, account, api_key, org_unit, session, staff
from gridsvc.storage.tables.places import area, barrier, district, street_edge, street_node, unit, unit_border, unit_set
from gridsvc.storage.tables.plans import (
    acting_owner,
    generation,
    generation_layer,
    grid,
    grid_staff,
    grid_unit,
    ownership,
    ownership_exception,
    plan,
    plan_edit,
    plan_step,
    plan_version,
)
from gridsvc.storage.tables.record import audit, event, job
from gridsvc.storage.tables.retailers import customer_order, import_run, pin_move, raw_row, retailer, review_item
from gridsvc.storage.tables.visits import proposal, service_estimate, visit
from gridsvc.storage.tables.work import cycle, cycle_stop, line, line_retailer, not_planned, route, stop

__all__ = [
    "absence",
    "account",
    "acting_owner",
    "api_key",
    "area",
    "audit",
    "barrier",
    "collaboration",
    "collaboration_step",
    "customer_order",
    "cycle",
    "cycle_stop",
    "declared_relation",
    "district",
    "event",
    "generation",
    "generation_layer",
    "grid",
    "grid_staff",
    "grid_unit",
    "import_run",
    "job",
    "line",
    "line_retailer",
    "metadata",
    "not_planned",
    "notice",
    "org_unit",
    "ownership",
    "ownership_exception",
    "pin_move",
    "plan",
    "plan_edit",
    "plan_step",
    "plan_version",
    "proposal",
    "raw_row",
    "reporter",
    "retailer",
    "review_item",
    "route",
    "service_estimate",
    "session",
    "staff",
    "stop",
    "street_edge",
    "street_node",
    "unit",
    "unit_border",
    "unit_set",
    "visit",
]
