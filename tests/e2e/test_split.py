"""A hot cell is split in the editor, painted, taken back and done again; shops of a finest cell are divided by hand."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from gridsvc.domain.permissions import AccountRole
from tests.api.conftest import PATIENCE_S, Served
from tests.e2e.editor_page import Editor, editing, new_draft

BUSIEST = """[...m.gridOfUnit.keys()].reduce((best, u) => {
  const n = (unit) => m.shopsOfUnit.start[unit + 1] - m.shopsOfUnit.start[unit];
  return n(u) > n(best) ? u : best;
}, 0)"""


def busiest(editor: Editor) -> int:
    found = editor.model(BUSIEST)
    assert isinstance(found, int)
    return found


def split(editor: Editor, unit: int) -> None:
    """Choose the tool, click the cell, and say yes."""
    editor.page.click("[data-tool=split]")
    editor.click(unit)
    editor.page.click("#split-go")


def n_units(editor: Editor) -> int:
    found = editor.model("m.nUnits")
    assert isinstance(found, int)
    return found


def wait_for_units(editor: Editor, n: int) -> None:
    """Wait until the service divided the cells and the editor read them; the pages forbid evaluated text to wait by."""
    for _ in range(int(PATIENCE_S * 10)):
        if n_units(editor) == n:
            return
        editor.page.wait_for_timeout(100)
    assert n_units(editor) == n


def test_a_cell_is_split_painted_taken_back_and_split_again(browser: Browser, served: Served) -> None:
    with editing(browser, served, plan_id=new_draft(served, layers=["inspection", "marketing"])) as editor:
        page = editor.page
        unit, n_before = busiest(editor), n_units(editor)
        shops = editor.model("[...m.shops]")
        home = editor.model("m.gridOfUnit[a]", unit)
        assert isinstance(home, int)
        split(editor, unit)
        wait_for_units(editor, n_before + 6)
        assert editor.model("[...m.shops]") == shops
        assert editor.model("[...m.gridOfUnit.slice(a, a + 7)]", unit) == [home] * 7
        assert editor.model("m.nMoved") == 0
        assert len(editor.draft()["grid_of_unit"]) == n_before + 6  # type: ignore[arg-type]

        other = 1 if home != 1 else 0
        page.locator(f"tr[data-row='{other}'] button.row").click()
        page.click("[data-tool=brush]")
        page.locator("#size").fill("0")
        editor.click(unit + 3)
        assert editor.model("m.gridOfUnit[a]", unit + 3) == other
        editor.save()
        editor.open()  # a reload keeps both steps
        page.keyboard.press("Control+z")
        assert editor.model("m.gridOfUnit[a]", unit + 3) == home
        page.keyboard.press("Control+z")
        wait_for_units(editor, n_before)
        expect(page.locator("#toast")).to_contain_text("Taken back: Split of a cell")
        assert len(editor.draft()["grid_of_unit"]) == n_before  # type: ignore[arg-type]
        assert editor.model("[...m.shops]") == shops

        page.keyboard.press("Control+y")
        wait_for_units(editor, n_before + 6)
        page.keyboard.press("Control+y")
        assert editor.model("m.gridOfUnit[a]", unit + 3) == other
        editor.save()
        grids = editor.draft()["grid_of_unit"]
        assert isinstance(grids, list)
        assert grids[unit + 3] == other
        assert editor.watched.is_clean(served.address)


def test_the_shops_of_a_finest_cell_are_divided_with_a_reason(browser: Browser, served: Served) -> None:
    with editing(browser, served, language="zh") as editor:
        page = editor.page
        unit, n_before = busiest(editor), n_units(editor)
        split(editor, unit)
        wait_for_units(editor, n_before + 6)
        fine = editor.model(
            "[...Array(7).keys()].map((k) => a + k).find((u) => m.shopsOfUnit.start[u + 1] > m.shopsOfUnit.start[u])",
            unit,
        )
        assert isinstance(fine, int)
        home = editor.model("m.gridOfUnit[a]", fine)
        page.locator(f"tr[data-row='{1 if home != 1 else 0}'] button.row").click()
        editor.click(fine)
        expect(page.locator("#dialog")).to_contain_text("这已是最小的单元")
        page.click("#divide-go")  # no reason and no shop yet: nothing happens
        page.locator("#dialog input[type=checkbox]").first.check()
        page.fill("#reason", "河对岸")
        page.click("#divide-go")
        assert editor.model("m.nMoved") == 1
        page.keyboard.press("Control+s")
        expect(page.locator("#saved")).to_contain_text("已保存")
        exceptions = editor.draft()["exceptions"]
        assert isinstance(exceptions, list)
        assert [kept["reason"] for kept in exceptions] == ["河对岸"]
        page.keyboard.press("Control+z")
        assert editor.model("m.nMoved") == 0


def test_strokes_survive_that_somebody_else_split_a_cell(browser: Browser, served: Served) -> None:
    with editing(browser, served) as editor:
        page, unit = editor.page, editor.border_unit(1, 0)
        n_before = n_units(editor)
        page.locator("tr[data-row='0'] button.row").click()
        page.click("[data-tool=brush]")
        page.locator("#size").fill("0")
        editor.click(unit)
        with served.as_key(AccountRole.ADMIN) as admin:
            answer = admin.post(
                f"/v1/plans/{editor.plan_id}/draft:split", json={"units": [unit]}, headers={"If-Match": '"1"'}
            )
            assert answer.status_code == 200, answer.text
        page.keyboard.press("Control+s")
        expect(page.locator("#dialog")).to_contain_text("admin")
        page.click("#keep-mine")
        wait_for_units(editor, n_before + 6)
        expect(page.locator("#saved")).to_contain_text("Saved at")
        grids = editor.draft()["grid_of_unit"]
        assert isinstance(grids, list)
        assert grids[unit : unit + 7] == [0] * 7
