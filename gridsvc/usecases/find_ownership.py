"""Find who is responsible for a place or a retailer, now, then or from when on."""

from __future__ import annotations

from datetime import datetime

from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput, NotFound
from gridsvc.domain.ids import Adcode
from gridsvc.domain.ownership import MatchedBy, OwnershipAnswer
from gridsvc.usecases.ownership_snapshot import DistrictSnapshot, OwnershipBoard


def find_ownership(
    board: OwnershipBoard,
    clock: Clock,
    *,
    adcode: Adcode | None = None,
    lon: float | None = None,
    lat: float | None = None,
    retailer_id: str | None = None,
    retailer_code: str | None = None,
    licence_no: str | None = None,
    as_of: datetime | None = None,
) -> OwnershipAnswer:
    """Answer one ownership question; exactly one way of asking has to be used.

    Parameters
    ----------
    adcode : the district; None = look in every district
    lon, lat : a place in WGS-84 degrees, both or none
    as_of : an instant, timezone aware; None = now

    Raises
    ------
    BadInput
        no way of asking, or more than one; coordinates out of range; `as_of` without a time zone.
    NotFound
        no such retailer, or a point outside every district.
    """
    question = _question(lon, lat, retailer_id, retailer_code, licence_no)
    if as_of is not None and as_of.tzinfo is None:
        raise BadInput("as_of needs an offset from UTC, for example 2026-11-20T08:00:00+08:00")
    instant = as_of or clock.now()
    failures = []
    for candidate in [adcode] if adcode is not None else board.adcodes():
        try:
            snapshot = board.now(candidate) if as_of is None else board.at(candidate, as_of)
            return _ask(snapshot, question, lon, lat, instant)
        except NotFound as failure:
            failures.append(failure)
    if len(failures) == 1:
        raise failures[0]
    what = f"the point {lon:.6f}, {lat:.6f} lies" if question is None else f"{question[0]} {question[1]} is known"
    raise NotFound(f"{what} in no district")


def _question(
    lon: float | None, lat: float | None, retailer_id: str | None, retailer_code: str | None, licence_no: str | None
) -> tuple[MatchedBy, str] | None:
    """Give the retailer asked for, None for a place; raises `BadInput`."""
    asked = {
        MatchedBy.RETAILER_ID: retailer_id,
        MatchedBy.RETAILER_CODE: retailer_code,
        MatchedBy.LICENCE_NO: licence_no,
    }
    named = [(kind, value) for kind, value in asked.items() if value is not None]
    has_place = lon is not None or lat is not None
    if len(named) + has_place != 1:
        raise BadInput("ask by lat and lon, or by retailer_code, or by licence_no, or by retailer_id: by exactly one")
    if not has_place:
        return named[0]
    if lon is None or lat is None:
        raise BadInput("a place needs both lat and lon")
    faults = []
    if not -90 <= lat <= 90:
        faults.append(f"lat is {lat}; it has to lie in -90 .. 90")
    if not -180 <= lon <= 180:
        faults.append(f"lon is {lon}; it has to lie in -180 .. 180")
    if faults:
        raise BadInput("these are no coordinates", violations=tuple(faults))
    return None


def _ask(
    snapshot: DistrictSnapshot,
    question: tuple[MatchedBy, str] | None,
    lon: float | None,
    lat: float | None,
    instant: datetime,
) -> OwnershipAnswer:
    if question is not None:
        return snapshot.of_retailer(question[0], question[1], as_of=instant)
    assert lon is not None
    assert lat is not None
    return snapshot.at_point(lon, lat, as_of=instant)
