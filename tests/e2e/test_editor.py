"""The grid editor in a real browser: every tool, and what the service has afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.api.conftest import Served
from tests.e2e.editor_page import Editor, editing


@pytest.fixture
def editor(browser: Browser, served: Served) -> Iterator[Editor]:
    """The editor of a planner on a fresh draft of the inspection layer, in English."""
    with editing(browser, served) as opened:
        yield opened


def choose(editor: Editor, tool: str, target: int | None = None, size: int = 0) -> None:
    editor.page.click(f"[data-tool={tool}]")
    if target is not None:
        editor.page.locator(f"tr[data-row='{target}'] button.row").click()
    editor.page.locator("#size").fill(str(size))


def test_a_drag_that_begins_on_the_toolbar_marks_no_text(editor: Editor) -> None:
    page = editor.page
    assert page.locator("#limit").input_value() == "all"
    page.locator("[data-tool=lasso]").hover()
    page.mouse.down()
    page.locator("#pane-grids .hint").hover()
    page.mouse.up()
    assert page.evaluate("getSelection().toString()") == ""


def test_a_stroke_moves_units_and_the_table_follows_at_once(editor: Editor) -> None:
    unit = editor.border_unit(1, 0)
    before = editor.page.locator("tr[data-row='0'] td.figure").first.inner_text()
    choose(editor, "brush", 0, size=1)
    editor.click(unit)
    assert editor.model("m.gridOfUnit[a]", unit) == 0
    assert editor.page.locator("tr[data-row='0'] td.figure").first.inner_text() != before
    expect(editor.page.locator("#saved")).to_have_text("Not saved yet")
    editor.save()
    grids = editor.draft()["grid_of_unit"]
    assert isinstance(grids, list)
    assert grids == editor.model("[...m.gridOfUnit]")
    assert editor.watched.is_clean(editor.served.address)


def test_a_fast_stroke_leaves_no_gap(editor: Editor) -> None:
    """Two pointer samples far apart: everything between is painted, in one piece."""
    choose(editor, "brush", 4)
    units = editor.units_of(1)
    first, last = units[0], editor.units_of(3)[-1]
    editor.drag([first, last])
    step = editor.model("(() => { const s = state.history.done[0]; return [...s.units.keys()]; })()")
    assert isinstance(step, list)
    pieces = editor.model(
        """(() => {
          const wanted = new Set(a); const seen = new Set(); let n = 0;
          for (const seed of wanted) {
            if (seen.has(seed)) continue;
            n += 1; const queue = [seed]; seen.add(seed);
            while (queue.length) for (const v of m.disc(queue.pop(), 1)) {
              if ((wanted.has(v) || m.gridOfUnit[v] === 4) && !seen.has(v)) { seen.add(v); queue.push(v); }
            }
          }
          return n;
        })()""",
        step,
    )
    assert pieces == 1
    assert len(step) > 5


def test_undo_and_redo_name_their_steps_and_survive_a_reload(editor: Editor) -> None:
    unit = editor.border_unit(2, 1)
    choose(editor, "brush", 1)
    editor.click(unit)
    words = "Brush: 1 units to I02"
    assert words in (editor.page.locator("#undo").get_attribute("title") or "")
    editor.page.wait_for_timeout(300)
    editor.open()
    expect(editor.page.locator("#saved")).to_have_text("Your unsaved strokes are back")
    assert editor.model("m.gridOfUnit[a]", unit) == 1
    editor.page.keyboard.press("Control+z")
    assert editor.model("m.gridOfUnit[a]", unit) == 2
    editor.page.keyboard.press("Control+y")
    assert editor.model("m.gridOfUnit[a]", unit) == 1


def test_a_locked_grid_refuses_with_words(editor: Editor) -> None:
    editor.page.locator("tr[data-row='2'] .lock").click()
    unit = editor.border_unit(2, 1)
    choose(editor, "brush", 1)
    editor.click(unit)
    assert editor.model("m.gridOfUnit[a]", unit) == 2
    expect(editor.page.locator("#toast")).to_contain_text("I03 is locked: 1 units stay")
    editor.save()
    grids = editor.draft()["grids"]
    assert isinstance(grids, list)
    assert [grid["is_locked"] for grid in grids] == [False, False, True, False, False]


def test_the_eraser_leaves_units_to_nobody_and_next_finds_them(editor: Editor) -> None:
    unit = editor.units_of(3)[5]
    choose(editor, "eraser")
    editor.click(unit)
    expect(editor.page.locator("#figure-unassigned strong")).to_have_text("1")
    editor.page.click("#do-unassigned")
    assert editor.model("state.cursor") == unit
    editor.page.locator("#limit").select_option("unassigned")
    choose(editor, "brush", 0, size=2)
    editor.click(unit)
    assert editor.model("[m.nUnassigned, state.history.done.at(-1).units.size]") == [0, 1]


def test_box_lasso_and_office_take_whole_areas(editor: Editor) -> None:
    total = editor.model("m.nUnits")
    for tool in ("box", "lasso"):
        choose(editor, tool, 0)
        box = editor.page.locator("#map").bounding_box()
        assert box is not None
        corners = [(0.35, 0.3), (0.65, 0.3), (0.65, 0.7), (0.35, 0.7)]
        points = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in corners]
        editor.page.mouse.move(*points[0])
        editor.page.mouse.down()
        for point in points[1:] if tool == "lasso" else [points[2]]:
            editor.page.mouse.move(*point, steps=4)
        editor.page.mouse.up()
        moved = editor.model("state.history.done.length ? state.history.done.at(-1).units.size : 0")
        assert isinstance(moved, int)
        assert isinstance(total, int)
        assert total * 0.1 < moved < total * 0.6
        editor.page.keyboard.press("Control+z")
    choose(editor, "office", 4)
    editor.click(editor.units_of(0)[0])
    offices = editor.model(
        "new Set([...state.history.done.at(-1).units.keys()].map((u) => m.bench.office_of_unit[u])).size"
    )
    assert offices == 1


def test_a_single_shop_stays_with_another_owner_for_a_reason(editor: Editor) -> None:
    shop = editor.model("m.bench.unit.findIndex((unit) => m.gridOfUnit[unit] === 1)")
    assert isinstance(shop, int)
    choose(editor, "shop", 3)
    x, y = editor.page.evaluate(
        """async (shop) => {
          const { map } = window.gridsvcMap; const { state } = await import('/static/js/planner/state.js');
          const at = [state.model.bench.lat[shop], state.model.bench.lon[shop]];
          map.setView(at, 16, { animate: false });
          const box = document.getElementById('map').getBoundingClientRect();
          const point = map.latLngToContainerPoint(at);
          return [box.left + point.x, box.top + point.y];
        }""",
        shop,
    )
    editor.page.mouse.click(x, y)
    editor.page.fill("#reason", "Knows the owner for years")
    editor.page.click("dialog .primary")
    assert editor.model("m.gridOfShop(a)", shop) == 3
    editor.save()
    kept = editor.draft()["exceptions"]
    assert isinstance(kept, list)
    assert [one["reason"] for one in kept] == ["Knows the owner for years"]


def test_the_core_task_by_keyboard_alone(editor: Editor) -> None:
    """Choose a grid, walk to a unit of another, paint it, take it back, paint again, repair, save, check."""
    page = editor.page
    page.locator("#map").focus()
    page.keyboard.press("2")
    assert editor.model("state.target") == 1
    page.keyboard.press("ArrowDown")
    start = editor.model("state.cursor")
    assert isinstance(start, int)
    for step in range(60):
        page.keyboard.press("ArrowUp" if step % 2 else "ArrowLeft")
        if editor.model("state.cursor >= 0 && m.gridOfUnit[state.cursor] !== 1"):
            break
    unit = editor.model("state.cursor")
    before = editor.model("m.gridOfUnit[a]", unit)
    page.keyboard.press("b")
    page.keyboard.press("[")
    page.keyboard.press("[")
    page.keyboard.press("Space")
    assert before != 1
    assert editor.model("m.gridOfUnit[a]", unit) == 1
    page.keyboard.press("Control+z")
    assert editor.model("m.gridOfUnit[a]", unit) == before
    page.keyboard.press("Control+y")
    page.keyboard.press("f")
    editor.save()
    page.keyboard.press("?")
    expect(page.locator("dialog")).to_contain_text("walk from unit to unit")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    assert page.evaluate("document.activeElement.closest('tr')?.dataset.row") == "1"


def test_whoever_may_not_write_looks_and_changes_nothing(browser: Browser, served: Served) -> None:
    with editing(browser, served, user="approver") as editor:
        expect(editor.page.locator("#target")).to_contain_text("Read only")
        unit = editor.border_unit(1, 0)
        assert editor.page.locator("[data-tool=brush]").is_disabled()
        editor.page.keyboard.press("b")
        editor.click(unit)
        assert editor.model("m.gridOfUnit[a]", unit) == 1
        assert editor.page.locator("#save").is_disabled()
