"""Keep points that somebody reviewed when a register is taken in again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from geo_data.projection import distance_m
from gridsvc.domain.imports import RowFinding, Severity
from gridsvc.storage import Transaction, pin_moves
from gridsvc.usecases.retailer_records import Fields

_POSITION = ("lon", "lat", "precision_class", "located_by", "source_datum")
_SAME_M = 2.0
_NEAR_M = 30.0
_MOST_MOVES = 1_000_000


def keep_reviewed_pins(tx: Transaction, stated: Mapping[str, Fields], stored: Mapping[str, Fields]) -> list[RowFinding]:
    """Take the file's position off every shop whose point was reviewed, in place, and give where the file disagrees.

    A register that still says what it said when the point was moved is no news; one that says something new, more than
    30 m from the reviewed point, is.
    """
    reviewed = {
        code for code, fields in stated.items()
        if "lon" in fields and code in stored and str(stored[code]["located_by"]).startswith("review")
    }  # fmt: skip
    if not reviewed:
        return []
    earlier: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for move in pin_moves.listed(tx, limit=_MOST_MOVES):
        if move.before_lon is not None and move.before_lat is not None:
            earlier[move.retailer_code].append((move.before_lon, move.before_lat))
    findings = []
    for code in sorted(reviewed):
        fields = stated[code]
        lon, lat = fields["lon"], fields["lat"]
        for name in _POSITION:
            fields.pop(name, None)
        off_m = float(distance_m(lon, lat, stored[code]["lon"], stored[code]["lat"]))
        known = np.array(earlier[code], dtype=np.float64).reshape(-1, 2)
        is_news = not (distance_m(lon, lat, known[:, 0], known[:, 1]) < _SAME_M).any()
        if off_m > _NEAR_M and is_news:
            findings.append(
                RowFinding(
                    row_no=int(fields["row_no"]), severity=Severity.SUSPICIOUS, code="register_disagrees", column="lon",
                    words=f"retailer {code}: the file's position lies {off_m:.0f} m from the point that was reviewed, "
                    "which stays", subject=code, proposed=(lon, lat), evidence={"off_m": round(off_m, 1)},
                )
            )  # fmt: skip
    return findings
