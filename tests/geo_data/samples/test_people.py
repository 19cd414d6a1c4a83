"""Today's owners: staff for every layer, and the faults that real bureaus have."""

import pandas as pd

from geo_data.samples import SyntheticDistrict
from geo_data.schemas import ABSENCES, ASSIGNMENTS, ORDERS, STAFF


def test_twelve_inspectors_twelve_managers_and_about_twelve_vans(district: SyntheticDistrict) -> None:
    count = district.staff["role"].value_counts().to_dict()
    assert count["market_inspector"] == count["customer_manager"] == 12
    assert 11 <= count["delivery_driver"] <= 13
    assert district.staff["staff_code"].is_unique
    assert district.staff["name"].is_unique
    vans = district.staff[district.staff["role"] == "delivery_driver"]
    assert vans["vehicle_capacity_cartons"].notna().all()
    assert 5 * vans["vehicle_capacity_cartons"].sum() > district.retailers["order_cartons"].sum()


def test_an_org_unit_has_one_place_and_one_layer(district: SyntheticDistrict) -> None:
    units = district.staff.groupby("org_unit").agg(
        {"office_lon": "nunique", "office_lat": "nunique", "role": "nunique"}
    )
    assert (units == 1).all(axis=None)
    assert 5 <= len(units) <= 9


def test_people_tables_have_the_schemas_columns(district: SyntheticDistrict) -> None:
    for frame, schema in (
        (district.staff, STAFF), (district.absences, ABSENCES), (district.orders, ORDERS),
        (district.assignments, ASSIGNMENTS),
    ):  # fmt: skip
        assert set(frame.columns) - {"synthetic"} <= set(schema.column_names), schema.name
        for column in schema.columns:
            if column.required:
                assert frame[column.name].notna().all(), column.name
            if column.allowed and column.name in frame.columns:
                assert set(frame[column.name]) <= set(column.allowed), column.name


def test_present_grids_are_out_of_balance_as_old_habit_leaves_them(district: SyntheticDistrict) -> None:
    for layer, group in district.assignments.groupby("layer"):
        held = group["staff_code"].value_counts()
        assert 1.45 <= held.max() / held.min() <= 2.1, layer


def test_one_manager_has_just_come_and_the_shops_of_the_predecessor_have_no_owner(district: SyntheticDistrict) -> None:
    marketing = district.assignments[district.assignments["layer"] == "marketing"]
    managers = district.staff[district.staff["role"] == "customer_manager"]
    without = set(managers["staff_code"]) - set(marketing["staff_code"])
    assert len(without) == 1
    assert managers.set_index("staff_code").loc[without.pop(), "valid_from"] == "2026-11-16"
    unowned = set(district.retailers["retailer_code"]) - set(marketing["retailer_code"])
    assert 200 < len(unowned) < 650
    marked = district.owner_faults[district.owner_faults["fault"] == "unowned"]
    assert set(marked["retailer_code"]) == unowned
    assert set(marked["layer"]) == {"marketing"}


def test_every_shop_has_an_inspector_and_a_driver_and_a_few_have_two_owners(district: SyntheticDistrict) -> None:
    for layer in ("inspection", "delivery"):
        rows = district.assignments[district.assignments["layer"] == layer]
        assert set(rows["retailer_code"]) == set(district.retailers["retailer_code"])
    doubled = district.assignments[district.assignments.duplicated(["retailer_code", "layer"], keep=False)]
    assert not doubled.duplicated(["retailer_code", "layer", "staff_code"]).any()
    marked = district.owner_faults[district.owner_faults["fault"] == "two_owners"]
    assert set(zip(doubled["retailer_code"], doubled["layer"], strict=True)) == set(
        zip(marked["retailer_code"], marked["layer"], strict=True)
    )
    assert 3 <= len(marked) <= 15


def test_enclaves_and_drift_exist_in_every_layer(district: SyntheticDistrict) -> None:
    count = district.owner_faults.groupby(["fault", "layer"]).size()
    assert (count["enclave"] >= 15).all()
    assert (count["drift"] >= 80).all()
    assert len(count["enclave"]) == len(count["drift"]) == 3


def test_every_line_has_one_weekday_and_every_working_day_its_line(district: SyntheticDistrict) -> None:
    lines = district.assignments.groupby("line").agg({"weekday": "nunique", "staff_code": "nunique"})
    assert (lines == 1).all(axis=None)
    days = district.assignments.groupby("staff_code")["weekday"].nunique()
    assert (days == 5).all()


def test_orders_come_the_working_day_before_the_delivery(district: SyntheticDistrict) -> None:
    delivery = district.assignments[district.assignments["layer"] == "delivery"].drop_duplicates("retailer_code")
    both = district.orders.merge(delivery, on="retailer_code")
    ordered = pd.to_datetime(both["order_date"]).dt.day_of_week
    delivered = both["weekday"].map({"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4})
    assert ((ordered + 1) % 5 == delivered).all()
    active = district.retailers[district.retailers["status"] == "active"]
    assert len(district.orders) == len(active)
    assert (district.orders["cartons"] > 0).all()


def test_absences_are_of_known_staff_within_the_cycle(district: SyntheticDistrict) -> None:
    absences = district.absences
    assert len(absences) >= 3
    assert set(absences["staff_code"]) <= set(district.staff["staff_code"])
    assert (absences["first_day"] <= absences["last_day"]).all()
    assert absences["first_day"].min() >= "2026-11-23"
    assert absences["last_day"].max() <= "2026-12-20"
