from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks.instances.periodic_fleets import KINDS, fleet_instance
from gridsvc.cli.solve import app
from gridsvc.engines.instances.periodic_cordeau import (
    MalformedInstanceError,
    read_periodic,
    solve_instance,
    write_solution,
)
from optimize.periodic.checks import broken_rules
from optimize.periodic.patterns import days_of

SMALL = """1 2 4 3
0 20

0 20
0 20
 0  0  0  0  0
 1  3  0  1  5  1 3 1 2 4
 2  0  4  1  5  2 2 3 5
 3 -3  0  1  5  1 1 4

 4  0 -4  1  5  3 1 7
"""


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    path = tmp_path / "small"
    path.write_text(SMALL)
    return path


def changed(tmp_path: Path, old: str, new: str) -> Path:
    assert old in SMALL
    path = tmp_path / "changed"
    path.write_text(SMALL.replace(old, new, 1))
    return path


def test_the_highest_binary_digit_is_the_first_day(instance: Path) -> None:
    problem = read_periodic(instance)
    own = problem.pattern_mask[problem.pattern_start[1] : problem.pattern_start[2]]
    assert {days_of(int(mask)) for mask in own} == {(1, 2), (0, 2)}  # 3 = 011, 5 = 101


def test_a_longest_tour_of_zero_means_no_limit(instance: Path, tmp_path: Path) -> None:
    assert np.isinf(read_periodic(instance).minutes_of_staff_day).all()
    limited = read_periodic(changed(tmp_path, "0 20\n", "60 20\n")).minutes_of_staff_day
    assert limited.tolist() == [[60.0, np.inf, np.inf]] * 2


def test_a_text_of_its_time_may_have_carriage_returns_and_end_in_a_control_z(instance: Path, tmp_path: Path) -> None:
    path = tmp_path / "dos"
    path.write_bytes(SMALL.replace("\n", "\r\n").encode() + b"\x1a\r\n")
    read, usual = read_periodic(path), read_periodic(instance)
    assert np.array_equal(read.travel_min, usual.travel_min)
    assert np.array_equal(read.pattern_mask, usual.pattern_mask)


@pytest.mark.parametrize("name", ["arms20", "rings51", "timed48"])
def test_full_vehicles_and_short_tours_are_planned_within_their_limits(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(fleet_instance(KINDS[name], seed=1))
    problem = read_periodic(path)
    result = solve_instance(problem, seed=1, max_seconds=None, max_iterations=20_000, engine="auto")
    assert broken_rules(problem, result) == []
    n_visits = np.bitwise_count(result.mask_of_duty).astype(np.int64)
    if name != "timed48":
        assert (n_visits @ problem.demand) / problem.capacity_of_staff_day.sum() > 0.97


def test_a_solution_is_written_as_published_and_adds_up(instance: Path) -> None:
    problem = read_periodic(instance)
    result = solve_instance(problem, seed=1, max_seconds=None, max_iterations=500, engine="auto")
    text = write_solution(problem, result)
    cost, *tours = text.splitlines()
    served: dict[int, list[int]] = {}
    for tour in tours:
        day, vehicle, duration, load, *stops = tour.split()
        assert 1 <= int(vehicle) <= 2
        assert (stops[0], stops[-1]) == ("0", "0")
        assert float(load) == 5.0 * (len(stops) - 2)
        assert float(duration) > len(stops) - 2
        for stop in stops[1:-1]:
            served.setdefault(int(stop), []).append(int(day))
    assert {customer: len(days) for customer, days in served.items()} == {1: 1, 2: 2, 3: 1, 4: 3}
    assert served[3] == [1]
    assert float(cost) == pytest.approx(result.metrics["travel_min"], abs=0.01)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("1 2 4 3", "2 2 4 3", "only type 1"),
        ("1 2 4 3", "1 2 5 3", "need 10 lines with numbers, not 9"),
        ("1 2 4 3", "1 0 4 3", "at least one vehicle"),
        ("1 2 4 3", "one 2 4 3", "line 1 holds something that is not a number"),
        ("1 3 1 2 4", "1 3 1 2", "announces 3 patterns and holds 2"),
        ("3 1 7", "2 1 7", "pattern 7 with 3 days and frequency 2"),
        ("1 1 4", "1 1 8", "pattern 8, which names days outside"),
        (" 2  0  4", " 9  0  4", "line 8 must start with number 2"),
        (" 3 -3  0", " 3 nan  0", "not finite"),
        ("5  2 2 3 5", "-5  2 2 3 5", "negative service time or demand"),
    ],
)
def test_a_malformed_file_is_refused_with_the_line(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    with pytest.raises(MalformedInstanceError, match=sentence):
        read_periodic(changed(tmp_path, old, new))


@pytest.mark.parametrize(
    ("old", "new"), [(" 1  3  0", " 1  1e308  0"), (" 1  3  0", " 1  1e12  0"), ("1  5  1 3", "1  1e300  1 3")]
)
def test_numbers_too_large_to_add_up_are_refused(tmp_path: Path, old: str, new: str) -> None:
    with pytest.raises(MalformedInstanceError, match=r"travel_min must be finite|too large"):
        read_periodic(changed(tmp_path, old, new))


def test_vehicles_and_room_beyond_any_need_change_nothing(instance: Path, tmp_path: Path) -> None:
    usual = read_periodic(changed(tmp_path, "1 2 4 3\n0 20", "1 4 4 3\n0 80"))
    most = read_periodic(changed(tmp_path, "1 2 4 3\n0 20", "1 99999999999 4 3\n0 1e18"))
    first, second = (
        solve_instance(problem, seed=1, max_seconds=None, max_iterations=100, engine="auto")
        for problem in (usual, most)
    )
    assert first.is_feasible
    assert (second.is_feasible, second.tour_duty.tobytes()) == (True, first.tour_duty.tobytes())


def test_an_empty_or_binary_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("\n\n")
    with pytest.raises(MalformedInstanceError, match="is empty"):
        read_periodic(path)
    path.write_bytes(b"1 2 4 3\n\xff\xfe")
    with pytest.raises(MalformedInstanceError, match="not an ASCII text: byte 8 is 0xff"):
        read_periodic(path)


def run(*arguments: object) -> tuple[int, str, str]:
    outcome = CliRunner().invoke(app, ["periodic", *map(str, arguments)])
    return outcome.exit_code, outcome.stdout, outcome.stderr


def test_the_command_writes_the_same_bytes_for_the_same_seed(instance: Path, tmp_path: Path) -> None:
    written = []
    for name in ("a.txt", "b.txt"):
        code, printed, _ = run(instance, "--max-iterations", 300, "--seed", 5, "--out", tmp_path / name)
        assert code == 0
        assert json.loads(printed)["is_feasible"] is True
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]


def test_the_command_says_what_is_wrong_and_exits_with_two(instance: Path, tmp_path: Path) -> None:
    bad = changed(tmp_path, "1 2 4 3", "2 2 4 3")
    code, _, said = run(bad, "--max-iterations", 10, "--out", tmp_path / "out")
    assert (code, "only type 1" in said) == (2, True)
    code, _, said = run(tmp_path / "none", "--max-iterations", 10, "--out", tmp_path / "out")
    assert (code, "cannot be read" in said) == (2, True)
    code, _, said = run(instance, "--max-iterations", 10, "--out", tmp_path / "no" / "out")
    assert (code, "there is no folder" in said) == (2, True)


def test_the_command_exits_with_three_and_reasons_where_nothing_feasible_exists(tmp_path: Path) -> None:
    path = tmp_path / "tight"
    path.write_text(SMALL.replace("0 20", "0 4"))
    code, printed, said = run(path, "--max-iterations", 200, "--out", tmp_path / "out.txt")
    assert code == 3
    assert json.loads(printed)["n_not_planned"] == 4
    assert "customer 1: Its demand is 1 above what any empty tour carries." in said
    assert not (tmp_path / "out.txt").exists()
