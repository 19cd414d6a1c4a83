"""Find where an address lies and who owns the place, with how sure both are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from geo_data.geocoding import SURE, AddressQuery, GeocodeResult, error_cloud, match_probability, owner_chances
from gridsvc.clock import Clock
from gridsvc.domain.addresses import AddressCandidate, LayerChances, LocatedAddress, OwnerChance
from gridsvc.domain.errors import BadInput, NotFound
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Layer
from gridsvc.domain.ownership import LayerOwner
from gridsvc.usecases.address_book import AddressBook
from gridsvc.usecases.ownership_snapshot import DistrictSnapshot, OwnershipBoard

_MAX_CHARACTERS = 20_000
_N_PLACES = 96  # of the cloud that stands for where the place may really be


def locate_address(
    book: AddressBook,
    board: OwnershipBoard,
    clock: Clock,
    *,
    adcode: Adcode,
    address: str,
    area_code: str = "",
    as_of: datetime | None = None,
) -> LocatedAddress:
    """Look an address up offline and say who owns the place, likeliest first, with calibrated probabilities.

    An address without a point is an answer with its reason, not an error. Outside grids the department answers.

    Parameters
    ----------
    address : as written, in Chinese or Western form
    area_code : street office or postcode that the asker knows, empty for none
    as_of : an instant, timezone aware; None = now

    Raises
    ------
    BadInput
        a blank address, or one of more than 20,000 characters; `as_of` without a time zone.
    NotFound
        an unknown district.
    """
    if not address.strip():
        raise BadInput("the address is blank")
    if len(address) > _MAX_CHARACTERS:
        raise BadInput(f"the address has {len(address)} characters, more than {_MAX_CHARACTERS}")
    if as_of is not None and as_of.tzinfo is None:
        raise BadInput("as_of needs an offset from UTC, for example 2026-11-20T08:00:00+08:00")
    result = book.gazetteer(adcode).geocode([AddressQuery(text=address, area_code=area_code)])[0]
    snapshot = board.now(adcode) if as_of is None else board.at(adcode, as_of)
    layers = _chances(result, snapshot, as_of or clock.now())
    return LocatedAddress(
        adcode=adcode, address=address, lon=result.lon if result.is_located else None,
        lat=result.lat if result.is_located else None, precision_class=result.precision.value, method=result.method,
        score=round(result.score, 4), uncertainty_m=round(result.uncertainty_m, 1) if result.is_located else None,
        source_datum=result.source_datum.value, match_probability=round(match_probability(result), 4),
        is_certain=all(layer.confidence >= SURE for layer in layers), reason=result.reason,
        candidates=_candidates(result), layers=layers,
    )  # fmt: skip


def _candidates(result: GeocodeResult) -> tuple[AddressCandidate, ...]:
    return tuple(
        AddressCandidate(
            label=c.label, lon=c.lon, lat=c.lat, score=round(c.score, 4), uncertainty_m=round(c.uncertainty_m, 1),
            precision_class=c.precision.value,
        )
        for c in result.candidates
    )  # fmt: skip


def _chances(result: GeocodeResult, snapshot: DistrictSnapshot, instant: datetime) -> tuple[LayerChances, ...]:
    lon, lat = error_cloud(result, _N_PLACES)
    answers = [_owners_at(snapshot, x, y, instant) for x, y in zip(lon.tolist(), lat.tolist(), strict=True)]
    return tuple(
        LayerChances(layer=layer, owners=_likeliest(result, [owners.get(layer) for owners in answers]))
        for layer in Layer
    )


def _owners_at(snapshot: DistrictSnapshot, lon: float, lat: float, instant: datetime) -> dict[Layer, LayerOwner]:
    try:
        return {owner.layer: owner for owner in snapshot.at_point(lon, lat, as_of=instant).layers}
    except NotFound:
        return {}


def _likeliest(result: GeocodeResult, owners: Sequence[LayerOwner | None]) -> tuple[OwnerChance, ...]:
    known = {_key(owner): owner for owner in owners if owner is not None}
    return tuple(
        OwnerChance(
            grid=known[key].grid, owner=known[key].acting_owner or known[key].owner,
            fallback_department=known[key].fallback_department, probability=round(probability, 4),
        )
        for key, probability in owner_chances(result, [None if owner is None else _key(owner) for owner in owners])
        if key is not None
    )  # fmt: skip


def _key(owner: LayerOwner) -> tuple[str, str, str]:
    person = owner.acting_owner or owner.owner
    return (
        str(owner.grid.grid_id) if owner.grid else "",
        str(person.staff_id) if person else "",
        owner.fallback_department or "",
    )
