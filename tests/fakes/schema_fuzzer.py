"""Schemathesis at every route: scenarios of linked requests, drawn from the OpenAPI document, as any role.

Unlike `api_fuzzer`, which knows the district's identifiers, it knows the document alone: it draws bodies and parameters
that fit the schemas and such that do not, and feeds what one answer gave into the next request.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import hypothesis
import schemathesis
from hypothesis.errors import Flaky
from schemathesis.checks import CHECKS
from schemathesis.core.failures import FailureGroup

# of schemathesis' checks those whose answer does not depend on its own guess at what the service should refuse
CHECKED = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")
STEPS = 12


@dataclass(slots=True)
class Tally:
    """What came back: the number of requests by status, and every fault in words."""

    n_cases: int = 0
    statuses: dict[int, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def fuzz(
    document: dict[str, Any],
    address: str,
    roles: Sequence[str],
    sign_in: Callable[[str], dict[str, str]],
    *,
    n_cases: int,
    seed: int,
) -> Tally:
    """Send about `n_cases` requests in scenarios of up to `STEPS` each, and judge every answer.

    Parameters
    ----------
    sign_in : gives what makes a request a role's, a key or a session's cookie; asked again after a 401, for a scenario
        may end a session or withdraw a key, and what comes after it should be refused for better reasons
    """
    tally, dice = Tally(), random.Random(seed)
    headers_of: dict[str, dict[str, str]] = {}
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=address)
    checks = CHECKS.get_by_names(list(CHECKED))
    machine = schema.as_state_machine()

    class Scenario(machine):  # type: ignore[valid-type, misc]
        def call(self, case: Any, **given: Any) -> Any:
            permitted = [role for role in case.operation.definition.raw.get("x-roles", ()) if role in roles]
            role = dice.choice(permitted if permitted and dice.random() < 0.9 else list(roles))
            if role not in headers_of:
                headers_of[role] = sign_in(role)
            headers = {**given.pop("headers", {}), **headers_of[role]}
            answer = case.call(headers=headers, timeout=120, **given)
            if answer.status_code == 401:
                del headers_of[role]
            tally.n_cases += 1
            tally.statuses[answer.status_code] = tally.statuses.get(answer.status_code, 0) + 1
            try:
                case.validate_response(answer, checks=checks)
            except FailureGroup as group:
                words = "; ".join(f"{type(one).__name__}: {one}"[:600] for one in group.exceptions)
                tally.faults.append(f"{role}: {case.as_curl_command()[:600]} -> {answer.status_code} {words}")
            return answer

        def validate_response(self, response: Any, case: Any, **given: Any) -> None:
            """Nothing more: a fault is told, and the scenario goes on."""

    rounds = 0
    while tally.n_cases < n_cases:
        wanted = max(1, min(10, (n_cases - tally.n_cases) // STEPS))
        settings = hypothesis.settings(
            max_examples=wanted, stateful_step_count=STEPS, deadline=None, database=None,
            phases=[hypothesis.Phase.generate], suppress_health_check=list(hypothesis.HealthCheck),
        )  # fmt: skip
        seeded = hypothesis.seed(seed * 10_000 + rounds)(type(f"Scenario{rounds}", (Scenario,), {}))
        with suppress(
            Flaky
        ):  # the service remembers earlier scenarios, so that the same draw may be answered otherwise
            seeded.run(settings=settings)
        rounds += 1
    return tally
