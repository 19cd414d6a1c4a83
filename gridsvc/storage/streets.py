"""The street network as imported: nodes and edges by number, and as the network that travel times are made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
import sqlalchemy as sa
from numpy.typing import NDArray

from gridsvc.storage.geometry import binary, hex_ewkb, shapes
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import street_edge, street_node

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from geo_data.roads.network import StreetNetwork


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetColumns:
    """Streets as equal-length arrays of nodes and of edges.

    Parameters
    ----------
    node_code : (n_nodes,) name of the node in the file
    lon, lat : (n_nodes,) WGS-84
    from_node, to_node : (n_edges,) rows of nodes
    length_m : (n_edges,) along the street
    speed_kmh, travel_s, travel_back_s : (n_edges,) NaN = unknown
    is_oneway : (n_edges,) only from -> to
    name : (n_edges,) street name or None
    course : (n_edges,) lines in WGS-84 from -> to, or None
    """

    node_code: NDArray[np.object_]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    from_node: NDArray[np.int64]
    to_node: NDArray[np.int64]
    length_m: NDArray[np.float64]
    speed_kmh: NDArray[np.float64]
    travel_s: NDArray[np.float64]
    travel_back_s: NDArray[np.float64]
    is_oneway: NDArray[np.bool_]
    name: NDArray[np.object_]
    course: NDArray[np.object_]

    def lines(self) -> list[BaseGeometry]:
        """Give every street as a line in WGS-84; one without a course is straight."""
        from_xy = np.column_stack([self.lon[self.from_node], self.lat[self.from_node]])
        to_xy = np.column_stack([self.lon[self.to_node], self.lat[self.to_node]])
        ends = np.stack([from_xy, to_xy], axis=1)
        straight: NDArray[np.object_] = np.asarray(shapely.linestrings(ends), dtype=object)
        return [course if course is not None else line for course, line in zip(self.course, straight, strict=True)]


def replace_all(tx: Transaction, streets: StreetColumns) -> None:
    """Write the streets in place of all earlier ones."""
    for table in (street_edge, street_node):
        tx.execute(sa.delete(table).where(table.c.adcode == tx.adcode))
    nodes = zip(streets.node_code, streets.lon.tolist(), streets.lat.tolist(), strict=True)
    names = ("adcode", "node", "node_code", "lon", "lat")
    tx.copy_rows(street_node, names, ((tx.adcode, row, *values) for row, values in enumerate(nodes)))
    edges = zip(
        streets.from_node.tolist(), streets.to_node.tolist(), streets.length_m.tolist(), _nulls(streets.speed_kmh),
        _nulls(streets.travel_s), _nulls(streets.travel_back_s), streets.is_oneway.tolist(), streets.name,
        hex_ewkb(streets.course), strict=True,
    )  # fmt: skip
    edge_names = ("adcode", "edge", "from_node", "to_node", "length_m", "speed_kmh", "travel_s", "travel_back_s",
                  "is_oneway", "name", "course")  # fmt: skip
    tx.copy_rows(street_edge, edge_names, ((tx.adcode, row, *values) for row, values in enumerate(edges)))


def _nulls(values: NDArray[np.float64]) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values]


def columns(tx: Transaction, *, with_courses: bool = True) -> StreetColumns | None:
    """Give the streets as they were written; None when there are none."""
    c = street_node.c
    here = c.adcode == tx.adcode
    nodes = tx.execute(sa.select(c.node_code, c.lon, c.lat).where(here).order_by(c.node)).all()
    if not nodes:
        return None
    e = street_edge.c
    course = binary(e.course) if with_courses else sa.null()
    chosen = sa.select(e.from_node, e.to_node, e.length_m, e.speed_kmh, e.travel_s, e.travel_back_s, e.is_oneway,
                       e.name, course.label("course"))  # fmt: skip
    edges = tx.execute(chosen.where(e.adcode == tx.adcode).order_by(e.edge)).all()
    node_code, name = np.empty(len(nodes), dtype=object), np.empty(len(edges), dtype=object)
    node_code[:], name[:] = [row.node_code for row in nodes], [row.name for row in edges]
    return StreetColumns(
        node_code=node_code,
        lon=np.array([row.lon for row in nodes], dtype=np.float64),
        lat=np.array([row.lat for row in nodes], dtype=np.float64),
        from_node=np.array([row.from_node for row in edges], dtype=np.int64),
        to_node=np.array([row.to_node for row in edges], dtype=np.int64),
        length_m=np.array([row.length_m for row in edges], dtype=np.float64),
        speed_kmh=np.array([row.speed_kmh for row in edges], dtype=np.float64),  # null becomes NaN
        travel_s=np.array([row.travel_s for row in edges], dtype=np.float64),
        travel_back_s=np.array([row.travel_back_s for row in edges], dtype=np.float64),
        is_oneway=np.array([row.is_oneway for row in edges], dtype=bool),
        name=name,
        course=shapes(row.course for row in edges),
    )


def stamp(tx: Transaction) -> tuple[int, float]:
    """Give the number of streets and the sum of their lengths and times: it changes when they are imported anew."""
    e = street_edge.c
    total = sa.func.coalesce(sa.func.sum(e.length_m + sa.func.coalesce(e.travel_s, 0.0)), 0.0)
    chosen = sa.select(sa.func.count().label("n_streets"), total.label("total"))
    row = tx.execute(chosen.where(e.adcode == tx.adcode)).one()
    return int(row.n_streets), float(row.total)


def network(tx: Transaction) -> StreetNetwork | None:
    """Give the streets as the graph that travel times are made from; None when there are none."""

    streets = columns(tx)
    return None if streets is None else network_of(streets)


def network_of(streets: StreetColumns) -> StreetNetwork:
    """Make the graph of streets; raises `geo_data.roads.network.StreetsError` where no edge joins two nodes."""
    import pandas as pd  # a second of start-up that look-ups and pages do not need

    from geo_data.roads.network import build_network

    nodes = pd.DataFrame({"node": streets.node_code, "lon": streets.lon, "lat": streets.lat})
    edges = pd.DataFrame(
        {
            "u": streets.node_code[streets.from_node],
            "v": streets.node_code[streets.to_node],
            "length_m": streets.length_m,
            "seconds": streets.travel_s,
            "seconds_back": streets.travel_back_s,
            "speed_kmph": streets.speed_kmh,
            "oneway": streets.is_oneway.astype(np.int64),
            "wkt": shapely.to_wkt(streets.course, rounding_precision=9),
        }
    )
    return build_network(nodes, edges)
