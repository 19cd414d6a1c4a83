"""Find who is responsible for a place or a retailer, now, then or from when on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from geo_data.cells import cell_number, resolution_of
from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput, NotFound
from gridsvc.domain.ids import Adcode
from gridsvc.domain.ownership import MatchedBy, OwnershipAnswer
from gridsvc.usecases.address_book import AddressBook
from gridsvc.usecases.find_address import find_address
from gridsvc.usecases.ownership_snapshot import DistrictSnapshot, OwnershipBoard

LARGEST_ACCURACY_M = 20_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnershipQuestion:
    """One question; exactly one way of asking has to be used.

    Parameters
    ----------
    lon, lat : a place in WGS-84 degrees, both or none
    accuracy_m : radius within which the place is known, metres; with lon and lat only
    cell : an H3 cell in hex
    address : as people write it
    """

    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None
    retailer_id: str | None = None
    retailer_code: str | None = None
    licence_no: str | None = None
    cell: str | None = None
    address: str | None = None

    def __post_init__(self) -> None:
        named = self.named
        has_place = self.lon is not None or self.lat is not None
        if len(named) + has_place != 1:
            raise BadInput(
                "ask by lat and lon, or by retailer_code, or by licence_no, or by retailer_id, or by cell, or by "
                "address: by exactly one"
            )
        if has_place:
            _check_place(self.lon, self.lat)
        if self.accuracy_m is not None and not (has_place and 0 <= self.accuracy_m <= LARGEST_ACCURACY_M):
            raise BadInput(f"accuracy_m goes with lat and lon, and lies in 0 .. {LARGEST_ACCURACY_M:.0f}")

    @property
    def named(self) -> list[tuple[MatchedBy, str]]:
        """The ways of asking that are used, but for a place."""
        ways = (
            (MatchedBy.RETAILER_ID, self.retailer_id), (MatchedBy.RETAILER_CODE, self.retailer_code),
            (MatchedBy.LICENCE_NO, self.licence_no), (MatchedBy.CELL, self.cell), (MatchedBy.ADDRESS, self.address),
        )  # fmt: skip
        return [(way, value) for way, value in ways if value is not None]


def find_ownership(
    board: OwnershipBoard,
    clock: Clock,
    *,
    adcode: Adcode | None = None,
    lon: float | None = None,
    lat: float | None = None,
    accuracy_m: float | None = None,
    retailer_id: str | None = None,
    retailer_code: str | None = None,
    licence_no: str | None = None,
    cell: str | None = None,
    address: str | None = None,
    as_of: datetime | None = None,
    book: AddressBook | None = None,
) -> OwnershipAnswer:
    """Answer one ownership question; exactly one way of asking has to be used.

    Parameters
    ----------
    adcode : the district; None = look in every district
    lon, lat : a place in WGS-84 degrees, both or none
    accuracy_m : radius within which that place is known; its owner then comes with certainty and alternatives
    cell : an H3 cell in hex, of resolution 6 or finer
    address : looked up in the district's own gazetteer
    as_of : an instant, timezone aware; None = now
    book : the gazetteers kept between questions

    Raises
    ------
    BadInput
        no way of asking, or more than one; coordinates out of range; `as_of` without a time zone; no such cell.
    NotFound
        no such retailer, an address that is not found, or a point outside every district.
    """
    question = OwnershipQuestion(
        lon=lon, lat=lat, accuracy_m=accuracy_m, retailer_id=retailer_id, retailer_code=retailer_code,
        licence_no=licence_no, cell=cell, address=address,
    )  # fmt: skip
    if as_of is not None and as_of.tzinfo is None:
        raise BadInput("as_of needs an offset from UTC, for example 2026-11-20T08:00:00+08:00")
    instant = as_of or clock.now()
    failures = []
    for candidate in [adcode] if adcode is not None else board.adcodes():
        try:
            snapshot = board.now(candidate) if as_of is None else board.at(candidate, as_of)
            return answer_question(snapshot, question, as_of=instant, book=book or AddressBook(board.store))
        except NotFound as failure:
            failures.append(failure)
    if len(failures) == 1:
        raise failures[0]
    named = question.named
    what = f"{named[0][0]} {named[0][1]} is known" if named else f"the point {lon:.6f}, {lat:.6f} lies"
    raise NotFound(f"{what} in no district")


def answer_question(
    snapshot: DistrictSnapshot, question: OwnershipQuestion, *, as_of: datetime, book: AddressBook
) -> OwnershipAnswer:
    """Answer a question from one snapshot; raises as `find_ownership` does."""
    if question.lon is not None and question.lat is not None:
        return snapshot.at_point(question.lon, question.lat, as_of=as_of, accuracy_m=question.accuracy_m)
    way, value = question.named[0]
    if way is MatchedBy.CELL:
        try:
            number = cell_number(value)
        except ValueError as error:
            raise BadInput(str(error)) from None
        return snapshot.of_cell(number, resolution_of(number), as_of=as_of)
    if way is MatchedBy.ADDRESS:
        found = find_address(book, adcode=snapshot.district.adcode, address=value)
        return snapshot.of_address(found.match, found.lon, found.lat, found.cloud, as_of=as_of)
    return snapshot.of_retailer(way, value, as_of=as_of)


def _check_place(lon: float | None, lat: float | None) -> None:
    if lon is None or lat is None:
        raise BadInput("a place needs both lat and lon")
    faults = []
    if not -90 <= lat <= 90:
        faults.append(f"lat is {lat}; it has to lie in -90 .. 90")
    if not -180 <= lon <= 180:
        faults.append(f"lon is {lon}; it has to lie in -180 .. 180")
    if faults:
        raise BadInput("these are no coordinates", violations=tuple(faults))
