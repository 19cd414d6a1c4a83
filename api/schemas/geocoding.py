"""A located address as it goes out: with its positions in the datum that the caller asked for."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from api.schemas.datums import in_datum
from geo_data.datums import Datum
from gridsvc.domain.addresses import LocatedAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class LocatedAddressOut(LocatedAddress):
    """Where an address lies; `crs` names the datum of every lon and lat in this answer."""

    crs: Datum


def located_address_out(found: LocatedAddress, crs: Datum) -> LocatedAddressOut:
    """Give the answer in `crs`."""
    values = {field.name: getattr(found, field.name) for field in fields(found)}
    values["lon"], values["lat"] = in_datum(found.lon, found.lat, crs)
    moved = []
    for candidate in found.candidates:
        lon, lat = in_datum(candidate.lon, candidate.lat, crs)
        moved.append(replace(candidate, lon=lon, lat=lat))
    values["candidates"] = tuple(moved)
    return LocatedAddressOut(**values, crs=crs)
