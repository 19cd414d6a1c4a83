"""The commands that take files in, as a newcomer types them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gridsvc.cli.main import main
from gridsvc.cluster import RunningDatabase
from tests.gridsvc.usecases.small_town import EAST, NORTH, SOUTH, WEST, shop, shops, six_staff, write_csv, write_geojson

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(
    database: RunningDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Runs `gridsvc ...` on the module's database and gives the exit code and all that it printed."""
    for name, url in (("DATABASE", database.owner_url), ("APP_DATABASE", database.app_url)):
        plain = url.replace("postgresql+psycopg://", "postgresql://")
        monkeypatch.setenv(f"GRIDSVC_{name}_URL", plain)
    monkeypatch.setenv("GRIDSVC_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("COLUMNS", "200")

    def call(*words: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["gridsvc", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        printed = capsys.readouterr()
        return int(left.value.code or 0), printed.out + printed.err

    return call


def test_a_district_comes_in_from_files_alone(run: Run, tmp_path: Path) -> None:
    import shapely

    box = write_geojson(tmp_path / "box.geojson", [({"kind": "town"}, shapely.box(WEST, SOUTH, EAST, NORTH))])
    made = run(
        "district", "add", "520103", "云岩区", "--country", "CN", "--time-zone", "Asia/Shanghai", "--boundary", box
    )
    assert made[0] == 0, made[1]
    rows = [{"店名": s["name"], "门牌": s["address"], **s} for s in [*shops(64), shop(70, name="")]]
    bare = [{k: v for k, v in row.items() if k not in ("name", "address")} | {"use": "yes"} for row in rows]
    bare[-1]["店名"] = ""
    file = write_csv(tmp_path / "shops.csv", [*bare, bare[0] | {"use": "no"}], encoding="gb18030")
    mapping = tmp_path / "mapping.toml"
    mapping.write_text('[retailers]\ncrs = "wgs84"\n[retailers.columns]\naddress = "门牌"\n', encoding="utf-8")
    code, words = run("import", "retailers", file, "--where", "use=yes", "--mapping", mapping, "--map", "name=店名",
                      "--report", tmp_path / "report.csv")  # fmt: skip
    assert code == 0, words
    assert "gb18030" in words
    assert "name is blank" in words
    assert "name is blank" in (tmp_path / "report.csv").read_text(encoding="utf-8-sig")
    assert run("import", "staff", write_csv(tmp_path / "staff.csv", six_staff()), "--crs", "wgs84")[0] == 0
    assert run("units", "make")[0] == 0
    code, words = run("review", "list")
    assert code == 0
    assert "missing_field" in words
    code, words = run("import", "retailers", file, "--where", "use=yes", "--mapping", mapping, "--map", "name=店名")
    assert "Nothing changed" in words
    code, words = run("district", "list")
    assert "云岩区" in words


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("import", "staff", "nowhere.csv", "--crs", "wgs84", "--district", "999"), "there is no district 999"),
        (("import", "retailers", "nowhere.csv", "--where", "borough"), "--where NAME=VALUE"),
        (("import", "retailers", ".", "--district", "520103"), ". is a folder; name one file in it"),
        (("sample", "district", "x", "--size", "village"), "district, city, province"),
        (("sample", "staff", "--drivers", "many"), "a number or auto"),
    ],
)
def test_a_misspelt_command_says_what_it_wants(run: Run, words: tuple[str, ...], said: str) -> None:
    code, printed = run(*words)
    assert code == 2, printed
    assert said in printed
    assert "Traceback" not in printed


def test_a_report_that_cannot_be_written_stops_the_import_before_it_begins(run: Run, tmp_path: Path) -> None:
    import shapely

    box = write_geojson(tmp_path / "box.geojson", [({"kind": "town"}, shapely.box(WEST, SOUTH, EAST, NORTH))])
    made = run(
        "district", "add", "520104", "Town", "--country", "CN", "--time-zone", "Asia/Shanghai", "--boundary", box
    )
    assert made[0] == 0, made[1]
    words = (
        "import",
        "staff",
        write_csv(tmp_path / "staff.csv", six_staff()),
        "--crs",
        "wgs84",
        "--district",
        "520104",
    )
    code, said = run(*words, "--report", tmp_path / "nowhere" / "x.csv")
    assert code == 2
    assert "there is no folder" in said
    assert "nothing was imported" in said
    if Path("/dev/full").exists():
        code, said = run(*words, "--report", "/dev/full")
        assert (code, "the import is done" in said) == (2, True)
        assert "Nothing changed" in run(*words)[1]
