"""Every example of the page for integrators runs as it stands."""

from __future__ import annotations

import re
from pathlib import Path

from gridsvc.domain.permissions import AccountRole
from tests.api.conftest import Served

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "integrate.md"


def test_the_examples_of_the_page_run_in_their_order(served: Served) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 10
    known: dict[str, object] = {
        "ADDRESS": served.address,
        "KEY": served.keys[AccountRole.SYSTEM],
        "FEED_KEY": served.keys[AccountRole.FEED],
    }
    for number, block in enumerate(blocks):
        exec(compile(block, f"{PAGE.name} block {number + 1}", "exec"), known)
    for name in ("api", "register"):
        known[name].close()  # type: ignore[attr-defined]
