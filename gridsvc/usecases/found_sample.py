"""Found the synthetic district: write its files, make the district, give its people their accounts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gridsvc.clock import Clock
from gridsvc.domain.ids import Adcode
from gridsvc.domain.layers import Role
from gridsvc.domain.permissions import AccountRole
from gridsvc.storage import Store
from gridsvc.storage import staff as staff_rows
from gridsvc.usecases.create_account import create_account
from gridsvc.usecases.create_district import create_district

SAMPLE_ADCODE = Adcode("520103")


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAccount:
    """How to sign in as one role of the demonstration."""

    user_name: str
    password: str
    role: AccountRole


def found_sample(
    store: Store,
    clock: Clock,
    *,
    folder: Path,
    size: str = "district",
    seed: int = 1,
    on_progress: Callable[[float, str], None] | None = None,
) -> Adcode:
    """Write the synthetic files into `folder` and make their district; done again it changes nothing."""
    from geo_data.samples import make_district, write_district

    report = on_progress or (lambda share, words: None)
    report(0.1, "inventing streets, shops and people")
    invented = make_district(size, seed=seed)
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
        time_zone="Asia/Shanghai",
        boundary=folder / "district.geojson",
        is_synthetic=True,
    )
    return SAMPLE_ADCODE


def give_demo_accounts(store: Store, clock: Clock, *, adcode: Adcode) -> list[DemoAccount]:
    """Give one account per role to the demonstration, each with a password of its own.

    Field roles get the first member of staff of their role. Called once, after staff was imported.
    """
    with store.transaction(adcode) as tx:
        first_of = {role: staff_rows.all_staff(tx, role=role)[0].staff_code for role in Role}
    wanted: list[tuple[str, AccountRole, str | None]] = [
        ("planner", AccountRole.PLANNER, None),
        ("approver", AccountRole.APPROVER, None),
        ("inspector", AccountRole.MARKET_INSPECTOR, first_of[Role.MARKET_INSPECTOR]),
        ("manager", AccountRole.CUSTOMER_MANAGER, first_of[Role.CUSTOMER_MANAGER]),
        ("driver", AccountRole.DELIVERY_DRIVER, first_of[Role.DELIVERY_DRIVER]),
        ("hotline", AccountRole.HOTLINE, None),
    ]
    made = []
    for user_name, role, staff_code in wanted:
        password = create_account(
            store, clock, adcode=adcode, actor="operator", user_name=user_name, role=role, staff_code=staff_code
        )
        made.append(DemoAccount(user_name=user_name, password=password, role=role))
    return made
