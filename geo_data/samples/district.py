"""Builds the whole sample: `make_district` runs land, streets, shops, staff and present owners in turn.

Each stage has a random stream of its own, derived from the seed and the stage's number, so a change in one stage does
not shuffle the others. The same seed gives the same frames, value by value.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from geo_data.samples.arterials import draw_main_roads
from geo_data.samples.landscape import lay_land
from geo_data.samples.network import lay_streets
from geo_data.samples.people import settle_people
from geo_data.samples.plane import Plane
from geo_data.samples.shops import place_shops
from geo_data.samples.street_names import name_streets
from geo_data.samples.street_offices import district_codes, group_faces
from geo_data.samples.tables import (
    absence_table,
    area_table,
    barrier_table,
    boundary_table,
    locate_shops,
    order_table,
    retailer_table,
    street_lines,
    street_tables,
)
from geo_data.samples.words import YUNYAN_ADCODE, road_stems

Size = Literal["district", "city", "province"]

SIZES: dict[str, tuple[int, int]] = {"district": (5_000, 12), "city": (30_000, 70), "province": (300_000, 700)}
"""Shops and, for inspection and marketing each, staff of the named sizes."""

SHOPS_PER_CORE = 5_000
FIRST_DAY = date(2026, 11, 23)
"""Monday on which the sample's story begins: orders are of the week before, absences of the four weeks after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticDistrict:
    """An invented district, city or province in WGS-84; the frames' columns are those of `geo_data.schemas`.

    Parameters
    ----------
    adcode, name
        Code and name of the whole; the name says SYNTHETIC.
    seed
        Seed that gives exactly these frames.
    first_day
        Monday on which the story begins.
    retailers, staff, assignments, absences, orders
        Tables. `assignments` holds today's owners as untidy as they are.
    owner_faults
        What is wrong with them by construction: `retailer_code`, `layer` and `fault` (enclave, drift,
        two_owners, unowned).
    street_nodes, street_edges
        The network; `wkt` holds the course of an edge.
    areas, boundary, barriers, streets
        Street offices; the outline; barriers (`role` barrier) and the streets that pass them (`role` link); the
        streets as whole named lines along which house numbers rise.
    """

    adcode: str
    name: str
    seed: int
    first_day: date
    retailers: pd.DataFrame
    staff: pd.DataFrame
    assignments: pd.DataFrame
    absences: pd.DataFrame
    orders: pd.DataFrame
    owner_faults: pd.DataFrame
    street_nodes: pd.DataFrame
    street_edges: pd.DataFrame
    areas: gpd.GeoDataFrame
    boundary: gpd.GeoDataFrame
    barriers: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame


def make_district(
    size: Size = "district",
    *,
    n_retailers: int | None = None,
    n_staff: int | None = None,
    seed: int = 1,
    first_day: date = FIRST_DAY,
) -> SyntheticDistrict:
    """Return an invented district (5,000 shops, 12 inspectors, 12 managers), city or province.

    Parameters
    ----------
    size
        Named size; a city has 6 cores of 92 km2 in one outline, a province 60.
    n_retailers, n_staff
        Counts instead of the named size's; `n_staff` holds for inspection and for marketing, vans follow the cartons.
    seed
        Whole number >= 0; the same seed gives the same frames.
    first_day
        Monday on which the story begins.

    Raises
    ------
    ValueError
        Counts below 1, more staff than shops, or more shops than fronts (about 15,000 a core).
    """
    shops_wanted, staff_wanted = n_retailers or SIZES[size][0], n_staff or SIZES[size][1]
    n_cores = max(1, round(shops_wanted / SHOPS_PER_CORE))
    if not n_cores <= staff_wanted <= shops_wanted:
        msg = f"{staff_wanted} staff cannot share {shops_wanted} shops in {n_cores} districts: one a district at least"
        raise ValueError(msg)
    streams = [np.random.default_rng([seed, stage]) for stage in range(12)]
    land = lay_land(n_cores, streams[0])
    network = lay_streets(land, draw_main_roads(land, streams[1]), streams[2])
    plane = Plane(land.turn_rad)
    street = name_streets(land, network, streams[3])
    adcodes = district_codes(n_cores)
    areas = group_faces(land, network.faces, network.face_form, adcodes, streams[4])
    shops = place_shops(shops_wanted, land, network, streams[5])
    area, face = locate_shops(shops, network, areas)
    district_names = ["云岩区", *(f"{stem}区" for stem in road_stems(n_cores - 1, streams[6]))]
    retailers = retailer_table(shops, street, network, areas, area, district_names, plane, streams[7])
    people = settle_people(
        retailers["retailer_code"].tolist(), retailers["order_cartons"].to_numpy(), shops.xy, areas.district[area],
        area, face, district_names, staff_wanted, land, network, plane, first_day, streams[8],
    )  # fmt: skip
    nodes, edges = street_tables(land, network, street, plane, streams[9])
    adcode, name = _name_whole(n_cores)
    return SyntheticDistrict(
        adcode=adcode,
        name=name,
        seed=seed,
        first_day=first_day,
        retailers=retailers.sort_values("retailer_code", kind="stable", ignore_index=True),
        staff=people.staff,
        assignments=people.assignments,
        absences=absence_table(people.staff, first_day, streams[10]),
        orders=order_table(retailers, people.order_day, first_day, streams[11]),
        owner_faults=people.faults,
        street_nodes=nodes,
        street_edges=edges,
        areas=area_table(areas, adcodes, plane),
        boundary=boundary_table(areas, adcode, name, plane),
        barriers=barrier_table(land, network, plane),
        streets=street_lines(network, street, plane),
    )


def _name_whole(n_cores: int) -> tuple[str, str]:
    """Return code and name of the whole; only a single district bears a real code and name, marked SYNTHETIC."""
    if n_cores == 1:
        return YUNYAN_ADCODE, "云岩区（合成 SYNTHETIC）"
    return ("990100", "合成市 SYNTHETIC") if n_cores < 20 else ("990000", "合成省 SYNTHETIC")
