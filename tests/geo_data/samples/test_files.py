"""The files: the same seed writes the same bytes, and they read back as what they say."""

import hashlib
import json
from pathlib import Path

import pandas as pd
import pytest

from geo_data.samples import SyntheticDistrict, make_district, write_district

FILES = [
    "absences.csv", "areas.geojson", "assignments.csv", "barriers.geojson", "district.geojson", "orders.csv",
    "retailers.csv", "staff.csv", "street_edges.csv", "street_nodes.csv",
]  # fmt: skip


def _digests(paths: list[Path]) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    runs = [
        _digests(write_district(make_district(n_retailers=600, n_staff=3, seed=7), tmp_path / name))
        for name in ("first", "second")
    ]
    assert runs[0] == runs[1]
    other = _digests(write_district(make_district(n_retailers=600, n_staff=3, seed=8), tmp_path / "other"))
    assert all(other[name] != digest for name, digest in runs[0].items())


def test_all_files_are_written_and_say_synthetic_on_every_row(district: SyntheticDistrict, tmp_path: Path) -> None:
    paths = write_district(district, tmp_path)
    assert [path.name for path in paths] == FILES
    for path in paths:
        if path.suffix == ".csv" and path.name != "street_nodes.csv":
            assert (pd.read_csv(path, dtype=str)["synthetic"] == "SYNTHETIC").all(), path.name
        elif path.suffix == ".geojson":
            content = json.loads(path.read_text(encoding="utf-8"))
            assert "SYNTHETIC" in content["name"]
            assert all(feature["properties"]["synthetic"] == "SYNTHETIC" for feature in content["features"])
    assert "SYNTHETIC" in district.name


@pytest.mark.parametrize(("n_retailers", "n_staff"), [(10, 12), (20_000, 3)])
def test_impossible_counts_are_refused_with_the_reason(n_retailers: int, n_staff: int) -> None:
    with pytest.raises(ValueError, match=f"{n_staff} staff cannot share {n_retailers} shops"):
        make_district(n_retailers=n_retailers, n_staff=n_staff)
