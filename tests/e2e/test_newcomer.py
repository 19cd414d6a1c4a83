"""A newcomer's task by clicks: today's spreadsheet, why, balance under a cap, a fix by hand, publish, handover."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from openpyxl import load_workbook
from playwright.sync_api import Browser, expect

from gridsvc.engines.pool import EnginePool
from tests.api.conftest import PASSWORD, Served
from tests.e2e.conftest import Watched, open_page
from tests.e2e.editor_page import Editor
from tests.e2e.engine_worker import work_off

MOST_ACTIONS = 40
CAP = 120


def give_first_shop_away(path: Path) -> None:
    """Change one owner in the roster, as somebody does who works by name."""
    book = load_workbook(path)
    sheet = book.worksheets[0]
    heads = [str(cell.value).lower() for cell in sheet[1]]
    column = 1 + next(at for at, head in enumerate(heads) if "inspection" in head and "code" in head)
    owner = sheet.cell(row=2, column=column)
    owner.value = "I02" if owner.value != "I02" else "I03"
    book.save(path)


def test_a_newcomer_needs_at_most_forty_actions(
    browser: Browser, served: Served, pool: EnginePool, tmp_path: Path
) -> None:
    context, known = open_page(browser, language="en")
    page = known.page
    n_actions = 0

    def act(action: Callable[[], object]) -> None:
        nonlocal n_actions
        n_actions += 1
        action()

    def click(selector: str) -> None:
        act(lambda: page.click(selector))

    page.goto(f"{served.address}/login?to=/plans")
    act(lambda: page.fill("#user_name", "admin"))
    act(lambda: page.fill("#password", PASSWORD))
    click("button[type=submit]")
    click("#new-plan")
    click("label:has(input[value=sheet])")
    with page.expect_download() as waiting:
        click("a[href='/v1/roster.xlsx']")
    waiting.value.save_as(tmp_path / "roster.xlsx")
    give_first_shop_away(tmp_path / "roster.xlsx")
    n_actions += 2  # open the file, change a cell
    act(lambda: page.set_input_files("#sheet-file", tmp_path / "roster.xlsx"))
    click("#create")
    page.wait_for_url("**/edit")
    page.wait_for_selector("body[data-painted]")
    editor = Editor(served, Watched(page), page.url.split("/plans/")[1].split("/")[0], "inspection")

    click("#side-why")
    expect(page.locator("#pane-why .headline")).to_contain_text("from the mean")
    click("#side-engine")
    click("#change-rules")
    act(lambda: page.fill("#rule-budget", str(CAP)))
    click("#rules-go")
    expect(page.locator(".rules")).to_contain_text(str(CAP))
    act(lambda: page.fill("#moves", str(CAP - 20)))
    with page.expect_response(lambda response: response.url.endswith(":spend") and response.status == 202):
        click("[data-engine=spend]")
    work_off(served, pool)
    before = editor.model("Math.max(...m.grids.map((_, grid) => Math.abs(m.deviation(grid))))")
    click("#engine-accept")
    after = editor.model("Math.max(...m.grids.map((_, grid) => Math.abs(m.deviation(grid))))")
    assert isinstance(before, float)
    assert isinstance(after, float)
    assert after < before
    assert editor.model("m.nMoved <= a", CAP)

    click("#side-grids")
    click("tr[data-row='0'] button.row")
    unit = editor.border_unit(1, 0)
    act(lambda: editor.click(unit))
    assert editor.model("m.gridOfUnit[a]", unit) == 0
    act(lambda: page.keyboard.press("f"))
    click("#finish")
    page.wait_for_selector(f"[data-plan='{editor.plan_id}']")
    for step in ("submit", "approve"):
        click(f"[data-plan='{editor.plan_id}'] [data-act={step}]")
        click("#go")
        page.wait_for_selector(f"[data-plan='{editor.plan_id}']:not(:has([data-act={step}]))")
    click(f"[data-plan='{editor.plan_id}'] [data-act=publish]")
    page.wait_for_selector("#publish-form")
    if page.locator("#reason").is_visible():
        act(lambda: page.fill("#reason", "better than before"))
    click("#publish-go")
    expect(page.locator("#notice")).to_contain_text("Published: generation 2")
    with page.expect_download() as waiting:
        click("#handover")
    waiting.value.save_as(tmp_path / "handover.xlsx")
    assert load_workbook(tmp_path / "handover.xlsx").worksheets[0].max_row > 1
    assert n_actions <= MOST_ACTIONS
    context.close()
