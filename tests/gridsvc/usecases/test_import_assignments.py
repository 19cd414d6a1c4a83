"""Today's owners become generation 0 as they are, with their faults listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridsvc.clock import FixedClock
from gridsvc.domain.errors import BadInput, Conflict
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Layer
from gridsvc.storage import Store, districts, generations, lines, ownership, retailers, reviews
from gridsvc.usecases.export_assignments import export_assignments
from gridsvc.usecases.import_assignments import import_assignments
from gridsvc.usecases.import_retailers import import_retailers
from gridsvc.usecases.import_staff import import_staff
from tests.gridsvc.usecases.small_town import WGS84, make_town, shops, six_staff, write_csv

N_SHOPS = 64  # four rows of sixteen


def _town(store: Store, clock: FixedClock, adcode: str, folder: Path) -> Adcode:
    made = make_town(store, clock, adcode, folder)
    rows = shops(N_SHOPS)
    rows[60]["status"] = "closed"
    who = {"adcode": made, "actor": "test", "options": WGS84}
    import_retailers(store, clock, path=write_csv(folder / "shops.csv", rows), **who)
    import_staff(store, clock, path=write_csv(folder / "staff.csv", six_staff()), **who)
    return made


def _row(number: int, staff_code: str, layer: str = "marketing", **values: object) -> dict[str, object]:
    return {
        "retailer_code": f"R{number:04d}", "layer": layer, "staff_code": staff_code, "line": f"{staff_code}-1",
        "weekday": "周三", "valid_from": "2026-01-05",
    } | values  # fmt: skip


def _west_and_east() -> list[dict[str, object]]:
    """Marketing: M1 owns the west; M2 the east and an island of six shops in the west; shop 63 is nobody's."""
    island = {16, 17, 18, 32, 33, 34}
    numbers = [number for number in range(N_SHOPS - 1) if number != 60]
    return [_row(number, "M1" if number % 16 < 8 and number not in island else "M2") for number in numbers]


def test_owners_are_accepted_as_they_are_and_their_faults_listed(
    store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    adcode = _town(store, clock, "600001", tmp_path)
    rows = [
        *_west_and_east(), _row(0, "M2"), _row(1, "I1"), _row(2, "ghost"), _row(999, "M1"), _row(60, "M1"),
        _row(3, "M1", weekday="周四"),
    ]  # fmt: skip
    path = write_csv(tmp_path / "owners.csv", rows)
    report = import_assignments(store, clock, adcode=adcode, actor="test", path=path)
    rejected = {f.row_no: f.code for f in report.findings if f.severity == "rejected"}
    assert rejected == {
        64: "two_owners", 65: "wrong_role", 66: "unknown_staff_code", 67: "unknown_retailer", 68: "closed_retailer",
        69: "duplicate_assignment",
    }  # fmt: skip
    faults = {(f.code, f.subject) for f in report.findings if f.severity == "fault"}
    assert ("unowned", "R0063") in faults
    assert ("enclave", "M2") in faults
    assert {("out_of_tolerance", "M1"), ("out_of_tolerance", "M2")} <= faults
    with store.transaction(adcode) as tx:
        generation = generations.current(tx, clock.now())
        owners = ownership.owners_at(tx, clock.now())
        known = retailers.columns(tx, statuses=retailers.STATUSES)
        assert generation is not None
        assert (generation.number, generation.plan_id) == (0, None)
        assert generation.faults["counts"]["marketing"]["enclave"] == 1
        assert len(generation.faults["two_owners"]) == 1
        assert len(owners) == 62
        assert {owner.source.value for owner in owners.values()} == {"imported"}
        assert {layer for _, layer in owners} == {Layer.MARKETING}
        items = reviews.listed(tx, kind="assignments")
        assert {item.code for item in items} >= {"unowned", "enclave", "two_owners"}
        assert [i.retailer_id for i in items if i.code == "unowned"][-1] == known.retailer_id[63]
        assert {(line.name, line.weekday) for line in lines.lines_at(tx, clock.now())} == {("M1-1", 3), ("M2-1", 3)}
        assert districts.find(tx).generation == 0
    assert len(known) == N_SHOPS


def test_the_same_owners_change_nothing_and_others_are_refused(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    adcode = _town(store, clock, "600002", tmp_path)
    path = write_csv(tmp_path / "owners.csv", _west_and_east())
    import_assignments(store, clock, adcode=adcode, actor="test", path=path)
    with store.transaction(adcode) as tx:
        before = districts.find(tx).revision
    again = import_assignments(store, clock, adcode=adcode, actor="test", path=path)
    assert again.changes_nothing
    assert again.n_unchanged == 62
    write_csv(path, _west_and_east()[:5])
    with pytest.raises(Conflict, match="published plan"):
        import_assignments(store, clock, adcode=adcode, actor="test", path=path)
    with store.transaction(adcode) as tx:
        assert districts.find(tx).revision == before
        assert len(ownership.owners_at(tx, clock.now())) == 62


def test_a_file_of_which_nothing_fits_is_refused_with_its_rows(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    adcode = _town(store, clock, "600003", tmp_path)
    path = write_csv(tmp_path / "owners.csv", [_row(0, "ghost"), _row(999, "M1")])
    with pytest.raises(BadInput) as caught:
        import_assignments(store, clock, adcode=adcode, actor="test", path=path)
    assert len(caught.value.violations) == 2
    with store.transaction(adcode) as tx:
        assert districts.find(tx).generation is None


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_export_is_what_the_import_reads(store: Store, clock: FixedClock, tmp_path: Path, ending: str) -> None:
    first = _town(store, clock, f"60000{4 if ending == 'csv' else 5}", tmp_path)
    path = write_csv(tmp_path / "owners.csv", _west_and_east())
    import_assignments(store, clock, adcode=first, actor="test", path=path)
    exported = tmp_path / f"export.{ending}"
    assert export_assignments(store, clock, adcode=first, path=exported) == 62
    second = _town(store, clock, f"60001{4 if ending == 'csv' else 5}", tmp_path)
    import_assignments(store, clock, adcode=second, actor="test", path=exported)
    again = tmp_path / "again.csv"
    export_assignments(store, clock, adcode=first, path=tmp_path / "first.csv")
    export_assignments(store, clock, adcode=second, path=again)
    assert again.read_bytes() == (tmp_path / "first.csv").read_bytes()
    assert b"2026-01-05" in again.read_bytes()


def test_the_export_names_the_endings_it_writes(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    adcode = make_town(store, clock, "600030", tmp_path)
    with pytest.raises(BadInput, match=r"\.csv or \.xlsx"):
        export_assignments(store, clock, adcode=adcode, path=tmp_path / "owners.pdf")
