"""One printable A4 sheet per grid: its map, its owner, its shops, and a line to sign."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from math import cos, radians
from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry

from gridsvc.domain.layer_grids import GridSummary
from gridsvc.maps.report import ReportContent, Shop, marks, provenance
from gridsvc.maps.report_words import WORDS

_WIDTH_MM = 182.0  # A4 less its margins
_HEIGHT_MM = 120.0
_MARGIN_MM = 4.0
_STYLE = (Path(__file__).parent / "styles" / "grid_sheet.css").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class _Frame:
    """Degrees to millimetres on the sheet: equal scale in both directions, north up."""

    lon: float
    lat: float
    mm_per_degree: float
    squeeze: float

    @classmethod
    def around(cls, bounds: tuple[float, float, float, float]) -> _Frame:
        west, south, east, north = bounds
        squeeze = cos(radians((south + north) / 2))
        width, height = max((east - west) * squeeze, 1e-6), max(north - south, 1e-6)
        scale = min((_WIDTH_MM - 2 * _MARGIN_MM) / width, (_HEIGHT_MM - 2 * _MARGIN_MM) / height)
        return cls((west + east) / 2, (south + north) / 2, scale, squeeze)

    def xy(self, lon: float, lat: float) -> tuple[float, float]:
        x = _WIDTH_MM / 2 + (lon - self.lon) * self.squeeze * self.mm_per_degree
        return x, _HEIGHT_MM / 2 - (lat - self.lat) * self.mm_per_degree

    def box(self) -> tuple[float, float, float, float]:
        """Give what the sheet shows, in degrees."""
        half_lon = _WIDTH_MM / 2 / self.mm_per_degree / self.squeeze
        half_lat = _HEIGHT_MM / 2 / self.mm_per_degree
        return self.lon - half_lon, self.lat - half_lat, self.lon + half_lon, self.lat + half_lat


def sheets_page(content: ReportContent, positions: list[int]) -> str:
    """Give one page with a sheet for each of the grids at `positions`; it holds no script and makes no request."""
    words = WORDS[content.language]
    title = escape(f"{content.grids.district} · {words[content.grids.layer]}")
    sheets = "".join(_sheet(content, at) for at in positions)
    language = "zh-CN" if content.language == "zh" else content.language
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body>{sheets}</body></html>"
    )


def _sheet(content: ReportContent, at: int) -> str:
    words, grid = WORDS[content.language], content.grids.grids[at]
    owner = escape(f"{grid.owner.name} {grid.owner.staff_code}") if grid.owner else words["vacancy"]
    unit = escape(grid.owner.org_unit) if grid.owner and grid.owner.org_unit else ""
    facts = " · ".join(
        [
            f"{words['shops']} {grid.n_retailers:,}",
            f"{words['minutes']} {grid.load_min_per_day:,.0f} ({grid.deviation_share:+.1%})",
            words["area"].format(area=f"{grid.area_km2:.2f}"),
        ]
    )
    heads = "".join(f"<th>{words[name]}</th>" for name in ("no", "code", "name", "address", "tier"))
    rows = "".join(_shop_row(number, shop) for number, shop in enumerate(content.shops[at], start=1))
    return (
        f"<article><header><div><h1>{words['grid']} {escape(grid.name)} "
        f"<small>{escape(content.grids.district)} · {words[content.grids.layer]}</small></h1>"
        f"<p><strong>{words['owner']}: {owner}</strong> {unit}</p><p>{facts}</p>"
        f'<p class="muted">{provenance(content)}</p></div>{marks(content)}</header>{_map(content, at)}'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        f'<div class="sign"><span>{words["owner"]}</span><span>{words["signed"]}</span></div></article>'
    )


def _shop_row(number: int, shop: Shop) -> str:
    cells = (str(number), shop.code, shop.name, shop.address, shop.tier)
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


def _map(content: ReportContent, at: int) -> str:
    outline = content.outlines[at]
    if outline.is_empty:
        return f"<p>{WORDS[content.language]['no_units']}</p>"
    frame = _Frame.around(outline.bounds)
    shown = shapely.box(*frame.box())
    parts = [
        _path(
            frame,
            shapely.clip_by_rect(other, *frame.box()),
            f'fill="{grid.colour}" fill-opacity=".28" stroke="#6b7a87" stroke-width=".25"',
        )
        for position, (grid, other) in enumerate(zip(content.grids.grids, content.outlines, strict=True))
        if position != at and other.intersects(shown)
    ]
    own = content.grids.grids[at]
    parts.append(_path(frame, outline, f'fill="{own.colour}" fill-opacity=".6" stroke="#17222c" stroke-width=".7"'))
    lines = [_line(frame, street) for street in content.streets if street.intersects(shown)]
    parts.append(f'<path d="{"".join(lines)}" fill="none" stroke="#fff" stroke-opacity=".8" stroke-width=".35"/>')
    for shop in content.shops[at]:
        x, y = frame.xy(shop.lon, shop.lat)
        parts.append(f'<circle cx="{x:.2f}" cy="{y:.2f}" r=".7" fill="#17222c"/>')
    parts += [_name(frame, grid) for p, grid in enumerate(content.grids.grids) if p != at]
    size = f"{_WIDTH_MM:g} {_HEIGHT_MM:g}"
    return f'<svg viewBox="0 0 {size}" role="img" aria-label="{escape(own.name)}">{"".join(parts)}</svg>'


def _name(frame: _Frame, grid: GridSummary) -> str:
    """Write a neighbour's name where it lies on the sheet."""
    if grid.label_lon is None or grid.label_lat is None:
        return ""
    x, y = frame.xy(grid.label_lon, grid.label_lat)
    if not (5 < x < _WIDTH_MM - 5 and 5 < y < _HEIGHT_MM - 5):
        return ""
    look = 'font-size="4" text-anchor="middle" fill="#3b4a57"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{escape(grid.name)}</text>'


def _path(frame: _Frame, shape: BaseGeometry, look: str) -> str:
    rings = [
        ring
        for part in shapely.get_parts(shape)
        if part.geom_type == "Polygon"
        for ring in (part.exterior, *part.interiors)
    ]
    drawn = "".join(_line(frame, ring) + "Z" for ring in rings)
    return f'<path d="{drawn}" fill-rule="evenodd" {look}/>' if drawn else ""


def _line(frame: _Frame, line: BaseGeometry) -> str:
    points = [frame.xy(x, y) for x, y in shapely.get_coordinates(line).tolist()]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
