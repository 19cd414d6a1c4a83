"""Answer many ownership questions from one snapshot, points by arrays.

Most of many places share their answer with others, so an answer is made once per combination of grids and every place
names its answer by number. That keeps both the work and the bytes per place small.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from gridsvc.clock import Clock
from gridsvc.domain.errors import BadInput, GridsvcError, NotFound
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import ROLE_OF_LAYER, Layer
from gridsvc.domain.ownership import LayerOwner, OwnershipAnswer
from gridsvc.usecases.address_book import AddressBook
from gridsvc.usecases.find_ownership import OwnershipQuestion, answer_question
from gridsvc.usecases.ownership_snapshot import DistrictSnapshot, OwnershipBoard

MOST_ITEMS = 100_000
NO_ANSWER = -1
# stands where places lie in no grid, until each of them has its own answer
_NOBODY = {layer: LayerOwner(layer=layer, role=ROLE_OF_LAYER[layer], grid=None, owner=None) for layer in Layer}
FloatArray = NDArray[np.float64]
_WAYS = tuple(entry.name for entry in fields(OwnershipQuestion))
_LON, _LAT = itemgetter("lon"), itemgetter("lat")
_NUMBERS = frozenset({"lon", "lat", "accuracy_m"})


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchAnswer:
    """Answers to many questions, all from one snapshot.

    Parameters
    ----------
    owners : per layer the distinct answers
    owner_of_item : per layer (n_items,) number of each question's answer in `owners`, -1 where it failed
    grid_of_owner : per layer the grid position that the first of `owners` are the answers of, -1 for no grid
    others : whole answers of the questions that were not plain places
    failures : by question, why it failed
    distance_m : per layer (n_items,) metres from each plain place to the border of its grid, NaN where there is none;
        empty unless asked for
    """

    snapshot: DistrictSnapshot
    as_of: datetime
    owners: dict[Layer, list[LayerOwner]]
    owner_of_item: dict[Layer, NDArray[np.int32]]
    grid_of_owner: dict[Layer, list[int]] = field(default_factory=dict)
    others: dict[int, OwnershipAnswer] = field(default_factory=dict)
    failures: dict[int, GridsvcError] = field(default_factory=dict)
    distance_m: dict[Layer, FloatArray] = field(default_factory=dict)

    def tell(self, item: int, layer: Layer, owner: LayerOwner) -> None:
        """Add an answer that is this question's alone."""
        self.owner_of_item[layer][item] = len(self.owners[layer])
        self.owners[layer].append(owner)


def find_ownership_batch(
    board: OwnershipBoard,
    clock: Clock,
    *,
    adcode: Adcode,
    lon: FloatArray,
    lat: FloatArray,
    others: Mapping[int, OwnershipQuestion | GridsvcError],
    as_of: datetime | None = None,
    with_distances: bool = False,
    book: AddressBook | None = None,
) -> BatchAnswer:
    """Answer plain places (`lon`, `lat`; WGS-84, one entry a question) and the `others` by their number.

    An entry of `others` that is an error stays that question's failure; a question that fails does not fail the rest.
    O(places log units) for the places.

    Raises `BadInput` for more than `MOST_ITEMS` questions and `NotFound` for an unknown district.
    """
    if len(lon) > MOST_ITEMS:
        raise BadInput(f"{len(lon)} questions are too many; send at most {MOST_ITEMS} at once")
    instant = as_of or clock.now()
    snapshot = board.now(adcode) if as_of is None else board.at(adcode, as_of)
    is_place = np.ones(len(lon), dtype=bool)
    is_place[list(others)] = False
    places = np.flatnonzero(is_place)
    failures = _faulty_places(lon, lat, places)
    if failures:
        places = places[~np.isin(places, list(failures))]
    indices = {id(ground.index): ground.index for ground in snapshot.ground.values()}
    rows = {key: index.rows(lon[places], lat[places]) for key, index in indices.items()}
    found = {layer: rows[id(ground.index)] for layer, ground in snapshot.ground.items()}
    answer = BatchAnswer(
        snapshot=snapshot, as_of=instant, owners={layer: [] for layer in Layer},
        owner_of_item={layer: np.full(len(lon), NO_ANSWER, dtype=np.int32) for layer in Layer}, failures=failures,
        distance_m=_distances(snapshot, lon, lat, places, found) if with_distances else {},
    )  # fmt: skip
    _answer_places(answer, lon, lat, places, found)
    keeper = book or AddressBook(board.store)
    for item, question in others.items():
        try:
            if isinstance(question, GridsvcError):
                raise question
            whole = answer_question(snapshot, question, as_of=instant, book=keeper)
        except (NotFound, BadInput) as failure:
            failures[item] = failure
            continue
        answer.others[item] = whole
        for owner in whole.layers:
            answer.tell(item, owner.layer, owner)
    return answer


def _faulty_places(lon: FloatArray, lat: FloatArray, places: NDArray[np.int64]) -> dict[int, GridsvcError]:
    with np.errstate(invalid="ignore"):
        is_good = (np.abs(lon[places]) <= 180) & (np.abs(lat[places]) <= 90)
    return {int(item): BadInput(f"lon {lon[item]} and lat {lat[item]} are no coordinates") for item in places[~is_good]}


def _answer_places(
    answer: BatchAnswer,
    lon: FloatArray,
    lat: FloatArray,
    places: NDArray[np.int64],
    rows: Mapping[Layer, NDArray[np.int32]],
) -> None:
    """Answer once per grid; where the very place matters, or lies in no grid, by itself."""
    snapshot = answer.snapshot
    alone = np.zeros(len(places), dtype=bool)
    for layer in Layer:
        if layer not in rows:
            alone[:] = True
            continue
        position = np.append(snapshot.ground[layer].grids.grid_of_unit, -1)[rows[layer]]
        alone |= snapshot.depends_on_place(layer)[position]
        is_asked = np.zeros(len(snapshot.ground[layer].grids.grid_ids) + 1, dtype=bool)
        is_asked[position + 1] = True
        number = (np.cumsum(is_asked) - 1)[position + 1]
        distinct = answer.grid_of_owner[layer] = (np.flatnonzero(is_asked) - 1).tolist()
        answer.owners[layer].extend(snapshot.owner_of_grid(layer, at) if at >= 0 else _NOBODY[layer] for at in distinct)
        answer.owner_of_item[layer][places] = number
    for item in places[alone].tolist():
        try:
            whole = snapshot.at_point(float(lon[item]), float(lat[item]), as_of=answer.as_of)
        except NotFound as failure:
            answer.failures[item] = failure
            for layer in Layer:
                answer.owner_of_item[layer][item] = NO_ANSWER
            continue
        for owner in whole.layers:
            answer.tell(item, owner.layer, replace(owner, distance_to_border_m=None))


def _distances(
    snapshot: DistrictSnapshot,
    lon: FloatArray,
    lat: FloatArray,
    places: NDArray[np.int64],
    rows: Mapping[Layer, NDArray[np.int32]],
) -> dict[Layer, FloatArray]:
    """Measure every place to the border of its grid."""
    result = {}
    for layer, of_layer in rows.items():
        ground = snapshot.ground[layer]
        position = np.append(ground.grids.grid_of_unit, -1)[of_layer]
        xy_m = ground.index.plane.project(np.column_stack([lon[places], lat[places]]))
        away = np.full(len(lon), np.nan)
        away[places] = ground.surroundings.distances_m(position, xy_m)
        result[layer] = away
    return result


def questions_of_items(
    items: Sequence[object],
) -> tuple[FloatArray, FloatArray, dict[int, OwnershipQuestion | GridsvcError]]:
    """Give the plain places of decoded JSON items as arrays, and the other questions (or faults) by number."""
    lon, lat = np.full(len(items), np.nan), np.full(len(items), np.nan)
    places = _plain_places(items)
    if places is not None:
        return places[:, 0].copy(), places[:, 1].copy(), {}
    others: dict[int, OwnershipQuestion | GridsvcError] = {}
    for number, item in enumerate(items):
        if isinstance(item, dict) and item.keys() == {"lon", "lat"} and _are_numbers(item.values()):
            lon[number], lat[number] = item["lon"], item["lat"]
            continue
        try:
            others[number] = _question(item)
        except BadInput as fault:
            others[number] = fault
    return lon, lat, others


def _plain_places(items: Sequence[object]) -> FloatArray | None:
    """Give (n, 2) lon and lat where every item is a plain place, else None."""
    try:
        lon, lat = list(map(_LON, items)), list(map(_LAT, items))  # type: ignore[arg-type]
        is_plain = sum(map(len, items)) == 2 * len(items)  # type: ignore[arg-type]
    except (KeyError, TypeError, IndexError):
        return None
    if not items or not is_plain or not set(map(type, lon)) | set(map(type, lat)) <= {float, int}:
        return None
    return np.array([lon, lat], dtype=np.float64).T


def _are_numbers(values: object) -> bool:
    return {type(value) for value in values} <= {float, int}  # type: ignore[attr-defined]


def _question(item: object) -> OwnershipQuestion:
    if not isinstance(item, dict):
        raise BadInput('an item is an object such as {"lon": 106.71, "lat": 26.58} or {"retailer_code": "R1"}')
    unknown = sorted(str(name) for name in item.keys() - set(_WAYS))
    if unknown:
        raise BadInput(f"an item does not know {', '.join(unknown)}; it knows {', '.join(_WAYS)}")
    for name, value in item.items():
        kind = (float, int) if name in _NUMBERS else (str,)
        if type(value) not in kind:
            raise BadInput(f"{name} has to be {'a number' if name in _NUMBERS else 'a text'}")
    return OwnershipQuestion(**item)
