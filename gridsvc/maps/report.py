"""A layer as one self-contained page: a folium map, the table of grids, and who exported it when."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import folium
from shapely.geometry.base import BaseGeometry

from gridsvc.domain.layer_grids import GridSummary, LayerGrids
from gridsvc.maps.geojson import shape_geometry
from gridsvc.maps.offline import self_contained
from gridsvc.maps.report_words import WORDS

_STYLE = (Path(__file__).parent / "styles" / "report.css").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A shop as it may leave the house: never its owner's name, phone, number or violations."""

    code: str
    name: str
    address: str
    tier: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportContent:
    """What a report shows, and who made it when.

    `outlines` and `shops` have one entry per grid, in their order. `streets` are lines as (lon, lat) pairs.
    """

    grids: LayerGrids
    outlines: list[BaseGeometry]
    shops: list[list[Shop]]
    streets: list[BaseGeometry]
    user: str
    day: str
    language: str
    approval_number: str = ""


def report_page(content: ReportContent) -> str:
    """Give the page; it makes no request, and every name in it is escaped."""
    known = folium.Map(
        tiles=None,
        prefer_canvas=True,
        zoom_control="topright",
        control_scale=True,
        zoom_snap=0.25,
        attribution_control=False,
    )
    bounds = [shape.bounds for shape in content.outlines if not shape.is_empty]
    points = [(shop.lat, shop.lon) for of_grid in content.shops for shop in of_grid]
    _add_grids(known, content)
    _add_shops(known, content)
    _add_numbers(known, content.grids)
    if bounds:
        west, south = min(b[0] for b in bounds), min(b[1] for b in bounds)
        east, north = max(b[2] for b in bounds), max(b[3] for b in bounds)
        known.fit_bounds([[south, west], [north, east]])
    elif points:
        known.fit_bounds(
            [
                [min(p[0] for p in points), min(p[1] for p in points)],
                [max(p[0] for p in points), max(p[1] for p in points)],
            ]
        )
    root: Any = known.get_root()
    words = WORDS[content.language]
    title = f"{content.grids.district} · {words[content.grids.layer]}"
    root.header.add_child(folium.Element(f"<title>{escape(title)}</title><style>{_STYLE}</style>"))
    root.html.add_child(folium.Element(_sheet(content, title)))
    return self_contained(root.render())


def _add_grids(known: folium.Map, content: ReportContent) -> None:
    features = [
        {
            "type": "Feature",
            "geometry": geometry,
            "properties": {"colour": grid.colour, "words": escape(_hover(grid, content))},
        }
        for grid, outline in zip(content.grids.grids, content.outlines, strict=True)
        if (geometry := shape_geometry(outline))
    ]
    if features:
        folium.GeoJson(
            {"type": "FeatureCollection", "features": features},
            style_function=lambda feature: {
                "fillColor": feature["properties"]["colour"],
                "fillOpacity": 0.65,
                "color": "#22303c",
                "weight": 2,
            },
            tooltip=folium.GeoJsonTooltip(["words"], labels=False),
        ).add_to(known)


def _hover(grid: GridSummary, content: ReportContent) -> str:
    words = WORDS[content.language]
    owner = grid.owner.name if grid.owner else words["vacancy"]
    return f"{grid.name} · {owner} · {grid.n_retailers} {words['shop']}"


def _add_shops(known: folium.Map, content: ReportContent) -> None:
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [round(shop.lon, 6), round(shop.lat, 6)]},
            "properties": {"n": escape(shop.name)},
        }
        for of_grid in content.shops
        for shop in of_grid
    ]
    if features:
        folium.GeoJson(
            {"type": "FeatureCollection", "features": features},
            marker=folium.CircleMarker(radius=1.8, weight=0, fill=True, fill_color="#17222c", fill_opacity=0.9),
            tooltip=folium.GeoJsonTooltip(["n"], labels=False),
        ).add_to(known)


def _add_numbers(known: folium.Map, grids: LayerGrids) -> None:
    for grid in grids.grids:
        if grid.label_lat is not None and grid.label_lon is not None:
            icon = folium.DivIcon(
                f'<span class="grid-number">{grid.number}</span>', icon_size=(24, 24), icon_anchor=(12, 12)
            )
            folium.Marker((grid.label_lat, grid.label_lon), icon=icon).add_to(known)


def marks(content: ReportContent) -> str:
    """Give the marks that every exported sheet bears: internal use, synthetic, approval number."""
    words = WORDS[content.language]
    shown = [f'<span class="mark">{words["internal"]}</span>']
    if content.grids.is_synthetic:
        shown.append(f'<span class="mark synthetic">{words["synthetic"]}</span>')
    if content.approval_number:
        shown.append(f'<span class="mark">{escape(words["approval"].format(number=content.approval_number))}</span>')
    return f'<div class="marks">{"".join(shown)}</div>'


def provenance(content: ReportContent) -> str:
    """Give the sentence that says which generation this is and who exported it when."""
    words = WORDS[content.language]
    generation = words["generation"].format(n=content.grids.generation if content.grids.generation is not None else "–")
    return escape(f"{generation} · {words['exported'].format(user=content.user, date=content.day)}")


def _sheet(content: ReportContent, title: str) -> str:
    words, grids = WORDS[content.language], content.grids
    heads = "".join(
        f'<th class="{kind}">{words[name]}</th>'
        for name, kind in (
            ("grid", ""),
            ("owner", ""),
            ("shops", "figure"),
            ("minutes", "figure"),
            ("deviation", "figure"),
            ("pieces", "figure"),
        )
    )
    rows = "".join(_row(grid, grids.tolerance_share, words) for grid in grids.grids)
    n_shops = sum(grid.n_retailers for grid in grids.grids)
    total = f'<tr><td>{words["total"]}</td><td></td><td class="figure">{n_shops:,}</td><td colspan="3"></td></tr>'
    tolerance = words["tolerance"].format(share=f"{grids.tolerance_share:.0%}")
    legend = (
        f'<ul class="legend"><li><i class="disc">1</i>{words["number"]}</li>'
        f'<li><i class="line"></i>{words["border"]}</li>'
        f'<li><i class="dot"></i>{words["shop"]}</li></ul>'
    )
    return (
        f'<div class="sheet"><h1>{escape(title)}</h1><p>{provenance(content)}</p>{marks(content)}'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}{total}</tbody></table><p>{tolerance}</p>{legend}</div>"
    )


def _row(grid: GridSummary, tolerance_share: float, words: dict[str, str]) -> str:
    owner = escape(grid.owner.name) if grid.owner else words["vacancy"]
    is_out = "figure out" if abs(grid.deviation_share) > tolerance_share + 1e-9 else "figure"
    is_split = "figure out" if grid.n_pieces > 1 else "figure"
    return (
        f'<tr><td><span class="swatch" style="background:{grid.colour}">{grid.number}</span>{escape(grid.name)}</td>'
        f'<td>{owner}</td><td class="figure">{grid.n_retailers:,}</td>'
        f'<td class="figure">{grid.load_min_per_day:,.0f}</td>'
        f'<td class="{is_out}">{grid.deviation_share:+.1%}</td><td class="{is_split}">{grid.n_pieces or "–"}</td></tr>'
    )
