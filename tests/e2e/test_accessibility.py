"""Axe finds nothing on the planner's pages, in any state, in both languages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

from gridsvc.engines.pool import EnginePool
from tests.api.conftest import Served
from tests.e2e.axe import violations
from tests.e2e.conftest import LOCALES, open_page, sign_in
from tests.e2e.editor_page import Editor, new_draft
from tests.e2e.gallery import STATES
from tests.e2e.scene import Scene


def paint(editor: Editor) -> None:
    editor.click(editor.border_unit(1, 0))


def erase(editor: Editor) -> None:
    editor.page.click("[data-tool=eraser]")
    editor.click(editor.units_of(2)[3])


def look_at(side: str) -> Callable[[Editor], None]:
    def act(editor: Editor) -> None:
        editor.page.click(f"#side-{side}")
        editor.page.wait_for_timeout(1200)

    return act


EDITOR_STATES: dict[str, Callable[[Editor], None]] = {
    "as opened": lambda _editor: None,
    "painted": paint,
    "erased": erase,
    "locked": lambda editor: editor.page.locator("tr[data-row='1'] .lock").click(),
    "legend": lambda editor: editor.page.click("#legend summary"),
    "check": look_at("check"),
    "engine": look_at("engine"),
    "why": look_at("why"),
    "keys": lambda editor: editor.page.click("#keys"),
}


@pytest.mark.parametrize("language", LOCALES)
def test_the_planners_pages_have_no_barrier(browser: Browser, served: Served, language: str) -> None:
    first, second = new_draft(served), new_draft(served)
    context, known = open_page(browser, language=language)
    page = known.page
    page.goto(f"{served.address}/login")
    found = {"sign-in": violations(page)}
    sign_in(known, served, "admin")
    found["map"] = violations(page)
    for path in (f"/plans?plan={first}", f"/plans/compare?plan={first}&plan={second}", f"/plans/{first}/sheets"):
        page.goto(served.address + path)
        page.wait_for_selector("body[data-painted]")
        page.wait_for_timeout(800)
        found[path.replace(first, "A").replace(second, "B")] = violations(page)
    page.goto(f"{served.address}/plans")
    page.click("#new-plan")
    found["new plan"] = violations(page)
    editor = Editor(served, known, first, "inspection")
    for state, act in EDITOR_STATES.items():
        editor.open()
        act(editor)
        found[f"editor {state}"] = violations(page)
    context.close()
    assert {state: found[state] for state in found if found[state]} == {}


OTHERS = [
    "sign-in-wrong", "map-menu", "plans-publish", "editor-conflict", "editor-split", "editor-prices", "who-then",
    "today", "today-proposal", "day-board-replan", "sign-in-provider", "handover", "people-open",
]  # fmt: skip


@pytest.mark.parametrize(("size", "language"), [("phone", "zh"), ("desktop", "en")])
def test_dialogues_and_the_pages_of_the_field_have_no_barrier(
    browser: Browser, served: Served, pool: EnginePool, size: str, language: str
) -> None:
    found = {}
    for state in OTHERS:
        context, known = open_page(browser, language=language, size=size)
        sign_in(known, served, "admin")
        STATES[state](Scene(served, served, known.page, pool))
        found[state] = violations(known.page)
        context.close()
    assert {state: found[state] for state in found if found[state]} == {}
