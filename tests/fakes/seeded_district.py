"""A small planned district, written through the real row functions: for tests of the API and the pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import h3
import numpy as np
import shapely
import sqlalchemy as sa
from numpy.typing import NDArray

from gridsvc.clock import Clock, new_id
from gridsvc.domain.grids import grid_name
from gridsvc.domain.ids import Adcode, GridId, PlanId, PlanVersionId, RetailerId, StaffId, UnitSetId
from gridsvc.domain.layers import ROLE_OF_LAYER, TASK_OF_LAYER, Layer
from gridsvc.domain.ownership import OwnershipSource
from gridsvc.domain.plans import Plan, PlanState
from gridsvc.storage import Store, Transaction, areas, districts, generations, ownership, plans, staff, streets, tables
from gridsvc.storage import retailers as retailer_rows
from gridsvc.storage import units as unit_rows
from gridsvc.storage.geometry import hex_ewkb, hex_points
from gridsvc.storage.plans import Grids
from gridsvc.storage.staff import StaffMember

ADCODE = Adcode("520103")
ZONE = "Asia/Shanghai"
LON, LAT = 106.7135, 26.5783
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"
GIVEN = "伟芳娜敏静强磊军洋勇艳杰涛明超霞平刚桂英"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeded:
    """What was written: identifiers that tests ask for, and the day that has routes."""

    adcode: Adcode
    unit_set_id: UnitSetId
    plan_id: PlanId
    staff: dict[Layer, list[StaffMember]]
    retailer_ids: list[RetailerId]
    retailer_codes: list[str]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    published_at: datetime
    day: date


def seed_empty(store: Store, clock: Clock, *, adcode: Adcode = ADCODE, rings: int = 6) -> None:
    """Write a synthetic district with a boundary and nothing in it."""
    cells = _cells(rings)
    boundary = shapely.union_all([_outline(cell) for cell in cells])
    with store.transaction(adcode) as tx:
        known = districts.District(
            adcode=adcode, name="云岩区", country="CN", time_zone=ZONE, boundary=boundary, is_synthetic=True, rules={}
        )
        districts.save(tx, clock, known)


def seed(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode = ADCODE,
    rings: int = 6,
    n_shops: int = 120,
    n_grids: int = 3,
    with_plan: bool = True,
    random_seed: int = 1,
    compact: bool = False,
) -> Seeded:
    """Write a synthetic district: resolution-9 units, shops, three layers of grids, ownership, and one day's routes.

    Grids are sectors around the centre, or compact blocks (none empty, however many there are).

    Without a plan the same people own the same shops as imported present owners (generation 0).
    """
    rng = np.random.default_rng(random_seed)
    seed_empty(store, clock, adcode=adcode, rings=rings)
    cells = _cells(rings)
    published_at = clock.now() - timedelta(days=7)
    with store.transaction(adcode) as tx:
        unit_set_id = _units(tx, clock, cells)
        units = unit_rows.load(tx, unit_set_id)
        ids, codes, lon, lat = _shops(tx, clock, cells, n_shops, rng)
        people = _staff(tx, n_grids, rng)
        unit_of_shop = units.rows_of_points(lon, lat)
        _streets_and_areas(tx, cells)
        grids = {
            layer: _grids(units, people[layer], layer, offset, compact=compact)
            for offset, layer in zip((0.0, 0.6, 1.2), Layer, strict=True)
        }
        plan_id = _publish(tx, clock, unit_set_id, grids if with_plan else {}, published_at)
        rows = [
            ownership.NewOwnership(
                retailer_id=shop,
                layer=layer,
                valid_from=published_at,
                staff_id=of_layer.staff_ids[of_layer.grid_of_unit[unit]] or people[layer][0].staff_id,
                grid_id=of_layer.grid_ids[of_layer.grid_of_unit[unit]] if with_plan else None,
                generation=1 if with_plan else 0,
                source=OwnershipSource.PLAN if with_plan else OwnershipSource.IMPORTED,
            )
            for layer, of_layer in grids.items()
            for shop, unit in zip(ids, unit_of_shop.tolist(), strict=True)
        ]
        ownership.insert_rows(tx, rows)
        districts.bump_revision(tx)
        day = clock.now().astimezone(ZoneInfo(ZONE)).date()
        owned = {row.retailer_id: row.staff_id for row in rows if row.layer is Layer.INSPECTION}
        _routes(tx, clock, day, people, grids, ids, lon, lat, unit_of_shop, owned)
    return Seeded(
        adcode=adcode, unit_set_id=unit_set_id, plan_id=plan_id, staff=people, retailer_ids=ids, retailer_codes=codes,
        lon=lon, lat=lat, published_at=published_at, day=day,
    )  # fmt: skip


def _cells(rings: int) -> list[str]:
    return sorted(h3.grid_disk(h3.latlng_to_cell(LAT, LON, 9), rings))


def _outline(cell: str) -> shapely.Polygon:
    return shapely.Polygon([(lon, lat) for lat, lon in h3.cell_to_boundary(cell)])


def _units(tx: Transaction, clock: Clock, cells: list[str]) -> UnitSetId:
    row_of = {cell: row for row, cell in enumerate(cells)}
    pairs = sorted(
        {
            (row, row_of[other])
            for cell, row in row_of.items()
            for other in h3.grid_ring(cell, 1)
            if row_of.get(other, -1) > row
        }
    )
    n_units = len(cells)
    new = unit_rows.NewUnits(
        cell=np.array([h3.str_to_int(cell) for cell in cells], dtype=np.int64),
        area_code=np.full(n_units, None, dtype=object),
        official_code=np.full(n_units, None, dtype=object),
        area_km2=np.array([h3.cell_area(cell) for cell in cells]),
        perimeter_m=np.full(n_units, 1200.0),
        outlines=np.array([_outline(cell) for cell in cells], dtype=object),
        border_a_b=np.array(pairs, dtype=np.int32),
        border_m=np.full(len(pairs), 200.0),
        is_passable=np.full(len(pairs), True),
    )
    return unit_rows.save(tx, clock, new, kind="h3", made_from={"resolution": 9})


def _shops(
    tx: Transaction, clock: Clock, cells: list[str], n_shops: int, rng: np.random.Generator
) -> tuple[list[RetailerId], list[str], NDArray[np.float64], NDArray[np.float64]]:
    centres = np.array([h3.cell_to_latlng(cell) for cell in cells])
    away = np.hypot(centres[:, 0] - LAT, centres[:, 1] - LON)
    weight = np.exp(-away / away.max() * 2)
    at = rng.choice(len(cells), n_shops, p=weight / weight.sum())
    lat = centres[at, 0] + rng.uniform(-0.0009, 0.0009, n_shops)
    lon = centres[at, 1] + rng.uniform(-0.0009, 0.0009, n_shops)
    ids = [RetailerId(new_id()) for _ in range(n_shops)]
    codes = [f"R{number:05d}" for number in range(1, n_shops + 1)]
    points = hex_points(lon, lat)
    names = (
        "retailer_id", "retailer_code", "licence_no", "name", "address", "location", "precision_class", "located_by",
        "tier", "integrity_star", "urban_form", "order_cartons", "status", "is_synthetic", "changed_at",
    )  # fmt: skip
    rows = (
        (
            ids[i], codes[i], f"000000{i + 1:06d}", f"{SURNAMES[i % 20]}记{GIVEN[i % 19]}便利店",
            f"中山路{i + 1}号", points[i], "given", "import", "ABC"[min(2, i % 10 // 3)], 1 + i % 5,
            ("old_town", "new_town", "hills")[i % 3], 6.0, "active", True, clock.now(),
        )
        for i in range(n_shops)
    )  # fmt: skip
    retailer_rows.insert(tx, names, rows)
    return ids, codes, lon, lat


def _staff(tx: Transaction, n_grids: int, rng: np.random.Generator) -> dict[Layer, list[StaffMember]]:
    people = {}
    for layer in Layer:
        people[layer] = [
            StaffMember(
                staff_id=StaffId(new_id()),
                staff_code=f"{layer.value[0].upper()}{number:02d}",
                name=SURNAMES[(number * 3) % 20] + GIVEN[int(rng.integers(19))] + GIVEN[int(rng.integers(19))],
                role=ROLE_OF_LAYER[layer],
                org_unit_name={"inspection": "第一专卖管理所", "marketing": "市场一部", "delivery": "配送中心"}[
                    layer.value
                ],
                office_lon=LON + 0.004,
                office_lat=LAT - 0.003,
                vehicle_capacity_cartons=400 if layer is Layer.DELIVERY else None,
            )
            for number in range(1, n_grids + 1)
        ]
        staff.save(tx, people[layer])
    return people


def _grids(
    units: unit_rows.StoredUnits, people: list[StaffMember], layer: Layer, turn: float, *, compact: bool
) -> Grids:
    """Cut the district into sectors around its centre, or into blocks, turned a little from layer to layer."""
    centre = shapely.centroid(units.outlines)
    angle = np.arctan2(shapely.get_y(centre) - LAT, shapely.get_x(centre) - LON) + np.pi + turn
    n_grids = len(people)
    numbers = tuple(range(1, n_grids + 1))
    return Grids(
        grid_ids=tuple(GridId(new_id()) for _ in numbers),
        names=tuple(grid_name(layer, number) for number in numbers),
        numbers=numbers,
        staff_ids=tuple(person.staff_id for person in people),
        grid_of_unit=(
            _blocks(centre, turn, n_grids) if compact else (angle / (2 * np.pi) * n_grids).astype(np.int32) % n_grids
        ),
    )


def _blocks(centre: NDArray[np.object_], turn: float, n_grids: int) -> NDArray[np.int32]:
    """Cut into columns of about equally many units, and these into blocks."""
    x, y = shapely.get_x(centre) - LON, shapely.get_y(centre) - LAT
    across, along = x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)
    n_columns = max(1, round(n_grids**0.5))
    rank = np.argsort(np.argsort(across, kind="stable"))
    column = rank * n_columns // len(centre)
    order = np.lexsort((along, column))
    blocks = np.empty(len(centre), dtype=np.int32)
    blocks[order] = np.arange(len(centre)) * n_grids // len(centre)
    return blocks


def _publish(tx: Transaction, clock: Clock, unit_set_id: UnitSetId, grids: dict[Layer, Grids], at: datetime) -> PlanId:
    generations.insert(
        tx,
        generations.Generation(
            number=0, plan_id=None, published_by="import", published_at=at - timedelta(days=30),
            effective_from=at - timedelta(days=30), faults={},
        ),
        {},
    )  # fmt: skip
    plan_id, version = PlanId(new_id()), PlanVersionId(new_id())
    if not grids:
        return plan_id
    plans.insert_plan(
        tx,
        Plan(
            adcode=tx.adcode, plan_id=plan_id, title="第一版方案", state=PlanState.DRAFT, layers=tuple(grids),
            unit_set_id=unit_set_id, base_generation=0, plan_version_id=version, revision=0, created_by="planner",
            created_at=clock.now(),
        ),
    )  # fmt: skip
    for layer, of_layer in grids.items():
        plans.write_layer(tx, clock, version, layer, of_layer)
    plans.freeze(tx, clock, version)
    published = generations.Generation(
        number=1, plan_id=plan_id, published_by="approver", published_at=at, effective_from=at, faults={}
    )
    in_force = generations.VersionInForce(plan_version_id=version, unit_set_id=unit_set_id)
    generations.insert(tx, published, dict.fromkeys(grids, in_force))
    return plan_id


def _streets_and_areas(tx: Transaction, cells: list[str]) -> None:
    """Streets along the neighbourhood of cells, and the western and eastern half as two areas."""
    centres = np.array([h3.cell_to_latlng(cell) for cell in cells])
    row_of = {cell: row for row, cell in enumerate(cells)}
    pairs = sorted({(r, row_of[o]) for c, r in row_of.items() for o in h3.grid_ring(c, 1) if row_of.get(o, -1) > r})
    a, b = np.array(pairs, dtype=np.int64).T
    unknown = np.full(len(pairs), np.nan)
    streets.replace_all(
        tx,
        streets.StreetColumns(
            node_code=np.array([str(row) for row in range(len(cells))], dtype=object),
            lon=centres[:, 1], lat=centres[:, 0], from_node=a, to_node=b, length_m=np.full(len(pairs), 300.0),
            speed_kmh=np.where(np.arange(len(pairs)) % 7 == 0, 50.0, 25.0), travel_s=unknown, travel_back_s=unknown,
            is_oneway=np.full(len(pairs), False), name=np.full(len(pairs), None, dtype=object),
            course=np.full(len(pairs), None, dtype=object),
        ),
    )  # fmt: skip
    halves = [[c for c in cells if (h3.cell_to_latlng(c)[1] < LON) is is_west] for is_west in (True, False)]
    outlines = np.full(2, None, dtype=object)
    outlines[:] = [shapely.MultiPolygon([_outline(c) for c in half]).buffer(0) for half in halves]
    outlines[:] = [o if o.geom_type == "MultiPolygon" else shapely.MultiPolygon([o]) for o in outlines]
    known = areas.AreaColumns(
        area_code=np.array(["1", "2"], dtype=object),
        name=np.array(["西片街道", "东片街道"], dtype=object),
        outline=outlines,
    )
    areas.replace(tx, "street_office", known, ["1", "2"], None)


def _routes(
    tx: Transaction,
    clock: Clock,
    day: date,
    people: dict[Layer, list[StaffMember]],
    grids: dict[Layer, Grids],
    ids: list[RetailerId],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    unit_of_shop: NDArray[np.int32],
    owned: dict[RetailerId, StaffId],
) -> None:
    """Plan the first two people of each layer: ten of their shops, the third stop of the first inspector sealed."""
    cycle_id = new_id()
    monday = day - timedelta(days=day.weekday())
    tx.execute(
        tables.cycle.insert().values(
            adcode=tx.adcode, cycle_id=cycle_id, first_day=monday, generation=1, is_provisional=False, settings={},
            metrics={}, created_at=clock.now(),
        )
    )  # fmt: skip
    for layer, of_layer in grids.items():
        for position, person in enumerate(people[layer][:2]):
            mine = np.flatnonzero(of_layer.grid_of_unit[unit_of_shop] == position)[:10]
            order = mine[np.argsort(lon[mine])]
            _route(tx, clock, cycle_id, day, person, layer, [(ids[i], float(lon[i]), float(lat[i])) for i in order])
    kept = next(shop for shop, owner in owned.items() if owner == people[Layer.INSPECTION][0].staff_id)
    tx.execute(
        tables.not_planned.insert().values(
            adcode=tx.adcode, not_planned_id=new_id(), cycle_id=cycle_id, task_type="inspection", retailer_id=kept,
            day=day, reason="no_time", words="当日时间不足，差 12 分钟", relaxation="延长 15 分钟", is_sealed=False,
        )
    )  # fmt: skip


def _route(
    tx: Transaction,
    clock: Clock,
    cycle_id: str,
    day: date,
    person: StaffMember,
    layer: Layer,
    shops: list[tuple[str, float, float]],
) -> None:
    route_id = new_id()
    begins = datetime.combine(day, time(8, 30), ZoneInfo(ZONE)).astimezone(UTC)
    course = shapely.LineString([(person.office_lon, person.office_lat), *((x, y) for _, x, y in shops)])
    tx.execute(
        tables.route.insert().values(
            adcode=tx.adcode, route_id=route_id, cycle_id=cycle_id, staff_id=person.staff_id, day=day,
            departs_at=begins, returns_at=begins + timedelta(hours=7), travel_s=5400, service_s=6000, waiting_s=0,
            distance_m=18250, method="streets", detail={}, computed_at=clock.now(),
            course=sa.func.ST_GeomFromEWKB(sa.func.decode(hex_ewkb([course])[0], "hex")),
        )
    )  # fmt: skip
    is_first_inspector = layer is Layer.INSPECTION and person.staff_code == "I01"
    for sequence, (shop, _, _) in enumerate(shops, start=1):
        arrives = begins + timedelta(minutes=35 * sequence)
        tx.execute(
            tables.stop.insert().values(
                adcode=tx.adcode, route_id=route_id, sequence=sequence, retailer_id=shop,
                task_type=TASK_OF_LAYER[layer].value, arrives_at=arrives, starts_at=arrives,
                departs_at=arrives + timedelta(minutes=10), slack_s=900, cartons=6.0 * (layer is Layer.DELIVERY),
                is_sealed=is_first_inspector and sequence == 3, why="tier:A",
            )
        )  # fmt: skip
