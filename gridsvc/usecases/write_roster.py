"""Write the roster: every shop with its three owners by code and name, to be changed in a spreadsheet and sent back."""

from __future__ import annotations

from pathlib import Path

from geo_data.exporters import Cell, write_csv, write_xlsx
from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode, RetailerId
from gridsvc.domain.layers import Layer
from gridsvc.storage import Store, audit, districts, ownership, retailers, staff

SHOP_COLUMNS = ("retailer_code", "licence_no", "name", "address")
CODE = {layer: f"{layer}_staff_code" for layer in Layer}
NAME = {layer: f"{layer}_staff_name" for layer in Layer}
COLUMNS = (*SHOP_COLUMNS, *(column for layer in Layer for column in (CODE[layer], NAME[layer])))


def write_roster(store: Store, clock: Clock, *, adcode: Adcode, actor: str, path: Path) -> int:
    """Write one row per active shop with today's owners to an XLSX or CSV file and give the number of rows.

    Texts that a spreadsheet would take for formulas are written as texts. A last column says SYNTHETIC where values of
    the district are invented. The reading is recorded in the audit chain: it is the whole district.

    Raises `BadInput` for another file ending.
    """
    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise BadInput(f"{path.name}: a roster is written as .xlsx or .csv")
    with store.transaction(adcode) as tx:
        owners = ownership.owner_ids_at(tx, clock.now())
        shops = retailers.columns(tx)
        people = {member.staff_id: member for member in staff.all_staff(tx)}
        is_synthetic = districts.holds_invented(tx)
        audit.add(tx, clock, actor=actor, action="roster.read", subject=adcode, content={"n_rows": len(shops)})
    rows: list[dict[str, Cell]] = []
    described = zip(
        shops.retailer_id, shops.retailer_code, shops.licence_no, shops.name, shops.address, strict=True
    )  # fmt: skip
    for shop, *values in described:
        row: dict[str, Cell] = dict(zip(SHOP_COLUMNS, values, strict=True))
        for layer in Layer:
            found = owners.get((RetailerId(shop), layer))
            person = people.get(found[0]) if found else None
            row[CODE[layer]] = person.staff_code if person else None
            row[NAME[layer]] = person.name if person else None
        if is_synthetic:
            row["synthetic"] = "SYNTHETIC"
        rows.append(row)
    columns = (*COLUMNS, "synthetic") if is_synthetic else COLUMNS
    if path.suffix.lower() == ".xlsx":
        return write_xlsx(path, columns, rows, "roster")
    return write_csv(path, columns, rows)
