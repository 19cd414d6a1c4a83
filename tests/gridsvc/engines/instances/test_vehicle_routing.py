"""Published instances are read as their sets define them, and malformed ones are refused with every fault."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from gridsvc.domain.errors import BadInput
from gridsvc.engines.instances.vehicle_routing import (
    FREE_FLEET,
    InstanceSolution,
    VehicleRoutingInstance,
    cost_of,
    fleet_size,
    read_instance,
    solution_text,
    solve_instance,
)

CVRP = """\
NAME : tiny-n5-k2
COMMENT : made up
TYPE : CVRP
DIMENSION : 5
EDGE_WEIGHT_TYPE : EUC_2D
CAPACITY : 10
NODE_COORD_SECTION
1 0 0
2 3 4
3 6 8
4 -3 4
5 -6 9
DEMAND_SECTION
1 0
2 4
3 5
4 4
5 5
DEPOT_SECTION
 1
 -1
EOF
"""

SOLOMON = """\
TINY

VEHICLE
NUMBER     CAPACITY
  2         10

CUSTOMER
CUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE   TIME

    0      0         0          0          0       100          0
    1      1         1          4          10       30         5
    2      2         2          4          0        40         5
    3     -1         1          4          0        90         5
"""

LOWER_ROW = "5\n7 3\n9 8 2\n"
FULL = "0 5 7 9\n5 0 3 8\n7 3 0 2\n9 8 2 0\n"


def explicit(shape: str, numbers: str) -> str:
    return (
        f"NAME : m\nTYPE : CVRP\nDIMENSION : 4\nEDGE_WEIGHT_TYPE : EXPLICIT\nEDGE_WEIGHT_FORMAT : {shape}\n"
        f"CAPACITY : 9\nEDGE_WEIGHT_SECTION\n{numbers}DEMAND_SECTION\n1 0\n2 3\n3 3\n4 3\nDEPOT_SECTION\n1\n-1\nEOF\n"
    )


def read(tmp_path: Path, text: str | bytes, name: str = "x.vrp") -> VehicleRoutingInstance:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_instance(path)


def faults(tmp_path: Path, text: str | bytes, name: str = "x.vrp") -> str:
    with pytest.raises(BadInput) as caught:
        read(tmp_path, text, name)
    return str(caught.value)


def test_plane_distances_are_rounded_to_the_nearest_integer(tmp_path: Path) -> None:
    instance = read(tmp_path, CVRP)
    assert instance.distance[0].tolist() == [0, 5, 10, 5, 11]
    assert instance.n_vehicles == FREE_FLEET
    assert instance.demand.tolist() == [0, 4, 5, 4, 5]


def test_fractional_coordinates_and_length_limits_mean_real_distances(tmp_path: Path) -> None:
    fractional = read(tmp_path, CVRP.replace("5 -6 9", "5 -6.0 9.5"))
    limited = read(tmp_path, CVRP.replace("CAPACITY : 10", "CAPACITY : 10\nDISTANCE : 23\nSERVICE_TIME : 1"))
    assert fractional.distance[0, 4] == pytest.approx(np.hypot(6, 9.5))
    assert limited.distance[0, 4] == pytest.approx(np.hypot(6, 9))
    solution = solve_instance(limited, seed=1, max_iterations=200)
    assert all(cost_of(limited, (route,)) + len(route) <= 23 for route in solution.routes)
    assert len(solution.routes) == 3


@pytest.mark.parametrize(
    ("shape", "numbers"),
    [
        ("FULL_MATRIX", FULL),
        ("LOWER_ROW", LOWER_ROW),
        ("LOWER_ROW", LOWER_ROW.replace("\n", " ") + "\n"),
        ("LOWER_DIAG_ROW", "0\n5 0\n7 3 0\n9 8 2 0\n"),
        ("UPPER_ROW", "5 7 9\n3 8\n2\n"),
        ("UPPER_DIAG_ROW", "0 5 7 9\n0 3 8\n0 2\n0\n"),
        ("LOWER_COL", "5 7 9\n3 8\n2\n"),
        ("UPPER_COL", LOWER_ROW),
    ],
)
def test_every_explicit_format_gives_the_same_matrix(tmp_path: Path, shape: str, numbers: str) -> None:
    instance = read(tmp_path, explicit(shape, numbers))
    assert instance.distance.tolist() == [[float(c) for c in row.split()] for row in FULL.splitlines()]
    assert instance.scale == 1


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("NAME : tiny-n5-k2\n", "", "NAME is missing"),
        ("DIMENSION : 5", "DIMENSION : five", "DIMENSION is not a number"),
        ("DIMENSION : 5", "DIMENSION : 6", "expected each of 1..6 once"),
        ("DIMENSION : 5\n", "", "DIMENSION is missing"),
        ("CAPACITY : 10\n", "", "CAPACITY is missing"),
        ("CAPACITY : 10", "CAPACITY : 0", "CAPACITY has to be a whole number"),
        ("TYPE : CVRP", "TYPE : TSP", "TYPE TSP is not supported"),
        ("EUC_2D", "GEO", "EDGE_WEIGHT_TYPE GEO is not supported"),
        ("EUC_2D", "EXPLICIT", "EDGE_WEIGHT_SECTION is missing"),
        ("3 6 8", "3 6 nan", "not finite"),
        ("3 6 8", "3 6 here", "not a number"),
        ("3 6 8", "3 6", "a line of 2 values"),
        ("3 6 8\n", "", "names 4 nodes"),
        ("3 5\n", "3 -5\n", "negative demand at node 3"),
        ("3 5\n", "3 5.5\n", "not a whole number"),
        ("1 0\n2 4", "1 2\n2 4", "the depot (node 1) has a demand of 2"),
        ("DEMAND_SECTION", "OTHER_SECTION", "DEMAND_SECTION is missing"),
        (" 1\n -1", " 1\n 2\n -1", "DEPOT_SECTION"),
        ("NODE_COORD_SECTION\n", "", "belongs to no section"),
    ],
)
def test_a_malformed_cvrplib_file_is_refused_with_its_fault(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in CVRP
    assert words in faults(tmp_path, CVRP.replace(old, new))


@pytest.mark.parametrize("share", [0.1, 0.35, 0.6, 0.8])
def test_a_truncated_file_is_refused(tmp_path: Path, share: float) -> None:
    assert "not a usable routing instance" in faults(tmp_path, CVRP[: int(len(CVRP) * share)])
    assert "not a usable routing instance" in faults(tmp_path, SOLOMON[: int(len(SOLOMON) * share)], "x.txt")


def test_all_faults_are_listed_at_once(tmp_path: Path) -> None:
    text = CVRP.replace("CAPACITY : 10\n", "").replace("3 6 8", "3 6 nan").replace("3 5\n", "3 -5\n")
    assert faults(tmp_path, text).count("\n  - ") == 3


def test_a_file_that_is_no_text_or_empty_or_absent_is_refused(tmp_path: Path) -> None:
    assert "is empty" in faults(tmp_path, " \n")
    assert "not a text file" in faults(tmp_path, b"\xff\xfe\x00binary")
    with pytest.raises(BadInput, match="cannot be read"):
        read_instance(tmp_path / "nowhere.vrp")
    with pytest.raises(BadInput, match="cannot be read"):
        read_instance(tmp_path)


def test_the_number_of_trucks_in_the_comment_is_kept_where_it_can_be(tmp_path: Path) -> None:
    instance = read(tmp_path, CVRP.replace("made up", "(somebody, No of trucks: 2, Optimal value: 1)"))
    assert (instance.n_vehicles, instance.is_limit_a_remark) == (2, True)
    solution = solve_instance(instance, seed=1, max_iterations=100)
    assert (len(solution.routes), solution.iterations) == (2, 100)
    too_few = read(tmp_path, CVRP.replace("made up", "(somebody, Min no of trucks: 1)"))
    assert len(solve_instance(too_few, seed=1, max_iterations=100).routes) == 2


def test_a_stated_fleet_is_a_rule(tmp_path: Path) -> None:
    instance = read(tmp_path, CVRP.replace("CAPACITY : 10", "CAPACITY : 10\nVEHICLES : 1"))
    solution = solve_instance(instance, seed=1, max_iterations=100)
    assert len(solution.reasons) == 2
    assert all(reason.startswith("customer ") for reason in solution.reasons)


def test_a_free_fleet_has_room_for_every_good_solution(tmp_path: Path) -> None:
    assert fleet_size(read(tmp_path, CVRP)) == 4


def test_a_demand_above_every_vehicle_is_a_named_reason(tmp_path: Path) -> None:
    solution = solve_instance(read(tmp_path, CVRP.replace("4 4\n5 5", "4 4\n5 11")), seed=1, max_iterations=50)
    assert solution.reasons == ("customer 4: its demand of 11 is above every vehicle's capacity (10)",)


def test_solomon_distances_are_truncated_to_one_decimal(tmp_path: Path) -> None:
    instance = read(tmp_path, SOLOMON, "tiny.txt")
    assert instance.distance[0].tolist() == [0, 1.4, 2.8, 1.4]
    assert (instance.name, instance.n_vehicles, instance.capacity) == ("TINY", 2, 10)
    solution = solve_instance(instance, seed=1, max_iterations=100)
    assert len(solution.routes) <= 2
    assert solution.reasons == ()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("TINY\n", "", "name (first line) is missing"),
        ("CUSTOMER\n", "", "CUSTOMER is missing"),
        ("  2         10", "  2", "VEHICLE has a row of 1 values"),
        ("  2         10", "  0         10", "above 0"),
        ("10       30", "30       10", "ready time after due date at number 1"),
        ("    2      2         2          4", "    2      2         2          -4", "negative demand at number 2"),
        ("    2      2 ", "    7      2 ", "numbered 0, 1, 2"),
        ("    2      2 ", "    2      nan ", "not finite"),
        ("    2      2 ", "    2      x ", "not a number"),
        ("40         5", "40", "CUSTOMER has a row of 6 values"),
    ],
)
def test_a_malformed_solomon_file_is_refused_with_its_fault(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in SOLOMON
    assert words in faults(tmp_path, SOLOMON.replace(old, new), "x.txt")


def test_the_solution_text_is_cvrplibs() -> None:
    solution = InstanceSolution(routes=((2, 1), (3,)), cost=12.300000000000001, iterations=1)
    assert solution_text(solution) == "Route #1: 2 1\nRoute #2: 3\nCost 12.3\n"
    whole = InstanceSolution(routes=((1,),), cost=27591.0, iterations=1)
    assert solution_text(whole).endswith("Cost 27591\n")


@pytest.mark.cases
@pytest.mark.parametrize(("name", "cost"), [("cvrp/X-n101-k25.vrp", 28100), ("vrptw/C101.txt", 830.0)])
def test_published_instances_are_solved_near_their_best_known_cost(name: str, cost: float) -> None:
    folder = os.environ.get("GRIDSVC_CASES")
    path = Path(folder or "") / ".." / "bench" / "routing" / name
    if folder is None or not path.is_file():
        pytest.skip("set GRIDSVC_CASES to a folder with ../bench/routing beside it")
    instance = read_instance(path)
    solution = solve_instance(instance, seed=1, max_iterations=30_000)
    assert solution.reasons == ()
    assert solution.cost <= cost
