"""Write the present owners and lines as the file that `import assignments` reads."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from geo_data.schemas import WEEKDAYS
from gridsvc.clock import Clock, midnight
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, districts, lines, ownership, retailers, staff

COLUMNS = ("retailer_code", "licence_no", "layer", "staff_code", "line", "weekday", "valid_from")


def export_assignments(store: Store, clock: Clock, *, adcode: Adcode, path: Path, on: date | None = None) -> int:
    """Write one row per retailer and layer with an owner now, or as the day `on` begins, to a CSV or XLSX file.

    Gives the number of rows, which are ordered by retailer and layer. Where the district or the
    demand of its shops is invented, a last column says SYNTHETIC.

    Raises `BadInput` for another file ending or a file that cannot be written, and `NotFound` for an unknown district.
    """
    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise BadInput(f"{path.name}: owners are written as .csv or .xlsx")
    with store.transaction(adcode) as tx:
        district = districts.find(tx)
        instant = clock.now() if on is None else midnight(on, district.time_zone)
        owners = ownership.owners_at(tx, instant)
        shops = retailers.columns(tx, statuses=retailers.STATUSES)
        code_of = {member.staff_id: member.staff_code for member in staff.all_staff(tx)}
        line_of = {
            (shop, line.layer): line for line in lines.lines_at(tx, instant) for shop in line.retailers
        }  # fmt: skip
    named = {shop: (code, licence) for shop, code, licence in
             zip(shops.retailer_id, shops.retailer_code, shops.licence_no, strict=True)}  # fmt: skip
    zone = ZoneInfo(district.time_zone)
    rows: list[tuple[str, ...]] = []
    for (shop, layer), owner in owners.items():
        line = line_of.get((shop, layer))
        weekday = WEEKDAYS[line.weekday - 1] if line and line.weekday else ""
        begins = owner.valid_from.astimezone(zone).date().isoformat()
        rows.append((*named[shop], layer.value, code_of[owner.staff_id], line.name if line else "", weekday, begins))
    rows.sort(key=lambda row: (row[0], row[2]))
    is_synthetic = district.is_synthetic or bool(shops.is_synthetic.any())
    marked: list[tuple[str, ...]] = [(*row, "SYNTHETIC") for row in rows] if is_synthetic else rows
    headings = (*COLUMNS, "synthetic") if is_synthetic else COLUMNS
    try:
        _write(path, headings, marked)
    except OSError as error:
        raise BadInput(f"{path}: cannot be written ({error.strerror or error})") from error
    return len(rows)


def _write(path: Path, headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    if path.suffix.lower() == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            csv.writer(stream).writerows([headings, *rows])
        return
    import openpyxl

    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet("assignments")
    for row in (headings, *rows):
        sheet.append(row)
    workbook.save(path)
