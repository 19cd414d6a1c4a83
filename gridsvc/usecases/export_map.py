"""Write a layer as a self-contained map, or its grids as sheets to print."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gridsvc.clock import Clock, today
from gridsvc.domain.errors import BadInput, NotFound
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Layer
from gridsvc.maps.grid_sheet import sheets_page
from gridsvc.maps.report import ReportContent, Shop, report_page
from gridsvc.maps.report_words import LANGUAGES
from gridsvc.storage import Store, audit, districts, streets
from gridsvc.usecases.ownership_snapshot import OwnershipBoard
from gridsvc.usecases.read_grids import LayerMap, read_grids
from gridsvc.usecases.write_page import write_page

ALL_GRIDS = "all"


def export_map(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    layer: Layer,
    out: Path,
    grid: str | None = None,
    language: str = "zh",
    approval_number: str = "",
) -> int:
    """Write the map of `layer` to `out` and give its size in bytes.

    Parameters
    ----------
    grid : None = the whole layer as a map with its table; a grid's number or name = its sheet; "all" = every sheet
    language : zh or en
    approval_number : of the map, where its provider requires one

    Owners of shops, their phones and violations are not in it. The export is audited. Raises `NotFound` for a grid that
    is not in force, `BadInput` for an unknown language or a layer without grids.
    """
    if language not in LANGUAGES:
        raise BadInput(f"unknown language {language}; the languages are {', '.join(LANGUAGES)}")
    found = read_grids(OwnershipBoard(store, clock), clock, adcode=adcode, layer=layer)
    if not found.grids.is_planned:
        raise BadInput(f"no plan is in force for {layer}: design and publish one first")
    positions = _positions(found, grid)
    with store.transaction(adcode) as tx:
        time_zone = districts.find(tx).time_zone
        known = streets.columns(tx) if positions else None
        content = {"layer": layer.value, "grid": grid, "n_retailers": found.grids.n_retailers}
        audit.add(tx, clock, actor=actor, action="export_map", subject=adcode, content=content)
    report = ReportContent(
        grids=found.grids,
        outlines=found.outlines,
        shops=[_shops(found, rows) for rows in found.rows],
        streets=known.lines() if known is not None else [],
        user=actor,
        day=today(clock, time_zone).isoformat(),
        language=language,
        approval_number=approval_number,
    )
    page = sheets_page(report, positions) if positions else report_page(report)
    return write_page(out, page)


def _positions(found: LayerMap, grid: str | None) -> list[int]:
    if grid is None:
        return []
    grids = found.grids.grids
    if grid == ALL_GRIDS:
        return list(range(len(grids)))
    wanted = [at for at, known in enumerate(grids) if grid in {str(known.number), known.name}]
    if not wanted:
        names = ", ".join(f"{known.number} ({known.name})" for known in grids)
        raise NotFound(f"there is no grid {grid} in force in {found.grids.layer}; there are {names}")
    return wanted


def _shops(found: LayerMap, rows: list[int]) -> list[Shop]:
    shops = found.shops
    return [
        Shop(
            code=shops.retailer_code[row],
            name=shops.name[row],
            address=shops.address[row],
            tier=shops.tier[row],
            lon=float(shops.lon[row]),
            lat=float(shops.lat[row]),
        )
        for row in rows
        if np.isfinite(shops.lon[row])
    ]
