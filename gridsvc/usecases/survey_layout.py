"""Read what the licence plan is judged by: cells, shops, schools, applications and streets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo_data.roads.walking import WalkingStreets
from gridsvc.domain.layout import Application, LayoutCell, LayoutState
from gridsvc.storage import Transaction, layout, retailers, streets
from gridsvc.storage.layout import CellRow, Entrances
from gridsvc.storage.retailers import RetailerColumns


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutSurvey:
    """The licence plan of a district.

    Parameters
    ----------
    cell_of_shop : (n_shops,) row of the cell that each open shop lies in, -1 for none
    cell_of_application : (n_applications,) the same for the queued applications
    """

    cells: list[CellRow]
    shops: RetailerColumns
    applications: list[Application]
    entrances: Entrances
    cell_of_shop: NDArray[np.int64]
    cell_of_application: NDArray[np.int64]

    def state(self) -> LayoutState:
        """Give planned, actual and queue of every cell."""
        queued = [a for a in self.applications if a.state == "queued"]
        rows = [
            LayoutCell(
                cell_code=cell.cell_code, name=cell.name, planned=cell.planned,
                actual=int((self.cell_of_shop == row).sum()), spacing_m=cell.spacing_m,
                school_spacing_m=cell.school_spacing_m,
                queue=tuple(
                    a.application_no
                    for a, at in zip(self.applications, self.cell_of_application, strict=True)
                    if at == row and a in queued
                ),
            )
            for row, cell in enumerate(self.cells)
        ]  # fmt: skip
        located = self.shops.is_located
        return LayoutState(
            cells=tuple(rows), n_outside=int((located & (self.cell_of_shop < 0)).sum()),
            n_unlocated=int((~located).sum()),
        )  # fmt: skip


def survey_layout(tx: Transaction) -> LayoutSurvey:
    """Read the licence plan; a point on the border of two cells counts in the one with the lower code."""
    cells = layout.cells(tx)
    shops = retailers.columns(tx, statuses=("active", "suspended"))
    applications = layout.applications(tx)
    outlines = np.array([cell.outline for cell in cells], dtype=object)
    lon = np.array([np.nan if a.lon is None else a.lon for a in applications], dtype=np.float64)
    lat = np.array([np.nan if a.lat is None else a.lat for a in applications], dtype=np.float64)
    return LayoutSurvey(
        cells=cells, shops=shops, applications=applications, entrances=layout.entrances(tx),
        cell_of_shop=_cells_of(outlines, shops.lon, shops.lat), cell_of_application=_cells_of(outlines, lon, lat),
    )  # fmt: skip


def walking_streets(tx: Transaction) -> WalkingStreets | None:
    """Give the streets for distances on foot, None where there are none."""
    known = streets.columns(tx)
    if known is None or not len(known.from_node):
        return None
    return WalkingStreets(known.from_node, known.to_node, known.length_m, known.course, known.lon, known.lat)


def _cells_of(outlines: NDArray[np.object_], lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
    found = np.full(len(lon), -1, dtype=np.int64)
    known = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    if not len(outlines) or not len(known):
        return found
    point, cell = shapely.STRtree(outlines).query(shapely.points(lon[known], lat[known]), predicate="intersects")
    order = np.argsort(-cell, kind="stable")  # the lowest cell is written last and stays
    found[known[point[order]]] = cell[order]
    return found
