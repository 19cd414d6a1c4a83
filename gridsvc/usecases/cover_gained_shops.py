"""Let the neighbours who act for somebody on leave act for shops too that the person gets meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import numpy as np

from gridsvc.clock import day_of, midnight
from gridsvc.domain.ids import RetailerId, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.storage import Transaction, covers, districts
from gridsvc.storage.retailers import RetailerColumns


def cover_gained_shops(
    tx: Transaction, gained: Iterable[tuple[RetailerId, Layer, StaffId]], shops: RetailerColumns, instant: datetime
) -> int:
    """Put acting owners in for the shops whose new owner is covered, or will be, and give their number.

    A shop goes to whoever acts for the nearest covered shop of the same cover; one without a point to whoever acts for
    most of them. From `instant`, or the first day of the cover, to its last day.

    Parameters
    ----------
    gained : shops that get a new owner in a layer at `instant`; looked at only while there are covers
    shops : the district's shops, with the points of those and of the covered ones
    """
    made = [one for one in covers.all_covers(tx) if one.ended_at is None]
    if not made:
        return 0
    zone = districts.find(tx).time_zone
    running = [one for one in made if one.last_day >= day_of(instant, zone)]
    rows = list(gained) if running else []
    n_covered = 0
    for cover in running:
        mine = [shop for shop, layer, staff_id in rows if (staff_id, layer) == (cover.staff_id, cover.layer)]
        acting_of = covers.shops_of(tx, cover.leave_cover_id) if mine else {}
        if not acting_of:
            continue
        begins = max(instant, midnight(cover.first_day, zone))
        ends = midnight(cover.last_day + timedelta(days=1), zone)
        chosen = _nearest(mine, acting_of, shops)
        n_covered += covers.insert_acting(tx, cover, begins, ends, chosen)
    return n_covered


def _nearest(
    gained: Sequence[RetailerId], acting_of: dict[RetailerId, StaffId], shops: RetailerColumns
) -> list[tuple[RetailerId, StaffId]]:
    row_of = {RetailerId(shop): row for row, shop in enumerate(shops.retailer_id)}
    usual = Counter(acting_of.values()).most_common(1)[0][0]
    known = [shop for shop in sorted(acting_of) if shop in row_of and shops.is_located[row_of[shop]]]
    rows = [row_of[shop] for shop in known]
    lon, lat = shops.lon[rows], shops.lat[rows]
    chosen = []
    for shop in gained:
        row = row_of.get(shop)
        if row is None or not known or not shops.is_located[row]:
            chosen.append((shop, usual))
            continue
        squeeze = np.cos(np.radians(shops.lat[row]))
        away = ((lon - shops.lon[row]) * squeeze) ** 2 + (lat - shops.lat[row]) ** 2
        chosen.append((shop, acting_of[known[int(away.argmin())]]))
    return chosen
