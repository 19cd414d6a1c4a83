"""Give a person an account."""

from __future__ import annotations

from gridsvc.clock import Clock, new_id
from gridsvc.domain.accounts import Account, check_password, check_user_name
from gridsvc.domain.errors import BadInput, Conflict, NotFound
from gridsvc.domain.ids import Adcode, StaffId
from gridsvc.domain.permissions import AccountRole
from gridsvc.storage import Store, accounts, audit, districts, staff
from gridsvc.storage.store import Transaction
from gridsvc.usecases import secrets_and_hashes

FIELD_ROLES = frozenset({AccountRole.MARKET_INSPECTOR, AccountRole.CUSTOMER_MANAGER, AccountRole.DELIVERY_DRIVER})
# accounts of members of staff: a key of a system has none of these
STAFF_ROLES = FIELD_ROLES | {AccountRole.DEPARTMENT_HEAD}


def create_account(
    store: Store,
    clock: Clock,
    *,
    adcode: Adcode,
    actor: str,
    user_name: str,
    role: AccountRole,
    password: str | None = None,
    staff_code: str | None = None,
) -> str:
    """Add an account and give its password, a generated one unless one is named.

    A field role needs the `staff_code` of a member of the same role, a head that of any member: it decides whose days
    the person sees. Raises
    `Conflict` when the user name is taken, `NotFound` for an unknown district or staff member, `BadInput` otherwise.
    """
    check_user_name(user_name)
    known = password if password is not None else secrets_and_hashes.new_password()
    check_password(known)
    hashed = secrets_and_hashes.password_hash(known)
    with store.transaction(adcode) as tx:
        districts.find(tx)
        if accounts.find_account(tx, user_name) is not None:
            raise Conflict(f"the user name {user_name} is taken")
        new = Account(
            adcode=adcode,
            account_id=new_id(),
            user_name=user_name,
            password_hash=hashed,
            role=role,
            staff_id=_staff_id(tx, role, staff_code),
            created_at=clock.now(),
        )
        accounts.insert_account(tx, new)
        content = {"role": role.value, "staff_id": new.staff_id}
        audit.add(tx, clock, actor=actor, action="create_account", subject=new.account_id, content=content)
    return known


def _staff_id(tx: Transaction, role: AccountRole, staff_code: str | None) -> StaffId | None:
    if staff_code is None:
        if role in STAFF_ROLES:
            raise BadInput(f"the role {role} belongs to a member of staff; name the staff_code")
        return None
    found = next((member for member in staff.all_staff(tx) if member.staff_code == staff_code), None)
    if found is None:
        raise NotFound(f"there is no staff member {staff_code}")
    if role in FIELD_ROLES and found.role.value != role.value:
        raise BadInput(f"{staff_code} is a {found.role}, so the account cannot be a {role}")
    return found.staff_id
