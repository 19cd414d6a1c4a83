"""Who owns which retailer in which layer at one instant: arrays behind a mapping.

A publication replaces up to all rows of a district, and every process reads them again within milliseconds; so no
object is made per row until somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from gridsvc.domain.ids import GridId, RetailerId, StaffId
from gridsvc.domain.layers import Layer
from gridsvc.domain.ownership import MatchedBy, OwnershipSource
from gridsvc.storage.ownership import Owner, uuid_keys, uuid_text
from gridsvc.storage.retailers import RetailerColumns
from gridsvc.storage.store import INFINITE

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_LAYERS = tuple(Layer)
_SOURCES = tuple(OwnershipSource)


@dataclass(frozen=True, slots=True)
class RetailerIndex:
    """The shops of a district with every way to find one; built once and kept while the shops stay as they are.

    `keys` are the retailer_ids as 16 bytes in ascending order, and `row_of_key` their rows in `columns`.
    """

    columns: RetailerColumns
    row_of: dict[MatchedBy, dict[str, int]]
    keys: NDArray[np.bytes_]
    row_of_key: NDArray[np.int64]

    @classmethod
    def of(cls, columns: RetailerColumns) -> RetailerIndex:
        """Index shops by id, code and licence."""
        ways = (
            (MatchedBy.RETAILER_ID, columns.retailer_id),
            (MatchedBy.RETAILER_CODE, columns.retailer_code),
            (MatchedBy.LICENCE_NO, columns.licence_no),
        )
        keys = uuid_keys(columns.retailer_id)
        order = np.argsort(keys)
        row_of = {way: {str(value): row for row, value in enumerate(values.tolist())} for way, values in ways}
        return cls(columns, row_of, keys[order], order)


class OwnerTable(Mapping[tuple[RetailerId, Layer], Owner]):
    """The owner of every retailer and layer; asking for one costs microseconds, building it O(rows log rows).

    Parameters
    ----------
    packed : rows as `storage.ownership.packed_owners_at` gives them
    retailers : the retailers by row; owners of others are left out
    """

    def __init__(self, packed: NDArray[np.void], retailers: RetailerIndex) -> None:
        self._retailers = retailers
        self._staff_ids, self._grid_ids = packed["staff_id"], packed["grid_id"]
        self._source = packed["source"].tolist()
        self._valid_from, self._valid_from_of = _instants(packed["valid_from"])
        self._valid_to, self._valid_to_of = _instants(packed["valid_to"])
        self.position = _positions(packed, retailers)

    def at(self, row: int, layer: Layer) -> Owner | None:
        """Give the owner of the retailer in `row`, None for nobody."""
        at = int(self.position[layer][row])
        return self._owner(at) if at >= 0 else None

    def _owner(self, at: int) -> Owner:
        valid_from, grid_id = self._valid_from[self._valid_from_of[at]], self._grid_ids[at]
        assert valid_from is not None
        return Owner(
            staff_id=StaffId(uuid_text(self._staff_ids[at])),
            grid_id=GridId(uuid_text(grid_id)) if grid_id else None,
            source=_SOURCES[self._source[at]],
            valid_from=valid_from,
            valid_to=self._valid_to[self._valid_to_of[at]],
        )

    def __getitem__(self, key: tuple[RetailerId, Layer]) -> Owner:
        row = self._retailers.row_of[MatchedBy.RETAILER_ID].get(key[0])
        found = None if row is None else self.at(row, key[1])
        if found is None:
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[tuple[RetailerId, Layer]]:
        for layer in _LAYERS:
            for row in np.flatnonzero(self.position[layer] >= 0).tolist():
                yield RetailerId(self._retailers.columns.retailer_id[row]), layer

    def __len__(self) -> int:
        return sum(int((self.position[layer] >= 0).sum()) for layer in _LAYERS)


def _instants(microseconds: NDArray[np.int64]) -> tuple[list[datetime | None], NDArray[np.int64]]:
    distinct, position = np.unique(microseconds.astype(np.int64), return_inverse=True)
    instants = [None if one == INFINITE else _EPOCH + timedelta(microseconds=one) for one in distinct.tolist()]
    return instants, position


def _positions(packed: NDArray[np.void], retailers: RetailerIndex) -> dict[Layer, NDArray[np.int32]]:
    """Give per layer the row of `packed` of each retailer, -1 for none."""
    layers = packed["layer"]
    result = {}
    for number, layer in enumerate(_LAYERS):
        position = np.full(len(retailers.columns), -1, dtype=np.int32)
        rows = np.flatnonzero(layers == number)
        if len(position) and len(rows):
            wanted = np.ascontiguousarray(packed["retailer_id"][rows])
            rank = np.minimum(np.searchsorted(retailers.keys, wanted), len(position) - 1)
            known = retailers.keys[rank] == wanted
            position[retailers.row_of_key[rank[known]]] = rows[known]
        result[layer] = position
    return result
