"""Found the synthetic district: write its files, make the district, give its people their accounts."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from geo_data.samples import Size, make_district, write_district
from gridsvc.clock import Clock, today
from gridsvc.domain.errors import Conflict
from gridsvc.domain.ids import SAMPLE_ADCODE, Adcode
from gridsvc.domain.layers import Role
from gridsvc.domain.permissions import AccountRole
from gridsvc.storage import Store
from gridsvc.storage import staff as staff_rows
from gridsvc.usecases.create_account import create_account
from gridsvc.usecases.create_district import create_district
from gridsvc.usecases.name_department import name_department
from gridsvc.usecases.write_secret import write_secret

TIME_ZONE = "Asia/Shanghai"


def found_sample(
    store: Store,
    clock: Clock,
    *,
    folder: Path,
    size: Size = "district",
    seed: int = 1,
    on_progress: Callable[[float, str], None] | None = None,
) -> Adcode:
    """Write the synthetic files into `folder` and make their district; orders and absences lie around this week."""

    report = on_progress or (lambda share, words: None)
    report(0.1, "inventing streets, shops and people")
    day = today(clock, TIME_ZONE)
    invented = make_district(size, seed=seed, first_day=day - timedelta(days=day.weekday()))
    report(0.7, "writing its files")
    write_district(invented, folder)
    report(0.9, "making the district")
    create_district(
        store,
        clock,
        adcode=SAMPLE_ADCODE,
        actor="operator",
        name=invented.name,
        country="CN",
        time_zone=TIME_ZONE,
        boundary=folder / "district.geojson",
        is_synthetic=True,
    )
    return SAMPLE_ADCODE


def name_demo_departments(store: Store, clock: Clock, *, adcode: Adcode) -> None:
    """Give each department without a head its first member as head, and an invented duty telephone."""
    with store.transaction(adcode) as tx:
        known = staff_rows.departments(tx)
        members = staff_rows.all_staff(tx)
    for number, department in enumerate(known, start=1):
        first = next((member for member in members if member.org_unit_name == department.name), None)
        if department.head_staff_code is not None or first is None:
            continue
        name_department(
            store, clock, adcode=adcode, actor="operator", name=department.name, head_staff_code=first.staff_code,
            duty_phone=f"0851-0000-{number:04d}",
        )  # fmt: skip


def give_demo_accounts(store: Store, clock: Clock, *, adcode: Adcode, file: Path) -> None:
    """Give one account per role to the demonstration and write their passwords to `file`, readable by its owner only.

    Field roles get the first member of staff of their role. Accounts that exist stay as they are.
    """
    with store.transaction(adcode) as tx:
        first_of = {role: staff_rows.all_staff(tx, role=role)[0].staff_code for role in Role}
    wanted: list[tuple[str, AccountRole, str | None]] = [
        ("planner", AccountRole.PLANNER, None),
        ("approver", AccountRole.APPROVER, None),
        ("inspector", AccountRole.MARKET_INSPECTOR, first_of[Role.MARKET_INSPECTOR]),
        ("manager", AccountRole.CUSTOMER_MANAGER, first_of[Role.CUSTOMER_MANAGER]),
        ("driver", AccountRole.DELIVERY_DRIVER, first_of[Role.DELIVERY_DRIVER]),
        ("head", AccountRole.DEPARTMENT_HEAD, first_of[Role.CUSTOMER_MANAGER]),
        ("hotline", AccountRole.HOTLINE, None),
    ]
    made: list[dict[str, str]] = json.loads(file.read_text()) if file.exists() else []
    for user_name, role, staff_code in wanted:
        try:
            password = create_account(
                store, clock, adcode=adcode, actor="operator", user_name=user_name, role=role, staff_code=staff_code
            )
        except Conflict:
            continue
        made.append({"user_name": user_name, "password": password, "role": role})
        write_secret(file, json.dumps(made, indent=2))
