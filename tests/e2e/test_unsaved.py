"""Nothing that was drawn is lost: a hundred strokes, a reload, a broken connection, somebody else at the same draft."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Route, expect

from tests.api.conftest import Served
from tests.e2e.editor_page import Editor, change_as_another, editing

N_STROKES = 110
# every stroke is a press and a release of the pointer in the middle of a unit, as a hand does it
STROKES = """async (n) => {
  const { state } = await import('/static/js/planner/state.js');
  const { latlngOf } = await import('/static/js/planner/ground.js');
  const map = document.getElementById('map');
  map.setPointerCapture = () => {};
  const m = state.model;
  for (let stroke = 0; stroke < n; stroke += 1) {
    const unit = (stroke * 37) % m.nUnits;
    state.target = (m.gridOfUnit[unit] + 1 + (stroke % (m.grids.length - 1))) % m.grids.length;
    const { x, y } = window.gridsvcMap.shapes()[unit];
    const box = map.getBoundingClientRect();
    const at = window.gridsvcMap.map.latLngToContainerPoint(latlngOf(x, y));
    for (const kind of ['pointerdown', 'pointerup']) {
      map.dispatchEvent(new PointerEvent(kind, { bubbles: true, cancelable: true, pointerId: 1, button: 0, buttons: 1,
        clientX: box.left + at.x, clientY: box.top + at.y }));
    }
  }
  return state.history.done.length;
}"""
GRIDS = "[...m.gridOfUnit]"


def press(editor: Editor, keys: str, n: int) -> None:
    for _ in range(n):
        editor.page.keyboard.press(keys)


def test_a_hundred_strokes_are_taken_back_and_done_again_after_a_reload(browser: Browser, served: Served) -> None:
    with editing(browser, served) as editor:
        first = editor.model(GRIDS)
        editor.page.locator("#size").fill("0")
        assert editor.page.evaluate(STROKES, N_STROKES) == N_STROKES
        last = editor.model(GRIDS)
        assert last != first
        editor.page.wait_for_timeout(400)  # the browser keeps them between two frames
        editor.open()
        assert editor.model(GRIDS) == last
        assert editor.model("state.history.done.length") == N_STROKES
        press(editor, "Control+z", N_STROKES)
        assert editor.model(GRIDS) == first
        assert editor.page.locator("#undo").is_disabled()
        press(editor, "Control+y", N_STROKES)
        assert editor.model(GRIDS) == last
        editor.save()
        assert editor.draft()["grid_of_unit"] == last


def test_without_a_connection_strokes_are_kept_and_saved_when_it_is_back(browser: Browser, served: Served) -> None:
    with editing(browser, served, language="zh") as editor:
        page, unit = editor.page, editor.border_unit(1, 0)
        page.locator("#size").fill("0")
        page.locator("tr[data-row='0'] button.row").click()
        page.context.set_offline(True)
        editor.click(unit)
        page.keyboard.press("Control+s")
        expect(page.locator("#toast")).to_contain_text("服务没有应答")
        expect(page.locator("#saved")).to_contain_text("已保留在本机")
        assert editor.model("m.gridOfUnit[a]", unit) == 0
        another = editor.border_unit(2, 0)
        editor.click(another)  # drawing goes on
        page.context.set_offline(False)
        expect(page.locator("#toast")).to_contain_text("编辑已保存")
        grids = editor.draft()["grid_of_unit"]
        assert isinstance(grids, list)
        assert (grids[unit], grids[another]) == (0, 0)


def test_strokes_of_two_planners_on_different_units_are_merged_and_said(browser: Browser, served: Served) -> None:
    with editing(browser, served) as editor:
        page = editor.page
        mine, theirs = editor.border_unit(1, 0), editor.border_unit(3, 2)
        before = editor.model("m.grids.map((grid) => grid.colour)")
        change_as_another(editor, theirs)
        editor.give_to_first(mine)
        page.keyboard.press("Control+s")
        expect(page.locator("#toast")).to_contain_text("Merged with changes of admin")
        assert editor.model("[m.gridOfUnit[a[0]], m.gridOfUnit[a[1]]]", [mine, theirs]) == [0, 2]
        assert editor.model("m.grids.map((grid) => grid.colour)") == before


def test_what_is_drawn_while_a_draft_is_read_again_stays(browser: Browser, served: Served) -> None:
    with editing(browser, served) as editor:
        page = editor.page
        mine, later, theirs = editor.border_unit(1, 0), editor.border_unit(2, 0), editor.border_unit(3, 2)
        change_as_another(editor, theirs)
        editor.give_to_first(mine)
        held: list[Route] = []
        page.route("**/draft?*", lambda route: held.append(route))  # noqa: PLW0108
        page.keyboard.press("Control+s")
        while not held:
            page.wait_for_timeout(20)
        editor.click(later)
        held[0].continue_()
        expect(page.locator("#toast")).to_contain_text("Merged with changes of admin")
        assert editor.model("a.map((unit) => m.gridOfUnit[unit])", [mine, later, theirs]) == [0, 0, 2]
        page.unroute("**/draft?*")
        editor.save()
        grids = editor.draft()["grid_of_unit"]
        assert isinstance(grids, list)
        assert [grids[unit] for unit in (mine, later, theirs)] == [0, 0, 2]


def test_what_others_drew_is_read_later_when_the_service_goes_amid_the_merge(browser: Browser, served: Served) -> None:
    with editing(browser, served) as editor:
        page = editor.page
        mine, theirs = editor.border_unit(1, 0), editor.border_unit(3, 2)
        change_as_another(editor, theirs)
        editor.give_to_first(mine)
        page.route("**/draft?*", lambda route: route.fulfill(status=503, json={"title": "starting"}))
        page.keyboard.press("Control+s")
        expect(page.locator("#saved")).to_contain_text("No answer")
        page.unroute("**/draft?*")
        page.keyboard.press("Control+s")
        expect(page.locator("#toast")).to_contain_text("Merged with changes of admin")
        assert editor.model("[m.gridOfUnit[a[0]], m.gridOfUnit[a[1]]]", [mine, theirs]) == [0, 2]


def test_a_lock_that_was_not_saved_yet_survives_a_conflict(browser: Browser, served: Served) -> None:
    with editing(browser, served) as editor:
        page, unit = editor.page, editor.border_unit(1, 0)
        change_as_another(editor, unit)
        editor.give_to_first(unit)
        page.locator("tr[data-row='3'] .lock").click()
        page.keyboard.press("Control+s")
        page.click("#keep-mine")
        expect(page.locator("#saved")).to_contain_text("Saved at")
        draft = editor.draft()
        assert isinstance(draft["grids"], list)
        assert [grid["is_locked"] for grid in draft["grids"]] == [False, False, False, True, False]


def test_theirs_is_taken_and_the_dialogue_says_who_and_when(browser: Browser, served: Served) -> None:
    with editing(browser, served) as editor:
        page, unit = editor.page, editor.border_unit(1, 0)
        change_as_another(editor, unit)
        editor.give_to_first(unit)
        page.keyboard.press("Control+s")
        expect(page.locator("dialog")).to_contain_text(
            re.compile(r"admin changed 1 of these units at (Nov 23|23 Nov), 09:00")
        )
        page.click("#take-theirs")
        expect(page.locator("dialog")).to_be_hidden()
        expect(page.locator("#saved")).to_contain_text("All saved")
        assert editor.model("m.gridOfUnit[a]", unit) == 2
