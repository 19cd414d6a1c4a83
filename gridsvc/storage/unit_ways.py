"""Where units lie when ways count in place of straight lines: measured once for a unit set and a distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.dialects.postgresql import insert

from gridsvc.clock import Clock
from gridsvc.domain.distances import Distance
from gridsvc.domain.ids import UnitSetId
from gridsvc.storage.store import Transaction
from gridsvc.storage.tables import unit_ways

t = unit_ways


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredWays:
    """Where the units of a set lie for a grid's compactness, when ways count in place of straight lines.

    Parameters
    ----------
    shift_km : (n, 2) how far each unit lies to the east and to the north of its true place
    stress_straight, stress : mean squared relative error of straight lines and of shifted ones as ways
    """

    shift_km: NDArray[np.float64]
    stress_straight: float
    stress: float


def of_set(tx: Transaction, unit_set_id: UnitSetId) -> dict[Distance, MeasuredWays]:
    """Give what is measured for a unit set, by distance."""
    statement = sa.select(t).where(t.c.adcode == tx.adcode, t.c.unit_set_id == unit_set_id)
    return {
        Distance(row.distance): MeasuredWays(
            shift_km=np.column_stack((row.east_km, row.north_km)).astype(np.float64),
            stress_straight=row.stress_straight,
            stress=row.stress,
        )
        for row in tx.execute(statement)
    }


def save(tx: Transaction, clock: Clock, unit_set_id: UnitSetId, distance: Distance, ways: MeasuredWays) -> None:
    """Write what was measured, in place of an earlier measure."""
    values = {
        "east_km": ways.shift_km[:, 0].tolist(), "north_km": ways.shift_km[:, 1].tolist(),
        "stress_straight": ways.stress_straight, "stress": ways.stress, "measured_at": clock.now(),
    }  # fmt: skip
    key = {"adcode": tx.adcode, "unit_set_id": unit_set_id, "distance": str(distance)}
    statement = insert(t).values(**key, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))
