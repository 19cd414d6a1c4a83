"""Parse Solomon's and Gehring and Homberger's text of vehicle routing with time windows: every fault is collected."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from gridsvc.engines.instances.routing_instance import VehicleRoutingInstance

N_COLUMNS: Final = 7  # number, x, y, demand, ready time, due date, service time
SCALE: Final = 10  # distances are truncated to one decimal


def parse_solomon(text: str) -> tuple[VehicleRoutingInstance | None, list[str]]:
    """Parse the text; the instance is None when faults are returned."""
    lines = [line.split() for line in text.splitlines() if line.strip()]
    name = " ".join(lines[0])
    heads = [line[0].upper() for line in lines]
    if "VEHICLE" in (name.upper(), *name.upper().split()):
        return None, ["the name (first line) is missing"]
    faults = [f"the part {word} is missing" for word in ("VEHICLE", "CUSTOMER") if word not in heads]
    if faults:
        return None, faults
    fleet, faults = _numbers(lines[heads.index("VEHICLE") + 1 : heads.index("CUSTOMER")], 2, "VEHICLE")
    table, more = _numbers(lines[heads.index("CUSTOMER") + 1 :], N_COLUMNS, "CUSTOMER")
    faults += more
    if not faults:
        faults = _fleet_faults(fleet) + _table_faults(table)
    if faults:
        return None, faults
    xy = table[:, 1:3]
    exact = np.hypot(*(np.abs(xy[:, None, axis] - xy[None, :, axis]) for axis in (0, 1)))
    instance = VehicleRoutingInstance(
        name=name,
        distance=np.floor(exact * SCALE + 1e-9) / SCALE,
        convention="distances truncated to one decimal",
        scale=SCALE,
        demand=table[:, 3].astype(np.int64),
        capacity=int(fleet[0, 1]),
        n_vehicles=int(fleet[0, 0]),
        window=table[:, 4:6],
        service=table[:, 6],
    )
    return instance, []


def _numbers(lines: list[list[str]], n_columns: int, part: str) -> tuple[NDArray[np.float64], list[str]]:
    """Read the rows of a part, its heading lines skipped."""
    empty = np.zeros((0, n_columns))
    rows = [line for line in lines if not any(c.isalpha() for c in line[0])]
    if not rows:
        return empty, [f"{part} has no numbers"]
    short = [row for row in rows if len(row) != n_columns]
    if short:
        return empty, [f"{part} has a row of {len(short[0])} values, expected {n_columns}: {' '.join(short[0])[:60]}"]
    try:
        table = np.array(rows, dtype=np.float64)
    except ValueError as error:
        return empty, [f"{part} holds something that is not a number: {error}"]
    if not np.isfinite(table).all():
        row = int(np.flatnonzero(~np.isfinite(table).all(axis=1))[0])
        return empty, [f"{part} holds a value that is not finite: {' '.join(rows[row])}"]
    return table, []


def _fleet_faults(fleet: NDArray[np.float64]) -> list[str]:
    if len(fleet) != 1:
        return [f"VEHICLE has {len(fleet)} rows of numbers, expected one"]
    if (fleet != np.rint(fleet)).any() or (fleet < 1).any() or (fleet > 10**9).any() or fleet[0, 0] > 10**5:
        return [f"VEHICLE has to give a whole number of vehicles and a capacity above 0, not {fleet[0].tolist()}"]
    return []


def _table_faults(table: NDArray[np.float64]) -> list[str]:
    number, demand, ready, due, service = (table[:, column] for column in (0, 3, 4, 5, 6))
    faults = []
    if not np.array_equal(number, np.arange(len(table))):
        faults.append("CUSTOMER rows have to be numbered 0, 1, 2, ... in order; 0 is the depot")
    if len(table) < 2:
        faults.append("CUSTOMER holds a depot and no customer")
    for word, values in (("demand", demand), ("service time", service), ("ready time", ready)):
        bad = np.flatnonzero(values < 0)
        if bad.size:
            faults.append(f"negative {word} at number {int(number[bad[0]])}")
    if (demand != np.rint(demand)).any() or (demand > 10**9).any():
        faults.append("a demand is not a whole number up to 1,000,000,000")
    if demand[0] != 0:
        faults.append(f"the depot has a demand of {demand[0]:g}, expected 0")
    late = np.flatnonzero(ready > due)
    if late.size:
        faults.append(f"ready time after due date at number {int(number[late[0]])}")
    if np.abs(table).max() > 10**7:
        faults.append("a value is above 10,000,000")
    return faults
