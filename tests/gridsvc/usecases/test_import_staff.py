"""Staff come in with a role and an office; what a file does not say stays as it was."""

from __future__ import annotations

from pathlib import Path

from gridsvc.clock import FixedClock
from gridsvc.domain.layers import Role
from gridsvc.storage import Store, staff
from gridsvc.usecases.import_absences import import_absences
from gridsvc.usecases.import_staff import USUAL_CAPACITY_CARTONS, import_staff
from tests.gridsvc.usecases.small_town import WGS84, make_town, member, six_staff, write_csv


def test_impossible_roles_and_repeated_codes_are_rejected(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    adcode = make_town(store, clock, "400001", tmp_path)
    rows = [
        *six_staff(),
        member("X1", "astronaut"),
        member("M1", "customer_manager", name="Other"),
        member("", "driver"),
    ]
    path = write_csv(tmp_path / "staff.csv", rows)
    report = import_staff(store, clock, adcode=adcode, actor="test", path=path, options=WGS84)
    assert (report.n_new, report.n_rejected) == (6, 3)
    assert {f.row_no for f in report.findings if f.severity == "rejected"} == {8, 9, 10}
    with store.transaction(adcode) as tx:
        assert [m.staff_code for m in staff.all_staff(tx, role=Role.DELIVERY_DRIVER)] == ["D1", "D2"]


def test_a_member_without_office_or_capacity_is_taken_in_and_said(
    store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    adcode = make_town(store, clock, "400002", tmp_path)
    rows = [member("D1", "送货员", office_lon="", office_lat="", vehicle_capacity_cartons="")]
    path = write_csv(tmp_path / "staff.csv", rows)
    report = import_staff(store, clock, adcode=adcode, actor="test", path=path, options=WGS84)
    assert [f.code for f in report.findings] == ["no_capacity", "no_office"]
    with store.transaction(adcode) as tx:
        assert staff.all_staff(tx)[0].vehicle_capacity_cartons == USUAL_CAPACITY_CARTONS


def test_a_second_file_changes_what_it_states_only(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    adcode = make_town(store, clock, "400003", tmp_path)
    path = write_csv(tmp_path / "staff.csv", six_staff())
    import_staff(store, clock, adcode=adcode, actor="test", path=path, options=WGS84)
    rows = [{"staff_code": "M1", "name": "New Name", "role": "customer_manager"}]
    report = import_staff(store, clock, adcode=adcode, actor="test", path=write_csv(path, rows))
    assert [(c.subject, c.field, c.after) for c in report.changes] == [("M1", "name", "New Name")]
    assert any("5 members" in note for note in report.notes)
    with store.transaction(adcode) as tx:
        known = {m.staff_code: m for m in staff.all_staff(tx)}
    assert len(known) == 6
    assert known["M1"].org_unit_name == "Office of customer_manager"


def test_deputies_are_named_by_code_and_a_wrong_code_is_said(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    adcode = make_town(store, clock, "400005", tmp_path)
    rows = [row | {"deputies": "M2; D1;M1;X9" if row["staff_code"] == "M1" else ""} for row in six_staff()]
    path = write_csv(tmp_path / "staff.csv", rows)
    report = import_staff(store, clock, adcode=adcode, actor="test", path=path, options=WGS84)
    assert [(f.code, f.subject) for f in report.findings] == [("unknown_deputy", "M1")] * 2
    with store.transaction(adcode) as tx:
        known = {m.staff_code: m for m in staff.all_staff(tx)}
    assert known["M1"].deputies == (known["M2"].staff_id, known["D1"].staff_id)
    # a file that does not speak of deputies leaves them
    again = [{name: value for name, value in row.items() if name != "deputies"} for row in rows]
    report = import_staff(store, clock, adcode=adcode, actor="test", path=write_csv(path, again), options=WGS84)
    assert report.changes_nothing


def test_absences_need_a_known_member_and_forward_dates(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    adcode = make_town(store, clock, "400004", tmp_path)
    path = write_csv(tmp_path / "staff.csv", six_staff())
    import_staff(store, clock, adcode=adcode, actor="test", path=path, options=WGS84)
    rows = [
        {"staff_code": "M1", "first_day": "2026-11-23", "last_day": "2026-11-25", "reason": "leave"},
        {"staff_code": "ZZ", "first_day": "2026-11-23", "last_day": "2026-11-25", "reason": ""},
        {"staff_code": "M2", "first_day": "2026-11-25", "last_day": "2026-11-23", "reason": ""},
    ]
    path = write_csv(tmp_path / "absences.csv", rows)
    report = import_absences(store, clock, adcode=adcode, actor="test", path=path)
    again = import_absences(store, clock, adcode=adcode, actor="test", path=path)
    assert [(f.row_no, f.code) for f in report.findings] == [(3, "unknown_staff_code"), (4, "backward_dates")]
    assert (report.n_new, again.n_unchanged) == (1, 1)
