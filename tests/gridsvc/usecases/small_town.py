"""A town of 4 km x 4 km for tests: its files are written as a user would have them."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import shapely

from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store
from gridsvc.usecases.create_district import create_district
from gridsvc.usecases.read_source import SourceOptions

WEST, SOUTH, EAST, NORTH = 106.70, 26.58, 106.74, 26.616
WGS84 = SourceOptions(crs="wgs84")


def write_csv(path: Path, rows: Sequence[Mapping[str, object]], encoding: str = "utf-8") -> Path:
    """Write rows with the headings of the first one."""
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_geojson(path: Path, features: Sequence[tuple[Mapping[str, object], shapely.Geometry]]) -> Path:
    """Write features of properties and geometry."""
    members = [
        {"type": "Feature", "properties": dict(properties), "geometry": json.loads(shapely.to_geojson(shape))}
        for properties, shape in features
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": members}), encoding="utf-8")
    return path


def make_town(store: Store, clock: Clock, adcode: str, folder: Path) -> Adcode:
    """Make the district `adcode`: a square."""
    boundary = write_geojson(folder / "boundary.geojson", [({"name": "town"}, shapely.box(WEST, SOUTH, EAST, NORTH))])
    create_district(
        store, clock, adcode=Adcode(adcode), actor="test", name="Town", country="CN", time_zone="Asia/Shanghai",
        boundary=boundary,
    )  # fmt: skip
    return Adcode(adcode)


def shop(number: int, **values: object) -> dict[str, object]:
    """Give one row of a register: shop `number` stands on a lattice of about 200 m inside the town."""
    column, row = number % 16, number // 16
    return {
        "retailer_code": f"R{number:04d}", "licence_no": f"99{number:06d}", "name": f"Shop {number}",
        "address": f"中华路{number + 1}号", "lon": WEST + 0.003 + 0.0022 * column, "lat": SOUTH + 0.003 + 0.002 * row,
        "tier": "B", "integrity_star": 4, "risk": "low", "urban_form": "new_town", "order_cartons": 30,
        "status": "active",
    } | values  # fmt: skip


def shops(n_shops: int) -> list[dict[str, object]]:
    """Give the first `n_shops` rows, at most 256."""
    return [shop(number) for number in range(n_shops)]


def member(code: str, role: str, **values: object) -> dict[str, object]:
    """Give one row of a staff file."""
    return {
        "staff_code": code, "name": f"Person {code}", "role": role, "org_unit": f"Office of {role}",
        "office_lon": WEST + 0.02, "office_lat": SOUTH + 0.02,
        "vehicle_capacity_cartons": 3600 if role == "delivery_driver" else "",
    } | values  # fmt: skip


def six_staff() -> list[dict[str, object]]:
    """Give two members of each role."""
    return [
        member(f"{letter}{number}", role)
        for letter, role in (("I", "market_inspector"), ("M", "customer_manager"), ("D", "delivery_driver"))
        for number in (1, 2)
    ]
