"""Write a plan's handovers as a spreadsheet, to be printed and signed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from geo_data.exporters import Cell, write_xlsx
from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode, StaffId
from gridsvc.domain.permissions import Reach
from gridsvc.storage import Store, audit, districts
from gridsvc.storage.handovers import Side
from gridsvc.usecases.draft_bench import DraftBoard
from gridsvc.usecases.list_handovers import Handover, list_handovers
from gridsvc.usecases.moved_shops import MovedShop


def write_handovers(
    store: Store,
    clock: Clock,
    board: DraftBoard,
    *,
    adcode: Adcode,
    actor: str,
    plan_id: str,
    path: Path,
    staff_id: StaffId | None = None,
    reach: Reach | None = None,
) -> int:
    """Write the lists as one sheet, a row per shop, and give the number of rows; the reading is recorded."""
    found = list_handovers(store, clock, board, adcode=adcode, plan_id=plan_id, staff_id=staff_id, reach=reach)
    with store.transaction(adcode) as tx:
        is_synthetic = districts.holds_invented(tx)
        content: dict[str, int] = {"n_lists": len(found.lists)}
        audit.add(tx, clock, actor=actor, action="handover.read", subject=found.plan_id, content=content)
    rows = [_row(handover, shop, is_synthetic) for handover in found.lists for shop in handover.shops]
    return write_xlsx(path, _columns(rows), rows, "handover")


def _columns(rows: Sequence[dict[str, Cell]]) -> tuple[str, ...]:
    return tuple(rows[0]) if rows else ("layer", "from_code", "from_name", "to_code", "to_name", "retailer_code")


def _row(handover: Handover, shop: MovedShop, is_synthetic: bool) -> dict[str, Cell]:
    giver, receiver = handover.giver, handover.receiver
    said = {word.side: f"{word.acknowledged_by} {word.at:%Y-%m-%d %H:%M} UTC" for word in handover.acknowledged}
    row: dict[str, Cell] = {
        "layer": handover.layer,
        "from_code": giver.staff_code if giver else None,
        "from_name": giver.name if giver else None,
        "to_code": receiver.staff_code if receiver else None,
        "to_name": receiver.name if receiver else None,
        "retailer_code": shop.retailer_code,
        "retailer_name": shop.name,
        "open_collaborations": len(shop.in_flight.collaboration_ids),
        "planned_stops": shop.in_flight.n_planned_stops,
        "changes_order_day": shop.changes_order_day,
        "given": said.get(Side.GIVING),
        "received": said.get(Side.RECEIVING),
    }
    return row | ({"synthetic": "SYNTHETIC"} if is_synthetic else {})
