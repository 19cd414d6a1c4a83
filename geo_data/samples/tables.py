"""Writes land, streets and shops down as tables with the columns of `geo_data.schemas`, in WGS-84."""

from __future__ import annotations

from datetime import date, timedelta

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import STRtree
from shapely.geometry.base import BaseGeometry as Geometry

from geo_data.samples import register
from geo_data.samples.landscape import URBAN_FORMS, Ints, Landscape
from geo_data.samples.network import Network
from geo_data.samples.passages import ROAD_CLASSES
from geo_data.samples.plane import Plane
from geo_data.samples.shops import Shops, write_addresses
from geo_data.samples.street_offices import Areas
from geo_data.samples.traffic import one_way_edges, speeds
from geo_data.samples.words import shop_names

SYNTHETIC = "SYNTHETIC"
_RISK_STEPS = (0.34, 0.55)


def locate_shops(shops: Shops, network: Network, areas: Areas) -> tuple[Ints, Ints]:
    """Return the rows of each shop's area and face; a shop on a shared border takes the lower row."""
    shop, face = STRtree(network.faces).query(shapely.points(shops.xy), predicate="intersects")
    order = np.lexsort((face, shop))
    shop, face = shop[order], face[order]
    first = np.concatenate([[True], shop[1:] != shop[:-1]])
    of_face = face[first].astype(np.int64)
    return areas.of_face[of_face], of_face


def retailer_table(
    shops: Shops,
    street: list[str],
    network: Network,
    areas: Areas,
    area: Ints,
    district_names: list[str],
    plane: Plane,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return the register of shops; codes run by street office, then in shuffled order as licences are granted."""
    n = len(shops.xy)
    road_class = network.parents.road_class[shops.parent]
    tier = register.draw_tiers(road_class, shops.form, rng)
    star = register.draw_stars(tier, rng)
    risk = register.draw_risk(star, rng)
    opens, closes = register.draw_hours(tier, shops.form, rng)
    prefix = _address_prefixes(areas.district[area], district_names, rng)
    lonlat = plane.lonlat(shops.xy)
    frame = pd.DataFrame(
        {
            "name": shop_names([district_names[k] for k in areas.district[area].tolist()], rng),
            "address": write_addresses(shops, street, prefix, rng),
            "lon": lonlat[:, 0],
            "lat": lonlat[:, 1],
            "street_office": [areas.code[a] for a in area.tolist()],
            "tier": tier,
            "integrity_star": star,
            "risk": np.array(["low", "medium", "high"])[np.digitize(risk, _RISK_STEPS)],
            "credit_grade": register.draw_grades(star, risk, rng),
            "urban_form": np.array(URBAN_FORMS)[shops.form],
            "opens_at": opens,
            "closes_at": closes,
            "order_cartons": register.draw_cartons(tier, shops.form, rng),
            "status": register.draw_status(n, rng),
            "synthetic": SYNTHETIC,
        }
    )
    serial = np.empty(n, dtype=np.int64)
    serial[np.lexsort((rng.uniform(size=n), area))] = np.arange(1, n + 1)
    frame.insert(0, "retailer_code", [f"SYN{k:06d}" for k in serial.tolist()])
    licence = rng.permutation(n) + 1
    frame.insert(1, "licence_no", [f"{register.LICENCE_PREFIX}{k:06d}" for k in licence.tolist()])
    return frame


def _address_prefixes(district: Ints, names: list[str], rng: np.random.Generator) -> list[str]:
    """Return what stands before the street: usually city and district, at times the province, at times nothing."""
    style = rng.uniform(size=len(district)).tolist()
    out = []
    for k, u in zip(district.tolist(), style, strict=True):
        out.append(f"贵州省贵阳市{names[k]}" if u < 0.2 else "" if u > 0.9 else f"贵阳市{names[k]}")
    return out


def street_tables(
    land: Landscape, network: Network, names: list[str], plane: Plane, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return nodes and edges; an edge's `wkt` begins and ends exactly at its nodes."""
    middle = shapely.get_coordinates(shapely.line_interpolate_point(network.line, 0.5, normalized=True))
    form = land.urban_form(middle)
    one_way = one_way_edges(network, form, rng)
    lonlat = plane.lonlat(network.node_xy)
    nodes = pd.DataFrame({"node": np.arange(len(lonlat)), "lon": lonlat[:, 0], "lat": lonlat[:, 1]})
    edges = pd.DataFrame(
        {
            "u": network.start,
            "v": network.end,
            "length_m": np.round(shapely.length(network.line), 1),
            "speed_kmph": speeds(network, form),
            "oneway": one_way.astype(np.int64),
            "name": [names[k] for k in network.parent.tolist()],
            "road_class": np.array(ROAD_CLASSES)[network.parents.road_class[network.parent]],
            "wkt": shapely.to_wkt(plane.place(network.line), rounding_precision=7),
            "synthetic": SYNTHETIC,
        }
    )
    return nodes, edges


def area_table(areas: Areas, adcodes: list[str], plane: Plane) -> gpd.GeoDataFrame:
    """Return the street offices in order of their codes."""
    frame = gpd.GeoDataFrame(
        {
            "area_code": areas.code,
            "name": areas.name,
            "level": "street_office",
            "parent_code": [adcodes[k] for k in areas.district.tolist()],
            "synthetic": SYNTHETIC,
        },
        geometry=plane.place(areas.polygon),
        crs="EPSG:4326",
    )
    return frame.sort_values("area_code", kind="stable", ignore_index=True)


def boundary_table(areas: Areas, adcode: str, name: str, plane: Plane) -> gpd.GeoDataFrame:
    """Return the outline: the union of the street offices, so both borders have the same corners."""
    outline = shapely.coverage_union_all(areas.polygon)
    return gpd.GeoDataFrame(
        {"area_code": [adcode], "name": [name], "level": ["district"], "parent_code": [""], "synthetic": [SYNTHETIC]},
        geometry=plane.place(np.array([outline], dtype=object)),
        crs="EPSG:4326",
    )


def barrier_table(land: Landscape, network: Network, plane: Plane) -> gpd.GeoDataFrame:
    """Return barriers (middle lines of corridors) and the links that pass them, with 15 m of street on either side."""
    rows: list[tuple[str, str, str, str]] = []
    lines: list[Geometry] = []
    for corridor in land.corridors:
        rows.append((corridor.name, corridor.kind, "barrier", ""))
        lines.append(corridor.line)
    word = {"river": ("bridge", "桥"), "ridge": ("tunnel", "隧道"), "expressway": ("underpass", "立交")}
    count: dict[int, int] = {}
    for link in network.links:
        corridor = land.corridors[link.corridor]
        count[link.corridor] = count.get(link.corridor, 0) + 1
        kind, ending = word[corridor.kind]
        rows.append((f"{corridor.name}{count[link.corridor]}号{ending}", kind, "link", corridor.name))
        lines.append(_lengthened(link.passage, 15.0))
    frame = pd.DataFrame(rows, columns=["name", "kind", "role", "of_barrier"]).assign(synthetic=SYNTHETIC)
    return gpd.GeoDataFrame(frame, geometry=plane.place(np.array(lines, dtype=object)), crs="EPSG:4326")


def _lengthened(line: Geometry, by_m: float) -> Geometry:
    """Return the line with both ends drawn out straight by `by_m`."""
    xy = shapely.get_coordinates(line)
    first, last = xy[0] - xy[1], xy[-1] - xy[-2]
    first, last = first / np.hypot(*first) * by_m, last / np.hypot(*last) * by_m
    return shapely.LineString(np.vstack([xy[0] + first, xy, xy[-1] + last]))


def street_lines(network: Network, names: list[str], plane: Plane) -> gpd.GeoDataFrame:
    """Return whole named streets that have at least one edge, from the end where numbers begin."""
    rows = np.unique(network.parent)
    return gpd.GeoDataFrame(
        {
            "name": [names[k] for k in rows.tolist()],
            "road_class": np.array(ROAD_CLASSES)[network.parents.road_class[rows]],
            "synthetic": SYNTHETIC,
        },
        geometry=plane.place(network.parents.line[rows]),
        crs="EPSG:4326",
    )


def order_table(retailers: pd.DataFrame, order_day: Ints, first_day: date, rng: np.random.Generator) -> pd.DataFrame:
    """Return one order of each active shop in the week before `first_day`, on its order day (1 = Monday)."""
    active = (retailers["status"] == "active").to_numpy()
    factor = np.exp(rng.normal(0.0, 0.18, len(retailers)))
    cartons = np.maximum(np.round(retailers["order_cartons"].to_numpy() * factor), 1).astype(np.int64)
    monday = first_day - timedelta(days=7)
    days = [(monday + timedelta(days=k)).isoformat() for k in range(7)]
    frame = pd.DataFrame(
        {
            "retailer_code": retailers["retailer_code"],
            "order_date": [days[d - 1] for d in order_day.tolist()],
            "cartons": cartons,
            "synthetic": SYNTHETIC,
        }
    )
    return frame[active].sort_values(["order_date", "retailer_code"], kind="stable", ignore_index=True)


def absence_table(staff: pd.DataFrame, first_day: date, rng: np.random.Generator) -> pd.DataFrame:
    """Return absences of about a quarter of the staff in the four weeks from `first_day`, three at least."""
    n = min(len(staff), max(3, round(0.25 * len(staff) / 3)))
    who = np.sort(rng.permutation(len(staff))[:n])
    rows = []
    for k in who.tolist():
        reason, days = (("leave", 5), ("training", 2), ("sick", 3))[int(rng.choice(3, p=[0.5, 0.25, 0.25]))]
        start = first_day + timedelta(days=7 * int(rng.integers(4)) + int(rng.integers(0, 6 - days)))
        end = start + timedelta(days=days - 1)
        rows.append((staff["staff_code"].iat[k], start.isoformat(), end.isoformat(), reason, SYNTHETIC))
    return pd.DataFrame(rows, columns=["staff_code", "first_day", "last_day", "reason", "synthetic"])
