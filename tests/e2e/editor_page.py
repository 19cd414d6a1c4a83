"""What tests do in the grid editor: open it on a fresh draft, find units on the screen, paint as a hand does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
from playwright.sync_api import Browser, Page, expect

from gridsvc.domain.permissions import AccountRole
from tests.api.conftest import Served
from tests.e2e.conftest import Watched, open_page, sign_in

_STATE = "const { state } = await import('/static/js/planner/state.js');"
_POINT = """async (unit) => {
  const { latlngOf } = await import('/static/js/planner/ground.js');
  const { x, y } = window.gridsvcMap.shapes()[unit];
  const box = document.getElementById('map').getBoundingClientRect();
  const at = window.gridsvcMap.map.latLngToContainerPoint(latlngOf(x, y));
  return [box.left + at.x, box.top + at.y];
}"""


def new_draft(served: Served, *, title: str = "Redraw", layers: list[str] | None = None) -> str:
    """Start a draft from what is in force and give its plan_id."""
    with served.as_key(AccountRole.PLANNER) as client:
        body = {"title": title, "start": "current", "layers": layers or ["inspection"]}
        answer = client.post("/v1/plans", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["plan_id"])


@dataclass
class Editor:
    """An open editor."""

    served: Served
    watched: Watched
    plan_id: str
    layer: str

    @property
    def page(self) -> Page:
        """The browser's page."""
        return self.watched.page

    def open(self) -> None:
        """Open the page, or load it again, and wait until it is painted."""
        self.page.goto(f"{self.served.address}/plans/{self.plan_id}/edit?layer={self.layer}")
        self.page.wait_for_selector("body[data-painted]")

    def model(self, expression: str, argument: object = None) -> object:
        """Evaluate an expression of the browser's model `m` and an argument `a`."""
        found: object = self.page.evaluate(
            f"async (a) => {{ {_STATE} const m = state.model; return {expression}; }}", argument
        )
        return found

    def units_of(self, grid: int) -> list[int]:
        """Give the units of a grid in the browser."""
        found = self.model("[...m.gridOfUnit.keys()].filter((unit) => m.gridOfUnit[unit] === a)", grid)
        assert isinstance(found, list)
        return found

    def border_unit(self, giver: int, taker: int) -> int:
        """Give a unit of `giver` that touches `taker`."""
        found = self.model(
            "[...m.gridOfUnit.keys()].find((u) => m.gridOfUnit[u] === a[0]"
            " && m.disc(u, 1).some((v) => m.gridOfUnit[v] === a[1]))",
            [giver, taker],
        )
        assert isinstance(found, int)
        return found

    def point_of(self, unit: int) -> tuple[float, float]:
        """Give the middle of a unit on the screen."""
        x, y = self.page.evaluate(_POINT, unit)
        return x, y

    def drag(self, units: list[int]) -> None:
        """Drag the pointer from unit to unit."""
        points = [self.point_of(unit) for unit in units]
        mouse = self.page.mouse
        mouse.move(*points[0])
        mouse.down()
        for point in points[1:]:
            mouse.move(*point)
        mouse.up()

    def click(self, unit: int) -> None:
        """Click a unit."""
        self.drag([unit])

    def give_to_first(self, unit: int) -> None:
        """Paint one unit into the first grid."""
        self.page.locator("#size").fill("0")
        self.page.locator("tr[data-row='0'] button.row").click()
        self.click(unit)

    def draft(self) -> dict[str, object]:
        """Give the draft as the service has it."""
        with self.served.as_key(AccountRole.PLANNER) as client:
            return dict(client.get(f"/v1/plans/{self.plan_id}/draft", params={"layer": self.layer}).json())

    def save(self) -> None:
        """Save and wait until it is done."""
        self.page.keyboard.press("Control+s")
        expect(self.page.locator("#saved")).to_contain_text(re.compile("Saved at|All saved"))


@contextmanager
def editing(
    browser: Browser, served: Served, *, plan_id: str | None = None, user: str = "planner", language: str = "en",
    layer: str = "inspection", size: str = "desktop",
) -> Iterator[Editor]:  # fmt: skip
    """Open the editor on a draft, a fresh one unless named."""
    context, watched = open_page(browser, language=language, size=size)
    sign_in(watched, served, user)
    editor = Editor(served, watched, plan_id or new_draft(served), layer)
    editor.open()
    yield editor
    context.close()


def change_as_another(opened: Editor, unit: int) -> None:
    """Give a unit to the third grid, as somebody else."""
    draft = opened.draft()
    grids = draft["grids"]
    assert isinstance(grids, list)
    with opened.served.as_key(AccountRole.ADMIN) as other:
        edit = {"kind": "move_units", "units": [unit], "to": grids[2]["grid_id"]}
        body = {"layer": "inspection", "edits": [edit], "step": ""}
        path, seen = f"/v1/plans/{opened.plan_id}/draft", {"If-Match": f'"{draft["revision"]}"'}
        other.patch(path, json=body, headers=seen).raise_for_status()


def as_client(served: Served) -> httpx.Client:
    """Give a planner's client."""
    return served.as_key(AccountRole.PLANNER)
