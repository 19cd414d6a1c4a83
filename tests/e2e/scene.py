"""A page that is to be brought into a state, for pictures and for axe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from playwright.sync_api import Page

from gridsvc.domain.permissions import AccountRole
from gridsvc.engines.pool import EnginePool
from tests.api.conftest import PASSWORD, Served
from tests.e2e.conftest import Watched
from tests.e2e.editor_page import Editor, new_draft


@dataclass
class Scene:
    """A page to be brought into a state; `empty` is a district in which nothing is planned yet."""

    served: Served
    empty: Served
    page: Page
    pool: EnginePool

    @cached_property
    def plan_id(self) -> str:
        """A draft."""
        return new_draft(self.served)

    @cached_property
    def other_id(self) -> str:
        """Another draft, in which units along a border changed hands."""
        plan_id = new_draft(self.served, title="Summer redraw")
        with self.served.as_key(AccountRole.ADMIN) as client:
            draft = client.get(f"/v1/plans/{plan_id}/draft", params={"layer": "inspection"}).json()
            edges = client.get(f"/v1/unit-sets/{draft['unit_set_id']}").json()["edges"]
            grid_of = draft["grid_of_unit"]
            border = {a for pair in edges for a, b in (pair, pair[::-1]) if (grid_of[a], grid_of[b]) == (0, 1)}
            edit = {"kind": "move_units", "units": sorted(border), "to": draft["grids"][1]["grid_id"]}
            body = {"layer": "inspection", "edits": [edit], "step": ""}
            path, seen = f"/v1/plans/{plan_id}/draft", {"If-Match": f'"{draft["revision"]}"'}
            client.patch(path, json=body, headers=seen).raise_for_status()
        return plan_id

    @property
    def editor(self) -> Editor:
        """The editor of the plan on this page."""
        return Editor(self.served, Watched(self.page), self.plan_id, "inspection")

    def go(self, path: str, wait: str = "body[data-painted]") -> None:
        """Open an address and wait until it is painted."""
        self.page.goto(self.served.address + path)
        self.page.wait_for_selector(wait)
        self.page.wait_for_timeout(600)

    def enter(self, user_name: str, path: str, *, where: Served | None = None, wait: str = "main") -> None:
        """Sign in as somebody else and open an address."""
        self.page.context.clear_cookies()
        self.page.clock.set_fixed_time(self.served.clock.instant)
        address = (where or self.served).address
        self.page.goto(f"{address}/login?to={path}")
        self.page.fill("#user_name", user_name)
        self.page.fill("#password", PASSWORD)
        self.page.click("button[type=submit]")
        self.page.wait_for_selector(wait)
        self.page.wait_for_timeout(900)


States = dict[str, Callable[[Scene], None]]


def nothing_yet(path: str, user: str = "admin", wait: str = "main") -> Callable[[Scene], None]:
    """Give a page of a district in which nothing is planned yet."""
    return lambda scene: scene.enter(user, path, where=scene.empty, wait=wait)
