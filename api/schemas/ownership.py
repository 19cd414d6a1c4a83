"""The ownership answer as it goes out: with its positions in the datum that the caller asked in."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from api.schemas.datums import in_datum
from geo_data.datums import Datum
from gridsvc.domain.layers import Layer
from gridsvc.domain.ownership import OwnershipAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnershipOut(OwnershipAnswer):
    """Who is responsible, per layer; `crs` names the datum of every lon and lat in this answer."""

    crs: Datum


def ownership_out(answer: OwnershipAnswer, crs: Datum, layer: Layer | None) -> OwnershipOut:
    """Give the answer in `crs`, with one layer only where one is named."""
    values = {field.name: getattr(answer, field.name) for field in fields(answer)}
    values["lon"], values["lat"] = in_datum(answer.lon, answer.lat, crs)
    if answer.retailer is not None:
        lon, lat = in_datum(answer.retailer.lon, answer.retailer.lat, crs)
        values["retailer"] = replace(answer.retailer, lon=lon, lat=lat)
    if layer is not None:
        values["layers"] = tuple(owner for owner in answer.layers if owner.layer is layer)
    return OwnershipOut(**values, crs=crs)
