"""`gridsvc solve territory`, tried as a new user would: files in, labels and one JSON object out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from gridsvc.cli.solve import app
from gridsvc.domain.errors import BadInput
from gridsvc.engines.instances import territory_npz
from optimize.territory import checks

KEYS = {
    "max_deviation_share", "n_broken_grids", "n_pieces", "inertia_km2", "polsby_popper", "n_cut_edges", "churn_share",
    "search_s", "peak_mb",
}  # fmt: skip


def square(**changes: Any) -> dict[str, Any]:
    """Return the arrays of a 6 x 6 square with two retailers a unit."""
    centres = np.array([(c, r) for r in range(6) for c in range(6)], dtype=float)
    edges = [(6 * r + c, 6 * r + c + 1) for r in range(6) for c in range(5)]
    edges += [(6 * r + c, 6 * r + c + 6) for r in range(5) for c in range(6)]
    unit = np.repeat(np.arange(36), 2)
    places = centres[unit] + np.tile([[-0.1, 0], [0.1, 0]], (36, 1))
    load = np.full(36, 2)
    arrays = {"pts": places, "pcell": unit, "cxy": centres, "cload": load, "cmin": 15 * load, "edges": np.array(edges)}
    arrays |= {"p": np.array(4), **changes}
    return {name: array for name, array in arrays.items() if array is not None}


def written(folder: Path, **changes: Any) -> Path:
    path = folder / "square.npz"
    np.savez(path, **square(**changes))
    return path


def run(folder: Path, *options: str, **changes: Any) -> Result:
    instance = written(folder, **changes)
    given = ["--out", str(folder / "out.csv"), *options]
    for option, value in (("--tolerance", "0.05"), ("--max-iterations", "100")):
        if option not in given:
            given += [option, value]
    return CliRunner().invoke(app, ["territory", str(instance), *given])


def test_a_feasible_instance_exits_0_with_labels_and_one_json_object(tmp_path: Path) -> None:
    result = run(tmp_path)
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert set(found) >= KEYS
    assert (found["n_broken_grids"], found["n_pieces"], found["polsby_popper"]) == (0, 4, None)
    problem = territory_npz.read_instance(tmp_path / "square.npz", tolerance=0.05)
    labels = territory_npz.read_labels(tmp_path / "out.csv", n_units=36, n_grids=4)
    assert checks.violations(problem, labels) == ()


def test_inertia_counts_every_retailer_at_its_own_place(tmp_path: Path) -> None:
    found = json.loads(run(tmp_path).stdout)
    labels = territory_npz.read_labels(tmp_path / "out.csv", n_units=36, n_grids=4)
    arrays = square()
    grid = labels[arrays["pcell"]]
    by_hand = sum(((arrays["pts"][grid == g] - arrays["pts"][grid == g].mean(axis=0)) ** 2).sum() for g in range(4))
    assert found["inertia_km2"] == pytest.approx(by_hand, abs=1e-5)


def test_polsby_popper_is_that_of_hexagon_edges(tmp_path: Path) -> None:
    arrays = square()
    side, area = np.full(36, 0.5), np.full(36, 0.65)
    found = json.loads(run(tmp_path, gedges=arrays["edges"], side=side, area=area).stdout)
    labels = territory_npz.read_labels(tmp_path / "out.csv", n_units=36, n_grids=4)
    same = np.zeros(36)
    for a, b in arrays["edges"]:
        if labels[a] == labels[b]:
            same[[a, b]] += 1
    outline = np.bincount(labels, 0.5 * (6 - same))
    by_hand = (4 * np.pi * np.bincount(labels, area) / outline**2).mean()
    assert found["polsby_popper"] == pytest.approx(by_hand, abs=1e-5)
    mixed = np.where(np.arange(36) < 18, 0.65, 0.65 / 7)
    assert json.loads(run(tmp_path, gedges=arrays["edges"], side=side, area=mixed).stdout)["polsby_popper"] is None


def test_the_same_seed_and_iterations_write_the_same_bytes(tmp_path: Path) -> None:
    run(tmp_path, "--seed", "3")
    first = (tmp_path / "out.csv").read_bytes()
    run(tmp_path, "--seed", "3")
    assert (tmp_path / "out.csv").read_bytes() == first


def test_the_number_of_threads_changes_no_byte(tmp_path: Path) -> None:
    written_labels = set()
    for threads in ("1", "2", "3"):
        assert run(tmp_path, "--threads", threads).exit_code == 0
        written_labels.add((tmp_path / "out.csv").read_bytes())
    assert len(written_labels) == 1


@pytest.mark.parametrize("threads", ["0", "65"])
def test_a_number_of_threads_out_of_range_exits_2(threads: str, tmp_path: Path) -> None:
    result = run(tmp_path, "--threads", threads)
    assert result.exit_code == 2
    assert "--threads has to lie in 1 to 64" in result.output


def test_both_loads_hold_at_once(tmp_path: Path) -> None:
    minutes = np.random.default_rng(1).integers(20, 40, 36)
    assert run(tmp_path, "--load", "both", "--max-iterations", "1000", cmin=minutes).exit_code == 0
    problem = territory_npz.read_instance(tmp_path / "square.npz", tolerance=0.05, load="both")
    labels = territory_npz.read_labels(tmp_path / "out.csv", n_units=36, n_grids=4)
    assert problem.measures == ("retailers", "minutes")
    assert checks.violations(problem, labels) == ()


def test_the_engine_ortools_alone_finds_a_feasible_plan(tmp_path: Path) -> None:
    assert run(tmp_path, "--engine", "ortools", "--max-iterations", "1500").exit_code == 0


def test_present_grids_are_kept_and_pins_obeyed(tmp_path: Path) -> None:
    quarters = [(unit // 18) * 2 + unit % 6 // 3 for unit in range(36)]
    present, pins = tmp_path / "present.csv", tmp_path / "pins.csv"
    present.write_text(territory_npz.labels_text(np.array(quarters, dtype=np.int32)), encoding="utf-8")
    found = json.loads(run(tmp_path, "--previous", str(present)).stdout)
    assert found["churn_share"] == 0
    pins.write_text("unit,grid\n3,0\n", encoding="utf-8")
    found = json.loads(run(tmp_path, "--previous", str(present), "--pinned", str(pins)).stdout)
    assert found["churn_share"] == pytest.approx(2 / 36, abs=1e-8)
    assert territory_npz.read_labels(tmp_path / "out.csv", n_units=36, n_grids=4)[3] == 0


def test_an_infeasible_instance_exits_3_with_reasons_and_still_writes_labels(tmp_path: Path) -> None:
    load = np.full(36, 2)
    unit = np.concatenate([np.repeat(np.arange(36), load), np.zeros(100, dtype=int)])
    places = square()["cxy"][unit]
    result = run(tmp_path, pts=places, pcell=unit, cload=np.bincount(unit))
    assert result.exit_code == 3
    assert "Unit 0" in result.stderr
    assert not json.loads(result.stdout)["feasible"]
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 37


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"edges": None, "p": None}, "missing arrays: edges, p"),
        ({"pts": np.full((72, 2), np.nan)}, "pts holds NaN"),
        ({"cload": np.full(35, 2)}, r"cload must have shape \(36,\)"),
        ({"pts": np.zeros(72)}, r"pts must have shape \(any, 2\)"),
        ({"p": np.array(0)}, "p must be at least 1"),
        ({"p": np.array(37)}, "only 36 units"),
        ({"p": np.array([4, 5])}, "p must be one number"),
        ({"p": np.array("four")}, "p must hold numbers"),
        ({"edges": np.array([[0, 36]])}, "edges names units outside"),
        ({"edges": np.array([[0.5, 1]])}, "edges must hold whole numbers"),
        ({"cmin": np.full(36, 1e300)}, r"cmin holds numbers beyond 1e\+09"),
        ({"pts": np.full((72, 2), -1e300)}, r"pts holds numbers beyond 1e\+09"),
        ({"p": np.array(2**63, dtype=np.uint64)}, r"p holds numbers beyond 1e\+09"),
        ({"cload": np.full(36, 3)}, "cload is not the count of pcell"),
        (
            {
                "cxy": np.zeros((0, 2)),
                "cload": np.zeros(0),
                "cmin": None,
                "pts": np.zeros((0, 2)),
                "pcell": np.zeros(0),
            },
            "no units",
        ),
    ],
)
def test_a_malformed_instance_is_refused_in_words(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        territory_npz.read_instance(written(tmp_path, **changes), tolerance=0.05)
    assert run(tmp_path, **changes).exit_code == 2


def test_minutes_are_needed_only_where_they_are_balanced(tmp_path: Path) -> None:
    assert run(tmp_path, cmin=None).exit_code == 0
    refused = run(tmp_path, "--load", "both", cmin=None)
    assert (refused.exit_code, "missing arrays: cmin" in refused.stderr) == (2, True)


def test_files_that_are_no_npz_and_options_out_of_range_exit_2(tmp_path: Path) -> None:
    text = tmp_path / "text.npz"
    text.write_text("not an archive", encoding="utf-8")
    out = ["--out", str(tmp_path / "out.csv")]
    for path in (text, tmp_path / "none.npz"):
        result = CliRunner().invoke(app, ["territory", str(path), "--tolerance", "0.05", *out])
        assert (result.exit_code, "not a readable .npz" in result.stderr) == (2, True)
    for option, value in (("--tolerance", "1.5"), ("--tolerance", "nan"), ("--seed", "-1"), ("--max-iterations", "-1")):
        assert run(tmp_path, option, value).exit_code == 2


def test_an_array_that_is_named_like_an_archive_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "one.npz"
    with path.open("wb") as stream:
        np.save(stream, np.zeros(3))
    with pytest.raises(BadInput, match=r"is no \.npz archive: it holds one array"):
        territory_npz.read_instance(path, tolerance=0.05)


def test_an_endless_field_is_refused_and_long_values_are_shortened(tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text(f"unit,grid\n{'9' * 140_000},1\n", encoding="utf-8")
    with pytest.raises(BadInput, match="no readable csv file: field larger than field limit"):
        territory_npz.read_labels(labels, n_units=36, n_grids=4)
    refused = run(tmp_path, "--previous", str(labels))
    assert (refused.exit_code, "field larger" in refused.stderr) == (2, True)
    labels.write_text(f"unit,grid\n{'9' * 3000},1\n1,{'8' * 3000}\n{'x' * 3000},1\n", encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        territory_npz.read_labels(labels, n_units=36, n_grids=4)
    words = str(caught.value).removeprefix(str(labels))
    assert [char * 60 + "..." in words for char in "98x"] == [True] * 3
    assert len(words) < 400


def test_every_faulty_label_line_is_named(tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("unit,grid\n0,1\n0,2\n99,0\n1,9\nx,1\n2\n", encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        territory_npz.read_labels(labels, n_units=36, n_grids=4)
    for words in ("line 3: unit 0 is listed twice", "line 4: unit 99", "line 5: grid 9", "line 6: 'x,1'", "line 7"):
        assert words in str(caught.value)
    labels.write_text("cell,grid\n", encoding="utf-8")
    with pytest.raises(BadInput, match="unit,grid"):
        territory_npz.read_labels(labels, n_units=36, n_grids=4)


def test_a_district_without_retailers_is_divided_all_the_same(tmp_path: Path) -> None:
    nobody = {"pts": np.zeros((0, 2)), "pcell": np.zeros(0, dtype=int), "cload": np.zeros(36, dtype=int)}
    result = run(tmp_path, **nobody)
    assert (result.exit_code, json.loads(result.stdout)["n_pieces"]) == (0, 4)


def _ways(**changes: Any) -> dict[str, Any]:
    """Give ways that are five times as long along one axis, as where all streets but a few run the other way."""
    row, column = np.divmod(np.arange(36), 6)
    of = np.array([0, 5, 30, 35, 14])
    way = np.hypot(5.0 * (column[of][:, None] - column[None]), row[of][:, None] - row[None])
    return {"way_from": of, "way": way} | changes


def test_ways_of_the_file_change_what_is_compact_and_both_inertias_are_told(tmp_path: Path) -> None:
    straight = json.loads(run(tmp_path).stdout)
    found = json.loads(run(tmp_path, "--distance", "street", "--max-iterations", "2000", **_ways()).stdout)
    assert found["feasible"]
    assert "inertia_along_ways_km2" not in straight
    assert found["inertia_km2"] > straight["inertia_km2"]  # four squares are best along straight lines
    labels = territory_npz.read_labels(tmp_path / "out.csv", n_units=36, n_grids=4)
    assert max(len(set((np.flatnonzero(labels == grid) % 6).tolist())) for grid in range(4)) == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"way_from": None}, "way_from"),
        ({"way_from": np.array([0, 36])}, "rows of units from 0 to 35"),
        ({"way": np.ones((2, 36))}, "5 x 36 numbers"),
        ({"way": np.full((5, 36), np.nan)}, "none NaN"),
        ({"way": -np.ones((5, 36))}, ">= 0"),
    ],
)
def test_ways_that_do_not_fit_are_refused_in_words(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    result = run(tmp_path, "--distance", "street", **_ways(**changes))
    assert result.exit_code == 2
    assert words in result.output
    assert not (tmp_path / "out.csv").exists()


def test_cartons_count_beside_retailers_and_minutes_within_their_own_tolerance(tmp_path: Path) -> None:
    cartons = np.where(np.arange(36) % 6 < 3, 30, 10)  # the west sells most
    options = ("--load", "all", "--tolerance", "0.4", "--carton-tolerance", "0.2")
    result = run(tmp_path, *options, ccartons=cartons)
    assert result.exit_code == 0, result.stderr
    problem = territory_npz.read_instance(
        tmp_path / "square.npz", tolerance=0.4, load="all", own_tolerance={"cartons": 0.2}
    )
    assert problem.measures == ("retailers", "minutes", "cartons")
    assert problem.tolerance_share.tolist() == [0.4, 0.4, 0.2]
    labels = territory_npz.read_labels(tmp_path / "out.csv", n_units=36, n_grids=4)
    assert checks.violations(problem, labels) == ()
    lacking = run(tmp_path, "--load", "cartons")
    assert (lacking.exit_code, "missing arrays: ccartons" in lacking.stderr) == (2, True)


def test_linked_units_share_a_grid_and_bases_lie_in_their_own(tmp_path: Path) -> None:
    linked = tmp_path / "linked.csv"
    linked.write_text("unit,group\n0,7\n5,7\n")  # two corners of the same row
    bases = tmp_path / "bases.csv"
    bases.write_text("unit,grid\n35,0\n30,1\n")
    result = run(tmp_path, "--linked", str(linked), "--bases", str(bases), "--tolerance", "0.4")
    assert result.exit_code == 0, result.stderr
    labels = territory_npz.read_labels(tmp_path / "out.csv", n_units=36, n_grids=4)
    assert labels[0] == labels[5]
    assert (labels[35], labels[30]) == (0, 1)
    bases.write_text("unit,grid\n35,0\n34,0\n")
    twice = run(tmp_path, "--bases", str(bases))
    assert (twice.exit_code, "a grid has one base; these have several: 0" in twice.stderr) == (2, True)
    wrong = run(tmp_path, "--linked", str(bases))
    assert (wrong.exit_code, "the first line must be 'unit,group'" in wrong.stderr) == (2, True)
