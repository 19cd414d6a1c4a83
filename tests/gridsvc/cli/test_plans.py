"""The planner's commands: complete words and exit code 2 for what cannot be done, whole answers for what can."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gridsvc.cli.main import main
from gridsvc.cluster import RunningDatabase
from gridsvc.storage import Store
from tests.fakes.small_district import build
from tests.gridsvc.usecases.small_town import shops, write_csv

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    database: RunningDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Runs `gridsvc ...` on the module's database and gives the exit code, what it printed and what it complained."""
    for name, url in (("DATABASE", database.owner_url), ("APP_DATABASE", database.app_url)):
        monkeypatch.setenv(f"GRIDSVC_{name}_URL", url.replace("postgresql+psycopg://", "postgresql://"))
    monkeypatch.setenv("GRIDSVC_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("GRIDSVC_TODAY", "2026-11-25")  # after the day on which the town was taken in
    monkeypatch.setenv("COLUMNS", "200")

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["gridsvc", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        printed = capsys.readouterr()
        return int(left.value.code or 0), printed.out, printed.err

    return call


def test_commands_say_what_is_wrong_and_answer_what_is_asked(
    run: Run, database: RunningDatabase, tmp_path: Path
) -> None:
    wrong = run("plan", "design", "--layers", "inspection,parking")
    assert wrong[0] == 2
    assert "unknown layer 'parking'; the layers are inspection, marketing, delivery" in wrong[2]
    wrong = run("plan", "design", "--grids", "marketing=many")
    assert wrong[0] == 2
    assert "marketing=many: write it like marketing=12" in wrong[2]
    for instant, words in (("tomorrow", "is no instant"), ("2026-12-01T00:00:00", "needs an offset from UTC")):
        wrong = run("plan", "publish", "--from", instant)
        assert wrong[0] == 2
        assert f"--from {instant} {words}" in wrong[2]
    none = run("plan", "list")
    assert none[0] == 2
    assert "there is no district yet; make one with `district add`" in none[2]

    store = Store(database.app_url, pool_size=2)
    district = build(store, tmp_path / "one", shop_rows=shops(16))
    assert run("plan", "list")[:2] == (0, "There is no plan yet; `plan design` makes one.\n")
    nothing = run("plan", "publish")
    assert nothing[0] == 2
    assert "there is no open plan; `plan design` makes one" in nothing[2]

    told = run("ownership", "--retailer-code", "R0001", "--json")
    assert told[0] == 0, told
    answer = json.loads(told[1])
    assert {"adcode", "generation", "revision", "as_of", "matched_by", "retailer", "layers", "unit"} <= answer.keys()
    assert (answer["adcode"], answer["generation"], answer["matched_by"]) == ("520103", 0, "retailer_code")
    assert [(layer["layer"], layer["owner"]["staff_code"], layer["source"]) for layer in answer["layers"]] == [
        ("inspection", "I2", "imported"), ("marketing", "M2", "imported"), ("delivery", "D2", "imported")
    ]  # fmt: skip
    nobody = run("ownership", "--retailer-code", "R9999")
    assert nobody[0] == 2
    assert "R9999" in nobody[2]
    both = run("ownership", "--retailer-code", "R0001", "--licence-no", "99000001")
    assert both[0] == 2
    assert "by exactly one" in both[2]

    plan_id = district.draw()
    first, second = district.survey().units.ids[:2]
    linked = write_csv(tmp_path / "linked.csv", [{"unit": unit, "group": "market"} for unit in (first, second)])
    bases = write_csv(tmp_path / "bases.csv", [{"unit": first, "staff": "M1"}])
    ruled_id = district.draw(seed=2)
    ruled = run(
        "plan", "rules", ruled_id, "--layers", "marketing", "--linked", linked, "--bases", bases,
        "--carton-tolerance", "0.3", "--crews", "rota",
    )  # fmt: skip
    assert ruled[0] == 0, ruled[2]
    assert "1 bases, 1 linked groups" in ruled[1]
    assert "shops within 25 %, cartons within 30 %" in ruled[1]
    assert "crews: rota" in ruled[1]
    stranger = run("plan", "rules", ruled_id, "--layers", "delivery", "--bases", bases)
    assert stranger[0] == 2
    assert "M1 owns no grid in the delivery layer of this draft" in stranger[2]
    headless = run("plan", "rules", ruled_id, "--linked", bases)
    assert (headless[0], "the first line must be 'unit,group'" in headless[2]) == (2, True)
    refused = run("plan", "publish", plan_id)
    assert refused[0] == 2
    assert "publish it with a reason, or mend it\n  - " in refused[2]
    missing = run("cycle", "plan", "--first-day", "2026-11-25")
    assert missing[0] == 2
    assert "a cycle begins on a Monday" in missing[2]

    build(store, tmp_path / "two", adcode="520102", shop_rows=shops(4), owners=None)
    store.close()
    two = run("plan", "list")
    assert two[0] == 2
    assert "there is more than one district; name one of these" in two[2]
    assert "--district 520102  Town" in two[2]
    assert "--district 520103  Town" in two[2]
    unknown = run("plan", "list", "--district", "999999")
    assert unknown[0] == 2
    assert "there is no district 999999" in unknown[2]
    listed = run("plan", "list", "--district", "520103")
    assert listed[0] == 0
    assert "approved" in listed[1]
