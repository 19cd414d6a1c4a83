"""Make a district: its name, calendar, time zone and boundary."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo_data.calendars import CalendarError, WorkingDays
from geo_data.datums import Datum
from geo_data.findings import Severity
from geo_data.places import check_polygons, polygonal_part
from geo_data.projection import LocalProjection
from geo_data.readers import read_table
from geo_data.tables import ReadError, Table
from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput
from gridsvc.domain.ids import Adcode
from gridsvc.storage import Store, audit, districts
from gridsvc.storage.districts import District
from gridsvc.usecases.read_source import DECLARES_ITS_DATUM, NO_OPTIONS, SourceOptions

MOST_CHARACTERS = 64


def create_district(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    name: str,
    country: str,
    time_zone: str,
    boundary: Path,
    options: SourceOptions = NO_OPTIONS,
    is_synthetic: bool = False,
) -> tuple[District, tuple[str, ...]]:
    """Make the district `adcode` and give it with notes on how its boundary was read.

    Made again with the same values it changes nothing; with others its description and boundary are replaced.

    Parameters
    ----------
    country : ISO 3166 alpha-2, it decides the calendar
    time_zone : IANA name
    boundary : GeoJSON, GeoPackage or GeoParquet; its polygons are joined into one boundary

    Raises
    ------
    BadInput
        a value is not usable, no calendar is known for the country, the boundary has no area, or a repair would change
        its area by more than 1 %: every fault is listed.
    """
    faults = _faults(adcode, name, country, time_zone)
    if faults:
        raise BadInput("the district cannot be made", violations=faults)
    outline, notes = _read_boundary(boundary, options)
    area_km2 = (
        float(shapely.area(LocalProjection.around_geometry(outline).project(np.array([outline], object))[0])) / 1e6
    )
    district = District(
        adcode=adcode, name=name.strip(), country=country.upper(), time_zone=time_zone, boundary=outline, rules={},
        is_synthetic=is_synthetic,
    )  # fmt: skip
    with store.transaction(adcode) as tx:
        known = {item.adcode: item for item in districts.all_districts(tx)}.get(adcode)
        if known is not None and _same(known, district):
            return known, (*notes, "nothing changed")
        districts.save(tx, clock, district)
        if known is not None:
            districts.bump_revision(tx)
        content = {"name": district.name, "area_km2": round(area_km2, 3)}
        audit.add(tx, clock, actor=actor, action="create_district", subject=adcode, content=content)
        return districts.find(tx), (*notes, f"{district.name} has {area_km2:,.1f} km2")


def _faults(adcode: str, name: str, country: str, time_zone: str) -> tuple[str, ...]:
    faults = []
    if not adcode.strip() or len(adcode) > MOST_CHARACTERS or not adcode.isprintable() or adcode != adcode.strip():
        faults.append(f"adcode: 1 to {MOST_CHARACTERS} printable characters without blanks around them, not {adcode!r}")
    if not name.strip() or len(name) > 200:
        faults.append("name: 1 to 200 characters")
    if len(country) != 2 or not country.isascii() or not country.isalpha():
        faults.append(f"country: two letters such as CN or US, not {country!r}")
    else:
        try:
            WorkingDays(country=country.upper())
        except CalendarError as error:
            faults.append(f"country: {error}")
    try:
        ZoneInfo(time_zone)
    except (KeyError, ValueError, OSError):
        faults.append(f"time zone: an IANA name such as Asia/Shanghai, not {time_zone!r}")
    return tuple(faults)


def _read_boundary(path: Path, options: SourceOptions) -> tuple[BaseGeometry, tuple[str, ...]]:
    try:
        table = read_table(path, encoding=options.encoding, part=options.part, where=options.where)
    except ReadError as error:
        raise BadInput(str(error)) from error
    polygons, findings = check_polygons(table.geometry, table.row_numbers, _datum(table, options))
    words = [f"{path.name} row {finding.row_number}: {finding.words}" for finding in findings]
    if any(finding.code == "invalid_polygon" and finding.severity is Severity.REJECTED for finding in findings):
        raise BadInput(f"{path.name}: the boundary is not usable as it is drawn", violations=tuple(words))
    outline = polygonal_part(shapely.union_all([polygon for polygon in polygons if polygon is not None]))
    if outline is None:
        raise BadInput(f"{path.name}: holds no boundary with an area", violations=tuple(words))
    joined = [f"{table.n_rows} polygons are joined into one boundary"] if table.n_rows > 1 else []
    return outline, (*table.notes, *words, *joined)


def _datum(table: Table, options: SourceOptions) -> Datum:
    if options.crs is None and table.file_format in DECLARES_ITS_DATUM:
        return Datum.WGS84
    try:
        return Datum((options.crs or "").lower())
    except ValueError:
        raise BadInput(f"{options.crs} is no known datum; --crs takes wgs84, gcj02, bd09 or cgcs2000") from None


def _same(known: District, district: District) -> bool:
    described = ("name", "country", "time_zone", "is_synthetic")
    return all(getattr(known, field) == getattr(district, field) for field in described) and bool(
        shapely.equals(known.boundary, district.boundary)
    )
