"""Every kind of finding that a file, a point or the present owners can give rise to, the worst first.

The order is that of the review queue: what is not in the service at all, shops that nobody serves or finds, shops that
most likely stand in another grid, and then what only looks wrong. The pages have words in every language for every kind
(a test).
"""

from __future__ import annotations

from types import MappingProxyType

_WORST_FIRST = (
    # the row stays out: what it speaks of is not in the service
    "broken_row", "missing_field", "malformed_licence", "malformed_field", "text_too_long", "backward_dates",
    "duplicate_licence_no", "duplicate_retailer_code", "duplicate_area_code", "duplicate_node", "duplicate_staff_code",
    "duplicate_cell_code", "duplicate_entrance_code", "duplicate_application_no", "duplicate_alias",
    "duplicate_first_day", "duplicate_order", "duplicate_assignment", "licence_of_another", "two_owners",
    "unknown_retailer", "unknown_staff_code", "wrong_role", "closed_retailer",
    "no_polygon", "invalid_polygon", "no_geometry", "unknown_node", "loop", "duplicate_edge", "alias_of_itself",
    # nobody serves it, or nobody knows where it is
    "unowned", "not_located",
    # it stands somewhere else, most likely in another grid
    "outside_district", "wrong_datum", "check_ins_elsewhere", "conflicting_position", "outside_office",
    "register_disagrees", "uncertain_location", "coordinates_swapped", "coordinates_zero", "coordinates_out_of_range",
    "malformed_coordinate", "no_coordinates",
    # it looks wrong, or makes work uneven
    "shared_point", "just_outside_district", "out_of_tolerance", "enclave", "strays", "other_weekday", "partly_outside",
    "overlap", "unknown_name", "malformed_course", "no_office", "no_capacity", "unknown_deputy", "many_deputies",
    "control_characters",
)  # fmt: skip

RANK_OF = MappingProxyType({code: rank for rank, code in enumerate(_WORST_FIRST)})
"""Kind -> place in the queue; every kind that exists is here."""

SEVERITY_RANK = MappingProxyType({"rejected": 0, "fault": 1, "suspicious": 2})
