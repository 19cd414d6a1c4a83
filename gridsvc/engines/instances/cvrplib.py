"""Parse CVRPLIB's `.vrp` text (TSPLIB's format for capacitated vehicle routing): every fault is collected."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from gridsvc.engines.instances.routing_instance import FREE_FLEET, SCALES, VehicleRoutingInstance

MAX_DIMENSION: Final = 12_000
MAX_LENGTH: Final = 2_000_000_000  # of an integer arc
TRIANGLES: Final = {
    # format -> (is it the lower triangle, does it hold the diagonal); columns of one triangle are rows of the other
    "LOWER_ROW": (True, False),
    "LOWER_DIAG_ROW": (True, True),
    "UPPER_ROW": (False, False),
    "UPPER_DIAG_ROW": (False, True),
    "UPPER_COL": (True, False),
    "UPPER_DIAG_COL": (True, True),
    "LOWER_COL": (False, False),
    "LOWER_DIAG_COL": (False, True),
}
KNOWN_SECTIONS: Final = (
    "NODE_COORD_SECTION",
    "DEMAND_SECTION",
    "DEPOT_SECTION",
    "EDGE_WEIGHT_SECTION",
    "DISPLAY_DATA_SECTION",
)
TRUCKS: Final = re.compile(r"trucks\s*:\s*(\d+)", re.IGNORECASE)
NEAREST: Final = "distances rounded to the nearest integer"

Floats = NDArray[np.float64]
Part = TypeVar("Part")


class _Fault(ValueError):
    """A part of the file cannot be used; the words go into the list of faults."""


def parse_cvrplib(text: str) -> tuple[VehicleRoutingInstance | None, list[str]]:
    """Parse the text; the instance is None when faults are returned."""
    file = _File(text)
    faults = file.faults

    def part(read: Callable[[], Part]) -> Part | None:
        try:
            return read()
        except _Fault as fault:
            faults.append(str(fault))
            return None

    name = part(lambda: _name(file))
    part(lambda: _type(file))
    n_nodes = part(lambda: _whole(file, "DIMENSION", 2, MAX_DIMENSION))
    capacity = part(lambda: _whole(file, "CAPACITY", 1, 10**9))
    fleet = part(lambda: _fleet(file))
    max_length = part(lambda: _amount(file, "DISTANCE", math.inf))
    drop = part(lambda: _amount(file, "SERVICE_TIME", 0.0))
    if n_nodes is None:
        return None, faults
    depot = part(lambda: _depot(file, n_nodes))
    demand = part(lambda: _demand(file, n_nodes))
    arcs = part(lambda: _arcs(file, n_nodes, is_length_limited=max_length is not None and math.isfinite(max_length)))
    if demand is not None and depot is not None and demand[depot] != 0:
        faults.append(f"the depot (node {depot + 1}) has a demand of {demand[depot]}, expected 0")
    if faults or name is None or capacity is None or fleet is None or max_length is None or drop is None:
        return None, faults
    if depot is None or demand is None or arcs is None:
        return None, faults
    order = np.array([depot, *(k for k in range(n_nodes) if k != depot)])
    service = np.full(n_nodes, drop)
    service[0] = 0.0
    distance, convention, scale = arcs
    instance = VehicleRoutingInstance(
        name=name,
        distance=np.ascontiguousarray(distance[np.ix_(order, order)]),
        convention=convention,
        scale=scale,
        demand=demand[order],
        capacity=capacity,
        n_vehicles=fleet[0],
        is_limit_a_remark=fleet[1],
        service=service,
        max_length=max_length,
    )
    return instance, faults


class _File:
    """The text cut into fields and sections of words."""

    def __init__(self, text: str) -> None:
        self.fields: dict[str, str] = {}
        self.sections: dict[str, list[list[str]]] = {}
        self.faults: list[str] = []
        current: list[list[str]] | None = None
        for number, raw in enumerate(text.splitlines(), start=1):
            line = raw.strip()
            head, colon, rest = (part.strip() for part in line.partition(":"))
            if not line:
                continue
            if line.upper() == "EOF":
                break
            if head.upper().endswith("_SECTION"):
                current = self.sections.setdefault(head.upper(), [])
            elif line[0].isalpha() and colon:
                self.fields[head.upper()] = rest.strip('"')
                current = None
            elif current is not None:
                current.append(line.split())
            elif len(self.faults) < 10:
                self.faults.append(f"line {number} belongs to no section: {line[:60]!r}")
        self.faults += [f"{name} is not supported" for name in self.sections if name not in KNOWN_SECTIONS]

    def numbers(self, section: str) -> Floats:
        """Return a section's numbers one after the other."""
        words = [word for line in self.section(section) for word in line]
        try:
            values = np.array(words, dtype=np.float64)
        except ValueError as error:
            raise _Fault(f"{section} holds something that is not a number: {error}") from error
        if not np.isfinite(values).all():
            raise _Fault(f"{section} holds values that are not finite")
        return values

    def section(self, section: str) -> list[list[str]]:
        """Return a section's lines as words."""
        if section not in self.sections:
            raise _Fault(f"{section} is missing")
        return self.sections[section]

    def by_node(self, section: str, n_nodes: int, n_values: int) -> Floats:
        """Return a section of lines `node value ...` in node order."""
        lines = self.section(section)
        wrong = [line for line in lines if len(line) != n_values + 1]
        if wrong:
            raise _Fault(f"{section} has a line of {len(wrong[0])} values, expected {n_values + 1}: {wrong[0][:5]}")
        table = self.numbers(section).reshape(-1, n_values + 1)
        if not np.array_equal(np.sort(table[:, 0]), np.arange(1, n_nodes + 1)):
            raise _Fault(f"{section} names {len(table)} nodes, expected each of 1..{n_nodes} once")
        return table[np.argsort(table[:, 0]), 1:]


def _name(file: _File) -> str:
    if not file.fields.get("NAME"):
        raise _Fault("NAME is missing")
    return file.fields["NAME"]


def _type(file: _File) -> None:
    kind = file.fields.get("TYPE", "CVRP").upper()
    if kind not in ("CVRP", "DCVRP", "VRP"):
        raise _Fault(f"TYPE {kind} is not supported (CVRP, DCVRP)")


def _number(file: _File, field: str) -> float | None:
    if field not in file.fields:
        return None
    try:
        return float(file.fields[field])
    except ValueError as error:
        raise _Fault(f"{field} is not a number: {file.fields[field]!r}") from error


def _whole(file: _File, field: str, least: int, most: int) -> int:
    value = _number(file, field)
    if value is None:
        raise _Fault(f"{field} is missing")
    if not math.isfinite(value) or value != int(value) or not least <= value <= most:
        raise _Fault(f"{field} has to be a whole number from {least} to {most}, not {file.fields[field]}")
    return int(value)


def _amount(file: _File, field: str, default: float) -> float:
    value = _number(file, field)
    if value is None:
        return default
    if not math.isfinite(value) or value < 0:
        raise _Fault(f"{field} has to be a finite number >= 0, not {file.fields[field]}")
    return value


def _fleet(file: _File) -> tuple[int, bool]:
    """Return the fleet limit and whether it is only a remark in the comment."""
    if "VEHICLES" in file.fields:
        return _whole(file, "VEHICLES", 1, 10**6), False
    remark = TRUCKS.search(file.fields.get("COMMENT", ""))
    return (int(remark.group(1)), True) if remark and int(remark.group(1)) > 0 else (FREE_FLEET, False)


def _depot(file: _File, n_nodes: int) -> int:
    values = file.numbers("DEPOT_SECTION") if "DEPOT_SECTION" in file.sections else np.array([1.0])
    depots = values[: list(values).index(-1)] if -1 in values else values
    if len(depots) != 1 or depots[0] != int(depots[0]) or not 1 <= depots[0] <= n_nodes:
        raise _Fault(f"DEPOT_SECTION has to name one node of 1..{n_nodes}, then -1; it says {values.tolist()[:5]}")
    return int(depots[0]) - 1


def _demand(file: _File, n_nodes: int) -> NDArray[np.int64]:
    demand = file.by_node("DEMAND_SECTION", n_nodes, 1)[:, 0]
    if (demand < 0).any():
        raise _Fault(f"DEMAND_SECTION has a negative demand at node {int(np.flatnonzero(demand < 0)[0]) + 1}")
    if (demand != np.rint(demand)).any() or (demand > 10**9).any():
        raise _Fault("DEMAND_SECTION has a demand that is not a whole number up to 1,000,000,000")
    return demand.astype(np.int64)


def _arcs(file: _File, n_nodes: int, *, is_length_limited: bool) -> tuple[Floats, str, int]:
    """Return distances, their convention in words, and the factor that makes them integers."""
    kind = file.fields.get("EDGE_WEIGHT_TYPE", "").upper()
    if kind == "EXPLICIT":
        distance = _explicit(file, n_nodes)
        return distance, "distances as given", _scale_of(distance)
    if kind not in ("EUC_2D", "CEIL_2D", "FLOOR_2D", "MAN_2D", "MAX_2D"):
        raise _Fault(f"EDGE_WEIGHT_TYPE {kind or 'is missing'} is not supported (EUC_2D, CEIL_2D, EXPLICIT, ...)")
    xy = file.by_node("NODE_COORD_SECTION", n_nodes, 2)
    dx, dy = (np.abs(xy[:, None, axis] - xy[None, :, axis]) for axis in (0, 1))
    exact: Floats = {"MAN_2D": dx + dy, "MAX_2D": np.maximum(dx, dy)}.get(kind, np.hypot(dx, dy))
    if kind == "CEIL_2D":
        rounded, words = np.ceil(exact - 1e-9), "distances rounded up"
    elif kind == "FLOOR_2D":
        rounded, words = np.floor(exact + 1e-9), "distances rounded down"
    elif is_length_limited or (xy != np.rint(xy)).any():
        return exact, "real distances", _scale_of(exact)
    else:
        rounded, words = np.floor(exact + 0.5), NEAREST
    if rounded.max() > MAX_LENGTH:
        raise _Fault(f"NODE_COORD_SECTION spans distances above {MAX_LENGTH}")
    return rounded, words, 1


def _scale_of(distance: Floats) -> int:
    if (distance == np.rint(distance)).all() and distance.max() <= MAX_LENGTH:
        return 1
    fitting = [scale for scale in SCALES if distance.max() * scale <= 100_000_000]
    if not fitting:
        raise _Fault("the distances are too long: above 100,000,000")
    return fitting[0]


def _explicit(file: _File, n_nodes: int) -> Floats:
    shape = file.fields.get("EDGE_WEIGHT_FORMAT", "").upper()
    values = file.numbers("EDGE_WEIGHT_SECTION")
    if (values < 0).any():
        raise _Fault("EDGE_WEIGHT_SECTION holds negative distances")
    if shape == "FULL_MATRIX":
        _expect(len(values), n_nodes * n_nodes)
        matrix = values.reshape(n_nodes, n_nodes).copy()
        np.fill_diagonal(matrix, 0.0)
        return matrix
    if shape not in TRIANGLES:
        raise _Fault(f"EDGE_WEIGHT_FORMAT {shape or 'is missing'} is not supported (FULL_MATRIX, LOWER_ROW, ...)")
    is_lower, has_diagonal = TRIANGLES[shape]
    _expect(len(values), n_nodes * (n_nodes + (1 if has_diagonal else -1)) // 2)
    matrix = np.zeros((n_nodes, n_nodes))
    if is_lower:
        matrix[np.tril_indices(n_nodes, 0 if has_diagonal else -1)] = values
    else:
        matrix[np.triu_indices(n_nodes, 0 if has_diagonal else 1)] = values
    matrix += matrix.T
    np.fill_diagonal(matrix, 0.0)
    return matrix


def _expect(n_found: int, n_expected: int) -> None:
    if n_found != n_expected:
        raise _Fault(f"EDGE_WEIGHT_SECTION holds {n_found} values, expected {n_expected}")
