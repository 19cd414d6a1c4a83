"""Whatever is sent, the service answers with a status that its document names, and never fails.

500 cases here, 100 of them by schemathesis; 10,000 by `.venv/bin/python -m benchmarks.fuzzing`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

import httpx

from api.openapi import describe
from gridsvc.domain.permissions import AccountRole
from tests.api.conftest import Served
from tests.fakes.api_fuzzer import Fuzzer
from tests.fakes.schema_fuzzer import Tally, fuzz

N_CASES = 400
N_DRAWN = 100
ROLES = tuple(role.value for role in AccountRole)


@contextmanager
def fuzzer(served: Served, seed: int) -> Iterator[Fuzzer]:
    """Give a fuzzer of every route that knows the district's identifiers and speaks as every role."""
    seeded = served.seeded
    staff = [member for members in seeded.staff.values() for member in members]
    known = {
        "plan_id": [seeded.plan_id],
        "retailer_id": seeded.retailer_ids[:5],
        "retailer_code": seeded.retailer_codes[:5],
        "unit_set_id": [seeded.unit_set_id],
        "staff_id": [member.staff_id for member in staff],
        "staff": [member.staff_code for member in staff],
        "day": [seeded.day.isoformat()],
        "lat": [26.58, 26.5783],
        "lon": [106.71, 106.7135],
        "units": [[0, 1, 2], [5], [10_000]],
    }
    with ExitStack() as stack:

        def sign_in(role: str) -> httpx.Client:
            return stack.enter_context(served.as_role_anew(AccountRole(role)))

        yield Fuzzer(document=describe(served.app), roles=ROLES, sign_in=sign_in, known=known, seed=seed)


def headers_anew(served: Served, role: str) -> dict[str, str]:
    """Give the headers that make a request a role's, by a new session or key."""
    with served.as_role_anew(AccountRole(role)) as client:
        key = client.headers.get("authorization")
        cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        return {"Authorization": key} if key else {"Cookie": cookies}


def drawn_scenarios(served: Served, n_cases: int, seed: int) -> Tally:
    """Send linked scenarios as every role."""
    sign_in = partial(headers_anew, served)
    return fuzz(describe(served.app), served.address, ROLES, sign_in, n_cases=n_cases, seed=seed)


def test_schemathesis_finds_no_fault_in_linked_scenarios_of_every_role(served: Served) -> None:
    tally = drawn_scenarios(served, N_DRAWN, seed=1)
    assert not tally.faults, "\n".join(tally.faults[:10])
    assert tally.n_cases >= N_DRAWN
    assert {200, 403, 404, 422} <= tally.statuses.keys()


def test_no_request_breaks_the_service_or_its_document(served: Served) -> None:
    with fuzzer(served, seed=1) as drawn:
        cases = list(drawn.run(N_CASES))
        faults = drawn.faults(cases)
    assert not faults, "\n".join(str(case) for case in faults[:20])
    counted = Counter(case.status for case in cases)
    # the cases go deep: a good part of them is carried out, and every kind of refusal occurs
    assert sum(n for status, n in counted.items() if status < 300) > N_CASES // 5
    assert {200, 201, 403, 404, 422} <= counted.keys()
