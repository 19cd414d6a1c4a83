"""The ownership answer as it goes out: with its positions in the datum that the caller asked in."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from geo_data.datums import Datum, from_wgs84
from gridsvc.domain.layers import Layer
from gridsvc.domain.ownership import OwnershipAnswer

_DECIMALS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnershipOut(OwnershipAnswer):
    """Who is responsible, per layer; `crs` names the datum of every lon and lat in this answer."""

    crs: Datum


def ownership_out(answer: OwnershipAnswer, crs: Datum, layer: Layer | None) -> OwnershipOut:
    """Give the answer in `crs`, with one layer only where one is named."""
    values = {field.name: getattr(answer, field.name) for field in fields(answer)}
    values["lon"], values["lat"] = _in_datum(answer.lon, answer.lat, crs)
    if answer.retailer is not None:
        lon, lat = _in_datum(answer.retailer.lon, answer.retailer.lat, crs)
        values["retailer"] = replace(answer.retailer, lon=lon, lat=lat)
    if layer is not None:
        values["layers"] = tuple(owner for owner in answer.layers if owner.layer is layer)
    return OwnershipOut(**values, crs=crs)


def _in_datum(lon: float | None, lat: float | None, crs: Datum) -> tuple[float | None, float | None]:
    if lon is None or lat is None or crs is Datum.WGS84:
        return lon, lat
    x, y = from_wgs84(lon, lat, crs)
    return round(float(x), _DECIMALS), round(float(y), _DECIMALS)
